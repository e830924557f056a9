"""Starts Keycloak, as the install step prepared it, and speaks to its admin API."""

import json
import os
import pathlib
import queue
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import urllib.parse
import urllib.request

_HOME = pathlib.Path(os.environ["EVERTOKEN_DEPS"]) / "keycloak"
_REALM = pathlib.Path(__file__).resolve().parent / "realm.json"

# A cold JVM on a busy machine takes a minute; this only bounds how long a broken one can make a test hang.
_PATIENCE = 240

# It lives for a minute: compiling for speed would cost more than it saves.
_QUICK_START = "-XX:TieredStopAtLevel=1"

# Loopback calls must not go through a proxy that the environment names.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Keycloak:
    """A running server with the realm of realm.json in a database of its own; leaving the `with` block ends it."""

    def __init__(self):
        realm = json.loads(_REALM.read_text())
        self.realm = realm["realm"]
        client, admin = realm["clients"]
        self.client = {"client_id": client["clientId"], "client_secret": client["secret"]}
        self._admin_client = admin["clientId"]
        user = realm["users"][0]
        self.username, self.password = user["username"], user["credentials"][0]["value"]
        self._folder = tempfile.TemporaryDirectory(prefix="evertoken-keycloak-")
        folder = pathlib.Path(self._folder.name)
        shutil.copytree(_HOME / "data" / "h2", folder / "h2")
        environment = {**os.environ, "JAVA_OPTS_KC_HEAP": "-Xms64m -Xmx512m", "JAVA_OPTS_APPEND": _QUICK_START}
        command = [
            _HOME / "bin" / "kc.sh", "start", "--optimized", "--http-enabled=true", "--http-host=127.0.0.1", "--http-port=0",
            "--hostname-strict=false", "--cache=local",
            f"--db-url=jdbc:h2:file:{folder}/h2/keycloakdb;NON_KEYWORDS=VALUE"]
        # The script starts the server as a child: a group of their own lets both be ended together.
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, text=True,
            start_new_session=True)
        try:
            self.base_url = self._await_start()
        except BaseException:
            self.close()
            raise
        self.issuer = f"{self.base_url}/realms/{self.realm}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _await_start(self):
        """It says where it listens before it is ready, and that its bootstrap is over once it is."""
        address, ready, told, said = None, False, queue.Queue(), []
        threading.Thread(target=self._read, args=(told,), daemon=True).start()
        while True:
            try:
                line = told.get(timeout=_PATIENCE)
            except queue.Empty:
                raise RuntimeError("Keycloak did not start in time:\n" + "".join(said)) from None
            if line is None:
                raise RuntimeError("Keycloak ended:\n" + "".join(said))
            said.append(line)
            found = re.search(r"Listening on: (http://127\.0\.0\.1:\d+)", line)
            address = found[1] if found else address
            ready = ready or "Bootstrap completed" in line
            if address and ready:
                return address

    def _read(self, told):
        for line in self._process.stdout:
            told.put(line)
        told.put(None)

    def close(self):
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        self._folder.cleanup()

    def _send(self, method, path, token=None, form=None, body=None):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        data = urllib.parse.urlencode(form).encode() if form is not None else None
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        request = urllib.request.Request(self.base_url + path, data, headers, method=method)
        with _OPENER.open(request, timeout=60) as response:
            text = response.read()
        return json.loads(text) if text else None

    def admin(self, method, path="", body=None):
        """One call of the admin API about the user, such as admin("PUT", body={...})."""
        token = self._send("POST", f"/realms/{self.realm}/protocol/openid-connect/token", form={
            "grant_type": "password", "client_id": self._admin_client, "username": self.username, "password": self.password,
        })["access_token"]
        users = f"/admin/realms/{self.realm}/users"
        found = self._send("GET", f"{users}?username={self.username}", token)
        return self._send(method, f"{users}/{found[0]['id']}{path}", token, body=body)
