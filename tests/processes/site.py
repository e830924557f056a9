"""What replicas share (key ring, app, catalogue, provider), and the replicas: real server processes."""

import base64
import http.client
import json
import os
import pathlib
import subprocess
import tempfile

import grpc
from google.protobuf import timestamp_pb2

from evertoken.v1 import token_service_pb2 as messages
from evertoken.v1 import token_service_pb2_grpc as services

from tests.processes.process import PATIENCE, Process, wait_until
from tests.processes.provider import HostileProvider

SERVER = pathlib.Path("server/evertoken").resolve()
FAILING_SERVER = pathlib.Path("tests/processes/failing_server").resolve()
_CATALOGUE = pathlib.Path("deploy/config/providers.yaml").resolve()
_APP = "app"

# What catalogue entries say of a lost answer, and what the hostile provider does to tokens of such a grant. Where nothing may be
# presented twice, it kills the family of a token that comes twice.
POLICIES = {
    "retry": ("rotation: none, lost_response_policy: retry", {"rotation": "none"}),
    "grace": ("rotation: always, lost_response_policy: retry_within_grace, reuse_grace: 120s", {"grace": "120s"}),
    "once": ("rotation: always, lost_response_policy: retry_once", {"grace": "inf"}),
    "never": ("rotation: always, lost_response_policy: never_retry", {}),
}


class Grant:
    """A user's grant: its access token, and the provider's family of tokens."""

    def __init__(self, policy, pair, access_token):
        self.policy = policy
        self.family = pair["family"]
        self.first_refresh_token = pair["refresh_token"]
        self.access_token = access_token


class Replica:
    """A server process in a folder of its own. Killed and started again it is the same one."""

    def __init__(self, site, name, binary, store):
        self.name, self._site, self._binary = name, site, binary
        self.folder = site.folder / name
        self.folder.mkdir()
        self._write_config(store)
        self.process = None

    def _write_config(self, store):
        site, clients = self._site, ""
        for policy in POLICIES:
            clients += (f"      hostile-{policy}: {{client_id: {site.provider.client_id}, "
                        f"client_secret: {site.provider.client_secret}, instance: {{issuer: '{site.provider.issuer}'}}}}\n")
        (self.folder / "evertoken.yaml").write_text(
            f"grpc: {{listen: '127.0.0.1:0'}}\n"
            f"web: {{listen: '127.0.0.1:0'}}\n"
            # Readiness tells at once that the store is away.
            f"store: {{{store}, outage_reads: 0s}}\n"
            f"key_ring: ../keys.yaml\n"
            f"catalogs: ['{_CATALOGUE}', ../hostile.yaml]\n"
            f"outbound: {{allow_insecure_loopback: true, timeout: {site.provider_timeout}}}\n"
            f"journal_dir: journal\n"
            f"apps:\n"
            f"  - key: {_APP}\n"
            f"    secret_hashes: ['{site.app_hash}']\n"
            f"    allow_provider_token: true\n"
            f"    providers:\n{clients}")
        (self.folder / "evertoken.yaml").chmod(0o600)

    def start(self, failpoints=""):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("EVERTOKEN_")}
        if failpoints:
            environment["FAILPOINTS"] = failpoints
        self.process = Process(
            [self._binary, "serve", "--config", self.folder / "evertoken.yaml", "--print-ports"],
            self._site.log(self.name), environment, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(f"{self.name} did not start:\n{self.process.log()}")
        ports = json.loads(line)
        self.web_port = ports["web_port"]
        # A connection of its own: gRPC would let channels to one address share.
        self._channel = grpc.insecure_channel(
            f"127.0.0.1:{ports['grpc_port']}", [("grpc.use_local_subchannel_pool", 1)])
        self.tokens = services.TokenServiceStub(self._channel)
        return self

    def _get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.web_port, timeout=PATIENCE)
        try:
            connection.request("GET", path)
            reply = connection.getresponse()
            return reply.status, reply.read().decode()
        finally:
            connection.close()

    def ready(self):
        return self._get("/readyz")[0] == 200

    def await_ready(self):
        wait_until(f"{self.name} is ready", self.ready)
        return self

    def await_unready(self):
        wait_until(f"{self.name} is not ready", lambda: not self.ready())

    def metric(self, name, **labels):
        """The sum of a metric's series that have these labels."""
        total = 0.0
        for line in self._get("/metrics")[1].splitlines():
            series, _, value = line.rpartition(" ")
            if series.partition("{")[0] == name and all(f'{key}="{text}"' in series for key, text in labels.items()):
                total += float(value)
        return int(total)

    def kill(self):
        self._channel.close()
        self.process.kill()

    def await_death(self):
        """The process ends by a failpoint."""
        code = self.process.wait()
        if code != -9:
            raise AssertionError(f"{self.name} was not killed but ended with {code}:\n{self.process.log()}")
        self.kill()


class Site:
    """Leaving the `with` block ends everything."""

    def __init__(self, provider_timeout="10s"):
        self._folder = tempfile.TemporaryDirectory(prefix="evertoken-processes-", ignore_cleanup_errors=True)
        self.folder = pathlib.Path(self._folder.name)
        self.provider_timeout = provider_timeout
        self.replicas = []
        self._closing = []
        self.provider = HostileProvider(self.folder)
        self._make_keys()
        entries = "".join(
            f"  hostile-{policy}:\n    display_name: Hostile\n    extends: oidc\n    renewal: {{{renewal}}}\n"
            for policy, (renewal, _) in POLICIES.items())
        (self.folder / "hostile.yaml").write_text(f"providers:\n{entries}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for replica in self.replicas:
            replica.kill()
        for thing in self._closing:
            thing.close()
        self.provider.close()
        self._folder.cleanup()

    def log(self, name):
        """Where the process of this name logs: among the test's outputs, for whoever asks why it failed."""
        return pathlib.Path(os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR", self.folder)) / f"{self.folder.name}-{name}.log"

    def closing(self, thing):
        """Ends `thing`, which has close(), with the site."""
        self._closing.append(thing)
        return thing

    def _run(self, *arguments):
        done = subprocess.run([SERVER, *arguments], capture_output=True, text=True, timeout=PATIENCE, cwd=self.folder)
        if done.returncode != 0:
            raise AssertionError(f"evertoken {arguments[0]} failed: {done.stderr}")
        return done.stdout

    def _make_keys(self):
        self._run("keys", "generate", "--out", "keys.yaml")
        printed = self._run("apps", "hash-secret", "--key-ring", "keys.yaml", "--app", _APP)
        said = dict(line.split(": ", 1) for line in printed.splitlines() if ": " in line)
        self.app_hash = said["hash"]
        credentials = base64.b64encode(f"{_APP}:{said['secret']}".encode()).decode()
        self.metadata = (("authorization", f"Basic {credentials}"),)

    def replica(self, store, binary=SERVER, failpoints="", name=None):
        """A new server, started; ready is another matter."""
        replica = Replica(self, name or f"replica-{len(self.replicas) + 1}", binary, store)
        self.replicas.append(replica)
        return replica.start(failpoints)

    def sign_in(self, replica, policy, count, **more):
        """So many grants whose provider tokens have expired; `more` are further rules of their families."""
        id_token, grants, calls = self.provider.id_token(), [], []
        for _ in range(count):
            pair = self.provider.new_family(**POLICIES[policy][1], **more)
            request = messages.ExchangeTokenRequest(provider_tokens=messages.ExchangeTokenRequest.ProviderTokens(
                provider=f"hostile-{policy}", access_token=pair["access_token"], refresh_token=pair["refresh_token"],
                id_token=id_token, expire_time=timestamp_pb2.Timestamp(seconds=1)))
            calls.append((pair, replica.tokens.ExchangeToken.future(request, metadata=self.metadata, timeout=PATIENCE)))
        for pair, call in calls:
            grants.append(Grant(policy, pair, call.result().access_token))
        return grants
