"""The app's key and secret, sent with every call (RFC 7617)."""

import base64

import grpc


class BasicAuth(grpc.AuthMetadataPlugin, grpc.UnaryUnaryClientInterceptor):
    """Call credentials on TLS; an interceptor where there is none."""

    def __init__(self, key, secret):
        self._metadata = (("authorization", "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()),)

    def __call__(self, context, callback):
        callback(self._metadata, None)

    def intercept_unary_unary(self, continuation, client_call_details, request):
        metadata = (*(client_call_details.metadata or ()), *self._metadata)
        return continuation(client_call_details._replace(metadata=metadata), request)
