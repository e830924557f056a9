"""Runs the whole flow at the most talkative log level and looks for every secret it used, wherever it could have leaked."""

import hashlib
import pathlib
import re
import threading
import unittest
import urllib.parse
import urllib.request

from tests.integration.oidc_provider.login import Browser
from tests.integration.support import testing
from tests.integration.support.errors import rpc_error
from tests.integration.support.redis import RedisServer
from tests.integration.support.scenario import Scenario

_USER_PASSWORD = "correct horse"


class SecretsTest(unittest.TestCase):
    def run_flow(self, flow):
        """Success and failure paths; gives the secrets that passed through the test's hands."""
        browser = Browser()
        arrived = flow.sign_in(browser=browser)
        token = flow.call("ExchangeToken", request_token=arrived["request_token"]).access_token
        flow.call("RefreshToken", access_token=token)
        flow.call("GetRefreshedProfile", access_token=token, include_raw=True)
        first = flow.call("GetProviderToken", access_token=token).provider_access_token
        second = flow.call("GetProviderToken", access_token=token, min_remaining={"seconds": 7200}).provider_access_token
        errors = []
        # Failures whose bodies repeat a token, as some providers' do.
        threading.Event().wait(5)  # for as long as a finished renewal is shared
        for endpoint, method in (("token", "RefreshToken"), ("userinfo", "GetRefreshedProfile")):
            flow.provider.admin("fail", "echo: " + second, times=1, endpoint=endpoint, status=500)
            with rpc_error() as error:
                flow.call(method, access_token=token)
            errors.append(error.details)
            flow.call_as_told("RefreshToken", access_token=token)
        threading.Event().wait(5)
        flow.provider.admin("revoke-user", sub="alice")
        with rpc_error() as error:
            flow.call("RefreshToken", access_token=token)
        errors.append(error.details)
        urllib.request.urlopen(f"{flow.server.web}/metrics").read()
        server = flow.server
        secrets = {
            "app secret": server.app_secret, "basic credentials": server.authorization.split()[1],
            "client secret": server.client["client_secret"], "key ring secret": server.ring_secret,
            "request token": arrived["request_token"], "access token": token, "provider token": first, "renewed provider token": second,
            "password": _USER_PASSWORD,
        }
        return secrets, errors

    def look(self, flow, places):
        secrets, errors = self.run_flow(flow)
        metrics = urllib.request.urlopen(f"{flow.server.web}/metrics").read()
        flow.server.stop()
        places = {**{name: read() for name, read in places.items()}, "log": flow.server.log().encode(), "metrics": metrics,
                  "errors": "\n".join(errors).encode()}
        for place, content in places.items():
            self.assertTrue(content, f"nothing to look at in {place}")
            for name, secret in secrets.items():
                for form in {secret, urllib.parse.quote(secret, safe="")}:
                    self.assertNotIn(form.encode(), content, f"{name} found in {place}")
        # Refresh tokens never pass through our hands: the provider tells their hashes.
        presented = set(flow.provider.stats()["refresh_presentations"])
        self.assertTrue(presented)
        for place, content in places.items():
            words = set(re.findall(rb"[A-Za-z0-9_\-.]{20,}", content))
            leaked = {word for word in words if hashlib.sha256(word).hexdigest() in presented}
            self.assertFalse(leaked, f"a refresh token stands in {place}")

    def test_sqlite(self):
        with Scenario(log_level="debug") as flow:
            folder = flow.server.folder
            self.look(flow, {"database": lambda: b"".join(path.read_bytes() for path in folder.glob("grants.db*"))})

    def test_redis(self):
        redis = RedisServer()
        self.addCleanup(redis.close)
        store = f"redis: {{address: '127.0.0.1:{redis.port}', password: '{redis.password}'}}"
        with Scenario(log_level="debug", store=store) as flow:
            self.look(flow, {"append-only file": lambda: _all_files(redis.folder / "appendonlydir")})
            self.assertNotIn(redis.password, flow.server.log())


def _all_files(folder):
    return b"".join(path.read_bytes() for path in pathlib.Path(folder).iterdir())


if __name__ == "__main__":
    testing.main()
