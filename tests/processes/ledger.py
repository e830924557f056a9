"""Holds what the servers have against what the provider gave: nothing lost, nothing presented twice."""

import collections

from evertoken.v1 import token_service_pb2 as messages

from tests.processes.callers import settle
from tests.processes.process import PATIENCE

AMBIGUOUS = "REFRESH_AMBIGUOUS"


def ask(site, replica, grants, method, request):
    calls = [getattr(replica.tokens, method).future(
        request(access_token=grant.access_token), metadata=site.metadata, timeout=PATIENCE) for grant in grants]
    return [call.result() for call in calls]


class Outcome:
    """How many grants of each policy were renewed, and how many are known to be ambiguous."""

    def __init__(self):
        self.renewed, self.ambiguous = collections.Counter(), collections.Counter()

    def __str__(self):
        parts = [f"{sum(self.renewed.values())} renewed"]
        if self.ambiguous:
            parts.append(", ".join(f"{count} AMBIGUOUS ({policy})" for policy, count in sorted(self.ambiguous.items())))
        return ", ".join(parts)


def close_account(test, site, replicas, grants):
    """Settles all grants and asserts that none was lost: each holds the provider's newest tokens or is said to be AMBIGUOUS, and no
    token was presented after its grace."""
    last = settle(site, replicas, grants)
    outcome, renewed = Outcome(), []
    for grant, answer in last.items():
        test.assertIn(answer.reason, ("", AMBIGUOUS), f"a grant with policy {grant.policy}")
        if answer.reason:
            outcome.ambiguous[grant.policy] += 1
        else:
            outcome.renewed[grant.policy] += 1
            renewed.append(grant)
    families = site.provider.families()
    held = ask(site, replicas[0], renewed, "GetProviderToken", messages.GetProviderTokenRequest)
    for grant, token in zip(renewed, held):
        family = families[grant.family]
        test.assertTrue(family["alive"], f"a grant with policy {grant.policy} is over: {family['end']}")
        test.assertEqual(token.provider_access_token, family["access_token"], "not the newest tokens")
    ambiguous = [grant for grant, answer in last.items() if answer.reason]
    for grant, known in zip(ambiguous, ask(site, replicas[0], ambiguous, "IntrospectToken", messages.IntrospectTokenRequest)):
        test.assertEqual(known.renewal.failure_reason, AMBIGUOUS)
    reuses = sum(families[grant.family]["reuses"] for grant in grants)
    test.assertEqual(reuses, 0, "a token was presented after its grace")
    return outcome
