"""Checks the test provider itself: what the integration tests build on must hold before Evertoken is blamed for anything."""

import base64
import hashlib
import http.client
import json
import os
import secrets
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

from login import Browser, FormPost, LoginError, Request, login
from provider import Provider

_CALLBACK = "http://127.0.0.1:9/callback"  # never called: the scripted browser stops before it
_SCOPE = "openid profile email offline_access"
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.text = body.decode()

    @property
    def json(self):
        return json.loads(self.text)


def call(url, form=None, headers=None):
    data = urllib.parse.urlencode(form).encode() if form is not None else None
    try:
        with _OPENER.open(urllib.request.Request(url, data, headers or {}), timeout=30) as response:
            return Answer(response.status, response.headers, response.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read())


class App:
    """A minimal client app: authorization code flow with PKCE, client_secret_basic."""

    def __init__(self, provider):
        self.provider = provider
        self.discovery = call(f"{provider.issuer}/.well-known/openid-configuration").json

    def authorization_url(self, challenge, **more):
        query = {"client_id": self.provider.client["client_id"], "response_type": "code", "redirect_uri": _CALLBACK, "scope": _SCOPE,
                 "state": secrets.token_urlsafe(8), "nonce": secrets.token_urlsafe(8), "prompt": "consent",
                 "code_challenge": challenge, "code_challenge_method": "S256", **more}
        query = {k: v for k, v in query.items() if v is not None}
        return f"{self.discovery['authorization_endpoint']}?{urllib.parse.urlencode(query)}"

    def token(self, **form):
        return call(self.discovery["token_endpoint"], form, {"Authorization": self.basic()})

    def basic(self):
        client = self.provider.client
        return "Basic " + base64.b64encode(f"{client['client_id']}:{client['client_secret']}".encode()).decode()

    def sign_in(self, user, browser=None, **more):
        verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        url = self.authorization_url(challenge, **more)
        result = login(url, user, secrets.token_urlsafe(8), _CALLBACK, browser=browser)
        if not isinstance(result, FormPost):
            result = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(result).query))
        answer = self.token(grant_type="authorization_code", code=result["code"], redirect_uri=_CALLBACK, code_verifier=verifier)
        assert answer.status == 200, answer.text
        return answer.json

    def refresh(self, token):
        return self.token(grant_type="refresh_token", refresh_token=token)

    def userinfo(self, token, accept=None):
        headers = {"Authorization": f"Bearer {token}"}
        if accept:
            headers["Accept"] = accept
        return call(self.discovery["userinfo_endpoint"], headers=headers)

    def keys(self):
        return {key["kid"]: key for key in call(self.discovery["jwks_uri"]).json["keys"]}


def b64decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def verify_rs256(jwt, keys):
    """Returns the claims, or raises KeyError (key unknown) or ValueError (signature wrong): stdlib has no RSA, but it has pow."""
    head, payload, signature = jwt.split(".")
    key = keys[json.loads(b64decode(head))["kid"]]
    n, e = (int.from_bytes(b64decode(key[p]), "big") for p in ("n", "e"))
    size = (n.bit_length() + 7) // 8
    got = pow(int.from_bytes(b64decode(signature), "big"), e, n).to_bytes(size, "big")
    digest = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(f"{head}.{payload}".encode()).digest()
    if got != b"\x00\x01" + b"\xff" * (size - len(digest) - 3) + b"\x00" + digest:
        raise ValueError("signature wrong")
    return json.loads(b64decode(payload))


class ProviderTest(unittest.TestCase):
    _shared = None

    def shared(self):
        """For tests that leave the clock, the client and the counters alone: starting a provider costs most of a second."""
        if ProviderTest._shared is None:
            ProviderTest._shared = Provider({"redirect_uris": [_CALLBACK]}, access_ttl=300, max_seconds=300)
            unittest.addModuleCleanup(ProviderTest._shared.close)
        return ProviderTest._shared, App(ProviderTest._shared)

    def start(self, client=None, **options):
        options = {"access_ttl": 300, "refresh_ttl": 86400, "max_seconds": 120, **options}
        provider = Provider({"redirect_uris": [_CALLBACK], **(client or {})}, **options)
        self.addCleanup(provider.close)
        return provider, App(provider)


class LoginTest(ProviderTest):
    def test_code_flow_gives_tokens_and_profile(self):
        _, app = self.shared()
        tokens = app.sign_in("alice")
        self.assertEqual(tokens["expires_in"], 300)
        self.assertEqual(tokens["token_type"], "Bearer")
        self.assertEqual(set(tokens["scope"].split()), set(_SCOPE.split()))
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
        url = login(app.authorization_url("x" * 43), "alice", "pw", _CALLBACK, deny=True)
        self.assertIn("error=access_denied", url)

    def test_refused_login_is_reported(self):
        _, app = self.shared()
        with self.assertRaisesRegex(LoginError, "Login or password is wrong"):
            login(app.authorization_url("x" * 43), "no such <login>", "pw", _CALLBACK)

    def test_pkce_is_required(self):
        _, app = self.shared()
        url = login(app.authorization_url(None, code_challenge_method=None), "alice", "pw", _CALLBACK)
        self.assertIn("error=invalid_request", url)
        url = login(app.authorization_url("x" * 43, code_challenge_method="plain"), "alice", "pw", _CALLBACK)
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
        url = login(urllib.parse.urljoin(provider.issuer, page.headers["Location"]), "alice", "pw", _CALLBACK, browser=browser)
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
        provider.admin("client", {"redirect_uris": [_CALLBACK]})
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
        program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "login.py")
        url = app.authorization_url("x" * 43)
        run = subprocess.run([sys.executable, program, url, "alice", "pw", _CALLBACK], capture_output=True, text=True, timeout=60)
        self.assertTrue(run.stdout.startswith(_CALLBACK + "?code="), run.stderr)


if __name__ == "__main__":
    unittest.main()
