"""The hostile provider as a program, and what it tells of the tokens it gave out."""

import base64
import http.client
import json
import os
import pathlib
import subprocess
import urllib.parse

from tests.processes.process import Process

BINARY = pathlib.Path("tests/hostile_provider/hostile_provider").resolve()


class HostileProvider:
    def __init__(self, folder):
        self._process = Process([BINARY], folder / "provider.log", stdout=subprocess.PIPE, text=True)
        said = json.loads(self._process.stdout.readline())
        self.port, self.issuer = said["port"], said["issuer"]
        self.client_id, self.client_secret = said["client_id"], said["client_secret"]
        self.user = "ada"
        self._id_token = None

    def close(self):
        self._process.kill()

    def _send(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            reply = connection.getresponse()
            return reply, reply.read()
        finally:
            connection.close()

    def admin(self, path, method=None, **fields):
        """One order or question; fields make a POST."""
        method = method or ("POST" if fields else "GET")
        reply, body = self._send(method, f"/admin/{path}", json.dumps(fields) if fields else None)
        said = json.loads(body)
        if reply.status != 200:
            raise AssertionError(f"{path}: {said}")
        return said

    def new_family(self, **policy):
        """Tokens of a consent of `user`."""
        return self.admin("families", user=self.user, policy=policy)

    def trouble(self, **order):
        self.admin("troubles", **order)

    def no_trouble(self):
        self.admin("troubles", method="DELETE")

    def families(self):
        """All of them, by id."""
        found, more = {}, True
        while more:
            page = self.admin(f"families?after={max(found, default=0)}")
            found.update((family["family"], family) for family in page["families"])
            more = page["more"]
        return found

    def calls(self):
        """Requests for tokens that have had their effect."""
        return self.admin("counts")["calls"]["token"]

    def verdicts(self):
        return self.admin("counts")["presentations"]

    def presentations(self, refresh_token):
        return [one["verdict"] for one in
                self.admin(f"presentations?token={urllib.parse.quote(refresh_token)}")["presentations"]]

    def id_token(self):
        """Of a login of `user`, for the client."""
        if self._id_token is None:
            redirect_uri = "http://localhost/app"
            query = urllib.parse.urlencode({
                "response_type": "code", "client_id": self.client_id, "redirect_uri": redirect_uri, "state": "s",
                "scope": "openid", "login_hint": self.user})
            reply, _ = self._send("GET", f"/authorize?{query}")
            answer = urllib.parse.parse_qs(urllib.parse.urlsplit(reply.getheader("Location")).query)
            credentials = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
            form = urllib.parse.urlencode(
                {"grant_type": "authorization_code", "code": answer["code"][0], "redirect_uri": redirect_uri})
            _, body = self._send("POST", "/token", form, {
                "Authorization": f"Basic {credentials}", "Content-Type": "application/x-www-form-urlencoded"})
            self._id_token = json.loads(body)["id_token"]
        return self._id_token
