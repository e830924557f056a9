"""The app's key and secret, sent with every call (RFC 7617)."""

import base64

import grpc


class BasicAuth(grpc.AuthMetadataPlugin, grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):
    """Call credentials on TLS; an interceptor where there is none."""

    def __init__(self, key, secret):
        self._metadata = (("authorization", "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()),)

    def __call__(self, context, callback):
        callback(self._metadata, None)

    def intercept_unary_unary(self, continuation, client_call_details, request):
        return continuation(self._with_credentials(client_call_details), request)

    def intercept_unary_stream(self, continuation, client_call_details, request):
        return continuation(self._with_credentials(client_call_details), request)

    def _with_credentials(self, details):
        return details._replace(metadata=(*(details.metadata or ()), *self._metadata))
