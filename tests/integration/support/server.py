"""Starts the server's real binary with a configuration of the test's own, and speaks to it."""

import base64
import contextlib
import json
import os
import pathlib
import socket
import subprocess
import tempfile
import time

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

BINARY = pathlib.Path("server/evertoken").resolve()
CATALOGUE = pathlib.Path("deploy/config/providers.yaml").resolve()

# Waiting is for a condition; this only bounds how long a broken server can make a test hang.
PATIENCE = 30


class EvertokenServer:
    """A running server; leaving the `with` block ends it.

    The app `app` has one provider, `idp`: the catalogue's generic OpenID Connect entry at `issuer`, with `client`'s id and secret.
    Another `provider` is the catalogue's entry of that name with these `instance` parameters.
    With `tls` gRPC is served by TLS for `localhost`; clients trust the file `ca`.
    """

    def __init__(self, issuer, client, store="sqlite: {path: grants.db}", redirect_uris=(), log_level="debug",
                 app_settings="", allow_provider_token=True, authorization_parameters="prompt: consent", tls=False,
                 provider="idp", instance=None):
        self._folder = tempfile.TemporaryDirectory(prefix="evertoken-test-")
        self.folder = pathlib.Path(self._folder.name)
        self.app_key = "app"
        self.client = client
        self.provider, self._instance = provider, instance or {"issuer": issuer}
        self.ca = self._make_certificate() if tls else None
        self._make_keys()
        app_settings = f"    allow_provider_token: {str(allow_provider_token).lower()}\n{app_settings}"
        self._write_config(store, redirect_uris, log_level, app_settings, authorization_parameters)
        self._log = open(self.folder / "server.log", "ab")
        self._process = None
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _run(self, *arguments):
        done = subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=PATIENCE, cwd=self.folder)
        if done.returncode != 0:
            raise RuntimeError(f"evertoken {arguments[0]} failed: {done.stderr}")
        return done.stdout

    def _make_keys(self):
        self._run("keys", "generate", "--out", "keys.yaml")
        printed = self._run("apps", "hash-secret", "--key-ring", "keys.yaml", "--app", self.app_key)
        said = dict(line.split(": ", 1) for line in printed.splitlines() if ": " in line)
        self.app_secret, self._app_hash = said["secret"], said["hash"]
        ring = (self.folder / "keys.yaml").read_text()
        self.ring_secret = ring.split("secret:")[1].split()[0].strip("'\"")

    def _make_certificate(self):
        certificate = self.folder / "server.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "1", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
             "-keyout", "server.key", "-out", certificate],
            check=True, capture_output=True, timeout=PATIENCE, cwd=self.folder)
        return certificate

    def _write_config(self, store, redirect_uris, log_level, app_settings, authorization_parameters):
        # Ports are free ones; the public address needs the web port, so it is chosen before.
        self.web_port = _free_port()
        tls = ", tls: {certificate: server.pem, private_key: server.key}" if self.ca else ""
        (self.folder / "idp.yaml").write_text(
            "providers:\n"
            "  idp:\n"
            "    display_name: Test provider\n"
            "    extends: oidc\n"
            "    authorization:\n"
            f"      parameters: {{{authorization_parameters}}}\n"
            "    renewal:\n"
            "      kind: refresh_token_grant\n"
            "      rotation: always\n"
            "      lost_response_policy: never_retry\n"
        )
        (self.folder / "evertoken.yaml").write_text(
            f"grpc: {{listen: '127.0.0.1:0'{tls}}}\n"
            f"web: {{listen: '127.0.0.1:{self.web_port}', public_url: 'http://localhost:{self.web_port}'}}\n"
            f"store: {{{store}}}\n"
            f"key_ring: keys.yaml\n"
            f"catalogs: ['{CATALOGUE}', idp.yaml]\n"
            f"outbound: {{allow_insecure_loopback: true}}\n"
            f"logging: {{level: {log_level}}}\n"
            f"apps:\n"
            f"  - key: {self.app_key}\n"
            f"    display_name: Test app\n"
            f"    secret_hashes: ['{self._app_hash}']\n"
            f"    redirect_uris: {json.dumps(list(redirect_uris))}\n"
            f"{app_settings}"
            f"    providers:\n"
            f"      {self.provider}:\n"
            f"        client_id: {self.client['client_id']}\n"
            f"        client_secret: ${{IDP_SECRET}}\n"
            f"        instance: {json.dumps(self._instance)}\n"
        )

    def start(self):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("EVERTOKEN_")}
        environment["IDP_SECRET"] = self.client["client_secret"]
        self._process = subprocess.Popen(
            [BINARY, "serve", "--config", "evertoken.yaml", "--print-ports"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._log, cwd=self.folder, env=environment, text=True)
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the server did not start:\n{self.log()}")
        self.grpc_port = json.loads(line)["grpc_port"]
        self.address = f"127.0.0.1:{self.grpc_port}"
        self.web = f"http://localhost:{self.web_port}"
        self.channel = self._open_channel()
        self.await_serving()

    def _open_channel(self):
        if self.ca:
            return grpc.secure_channel(self.address, grpc.ssl_channel_credentials(self.ca.read_bytes()))
        return grpc.insecure_channel(f"127.0.0.1:{self.grpc_port}")

    def await_serving(self):
        health = health_pb2_grpc.HealthStub(self.channel)
        deadline = time.monotonic() + PATIENCE
        for update in health.Watch(health_pb2.HealthCheckRequest(), timeout=PATIENCE, wait_for_ready=True):
            if update.status == health_pb2.HealthCheckResponse.SERVING:
                return
            if time.monotonic() > deadline:
                break
        raise RuntimeError(f"the server is not serving:\n{self.log()}")

    def stop(self, close=True):
        """Ends the process as an operator does; gives its exit code. `close`: whether calls to it end before."""
        if close:
            self.channel.close()
        self._process.terminate()
        code = self._process.wait(timeout=PATIENCE)
        self._process.stdout.close()
        return code

    def kill(self):
        self.channel.close()
        self._process.kill()
        self._process.wait(timeout=PATIENCE)
        self._process.stdout.close()

    @contextlib.contextmanager
    def another_key_ring(self):
        """Runs, inside the block, with a key ring that lacks the keys of before; the app has another secret then."""
        names = ("keys.yaml", "evertoken.yaml")
        before = {name: (self.folder / name).read_text() for name in names}
        secrets = self.app_secret, self._app_hash, self.ring_secret
        self.stop()
        (self.folder / "keys.yaml").unlink()
        self._make_keys()
        (self.folder / "evertoken.yaml").write_text(before["evertoken.yaml"].replace(secrets[1], self._app_hash))
        self.start()
        try:
            yield
        finally:
            self.stop()
            for name in names:
                (self.folder / name).write_text(before[name])
            self.app_secret, self._app_hash, self.ring_secret = secrets
            self.start()

    def close(self):
        if self._process and self._process.poll() is None:
            self.stop()
        self._log.close()
        self._folder.cleanup()

    def log(self):
        return (self.folder / "server.log").read_text(errors="replace")

    @property
    def authorization(self):
        return "Basic " + base64.b64encode(f"{self.app_key}:{self.app_secret}".encode()).decode()

    @property
    def metadata(self):
        return (("authorization", self.authorization),)


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
