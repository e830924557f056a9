"""Starts the test's OpenID provider (server.mjs) and speaks to its admin port."""

import json
import os
import pathlib
import secrets
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request

_SERVER = pathlib.Path(__file__).resolve().parent / "server.mjs"

# Loopback calls must not go through a proxy that the environment names.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Provider:
    """A running provider; leaving the `with` block ends it. `options` are server.mjs's, e.g. access_ttl=300."""

    def __init__(self, client=None, **options):
        self.client = {"client_id": "test-app", "client_secret": secrets.token_urlsafe(32), **(client or {})}
        with tempfile.NamedTemporaryFile("w", suffix=".json") as config:  # readable by us alone: it holds the secret
            json.dump(self.client, config)
            config.flush()
            command = ["node", str(_SERVER), "--config", config.name]
            for name, value in options.items():
                command += [f"--{name.replace('_', '-')}", str(value)]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ)
            line = self._process.stdout.readline()
        if not line:
            self.close()
            raise RuntimeError(f"the provider did not start (exit code {self._process.returncode}); see its stderr")
        ready = json.loads(line)
        self.issuer, self.port, self._admin = ready["issuer"], ready["port"], ready["admin"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def admin(self, call, body=None, **query):
        """One admin call, such as admin("advance", seconds=60); a body may be text or a JSON object."""
        url = f"{self._admin}/{call}?{urllib.parse.urlencode(query)}"
        headers = {}
        if body is not None and not isinstance(body, str):
            body, headers = json.dumps(body), {"Content-Type": "application/json"}
        method = "GET" if call == "stats" else "POST"
        data = None if method == "GET" else (body or "").encode()
        request = urllib.request.Request(url, data, headers, method=method)
        try:
            with _OPENER.open(request, timeout=30) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                raise ValueError(f"/{call}: {json.load(error)['error']}") from None

    def stats(self):
        return self.admin("stats")
