"""Checks the test provider itself: what the integration tests build on must hold before Evertoken is blamed for anything."""

import hashlib
import json
import secrets
import unittest
import urllib.parse

from tests.integration.oidc_provider.client import CALLBACK, SCOPE, ProviderTest, b64decode, call, verify_rs256
from tests.integration.oidc_provider.login import Browser, LoginError, Request, login


class LoginTest(ProviderTest):
    def test_code_flow_gives_tokens_and_profile(self):
        _, app = self.shared()
        tokens = app.sign_in("alice")
        self.assertEqual(tokens["expires_in"], 300)
        self.assertEqual(tokens["token_type"], "Bearer")
        self.assertEqual(set(tokens["scope"].split()), set(SCOPE.split()))
        self.assertEqual(verify_rs256(tokens["id_token"], app.keys())["sub"], "alice")
        profile = app.userinfo(tokens["access_token"]).json
        self.assertEqual(set(profile), {"sub", "name", "given_name", "family_name", "preferred_username", "picture", "locale", "zoneinfo",
                                        "birthdate", "gender", "profile", "updated_at", "email", "email_verified"})
        self.assertEqual(profile["email"], "alice@example.test")

    def test_form_post_returns_the_fields(self):
        _, app = self.shared()
        self.assertIn("refresh_token", app.sign_in("alice", response_mode="form_post"))

    def test_second_login_in_the_same_browser_asks_for_consent_only(self):
        _, app = self.shared()
        browser = Browser()
        app.sign_in("alice", browser)
        tokens = app.sign_in("somebody-else", browser)
        self.assertEqual(app.userinfo(tokens["access_token"]).json["sub"], "alice")

    def test_denied_consent_reaches_the_app(self):
        _, app = self.shared()
        url = login(app.authorization_url("x" * 43), "alice", "pw", CALLBACK, deny=True)
        self.assertIn("error=access_denied", url)

    def test_refused_login_is_reported(self):
        _, app = self.shared()
        with self.assertRaisesRegex(LoginError, "Login or password is wrong"):
            login(app.authorization_url("x" * 43), "no such <login>", "pw", CALLBACK)

    def test_pkce_is_required(self):
        _, app = self.shared()
        url = login(app.authorization_url(None, code_challenge_method=None), "alice", "pw", CALLBACK)
        self.assertIn("error=invalid_request", url)
        url = login(app.authorization_url("x" * 43, code_challenge_method="plain"), "alice", "pw", CALLBACK)
        self.assertIn("error=invalid_request", url)

    def test_foreign_form_is_refused(self):
        provider, app = self.shared()
        browser = Browser()
        page = browser.send(Request("GET", app.authorization_url("x" * 43)))
        form_url = urllib.parse.urljoin(provider.issuer, page.headers["Location"])
        page = browser.send(Request("POST", form_url, "login=alice&password=pw&csrf=guess"))
        self.assertEqual(page.status, 403)

    def test_every_usual_client_authentication_works(self):
        provider, app = self.start()
        for method in ("client_secret_post", "client_secret_basic"):
            provider.admin("client", {"token_endpoint_auth_method": method})
            client = provider.client
            app.token = lambda m=method, **form: call(
                app.discovery["token_endpoint"],
                {**form, **({"client_id": client["client_id"], "client_secret": client["client_secret"]} if m.endswith("post") else {})},
                {"Authorization": app.basic()} if m.endswith("basic") else {})
            self.assertIn("refresh_token", app.sign_in("alice"))

    def test_es256_id_tokens(self):
        provider, app = self.start({"id_token_signed_response_alg": "ES256"})
        head = json.loads(b64decode(app.sign_in("alice")["id_token"].split(".")[0]))
        self.assertEqual(head["alg"], "ES256")
        self.assertEqual(app.keys()[head["kid"]]["crv"], "P-256")


class RefreshTest(ProviderTest):
    def test_every_refresh_rotates(self):
        _, app = self.shared()
        seen = [app.sign_in("alice")["refresh_token"]]
        for _ in range(3):
            answer = app.refresh(seen[-1])
            self.assertEqual(answer.status, 200, answer.text)
            self.assertNotIn(answer.json["refresh_token"], seen)
            seen.append(answer.json["refresh_token"])

    def test_reuse_of_a_spent_token_kills_the_grant(self):
        provider, app = self.start()
        first = app.sign_in("alice")
        second = app.refresh(first["refresh_token"]).json
        replay = app.refresh(first["refresh_token"])
        self.assertEqual((replay.status, replay.json["error"]), (400, "invalid_grant"))
        newest = app.refresh(second["refresh_token"])
        self.assertEqual((newest.status, newest.json["error"]), (400, "invalid_grant"))
        self.assertEqual(app.userinfo(second["access_token"]).status, 401)
        presentations = provider.stats()["refresh_presentations"]
        self.assertEqual(presentations[hashlib.sha256(first["refresh_token"].encode()).hexdigest()], 2)
        self.assertEqual(presentations[hashlib.sha256(second["refresh_token"].encode()).hexdigest()], 1)
        self.assertEqual(provider.stats()["token_calls_by_grant_type"], {"authorization_code": 1, "refresh_token": 3})

    def test_wrong_secret_spends_nothing(self):
        provider, app = self.start()
        tokens = app.sign_in("alice")
        good = provider.client
        provider.client = {**good, "client_secret": secrets.token_urlsafe(32)}
        answer = app.refresh(tokens["refresh_token"])
        self.assertEqual((answer.status, answer.json["error"]), (401, "invalid_client"))
        provider.client = good
        self.assertEqual(app.refresh(tokens["refresh_token"]).status, 200)

    def test_revocation_endpoint_ends_the_grant(self):
        _, app = self.shared()
        tokens = app.sign_in("alice")
        form = {"token": tokens["refresh_token"], "token_type_hint": "refresh_token"}
        answer = call(app.discovery["revocation_endpoint"], form, {"Authorization": app.basic()})
        self.assertEqual(answer.status, 200)
        self.assertEqual(app.userinfo(tokens["access_token"]).status, 401)
        self.assertEqual(app.refresh(tokens["refresh_token"]).json["error"], "invalid_grant")

    def test_introspection(self):
        provider, app = self.start()
        tokens = app.sign_in("alice")
        inspect = lambda: call(app.discovery["introspection_endpoint"], {"token": tokens["access_token"]}, {"Authorization": app.basic()}).json
        self.assertTrue(inspect()["active"])
        provider.admin("advance", seconds=301)
        self.assertEqual(inspect(), {"active": False})


if __name__ == "__main__":
    unittest.main()
