"""The main job with a certified provider that we did not write, on each store that survives a restart."""

import unittest
import urllib.parse
from datetime import timedelta

import grpc

from evertoken.v1 import token_service_pb2 as messages

from tests.integration.oidc_provider.login import Browser, login
from tests.integration.support import testing
from tests.integration.support.errors import rpc_error
from tests.integration.support.redis import RedisServer
from tests.integration.support.scenario import Scenario


ACCESS_TTL = 15


class ScenarioTest(unittest.TestCase):
    def setUp(self):
        self.flow = Scenario(access_ttl=ACCESS_TTL, **self.server_options())
        self.addCleanup(self.flow.__exit__)

    def server_options(self):
        return {}

    def refresh_window(self, token):
        refreshed = self.flow.call("RefreshToken", access_token=token)
        login = self.flow.call("IntrospectToken", access_token=token).login_time
        return refreshed.expire_time.ToDatetime() - login.ToDatetime(), refreshed.expiry_limit


class FlowTests:
    """What holds on every store; adopted below."""

    def test_login_exchange_refresh_profile(self):
        arrived = self.flow.sign_in()
        self.assertEqual(arrived["state"], "app-state")
        exchanged = self.flow.call("ExchangeToken", request_token=arrived["request_token"])
        self.assertRegex(exchanged.access_token, r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
        self.assertEqual((exchanged.provider, exchanged.subject), ("idp", "alice"))

        self.assertTrue(self.flow.call("IntrospectToken", access_token=exchanged.access_token).active)
        life, limit = self.refresh_window(exchanged.access_token)
        self.assertLessEqual(abs(life - timedelta(days=60)), timedelta(minutes=1))
        self.assertEqual(limit, messages.EXPIRY_LIMIT_DEFAULT)

        self.flow.provider.admin("profile", {"name": "Alice the Second"}, sub="alice")
        profile = self.flow.call("GetRefreshedProfile", access_token=exchanged.access_token).profile
        self.assertEqual(profile.display_name, "Alice the Second")
        self.assertEqual(profile.subject, "alice")

    def test_refresh_past_the_providers_expiry(self):
        token = self.flow.exchange().access_token
        # Longer than the access token lives, and less than the clock difference that ID tokens tolerate.
        self.flow.provider.admin("advance", seconds=ACCESS_TTL + 1)
        self.flow.provider.admin("profile", {"name": "Later"}, sub="alice")
        self.assertEqual(self.flow.call("GetRefreshedProfile", access_token=token).profile.display_name, "Later")
        self.assertEqual(self.flow.provider.stats()["token_calls_by_grant_type"]["refresh_token"], 1)
        calls = self.flow.provider.stats()["refresh_presentations"]
        self.assertTrue(all(times == 1 for times in calls.values()), "a rotating refresh token was presented twice")

    def test_concurrent_callers_are_one_presentation(self):
        token = self.flow.exchange().access_token
        self.flow.provider.admin("delay", endpoint="token", ms=200, times=5)
        request = messages.RefreshTokenRequest(access_token=token)
        futures = [self.flow.tokens.RefreshToken.future(request, metadata=self.flow.server.metadata, timeout=30) for _ in range(200)]
        for future in futures:
            future.result()
        self.assertEqual(self.flow.provider.stats()["token_calls_by_grant_type"]["refresh_token"], 1)

    def test_permission_withdrawn_at_the_provider(self):
        token = self.flow.exchange().access_token
        self.flow.provider.admin("revoke-user", sub="alice")
        with rpc_error() as error:
            self.flow.call("RefreshToken", access_token=token)
        self.assertEqual((error.code, error.reason), (grpc.StatusCode.FAILED_PRECONDITION, "GRANT_REVOKED"))
        with rpc_error() as error:
            self.flow.call("GetRefreshedProfile", access_token=token)
        self.assertEqual(error.reason, "GRANT_REVOKED")
        self.assertFalse(self.flow.call("IntrospectToken", access_token=token).active)

    def test_permission_withdrawn_is_found_by_the_profile_call(self):
        token = self.flow.exchange().access_token
        self.flow.provider.admin("revoke-user", sub="alice")
        with rpc_error() as error:
            self.flow.call("GetRefreshedProfile", access_token=token)
        self.assertEqual(error.reason, "GRANT_REVOKED")

    def test_revoking_here_revokes_at_the_provider(self):
        token = self.flow.exchange().access_token
        provider_token = self.flow.call("GetProviderToken", access_token=token).provider_access_token
        self.assertTrue(provider_token)
        self.assertTrue(self.flow.call("RevokeToken", access_token=token).revoked_at_provider)
        with rpc_error() as error:
            self.flow.call("RefreshToken", access_token=token)
        self.assertEqual(error.reason, "GRANT_REVOKED")

    def test_an_outage_of_the_provider_logs_nobody_out(self):
        token = self.flow.exchange().access_token
        self.flow.provider.admin("fail", endpoint="token", status=503, times=1)
        with rpc_error() as error:
            self.flow.call("RefreshToken", access_token=token)
        self.assertEqual((error.code, error.reason), (grpc.StatusCode.UNAVAILABLE, "PROVIDER_UNAVAILABLE"))
        self.assertGreater(error.retry_after, timedelta(0))
        self.assertTrue(self.flow.call_as_told("RefreshToken", access_token=token).renewed)

    def test_a_wrong_client_secret_ends_no_grant(self):
        token = self.flow.exchange().access_token
        secret = self.flow.provider.client["client_secret"]
        self.flow.provider.admin("client", {"client_secret": "another-" + secret})
        with rpc_error() as error:
            self.flow.call("RefreshToken", access_token=token)
        self.assertEqual(error.reason, "PROVIDER_MISCONFIGURED")
        self.flow.provider.admin("client", {"client_secret": secret})
        self.flow.call("RefreshToken", access_token=token)

    def test_keys_may_be_rotated_at_the_provider(self):
        self.flow.exchange()
        self.flow.provider.admin("rotate-keys")
        self.assertEqual(self.flow.exchange("bob").subject, "bob")

    def test_a_lost_answer_is_ambiguous_and_not_spent_again(self):
        token = self.flow.exchange().access_token
        self.flow.provider.admin("fail", endpoint="token", status=0, when="after", times=1)
        with rpc_error() as error:
            self.flow.call("RefreshToken", access_token=token)
        self.assertEqual(error.reason, "REFRESH_AMBIGUOUS")
        self.assertEqual(self.flow.provider.stats()["token_calls_by_grant_type"]["refresh_token"], 1)

    def test_everything_survives_a_restart(self):
        token = self.flow.exchange().access_token
        self.flow.call("RefreshToken", access_token=token)
        self.assertEqual(self.flow.server.stop(), 0)
        self.flow.server.start()
        self.assertTrue(self.flow.call("IntrospectToken", access_token=token).active)
        self.flow.server.kill()
        self.flow.server.start()
        self.flow.call("RefreshToken", access_token=token)

    def test_events_are_told_and_go_on_after_a_restart(self):
        token = self.flow.exchange().access_token
        grant = self.flow.call("IntrospectToken", access_token=token).grant_id
        watch = self.flow.watch()
        self.assertEqual(next(watch).type, messages.GRANT_EVENT_TYPE_UNSPECIFIED)
        self.flow.call("RefreshToken", access_token=token)
        renewed = next(watch)
        self.assertEqual((renewed.grant_id, renewed.type), (grant, messages.GRANT_EVENT_TYPE_RENEWED))
        self.flow.call("RevokeToken", access_token=token)
        # The watch does not hold up the end of the process, and is told why it ends.
        self.assertEqual(self.flow.server.stop(close=False), 0)
        with rpc_error() as error:
            while True:
                next(watch)
        self.assertEqual((error.code, error.reason), (grpc.StatusCode.UNAVAILABLE, "SERVER_STOPPING"))
        self.flow.server.start()
        watch = self.flow.watch(renewed.cursor)
        self.assertEqual(next(watch).type, messages.GRANT_EVENT_TYPE_UNSPECIFIED)
        revoked = next(watch)
        self.assertEqual((revoked.grant_id, revoked.type), (grant, messages.GRANT_EVENT_TYPE_REVOKED))
        watch.cancel()

    def test_a_key_ring_without_the_key_of_a_record_loses_nothing(self):
        token = self.flow.exchange().access_token
        with self.flow.server.another_key_ring():
            with rpc_error() as error:
                self.flow.call("RefreshToken", access_token=token)
            self.assertEqual((error.code, error.reason), (grpc.StatusCode.NOT_FOUND, "TOKEN_NOT_FOUND"))
        self.flow.call("RefreshToken", access_token=token)

    def test_a_repeated_exchange_gets_the_same_answer(self):
        arrived = self.flow.sign_in()
        first = self.flow.call("ExchangeToken", request_token=arrived["request_token"])
        again = self.flow.call("ExchangeToken", request_token=arrived["request_token"])
        self.assertEqual(first.access_token, again.access_token)
        with rpc_error() as error:
            self.flow.call("ExchangeToken", request_token=arrived["request_token"][::-1])
        self.assertEqual((error.code, error.reason), (grpc.StatusCode.INVALID_ARGUMENT, "CREDENTIAL_REJECTED"))

    def test_a_refused_consent_reaches_the_app(self):
        arrived = login(self.flow.login_url(), "alice", "pw", self.flow.app.redirect_uri, deny=True, browser=Browser())
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(arrived).query))
        self.assertEqual(query["error"], "access_denied")
        self.assertEqual(query["state"], "app-state")

    def test_wrong_app_credentials(self):
        with rpc_error() as error:
            self.flow.tokens.IntrospectToken(messages.IntrospectTokenRequest(access_token="0" * 8 + "-0000-0000-0000-" + "0" * 12),
                                             metadata=(("authorization", "Basic YXBwOndyb25n"),), timeout=30)
        self.assertEqual((error.code, error.reason), (grpc.StatusCode.UNAUTHENTICATED, "CALLER_UNKNOWN"))


class SqliteFlowTest(FlowTests, ScenarioTest):
    pass


class RedisFlowTest(FlowTests, ScenarioTest):
    def server_options(self):
        self.redis = RedisServer()
        self.addCleanup(self.redis.close)
        return {"store": f"redis: {{address: '127.0.0.1:{self.redis.port}', password: '{self.redis.password}'}}"}

    def test_a_store_outage_is_no_logout(self):
        token = self.flow.exchange().access_token
        self.flow.call("RefreshToken", access_token=token)
        self.redis.kill()
        with rpc_error() as error:
            self.flow.call("RevokeToken", access_token=token)
        self.assertEqual((error.code, error.reason), (grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE"))
        self.assertGreater(error.retry_after, timedelta(0))
        # What still lives is served from memory, also a renewal of a moment ago.
        self.assertTrue(self.flow.call("IntrospectToken", access_token=token).active)
        self.assertFalse(self.flow.call("RefreshToken", access_token=token, min_remaining={"seconds": 1}).renewed)
        self.redis.start()
        self.flow.call_as_told("RefreshToken", access_token=token)


class AppLimitTest(ScenarioTest):
    def server_options(self):
        return {"app_settings": "    refresh_window: 24h\n"}

    def test_an_app_setting_of_24_hours_gives_24_hours(self):
        life, limit = self.refresh_window(self.flow.exchange().access_token)
        self.assertLessEqual(abs(life - timedelta(hours=24)), timedelta(minutes=1))
        self.assertEqual(limit, messages.EXPIRY_LIMIT_APP)


if __name__ == "__main__":
    testing.main()
