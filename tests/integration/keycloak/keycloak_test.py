"""The main job with a server that kills a whole family of tokens when a spent one comes back, by its own catalogue entry."""

import threading
import time
import unittest

import grpc

from evertoken.v1 import token_service_pb2 as messages

from tests.integration.keycloak.keycloak import Keycloak
from tests.integration.oidc_provider.client import App as ProviderApp
from tests.integration.support import testing
from tests.integration.support.errors import Raised
from tests.integration.support.scenario import App, Scenario
from tests.integration.support.server import PATIENCE, EvertokenServer


class KeycloakScenario(Scenario):
    def __init__(self, provider):
        self.provider = provider
        self.app = App()
        self.server = EvertokenServer(
            provider.issuer, provider.client, redirect_uris=[self.app.redirect_uri], provider="keycloak",
            instance={"base_url": provider.base_url, "realm": provider.realm})

    def __exit__(self, *_):
        self.server.close()
        self.app.close()

    def login_url(self, path="/login/keycloak", **more):
        return super().login_url(path, **more)

    def sign_in(self):
        return super().sign_in(self.provider.username, password=self.provider.password)

    def exchange(self):
        return self.call("ExchangeToken", request_token=self.sign_in()["request_token"])


class KeycloakTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.provider = Keycloak()
        cls.addClassCleanup(cls.provider.close)

    def setUp(self):
        self.flow = KeycloakScenario(self.provider)
        self.addCleanup(self.flow.__exit__)

    def until(self, condition):
        """Calls that follow a renewal within seconds share it: asks until the provider was asked again."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), deadline)
            threading.Event().wait(0.5)

    def renew(self, token):
        self.until(lambda: self.flow.call("RefreshToken", access_token=token).renewed)

    def refusal(self, token):
        try:
            self.flow.call("RefreshToken", access_token=token)
        except grpc.RpcError as error:
            return Raised().read(error)
        return None

    def assert_revoked(self, token):
        self.until(lambda: self.refusal(token))
        refusal = self.refusal(token)
        self.assertEqual((refusal.code, refusal.reason), (grpc.StatusCode.FAILED_PRECONDITION, "GRANT_REVOKED"))

    def name_user(self, first_name):
        self.provider.admin("PUT", body={
            "username": self.provider.username, "firstName": first_name, "lastName": "Lovelace", "email": "ada@example.com",
            "emailVerified": True, "enabled": True})

    def test_login_refresh_and_profile_across_restarts(self):
        self.name_user("Ada")
        exchanged = self.flow.exchange()
        self.assertEqual(exchanged.provider, "keycloak")
        token = exchanged.access_token
        before = self.flow.call("GetProviderToken", access_token=token).provider_access_token
        self.renew(token)
        self.assertNotEqual(self.flow.call("GetProviderToken", access_token=token).provider_access_token, before)
        self.assertEqual(self.flow.server.stop(), 0)
        self.flow.server.start()
        # A token that was rotated away would not renew a second time.
        self.renew(token)
        self.name_user("Augusta")
        profile = self.flow.call("GetRefreshedProfile", access_token=token).profile
        self.assertEqual((profile.display_name, profile.given_name), ("Augusta Lovelace", "Augusta"))
        self.assertEqual((profile.emails[0].address, profile.emails[0].verified), ("ada@example.com", True))
        self.flow.server.kill()
        self.flow.server.start()
        self.renew(token)

    def test_a_spent_token_that_comes_back_ends_the_grant(self):
        app = ProviderApp(self.provider)
        held = app.sign_in(self.provider.username, password=self.provider.password, prompt=None)
        token = self.flow.call("ExchangeToken", provider_tokens=messages.ExchangeTokenRequest.ProviderTokens(
            provider="keycloak", access_token=held["access_token"], refresh_token=held["refresh_token"],
            id_token=held["id_token"])).access_token
        self.renew(token)
        self.assertEqual(app.refresh(held["refresh_token"]).json["error"], "invalid_grant")
        self.assert_revoked(token)

    def test_permission_withdrawn_at_the_provider(self):
        token = self.flow.exchange().access_token
        self.flow.call("RefreshToken", access_token=token)
        self.provider.admin("DELETE", f"/consents/{self.provider.client['client_id']}")
        self.assert_revoked(token)
        self.flow.server.stop()
        self.flow.server.start()
        self.assert_revoked(token)

    def test_revoking_here_revokes_at_the_provider(self):
        app = ProviderApp(self.provider)
        held = app.sign_in(self.provider.username, password=self.provider.password, prompt=None)
        token = self.flow.call("ExchangeToken", provider_tokens=messages.ExchangeTokenRequest.ProviderTokens(
            provider="keycloak", access_token=held["access_token"], refresh_token=held["refresh_token"],
            id_token=held["id_token"])).access_token
        self.assertTrue(self.flow.call("RevokeToken", access_token=token).revoked_at_provider)
        self.assertEqual(app.refresh(held["refresh_token"]).json["error"], "invalid_grant")
        self.assert_revoked(token)


if __name__ == "__main__":
    testing.main()
