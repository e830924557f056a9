"""A server on SQLite is killed again and again while it renews."""

import unittest

from tests.integration.support import testing
from tests.processes.callers import Load, counted
from tests.processes.ledger import AMBIGUOUS, close_account
from tests.processes.process import wait_until
from tests.processes.site import POLICIES, Site
from tests.processes.sqlite_files import integrity

GRANTS = 100  # of each policy
KILLS = 5
PER_SECOND = 150


class SqliteTest(unittest.TestCase):
    def test_killed_under_load(self):
        site = self.enterContext(Site(provider_timeout="3s"))
        server = site.replica("sqlite: {path: grants.db}").await_ready()
        signed_in = [site.sign_in(server, policy, GRANTS) for policy in POLICIES]
        grants = [grant for one_of_each in zip(*signed_in) for grant in one_of_each]
        site.provider.trouble(delay_after="100ms", probability=1)
        load = Load(site, [server], grants, PER_SECOND)
        for _ in range(KILLS):
            before = site.provider.calls()
            wait_until("renewals are under way", lambda: site.provider.calls() > before + PER_SECOND // 2)
            server.kill()
            self.assertEqual(integrity(server.folder), "ok")
            server.start().await_ready()
        load.stop()
        outcome = close_account(self, site, [server], grants)
        print(f"killed {KILLS} times: database intact; {len(load.answers)} callers heard {counted(load.answers)}, "
              f"{load.cut_off} were cut off; {len(grants)} grants: {outcome}")
        self.assertEqual(sum(outcome.renewed.values()) + sum(outcome.ambiguous.values()), len(grants))
        self.assertLessEqual(set(outcome.ambiguous), {"never"})
        self.assertLessEqual(set(counted(load.answers)), {"OK", AMBIGUOUS, "STORE_UNAVAILABLE"})


if __name__ == "__main__":
    testing.main()
