"""Callers of RefreshToken, many at a time, and what they hear."""

import collections
import itertools
import threading
import time

import grpc

from evertoken.v1 import token_service_pb2 as messages

from tests.integration.support.errors import Raised
from tests.processes.process import PATIENCE


class Answer:
    """`reason` is empty for a success. An answer that is neither a success nor an error of the server's own fails the test."""

    def __init__(self, call):
        self.reason, self.retry_after, self.renewed = "", None, False
        error = call.exception()
        if error is None:
            self.renewed = call.result().renewed
        else:
            raised = Raised().read(error)
            self.reason, self.retry_after = raised.reason, raised.retry_after


def begin_refresh(site, replica, grant, timeout=PATIENCE):
    return replica.tokens.RefreshToken.future(
        messages.RefreshTokenRequest(access_token=grant.access_token), metadata=site.metadata, timeout=timeout)


def counted(answers):
    """How often which reason came; OK for successes."""
    return dict(collections.Counter(answer.reason or "OK" for answer in answers))


def settle(site, replicas, grants):
    """Calls for each grant, as told by RetryInfo, until renewing succeeded or is said to be of no use. Gives the last answers."""
    deadline = time.monotonic() + PATIENCE
    last, waiting = {}, list(grants)
    while waiting:
        turns = itertools.cycle(replicas)
        calls = [(grant, begin_refresh(site, next(turns), grant)) for grant in waiting]
        answers = [(grant, Answer(call)) for grant, call in calls]
        last.update(answers)
        waiting = [grant for grant, answer in answers if answer.retry_after is not None]
        if waiting:
            if time.monotonic() > deadline:
                raise AssertionError(f"never settled: {counted(last[grant] for grant in waiting)}")
            told = min(last[grant].retry_after.total_seconds() for grant in waiting)
            threading.Event().wait(min(told, 1))
    return last


class Load:
    """Calls for one grant after the other, at one replica after the other, at a steady pace, until it is stopped. `answers` are
    those that have come. A connection that broke because its server was killed is counted in `cut_off`."""

    def __init__(self, site, replicas, grants, per_second):
        self.answers, self.cut_off, self.failures = [], 0, []
        self._site, self._replicas, self._grants = site, replicas, grants
        self._pause = 1 / per_second
        self._stop, self._calls = threading.Event(), []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        turns = zip(itertools.cycle(self._grants), itertools.cycle(self._replicas))
        while not self._stop.wait(self._pause):
            grant, replica = next(turns)
            try:
                self._calls.append(begin_refresh(self._site, replica, grant))
            except ValueError:  # the replica's channel is closed
                self.cut_off += 1

    def count(self):
        """Calls that ended by now."""
        return sum(call.done() for call in list(self._calls))

    def stop(self):
        """Ends the load and waits for every answer."""
        self._stop.set()
        self._thread.join()
        for call in self._calls:
            error = call.exception()
            if error is not None and _is_cut_off(error):
                self.cut_off += 1
            else:
                self.answers.append(Answer(call))
        return self


def _is_cut_off(error):
    """Whether the connection, and not the server, gave the answer."""
    return error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED) and not any(
        key == "grpc-status-details-bin" for key, _ in error.trailing_metadata() or ())
