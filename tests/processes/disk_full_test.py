"""The disk is full when results come. The limit of a process' file size stands for it: it takes no mount and no rights."""

import resource
import unittest

from tests.integration.support import testing
from tests.processes.callers import Answer, begin_refresh, counted
from tests.processes.ledger import close_account
from tests.processes.process import wait_until
from tests.processes.redis import RedisServer
from tests.processes.site import Site
from tests.processes.sqlite_files import integrity

GRANTS = 40


def _fill_disk(server):
    """From now on nothing can be written."""
    _, most = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (0, most))


def _free_disk(server):
    _, most = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (most, most))


class DiskFullTest(unittest.TestCase):
    def _start(self, store):
        self.site = self.enterContext(Site())
        self.server = self.site.replica(store).await_ready()
        self.grants = self.site.sign_in(self.server, "never", GRANTS)

    def _present(self):
        """Begins all renewals and returns when the provider has spent every token and has answered none."""
        for grant in self.grants:
            self.site.provider.trouble(family=grant.family, delay_after="5s")
        calls = [begin_refresh(self.site, self.server, grant) for grant in self.grants]
        wait_until("the provider is asked", lambda: self.site.provider.verdicts()["renewed"] == GRANTS)
        return calls

    def _heard(self, calls):
        answers = [Answer(call) for call in calls]
        self.assertTrue(all(answer.retry_after for answer in answers), "an error without RetryInfo")
        return counted(answers)

    def _check(self, what, heard):
        outcome = close_account(self, self.site, [self.server], self.grants)
        print(f"{what}: {GRANTS} callers heard {heard}; {outcome}")
        self.assertEqual(heard, {"STORE_UNAVAILABLE": GRANTS})
        for grant in self.grants:
            self.assertEqual(self.site.provider.presentations(grant.first_refresh_token), ["renewed"])
        return outcome

    def _journal_size(self):
        return sum(file.stat().st_size for file in (self.server.folder / "journal").iterdir())

    def test_results_wait_for_room_under_sqlite(self):
        """And under the journal, which is on the same disk."""
        self._start("sqlite: {path: grants.db}")
        calls = self._present()
        _fill_disk(self.server)
        heard = self._heard(calls)
        self.server.await_unready()
        self.assertEqual(self._journal_size(), 0)
        self.assertEqual(integrity(self.server.folder), "ok")
        _free_disk(self.server)
        self.server.await_ready()
        outcome = self._check("disk full under SQLite and the journal, then room", heard)
        self.assertEqual(outcome.renewed["never"], GRANTS)

    def test_no_room_and_no_store(self):
        """A journal that cannot be written, while Redis is away."""
        redis = RedisServer()
        self.addCleanup(redis.close)
        self._start(redis.store())
        calls = self._present()
        _fill_disk(self.server)
        redis.kill()
        heard = self._heard(calls)
        self.assertEqual(self._journal_size(), 0)
        redis.start()
        self.server.await_ready()
        outcome = self._check("disk full under the journal, Redis killed and restarted", heard)
        self.assertEqual(outcome.renewed["never"], GRANTS)

    def test_killed_before_there_is_room(self):
        """The results were nowhere but in memory, and everybody is told."""
        self._start("sqlite: {path: grants.db}")
        calls = self._present()
        _fill_disk(self.server)
        heard = self._heard(calls)
        self.server.kill()
        self.assertEqual(integrity(self.server.folder), "ok")
        self.server.start().await_ready()
        outcome = self._check("disk full under SQLite and the journal, then killed", heard)
        self.assertEqual(outcome.ambiguous["never"], GRANTS)


if __name__ == "__main__":
    testing.main()
