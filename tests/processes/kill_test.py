"""A server is killed at each step of renewals that are under way. What the provider's rules allow to be saved is saved, the rest is
AMBIGUOUS; nothing is lost, and no token is presented twice where that is not allowed."""

import collections
import concurrent.futures
import dataclasses
import unittest

from tests.integration.support import testing
from tests.processes.callers import begin_refresh, settle
from tests.processes.ledger import AMBIGUOUS, close_account
from tests.processes.process import wait_until
from tests.processes.redis import RedisServer
from tests.processes.site import FAILING_SERVER, POLICIES, Site

GRANTS = 10  # of each policy

# What becomes of the presentations of a grant's first refresh token, by the policy, and whether the grant is renewed in the end.
UNTOUCHED = {policy: (["renewed"], True) for policy in POLICIES}  # nothing was written: begun anew
OPEN = {**UNTOUCHED, "never": ([], False)}  # written ahead and not sent: nobody can know that
SPENT = {  # sent, and the answer lost
    "retry": (["renewed", "renewed"], True), "grace": (["renewed", "repeated"], True),
    "once": (["renewed", "repeated"], True), "never": (["renewed"], False),
}
HOME = UNTOUCHED  # the answer is safe


@dataclasses.dataclass
class Step:
    name: str
    failpoints: str  # without the number of calls
    leaves: dict
    trouble: dict = dataclasses.field(default_factory=dict)  # that each grant's first presentation meets
    from_outside: bool = False
    journal: bool = False  # holds results that the next process brings home

    def leaves_to(self, others_settle):
        """The same when other replicas go on before the next process comes: what was left open is settled by them."""
        return {**SPENT, "never": self.leaves["never"]} if others_settle else self.leaves


STEPS = [
    Step("before_the_lease", "kill_before:BeginRenewal", UNTOUCHED),
    Step("after_the_lease", "kill_after:BeginRenewal", OPEN),
    Step("before_the_lease_is_given_back", "lose_once:BeginRenewal kill_before:AbandonRenewal", OPEN),
    Step("after_the_lease_is_given_back", "lose_once:BeginRenewal kill_after:AbandonRenewal", UNTOUCHED),
    Step("before_the_request", "kill_before:Present", OPEN),
    Step("while_the_provider_answers", "", SPENT, {"delay_after": "30s"}, from_outside=True),
    Step("before_the_lease_is_extended", "kill_before:ExtendLease", SPENT, {"delay_after": "30s"}),
    Step("after_the_lease_is_extended", "kill_after:ExtendLease", SPENT, {"delay_after": "30s"}),
    Step("after_the_answer", "kill_after:Present", SPENT),
    Step("before_another_presentation_is_written", "kill_before:PresentAgain",
         {"once": (["renewed", "repeated"], True)}, {"fault": "reply_lost"}),
    Step("after_another_presentation_is_written", "kill_after:PresentAgain",
         {"once": (["renewed"], False)}, {"fault": "reply_lost"}),
    # A commit that takes long, as those that wait here for the others do, would put its result into the journal.
    Step("before_the_commit", "refuse:Append kill_before:CommitRenewal", SPENT),
    Step("after_the_commit", "kill_after:CommitRenewal", HOME),
    Step("before_the_journal", "refuse:CommitRenewal kill_before:Append", SPENT),
    Step("after_the_journal", "refuse:CommitRenewal kill_after:Append", HOME, journal=True),
    Step("before_the_journal_forgets", "refuse_once:CommitRenewal kill_before:Remove", HOME, journal=True),
]


def _kill(site, victim, step, grants):
    """Begins the renewals and returns when the process is dead, all of them in the same step."""
    for grant in grants if step.trouble else []:
        site.provider.trouble(family=grant.family, **step.trouble)
    calls = [begin_refresh(site, victim, grant) for grant in grants]
    if step.from_outside:
        for grant in grants:
            wait_until("the provider is asked", lambda: site.provider.presentations(grant.first_refresh_token))
        victim.kill()
    else:
        victim.await_death()
    for call in calls:
        call.exception()


def _await_empty_journal(replica):
    [journal] = (replica.folder / "journal").iterdir()
    wait_until("what was in the journal is in the store", lambda: journal.stat().st_size == 0)


class _KillTest:
    """What is the same on every store: all steps at once, each with a server of its own; a case a step."""

    @classmethod
    def setUpClass(cls):
        cls.site = cls.enterClassContext(Site(provider_timeout="8s"))
        cls.set_up_store()
        pool = cls.enterClassContext(concurrent.futures.ThreadPoolExecutor(len(STEPS)))
        cls.runs = {step.name: pool.submit(cls._run, cls(f"test_{step.name}"), step) for step in STEPS}

    def _run(self, step):
        words = " ".join(f"{word}:{GRANTS * len(step.leaves)}" if word.startswith("kill") else word
                         for word in step.failpoints.split())
        victim = self.site.replica(self.store(), FAILING_SERVER, words, step.name).await_ready()
        grants = [grant for policy in step.leaves for grant in self.site.sign_in(victim, policy, GRANTS)]
        _kill(self.site, victim, step, grants)
        survivor = self.after_the_kill(step, victim, grants)
        outcome = close_account(self, self.site, [survivor], grants)
        self._check(step, grants, outcome)
        victim.kill()
        return f"killed {step.name.replace('_', ' ')}: {len(grants)} grants, {outcome}"

    def _check(self, step, grants, outcome):
        leaves = step.leaves_to(others_settle=self.others_settle(step))
        for policy, (presentations, renewed) in leaves.items():
            counts = outcome.renewed if renewed else outcome.ambiguous
            self.assertEqual(counts[policy], GRANTS, f"{step.name}, {policy}: {outcome}")
        for grant in grants:
            expected, seen = leaves[grant.policy][0], self.site.provider.presentations(grant.first_refresh_token)
            # A token that is not replaced may have been used for a renewal of later.
            if grant.policy == "retry":
                seen = seen[:len(expected)]
            self.assertEqual(seen, expected, f"{step.name}, {grant.policy}")


class SqliteKillTest(_KillTest, unittest.TestCase):
    """The same server is started again."""

    @classmethod
    def set_up_store(cls):
        pass

    def store(self):
        return "sqlite: {path: grants.db}"

    def others_settle(self, step):
        return False

    def after_the_kill(self, step, victim, grants):
        victim.start().await_ready()
        if step.journal:
            _await_empty_journal(victim)
        return victim

    def test_the_shipped_program_has_no_failpoints(self):
        server = self.site.replica(self.store(), failpoints="kill_before:BeginRenewal:1", name="shipped").await_ready()
        grants = self.site.sign_in(server, "never", 1)
        self.assertEqual(close_account(self, self.site, [server], grants).renewed["never"], 1)


class RedisKillTest(_KillTest, unittest.TestCase):
    """Another replica goes on."""

    @classmethod
    def set_up_store(cls):
        cls.redis = cls.site.closing(RedisServer())
        cls.survivor = cls.site.replica(cls.redis.store()).await_ready()

    def store(self):
        return self.redis.store()

    def others_settle(self, step):
        return step.name == "after_the_journal"

    def after_the_kill(self, step, victim, grants):
        if self.others_settle(step):
            # Nobody but the dead process knows that there are tokens, until it comes back.
            answers = settle(self.site, [self.survivor], grants)
            told = collections.Counter(grant.policy for grant, answer in answers.items() if answer.reason == AMBIGUOUS)
            self.assertEqual(told, {"never": GRANTS})
        if step.journal:
            victim.start().await_ready()
            _await_empty_journal(victim)
        return self.survivor


for _step in STEPS:
    for _class in (SqliteKillTest, RedisKillTest):
        setattr(_class, f"test_{_step.name}", lambda self, name=_step.name: print(self.runs[name].result()))


if __name__ == "__main__":
    testing.main()
