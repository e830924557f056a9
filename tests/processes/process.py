"""Programs that a test starts, and waiting for what they do."""

import pathlib
import signal
import subprocess
import time

# Waiting is for a condition; this only bounds how long something broken can make a test hang.
PATIENCE = 60


def wait_until(what, condition):
    """Asks again and again until `condition` gives something true, and gives that; `what` is said when it never does."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain: {what}")
        time.sleep(0.01)


class Process:
    """A program of the test's own, ended with it. What it says goes to the file `log`."""

    def __init__(self, words, log, environment=None, **more):
        self._log = pathlib.Path(log)
        with open(self._log, "ab") as file:
            # However the test dies, the program goes too.
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *map(str, words)],
                stdin=subprocess.DEVNULL, stderr=file, env=environment, **{"stdout": file, **more})

    @property
    def pid(self):
        return self._process.pid

    @property
    def stdout(self):
        return self._process.stdout

    def log(self):
        return self._log.read_text(errors="replace")

    def signal(self, number):
        self._process.send_signal(number)

    def running(self):
        return self._process.poll() is None

    def wait(self):
        """Its exit code, or minus the signal that ended it."""
        return self._process.wait(timeout=PATIENCE)

    def kill(self):
        if self.running():
            self._process.kill()
        self.wait()
        if self._process.stdout:
            self._process.stdout.close()

    def pause(self):
        self.signal(signal.SIGSTOP)

    def resume(self):
        self.signal(signal.SIGCONT)
