"""Renewals that take longer than a lock lasts: the holder keeps the lease, or loses the answer, and nobody else asks meanwhile."""

import unittest

from tests.integration.support import testing
from tests.processes.callers import Answer, begin_refresh, counted
from tests.processes.ledger import AMBIGUOUS, close_account
from tests.processes.process import wait_until
from tests.processes.redis import RedisServer
from tests.processes.site import Site

CALLERS = 60


class SlowProviderTest(unittest.TestCase):
    def _call(self, policy, provider_timeout, troubles):
        """All callers at once, at three servers; gives what they heard and what the provider saw. Nothing is lost in any case."""
        with Site(provider_timeout) as site:
            redis = site.closing(RedisServer())
            replicas = [site.replica(redis.store()) for _ in range(3)]
            for replica in replicas:
                replica.await_ready()
            [grant] = site.sign_in(replicas[0], policy, 1)
            for trouble in troubles:
                site.provider.trouble(family=grant.family, **trouble)
            calls = [begin_refresh(site, replicas[number % 3], grant) for number in range(CALLERS)]
            heard = counted([Answer(call) for call in calls])
            presentations = site.provider.presentations(grant.first_refresh_token)
            outcome = close_account(self, site, replicas, [grant])
            print(f"{CALLERS} callers, presentations {presentations}, {heard}; in the end {outcome}")
            return heard, presentations

    def test_slower_than_a_lock_of_five_seconds(self):
        heard, presentations = self._call("never", "20s", [{"delay_before": "6s"}])
        self.assertEqual(heard, {"OK": CALLERS})
        self.assertEqual(presentations, ["renewed"])

    def test_slower_than_the_lease_in_several_presentations(self):
        """The lease is for 7 seconds: 4 for a call, 2 for the store and 1."""
        lost = {"fault": "request_lost", "delay_before": "3s"}
        heard, presentations = self._call("grace", "4s", [lost, lost, {"delay_before": "3s"}])
        self.assertEqual(heard, {"OK": CALLERS})
        self.assertEqual(presentations, ["lost", "lost", "renewed"])

    def test_slower_than_any_lease(self):
        """The lease is for 5 seconds: 2 for a call, 2 for the store and 1."""
        heard, presentations = self._call("never", "2s", [{"delay_after": "7s"}])
        self.assertEqual(heard, {AMBIGUOUS: CALLERS})
        self.assertEqual(presentations, ["renewed"])

    def test_a_holder_that_is_paused_for_longer_than_its_lease(self):
        """Another replica takes over and gets another pair of tokens; the holder wakes up with the pair before."""
        with Site(provider_timeout="4s") as site:
            redis = site.closing(RedisServer())
            holder, other = [site.replica(redis.store()).await_ready() for _ in range(2)]
            [grant] = site.sign_in(holder, "grace", 1, grace_answer="further_pair")
            site.provider.trouble(family=grant.family, delay_after="3s")
            held = begin_refresh(site, holder, grant)
            wait_until("the provider is asked", lambda: site.provider.presentations(grant.first_refresh_token))
            holder.process.pause()
            taken_over = Answer(begin_refresh(site, other, grant))
            holder.process.resume()
            heard = counted([taken_over, Answer(held)])
            presentations = site.provider.presentations(grant.first_refresh_token)
            outcome = close_account(self, site, [holder, other], [grant])
            print(f"holder paused, presentations {presentations}, {heard}; in the end {outcome}")
            self.assertEqual(taken_over.reason, "")
            self.assertEqual(presentations[:2], ["renewed", "repeated"])
            self.assertEqual(outcome.renewed["grace"], 1)


if __name__ == "__main__":
    testing.main()
