"""A minimal app that uses the test provider, and the base of the tests of that provider."""

import base64
import hashlib
import json
import secrets
import unittest
import urllib.error
import urllib.parse
import urllib.request

from tests.integration.oidc_provider.login import FormPost, login
from tests.integration.oidc_provider.provider import Provider

CALLBACK = "http://127.0.0.1:9/callback"  # never called: the scripted browser stops before it
SCOPE = "openid profile email offline_access"
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
        query = {"client_id": self.provider.client["client_id"], "response_type": "code", "redirect_uri": CALLBACK, "scope": SCOPE,
                 "state": secrets.token_urlsafe(8), "nonce": secrets.token_urlsafe(8), "prompt": "consent",
                 "code_challenge": challenge, "code_challenge_method": "S256", **more}
        query = {k: v for k, v in query.items() if v is not None}
        return f"{self.discovery['authorization_endpoint']}?{urllib.parse.urlencode(query)}"

    def token(self, **form):
        return call(self.discovery["token_endpoint"], form, {"Authorization": self.basic()})

    def basic(self):
        client = self.provider.client
        return "Basic " + base64.b64encode(f"{client['client_id']}:{client['client_secret']}".encode()).decode()

    def sign_in(self, user, browser=None, password=None, **more):
        verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        url = self.authorization_url(challenge, **more)
        result = login(url, user, password or secrets.token_urlsafe(8), CALLBACK, browser=browser)
        if not isinstance(result, FormPost):
            result = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(result).query))
        answer = self.token(grant_type="authorization_code", code=result["code"], redirect_uri=CALLBACK, code_verifier=verifier)
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
            ProviderTest._shared = Provider({"redirect_uris": [CALLBACK]}, access_ttl=300, max_seconds=300)
            unittest.addModuleCleanup(ProviderTest._shared.close)
        return ProviderTest._shared, App(ProviderTest._shared)

    def start(self, client=None, **options):
        options = {"access_ttl": 300, "refresh_ttl": 86400, "max_seconds": 120, **options}
        provider = Provider({"redirect_uris": [CALLBACK], **(client or {})}, **options)
        self.addCleanup(provider.close)
        return provider, App(provider)
