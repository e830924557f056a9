"""A provider, a server and an app together, and the steps of the flow that most tests share."""

import html
import http.server
import threading
import time
import urllib.parse

import grpc

from evertoken.v1 import token_service_pb2 as messages
from evertoken.v1 import token_service_pb2_grpc as services

from tests.integration.oidc_provider.login import Browser, login
from tests.integration.oidc_provider.provider import Provider
from tests.integration.support.errors import Raised
from tests.integration.support.server import PATIENCE, EvertokenServer


_SIGNED_IN = "/signed-in"


def _app_page(method, arrived):
    outcome = "Signed in" if "request_token" in arrived else "Not signed in"
    escaped = {html.escape(name): html.escape(value) for name, value in arrived.items()}
    fields = "".join(f'<dt>{name}<dd id="{name}">{value}' for name, value in escaped.items())
    return (f"<!doctype html><html lang=en><title>App</title><h1 id=outcome>{outcome}</h1>"
            f"<p>The browser came by <span id=method>{method}</span> with</p><dl>{fields}</dl>")


class App:
    """The app that the browser comes back to: a page that says whether a request token arrived, and what else came."""

    def __init__(self):
        outer = self
        self.arrivals = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                parts = urllib.parse.urlsplit(self.path)
                self._answer(parts.path, parts.query)

            def do_POST(self):
                self._answer(self.path, self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode())

            def _answer(self, path, parameters):
                # A browser asks for more than the page, /favicon.ico for one.
                if path != _SIGNED_IN:
                    self.send_error(404)
                    return
                arrived = dict(urllib.parse.parse_qsl(parameters))
                outer.arrivals.append(arrived)
                body = _app_page(self.command, arrived).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.redirect_uri = f"http://localhost:{self._server.server_address[1]}{_SIGNED_IN}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()


class Scenario:
    """Leaving the `with` block ends everything."""

    def __init__(self, access_ttl=3600, **server_options):
        self.app = App()
        self.provider = Provider(access_ttl=access_ttl)
        self.server = EvertokenServer(self.provider.issuer, self.provider.client, redirect_uris=[self.app.redirect_uri], **server_options)
        self.provider.admin("client", {"redirect_uris": [f"{self.server.web}/callback/idp"]})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.close()
        self.provider.close()
        self.app.close()

    def login_url(self, path="/login/idp", app=None, state="app-state"):
        """Where a login begins; with the path "/", at the list of the app's providers."""
        query = urllib.parse.urlencode({"app": app or self.server.app_key, "redirect_uri": self.app.redirect_uri, "state": state})
        return f"{self.server.web}{path}?{query}"

    def sign_in(self, user="alice", browser=None, password="correct horse"):
        """A scripted browser signs in; gives the parameters with which it came back to the app."""
        arrived = login(self.login_url(), user, password, self.app.redirect_uri, browser=browser or Browser())
        if isinstance(arrived, str):
            return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(arrived).query))
        return dict(arrived)

    @property
    def tokens(self):
        return services.TokenServiceStub(self.server.channel)

    def call(self, method, **fields):
        """One RPC of TokenService by its name."""
        request = getattr(messages, f"{method}Request")(**fields)
        return getattr(self.tokens, method)(request, metadata=self.server.metadata, timeout=30)

    def watch(self, cursor=""):
        """The stream of the app's events."""
        request = messages.WatchGrantEventsRequest(cursor=cursor)
        return self.tokens.WatchGrantEvents(request, metadata=self.server.metadata, timeout=60)

    def call_as_told(self, method, **fields):
        """Calls as a patient caller does: after an error with RetryInfo it waits as long as that asks for, and calls again."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return self.call(method, **fields)
            except grpc.RpcError as error:
                wait = Raised().read(error).retry_after
                if wait is None or time.monotonic() > deadline:
                    raise
            threading.Event().wait(wait.total_seconds())

    def exchange(self, user="alice"):
        arrived = self.sign_in(user)
        return self.call("ExchangeToken", request_token=arrived["request_token"])
