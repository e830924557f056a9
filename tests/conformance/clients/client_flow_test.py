"""The program of each client language walks the flow, and all of them find the same."""

import json
import os
import pathlib
import subprocess
import sys
import unittest

from tests.integration.support import testing
from tests.integration.support.scenario import Scenario
from tests.integration.support.server import PATIENCE

CLIENTS = pathlib.Path("clients").resolve()

# What starts a language's program, and the environment that it needs.
PROGRAMS = {
    "go": ([CLIENTS / "go" / "conformance"], {}),
    "python": (
        [sys.executable, "-B", CLIENTS / "python" / "conformance"],
        {"PYTHONPATH": str(CLIENTS / "python" / "stubs")},
    ),
}

STEPS = [
    {"step": "exchange", "provider": "idp", "subject": "alice", "expiry_limit": "EXPIRY_LIMIT_DEFAULT"},
    {"step": "introspect", "active": True, "state": "GRANT_STATE_ACTIVE", "provider": "idp", "subject": "alice"},
    {"step": "watch"},
    {"step": "refresh", "renewed": True, "expiry_limit": "EXPIRY_LIMIT_DEFAULT"},
    {"step": "profile", "subject": "alice", "display_name": "Alice the Second"},
    {"step": "profile_within_max_age", "subject": "alice", "display_name": "Alice the Second"},
    {"step": "profile_again", "subject": "alice", "display_name": "Alice the Second"},
    {"step": "provider_token", "provider": "idp", "token_type": "Bearer"},
    {"step": "unknown_token", "code": "NOT_FOUND", "reason": "TOKEN_NOT_FOUND"},
    {"step": "revoke", "revoked_at_provider": True},
    {"step": "refresh_after_revoke", "code": "FAILED_PRECONDITION", "reason": "GRANT_REVOKED"},
    {"step": "introspect_after_revoke", "active": False, "state": "GRANT_STATE_REVOKED"},
    {"step": "events", "first": "GRANT_EVENT_TYPE_RENEWED", "last": "GRANT_EVENT_TYPE_REVOKED"},
]


class ProgramTest(unittest.TestCase):
    def setUp(self):
        self.flow = Scenario(**self.server_options())
        self.addCleanup(self.flow.__exit__)

    def server_options(self):
        return {}

    def transport(self):
        return ["--plaintext"]

    def run_program(self, language, request_token, app_secret=None):
        server = self.flow.server
        command, environment = PROGRAMS[language]
        environment = {
            **environment,
            "PATH": os.environ["PATH"],
            "APP_KEY": server.app_key,
            "APP_SECRET": app_secret or server.app_secret,
            "REQUEST_TOKEN": request_token,
        }
        return subprocess.run(
            [*command, "--address", server.address, *self.transport()], env=environment, cwd=server.folder,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=4 * PATIENCE)

    def assert_walks(self, language, steps):
        request_token = self.flow.sign_in()["request_token"]
        # Only a profile that is fetched now has it.
        self.flow.provider.admin("profile", {"name": "Alice the Second"}, sub="alice")
        done = self.run_program(language, request_token)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual([json.loads(line) for line in done.stdout.splitlines()], steps)


class FlowTest(ProgramTest):
    def test_go(self):
        self.assert_walks("go", STEPS)

    def test_python(self):
        self.assert_walks("python", STEPS)


class TlsTest(ProgramTest):
    """By TLS, as an app that may not see the provider's token."""

    steps = [{"step": "provider_token", "code": "PERMISSION_DENIED", "reason": "CALLER_FORBIDDEN"}
             if step["step"] == "provider_token" else step for step in STEPS]

    def server_options(self):
        return {"tls": True, "allow_provider_token": False}

    def transport(self):
        return ["--ca", str(self.flow.server.ca)]

    def test_go(self):
        self.assert_walks("go", self.steps)

    def test_python(self):
        self.assert_walks("python", self.steps)


class BrokenPromiseTest(ProgramTest):
    """A program that cannot fail shows nothing."""

    def assert_stops(self, language, request_token, message, app_secret=None):
        done = self.run_program(language, request_token, app_secret)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn(message, done.stderr)
        for secret in (request_token, self.flow.server.app_secret):
            self.assertNotIn(secret, done.stderr)

    def assert_says_what_failed(self, language):
        token = self.flow.sign_in()["request_token"]
        self.assert_stops(language, token[::-1], "conformance: exchange: INVALID_ARGUMENT (CREDENTIAL_REJECTED): ")
        self.assert_stops(
            language, token, "conformance: exchange: UNAUTHENTICATED (CALLER_UNKNOWN): ", app_secret="wrong")

    def test_go(self):
        self.assert_says_what_failed("go")

    def test_python(self):
        self.assert_says_what_failed("python")


if __name__ == "__main__":
    testing.main()
