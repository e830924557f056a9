"""Checks the test provider's admin port, with which tests arrange what they cannot wait for, and that it ends when told."""

import http.client
import secrets
import subprocess
import sys
import time
import unittest
import urllib.parse

from tests.integration.oidc_provider.client import CALLBACK, ProviderTest, call, verify_rs256
from tests.integration.oidc_provider.login import Browser, LoginError, Request, login


class AdminTest(ProviderTest):
    def test_advance_expires_access_then_refresh_token(self):
        provider, app = self.start()
        tokens = app.sign_in("alice")
        self.assertEqual(app.userinfo(tokens["access_token"]).status, 200)
        provider.admin("advance", seconds=301)
        self.assertEqual(app.userinfo(tokens["access_token"]).status, 401)
        tokens = app.refresh(tokens["refresh_token"]).json
        self.assertEqual(app.userinfo(tokens["access_token"]).status, 200)
        provider.admin("advance", seconds=86401)
        self.assertEqual(app.refresh(tokens["refresh_token"]).json["error"], "invalid_grant")

    def test_grant_ttl_caps_what_rotation_extends(self):
        provider, app = self.start(grant_ttl=100000)
        tokens = app.sign_in("alice")
        provider.admin("advance", seconds=80000)
        tokens = app.refresh(tokens["refresh_token"]).json
        provider.admin("advance", seconds=30000)
        self.assertEqual(app.refresh(tokens["refresh_token"]).json["error"], "invalid_grant")

    def test_revoke_user_ends_that_users_grants_only(self):
        provider, app = self.start()
        browser = Browser()
        alice, bob = app.sign_in("alice", browser), app.sign_in("bob")
        self.assertEqual(provider.admin("revoke-user", sub="alice"), {"grants": 1})
        self.assertEqual(app.refresh(alice["refresh_token"]).json["error"], "invalid_grant")
        self.assertEqual(app.userinfo(alice["access_token"]).status, 401)
        self.assertEqual(app.refresh(bob["refresh_token"]).status, 200)
        again = app.sign_in("alice", browser)
        self.assertEqual(app.refresh(again["refresh_token"]).status, 200)

    def test_rotate_keys(self):
        provider, app = self.start()
        before = app.sign_in("alice")
        old = app.keys()
        provider.admin("rotate-keys", keep_old=1)
        between = app.refresh(before["refresh_token"]).json
        self.assertLess(set(old), set(app.keys()))
        with self.assertRaises(KeyError):
            verify_rs256(between["id_token"], old)
        verify_rs256(between["id_token"], app.keys())
        verify_rs256(before["id_token"], app.keys())
        provider.admin("rotate-keys")
        after = app.refresh(between["refresh_token"]).json
        self.assertFalse(set(old) & set(app.keys()))
        self.assertEqual(verify_rs256(after["id_token"], app.keys())["sub"], "alice")

    def test_keys_may_rotate_during_a_login(self):
        provider, app = self.start()
        browser = Browser()
        page = browser.send(Request("GET", app.authorization_url("x" * 43)))
        provider.admin("rotate-keys")
        url = login(urllib.parse.urljoin(provider.issuer, page.headers["Location"]), "alice", "pw", CALLBACK, browser=browser)
        self.assertIn("code=", url)

    def test_profile_changes_are_seen_at_once(self):
        provider, app = self.start()
        tokens = app.sign_in("alice")
        provider.admin("profile", {"name": "Zoë Beispiel", "picture": None}, sub="alice")
        profile = app.userinfo(tokens["access_token"]).json
        self.assertEqual(profile["name"], "Zoë Beispiel")
        self.assertIsNone(profile.get("picture"))
        self.assertEqual(profile["given_name"], "Alice")

    def test_fail_before_spends_nothing(self):
        provider, app = self.start()
        tokens = app.sign_in("alice")
        provider.admin("fail", endpoint="token", status=503, times=2, retry_after=7)
        for _ in range(2):
            answer = app.refresh(tokens["refresh_token"])
            self.assertEqual((answer.status, answer.headers["Retry-After"]), (503, "7"))
        self.assertEqual(app.refresh(tokens["refresh_token"]).status, 200)
        self.assertEqual(provider.stats()["endpoints"]["token"]["answers"], {"200": 2, "503": 2})

    def test_fail_after_spends_the_token(self):
        provider, app = self.start()
        tokens = app.sign_in("alice")
        provider.admin("fail", "<h1>Bad gateway</h1>", endpoint="token", status=502, when="after")
        self.assertEqual(app.refresh(tokens["refresh_token"]).status, 502)
        self.assertEqual(app.refresh(tokens["refresh_token"]).json["error"], "invalid_grant")

    def test_status_0_cuts_the_connection(self):
        provider, app = self.start()
        tokens = app.sign_in("alice")
        provider.admin("fail", endpoint="token", status=0, when="after")
        with self.assertRaises((http.client.HTTPException, OSError)):
            app.refresh(tokens["refresh_token"])
        self.assertEqual(app.refresh(tokens["refresh_token"]).json["error"], "invalid_grant")

    def test_fail_reaches_every_endpoint(self):
        provider, app = self.start()
        tokens = app.sign_in("alice")
        urls = {"userinfo": app.discovery["userinfo_endpoint"], "jwks": app.discovery["jwks_uri"],
                "discovery": f"{provider.issuer}/.well-known/openid-configuration"}
        for endpoint, url in urls.items():
            provider.admin("fail", endpoint=endpoint, status=500)
            headers = {"Authorization": f"Bearer {tokens['access_token']}"}
            self.assertEqual([call(url, headers=headers).status for _ in range(2)], [500, 200], endpoint)
        provider.admin("fail", endpoint="revocation", status=503)
        answer = call(app.discovery["revocation_endpoint"], {"token": tokens["refresh_token"]}, {"Authorization": app.basic()})
        self.assertEqual(answer.status, 503)
        self.assertEqual(app.refresh(tokens["refresh_token"]).status, 200)

    def test_delay(self):
        provider, app = self.start()
        tokens = app.sign_in("alice")
        provider.admin("delay", endpoint="token", ms=200)
        start = time.monotonic()
        self.assertEqual(app.refresh(tokens["refresh_token"]).status, 200)
        self.assertGreaterEqual(time.monotonic() - start, 0.199)

    def test_caller_who_hangs_up_during_a_delay_has_spent_the_token(self):
        provider, app = self.start()
        tokens = app.sign_in("alice")
        provider.admin("delay", endpoint="token", ms=300)
        body = urllib.parse.urlencode({"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]})
        connection = http.client.HTTPConnection("127.0.0.1", provider.port)
        connection.request("POST", "/token", body, {"Authorization": app.basic(), "Content-Type": "application/x-www-form-urlencoded"})
        deadline = time.monotonic() + 30
        while "refresh_token" not in provider.stats()["token_calls_by_grant_type"] and time.monotonic() < deadline:
            pass
        connection.close()
        while provider.stats()["endpoints"]["token"]["answers"].get("200") != 2 and time.monotonic() < deadline:
            pass
        self.assertEqual(app.refresh(tokens["refresh_token"]).json["error"], "invalid_grant")

    def test_client_can_be_changed_while_running(self):
        provider, app = self.start({"redirect_uris": ["http://127.0.0.1:10/elsewhere"]})
        with self.assertRaisesRegex(LoginError, "redirect_uri"):
            app.sign_in("alice")
        provider.admin("client", {"redirect_uris": [CALLBACK]})
        tokens = app.sign_in("alice")
        provider.admin("client", {"client_secret": secrets.token_urlsafe(32)})
        self.assertEqual(app.refresh(tokens["refresh_token"]).json["error"], "invalid_client")
        with self.assertRaisesRegex(ValueError, "token_endpoint_auth_method"):
            provider.admin("client", {"token_endpoint_auth_method": "no_such_method"})
        provider.admin("client", {"client_secret": provider.client["client_secret"]})
        self.assertEqual(app.refresh(tokens["refresh_token"]).status, 200)

    def test_bad_admin_calls_are_refused(self):
        provider, _ = self.start()
        for path, query in (("fail", {"endpoint": "tokens", "status": 503}), ("fail", {"endpoint": "token"}), ("advance", {"seconds": "x"}),
                            ("advance", {"seconds": -1}), ("delay", {"endpoint": "token", "ms": 1, "when": "later"}), ("nothing", {})):
            with self.assertRaises(ValueError, msg=path):
                provider.admin(path, **query)


class LifetimeTest(ProviderTest):
    def test_ends_with_its_parent(self):
        provider, _ = self.start()
        provider.close()
        self.assertEqual(provider._process.returncode, 0)

    def test_ends_by_itself(self):
        provider, _ = self.start(max_seconds=1)
        self.assertEqual(provider._process.wait(timeout=30), 0)

    def test_ends_on_sigterm(self):
        provider, _ = self.start()
        provider._process.terminate()
        self.assertEqual(provider._process.wait(timeout=10), 0)

    def test_login_program_prints_the_address(self):
        _, app = self.shared()
        program = "tests.integration.oidc_provider.login"
        url = app.authorization_url("x" * 43)
        run = subprocess.run([sys.executable, "-m", program, url, "alice", "pw", CALLBACK], capture_output=True, text=True, timeout=60)
        self.assertTrue(run.stdout.startswith(CALLBACK + "?code="), run.stderr)


if __name__ == "__main__":
    unittest.main()
