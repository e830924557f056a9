"""Redis goes away under a load of renewals, in each way that it can, and comes back."""

import unittest

from tests.integration.support import testing
from tests.processes.callers import Load, counted, settle
from tests.processes.ledger import close_account
from tests.processes.process import wait_until
from tests.processes.redis import RedisServer, Sentinel
from tests.processes.site import Site

GRANTS = 400
PER_SECOND = 100


class RedisTest(unittest.TestCase):
    def _start(self, store):
        self.site = self.enterContext(Site())
        self.replicas = [self.site.replica(store) for _ in range(3)]
        for replica in self.replicas:
            replica.await_ready()
        # At the strictest provider: what is lost for a moment cannot be asked for again.
        self.grants = self.site.sign_in(self.replicas[0], "never", GRANTS)
        # Renewals are under way at any time.
        self.site.provider.trouble(delay_after="300ms", probability=1)

    def _under_load(self, what, go_away, come_back):
        """Goes away, stays away until every server knows it and callers have heard of it, and comes back."""
        load = Load(self.site, self.replicas, self.grants, PER_SECOND)
        wait_until("renewals are under way", lambda: load.count() > PER_SECOND)
        go_away()
        for replica in self.replicas:
            replica.await_unready()
        before = load.count()
        wait_until("callers are answered", lambda: load.count() > before + PER_SECOND)
        come_back()
        for replica in self.replicas:
            replica.await_ready()
        before = load.count()
        wait_until("callers are answered", lambda: load.count() > before + 2 * PER_SECOND)
        load.stop()
        heard = counted(load.answers)
        outcome = close_account(self, self.site, self.replicas, self.grants)
        print(f"{what}: {len(load.answers)} callers heard {heard}; {GRANTS} grants: {outcome}")
        self.assertEqual(set(heard), {"OK", "STORE_UNAVAILABLE"})
        self.assertTrue(all(answer.retry_after for answer in load.answers if answer.reason), "an error without RetryInfo")
        self.assertEqual(load.cut_off, 0, "a caller without an answer")
        self.assertEqual(outcome.renewed["never"], GRANTS)

    def test_killed_and_restarted(self):
        redis = RedisServer()
        self.addCleanup(redis.close)
        self._start(redis.store())
        self._under_load("Redis killed and restarted", redis.kill, redis.start)

    def test_paused(self):
        redis = RedisServer()
        self.addCleanup(redis.close)
        self._start(redis.store())
        self._under_load("Redis paused", redis.process.pause, redis.process.resume)

    def _start_pair(self, more=""):
        self.master, self.replica = RedisServer(), None
        self.addCleanup(self.master.close)
        self.replica = RedisServer(replica_of=self.master)
        self.addCleanup(self.replica.close)
        self.sentinel = Sentinel(self.master)
        self.addCleanup(self.sentinel.close)
        self.sentinel.await_replica()
        self._start(self.sentinel.store(more))

    def test_failed_over(self):
        """Each step of a renewal counts only when the replica has it, so that nothing is forgotten. The dead server comes back as
        the new one's replica: until then nothing can be confirmed and nothing is renewed."""
        self._start_pair(", wait_replicas: 1, wait_timeout: 400ms")

        def come_back():
            self.sentinel.await_master(self.replica)
            self.master.start("--replicaof", "127.0.0.1", self.replica.port)

        self._under_load("Redis failed over", self.master.kill, come_back)
        self.assertEqual(self.replica.info("replication")["role"], "master")

    def test_failed_over_to_a_replica_that_lags(self):
        """The new server never heard of renewals that were done: those who did them put them back."""
        self._start_pair()
        self.assertEqual(self.master.command("WAIT", 1, 0), 1)
        self.replica.command("CONFIG", "SET", "masterauth", "wrong")
        self.master.command("CLIENT", "KILL", "TYPE", "replica")
        settle(self.site, self.replicas, self.grants)
        forgotten = (int(self.master.info("replication")["master_repl_offset"])
                     - int(self.replica.info("replication")["slave_repl_offset"]))
        self.assertGreater(forgotten, GRANTS * 100)
        self.assertEqual(self.site.provider.verdicts()["renewed"], GRANTS)
        self.master.kill()
        self.sentinel.await_master(self.replica)
        for replica in self.replicas:
            replica.await_ready()
        outcome = close_account(self, self.site, self.replicas, self.grants)
        print(f"Redis failed over and forgot {forgotten} bytes: {GRANTS} grants: {outcome}")
        self.assertEqual(outcome.renewed["never"], GRANTS)


if __name__ == "__main__":
    testing.main()
