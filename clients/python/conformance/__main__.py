"""Walks one grant through Evertoken, from the request token that a login left behind to the revoked access token.

Prints one JSON object a step, and ends with an error at the first step that is not as the API promises.

    export APP_KEY=… APP_SECRET=… REQUEST_TOKEN=…
    python clients/python/conformance --address host:port [--ca roots.pem | --plaintext]
"""

import argparse
import os
import pathlib
import sys

import grpc

from evertoken.v1 import token_service_pb2_grpc

from credentials import BasicAuth
from flow import BrokenPromise, Flow


def channel(address, auth, ca, plaintext):
    if plaintext:
        # gRPC's own call credentials insist on TLS.
        return grpc.intercept_channel(grpc.insecure_channel(address), auth)
    roots = pathlib.Path(ca).read_bytes() if ca else None
    credentials = grpc.composite_channel_credentials(
        grpc.ssl_channel_credentials(roots), grpc.metadata_call_credentials(auth))
    return grpc.secure_channel(address, credentials)


def main():
    parser = argparse.ArgumentParser(
        description="Walks one grant through Evertoken. Reads APP_KEY, APP_SECRET and REQUEST_TOKEN.")
    parser.add_argument("--address", default="localhost:8443", help="host:port of the server")
    parser.add_argument("--ca", help="PEM file of the authorities to trust (default: gRPC's own)")
    parser.add_argument("--plaintext", action="store_true", help="no TLS: on this machine, or where a mesh encrypts")
    options = parser.parse_args()

    # Arguments can be read by every user of a machine, so secrets are no options.
    key, secret, request_token = (os.environ.get(name, "") for name in ("APP_KEY", "APP_SECRET", "REQUEST_TOKEN"))
    if not (key and secret and request_token):
        return "APP_KEY, APP_SECRET and REQUEST_TOKEN must be set"

    with channel(options.address, BasicAuth(key, secret), options.ca, options.plaintext) as connection:
        try:
            Flow(token_service_pb2_grpc.TokenServiceStub(connection)).run(request_token)
        except BrokenPromise as broken:
            return str(broken)
    return None


if __name__ == "__main__":
    problem = main()
    if problem:
        sys.exit(f"conformance: {problem}")
