"""Many callers of three servers on one Redis: one of them asks the provider, all of them hear what it said."""

import unittest

from tests.integration.support import testing
from tests.processes.callers import Answer, begin_refresh, counted
from tests.processes.ledger import AMBIGUOUS, close_account
from tests.processes.process import wait_until
from tests.processes.redis import RedisServer
from tests.processes.site import Site


def _storm(site, replicas, grant, callers, arrived):
    """Calls at all replicas in turn; `arrived`, a check, passes while every caller waits. Gives the answers."""
    calls = [begin_refresh(site, replicas[number % len(replicas)], grant) for number in range(callers)]
    wait_until("all callers arrived", lambda: sum(
        replica.metric("evertoken_in_flight_requests") for replica in replicas) == callers)
    arrived()
    return [Answer(call) for call in calls]


class StormTest(unittest.TestCase):
    def _three_servers(self, provider_timeout="20s"):
        site = self.enterContext(Site(provider_timeout))
        redis = site.closing(RedisServer())
        replicas = [site.replica(redis.store()) for _ in range(3)]
        for replica in replicas:
            replica.await_ready()
        return site, replicas

    def test_a_thousand_callers_are_answered_by_one_provider_call(self):
        site, replicas = self._three_servers()
        [grant] = site.sign_in(replicas[0], "never", 1)
        site.provider.trouble(delay_before="8s")
        answers = _storm(site, replicas, grant, 1000, lambda: self.assertEqual(
            site.provider.presentations(grant.first_refresh_token), [], "the provider answered before all had come"))
        presentations = site.provider.presentations(grant.first_refresh_token)
        print(f"{len(answers)} callers, {len(presentations)} provider call, {counted(answers)}")
        self.assertEqual(presentations, ["renewed"])
        self.assertEqual(counted(answers), {"OK": 1000})
        self.assertTrue(all(answer.renewed for answer in answers))
        # One renewal and two replicas that waited for it.
        outcomes = [{outcome: replica.metric("evertoken_renewals_total", outcome=outcome) for outcome in ("renewed", "joined")}
                    for replica in replicas]
        self.assertCountEqual(outcomes, [{"renewed": 1, "joined": 0}, {"renewed": 0, "joined": 1}, {"renewed": 0, "joined": 1}])
        close_account(self, site, replicas, [grant])


if __name__ == "__main__":
    testing.main()
