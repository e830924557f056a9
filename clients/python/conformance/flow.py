"""The steps in their order, and what each of them must find."""

import json
import re
from datetime import datetime, timezone

import grpc
from google.protobuf import duration_pb2

from evertoken.v1 import token_service_pb2 as messages

from refusal import Refusal, refusal_of

# How many seconds one call may take. The server goes on with a renewal whose caller stopped waiting.
PATIENCE = 30

# Nobody's token: it has the right form and was never given out.
UNKNOWN_TOKEN = "00000000-0000-4000-8000-000000000000"

ACCESS_TOKEN_FORM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class BrokenPromise(Exception):
    """A step is not as the API promises."""


class Flow:
    """A step returns what it found out. Tokens are secrets and never among it."""

    def __init__(self, tokens):
        self._tokens = tokens

    def run(self, request_token):
        """Takes all steps and prints each that went as promised."""
        self.request_token = request_token
        self.fetched = datetime.fromtimestamp(0, timezone.utc)
        steps = (
            ("exchange", self.exchange),
            ("introspect", self.introspect),
            ("watch", self.watch),
            ("refresh", self.refresh),
            ("profile", self.fresh_profile),
            ("profile_within_max_age", self.recent_profile),
            ("profile_again", self.fresh_profile),
            ("provider_token", self.provider_token),
            ("unknown_token", self.use_unknown_token),
            ("revoke", self.revoke),
            ("refresh_after_revoke", self.refresh_after_revoke),
            ("introspect_after_revoke", self.introspect_after_revoke),
            ("events", self.events),
        )
        for name, take in steps:
            try:
                found = take()
            except BrokenPromise as broken:
                raise BrokenPromise(f"{name}: {broken}") from broken
            except grpc.RpcError as error:
                why = refusal_of(error) or error.code().name
                raise BrokenPromise(f"{name}: {why}: {error.details()}") from error
            print(json.dumps({"step": name, **found}), flush=True)

    def exchange(self):
        request = messages.ExchangeTokenRequest(request_token=self.request_token)
        response = self._tokens.ExchangeToken(request, timeout=PATIENCE)
        self.access_token, self.subject = response.access_token, response.subject
        self.expiry = moment(response.expire_time)
        if not ACCESS_TOKEN_FORM.fullmatch(self.access_token):
            raise BrokenPromise("the access token is not written as a GUID")
        if self.expiry <= datetime.now(timezone.utc):
            raise BrokenPromise(f"the access token is given out expired: {self.expiry}")
        return {
            "provider": response.provider,
            "subject": response.subject,
            "expiry_limit": messages.ExpiryLimit.Name(response.expiry_limit),
        }

    def introspect(self):
        response = self._introspect()
        self.grant_id = response.grant_id
        if moment(response.expire_time) != self.expiry:
            raise BrokenPromise(f"expires at {moment(response.expire_time)}, but the exchange said {self.expiry}")
        return {
            "active": response.active,
            "state": messages.GrantState.Name(response.state),
            "provider": response.provider,
            "subject": response.subject,
        }

    def watch(self):
        # The first response says where the stream begins.
        stream = self._tokens.WatchGrantEvents(messages.WatchGrantEventsRequest(), timeout=PATIENCE)
        bookmark = next(stream)
        stream.cancel()
        if bookmark.type or not bookmark.cursor:
            raise BrokenPromise("the first response is no bookmark")
        self.cursor = bookmark.cursor
        return {}

    def refresh(self):
        response = self._refresh(self.access_token)
        if response.access_token != self.access_token:
            raise BrokenPromise("a refresh changed the access token")
        if moment(response.expire_time) <= self.expiry:
            raise BrokenPromise(f"a refresh moved the expiry from {self.expiry} to {moment(response.expire_time)}")
        return {"renewed": response.renewed, "expiry_limit": messages.ExpiryLimit.Name(response.expiry_limit)}

    def fresh_profile(self):
        # Without max_age the provider is asked now.
        profile = self._profile(messages.GetRefreshedProfileRequest(access_token=self.access_token))
        fetched = moment(profile.fetch_time)
        if fetched <= self.fetched:
            raise BrokenPromise(f"the provider was not asked again since {self.fetched}")
        self.fetched = fetched
        return {"subject": profile.subject, "display_name": profile.display_name}

    def recent_profile(self):
        max_age = duration_pb2.Duration(seconds=3600)
        profile = self._profile(messages.GetRefreshedProfileRequest(access_token=self.access_token, max_age=max_age))
        fetched = moment(profile.fetch_time)
        if fetched != self.fetched:
            raise BrokenPromise(
                f"the provider was asked at {fetched}, though the profile of {self.fetched} was recent enough")
        return {"subject": profile.subject, "display_name": profile.display_name}

    def provider_token(self):
        request = messages.GetProviderTokenRequest(access_token=self.access_token)
        try:
            response = self._tokens.GetProviderToken(request, timeout=PATIENCE)
        except grpc.RpcError as error:
            # The operator decides which apps may see a provider's token.
            return refused_as(error, Refusal("PERMISSION_DENIED", "CALLER_FORBIDDEN"))
        if not response.provider_access_token:
            raise BrokenPromise("the provider's token is empty")
        return {"provider": response.provider, "token_type": response.token_type}

    def use_unknown_token(self):
        return refused(lambda: self._refresh(UNKNOWN_TOKEN), Refusal("NOT_FOUND", "TOKEN_NOT_FOUND"))

    def revoke(self):
        request = messages.RevokeTokenRequest(access_token=self.access_token)
        response = self._tokens.RevokeToken(request, timeout=PATIENCE)
        return {"revoked_at_provider": response.revoked_at_provider}

    def refresh_after_revoke(self):
        return refused(lambda: self._refresh(self.access_token), Refusal("FAILED_PRECONDITION", "GRANT_REVOKED"))

    def introspect_after_revoke(self):
        response = self._introspect()
        if response.active:
            raise BrokenPromise("a revoked token is active")
        return {"active": response.active, "state": messages.GrantState.Name(response.state)}

    def events(self):
        # Where the first stream ended: what came in between is not lost.
        request = messages.WatchGrantEventsRequest(cursor=self.cursor)
        stream = self._tokens.WatchGrantEvents(request, timeout=PATIENCE)
        told = []
        while "GRANT_EVENT_TYPE_REVOKED" not in told:
            event = next(stream)
            if event.grant_id == self.grant_id:
                told.append(messages.GrantEventType.Name(event.type))
        stream.cancel()
        if "GRANT_EVENT_TYPE_RENEWED" not in told:
            raise BrokenPromise(f"no renewal was told: {told}")
        return {"first": told[0], "last": told[-1]}

    def _profile(self, request):
        profile = self._tokens.GetRefreshedProfile(request, timeout=PATIENCE).profile
        if profile.subject != self.subject:
            raise BrokenPromise(f"{self.subject!r} signed in, but this is the profile of {profile.subject!r}")
        return profile

    def _introspect(self):
        request = messages.IntrospectTokenRequest(access_token=self.access_token)
        return self._tokens.IntrospectToken(request, timeout=PATIENCE)

    def _refresh(self, access_token):
        return self._tokens.RefreshToken(messages.RefreshTokenRequest(access_token=access_token), timeout=PATIENCE)


def refused(call, want):
    """For calls that must fail: the finding is the refusal."""
    try:
        call()
    except grpc.RpcError as error:
        return refused_as(error, want)
    raise BrokenPromise(f"the call succeeded; {want} was due")


def refused_as(error, want):
    got = refusal_of(error)
    if got != want:
        raise BrokenPromise(f"{got or error.code().name}: {want} was due: {error.details()}")
    return got._asdict()


def moment(timestamp):
    return timestamp.ToDatetime(tzinfo=timezone.utc)
