"""Every grpcurl line that README prints is executed, as it stands."""

import os
import pathlib
import re
import subprocess
import unittest

from tests.integration.support import testing
from tests.integration.support.scenario import Scenario


def _blocks():
    return re.findall(r"```sh\n(.*?)```", pathlib.Path("README.md").read_text(), re.S)


class ReadmeTest(unittest.TestCase):
    def test_grpcurl_lines_work_in_their_order(self):
        block = next(block for block in _blocks() if "grpcurl" in block)
        lines = [line for line in block.splitlines() if "grpcurl" in line]
        self.assertGreater(len(lines), 5)
        with Scenario() as flow:
            environment = dict(os.environ, EVERTOKEN=flow.server.address, APP_KEY=flow.server.app_key, APP_SECRET=flow.server.app_secret,
                               REQUEST_TOKEN=flow.sign_in()["request_token"])
            # -e: the first line that fails ends the block; -x would print secrets.
            done = subprocess.run(["bash", "-euo", "pipefail", "-c", block], env=environment, capture_output=True, text=True, timeout=120)
            self.assertEqual(done.returncode, 0, done.stderr)
        for expected in ("grpc.reflection", "SERVING", "Test provider", "EXPIRY_LIMIT_DEFAULT", '"cursor": ', '"subject": "alice"', '"active": true'):
            self.assertIn(expected, done.stdout)

    def test_no_grpcurl_line_stands_outside_that_block(self):
        self.assertEqual(sum("grpcurl -" in block for block in _blocks()), 1)


if __name__ == "__main__":
    testing.main()
