"""`evertoken providers try` at a certified provider that we did not write."""

import os
import re
import subprocess
import unittest
import urllib.request

from tests.integration.oidc_provider.login import login
from tests.integration.oidc_provider.provider import Provider
from tests.integration.support import testing
from tests.integration.support.server import BINARY, CATALOGUE, PATIENCE

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class TryTest(unittest.TestCase):
    def setUp(self):
        self.provider = Provider(access_ttl=300)
        self.addCleanup(self.provider.close)

    def start(self, *arguments, secret=None):
        client = self.provider.client
        process = subprocess.Popen(
            [BINARY, "providers", "try", "oidc", "--client-id", client["client_id"], "--instance", f"issuer={self.provider.issuer}",
             "--allow-insecure-loopback", "--catalog", CATALOGUE, *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "EVERTOKEN_CLIENT_SECRET": secret or client["client_secret"]})
        self.addCleanup(process.kill)
        redirect_uri = process.stdout.readline().split(": ", 1)[1].strip()
        self.provider.admin("client", {"redirect_uris": [redirect_uri]})
        return process, redirect_uri

    def sign_in(self, process, redirect_uri):
        for line in process.stdout:
            found = re.match(r"\s+(http\S+)", line)
            if found:
                return login(found[1], "alice", "correct horse", redirect_uri)
        self.fail(process.stderr.read())

    def end(self, process):
        out, err = process.communicate(timeout=PATIENCE)
        self.assertNotIn(self.provider.client["client_secret"], out + err)
        return out, err

    def test_shows_every_step(self):
        process, redirect_uri = self.start("--port", "0", "--revoke")
        arrived = self.sign_in(process, redirect_uri)
        _OPENER.open(arrived, timeout=PATIENCE).close()
        out, err = self.end(process)
        self.assertEqual(process.returncode, 0, err)
        for step in ("code: done", "ID token: done", "profile: done", "renewal, with another refresh token: done", "revocation: done"):
            self.assertIn(step, out)
        self.assertRegex(out, r"access token \S{4}… \(\d+ characters\)")
        self.assertIn("/sub: text of 5", out)
        self.assertIn('"subject":"alice"', out)

    def test_takes_a_pasted_address_and_says_which_step_failed(self):
        process, redirect_uri = self.start("--redirect-uri", "http://127.0.0.1:9/back", secret="wrong")
        arrived = self.sign_in(process, redirect_uri)
        process.stdin.write(arrived + "\n")
        process.stdin.flush()
        out, err = self.end(process)
        self.assertEqual(process.returncode, 1)
        self.assertIn("code: ", out)
        self.assertNotIn("code: done", out)

    def test_another_state_is_refused(self):
        process, redirect_uri = self.start("--port", "0")
        for line in process.stdout:
            if "http" in line:
                break
        _OPENER.open(f"{redirect_uri}?state=other&code=x", timeout=PATIENCE).close()
        out, err = self.end(process)
        self.assertEqual(process.returncode, 1)
        self.assertIn("callback: it carries another `state`", out)


if __name__ == "__main__":
    testing.main()
