"""Redis servers and Sentinels of a test's own."""

import pathlib
import socket
import tempfile

from tests.processes.process import Process, wait_until


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _read_reply(stream):
    line = stream.readline().rstrip(b"\r\n").decode()
    kind, rest = line[:1], line[1:]
    if kind == "*":
        return [_read_reply(stream) for _ in range(int(rest))]
    if kind == "$":
        return None if rest == "-1" else stream.read(int(rest) + 2)[:-2].decode()
    return int(rest) if kind == ":" else rest


class _Node:
    """A process that speaks Redis' protocol. It keeps its port and its files when it is killed and started again."""

    def __init__(self, configuration, *flags):
        self._folder = tempfile.TemporaryDirectory(prefix="evertoken-redis-")
        self.folder = pathlib.Path(self._folder.name)
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self._flags = flags
        (self.folder / "redis.conf").write_text(f"port {self.port}\nbind 127.0.0.1\ndir {self.folder}\n{configuration}")
        self.start()

    def start(self, *flags):
        self.process = Process(["redis-server", self.folder / "redis.conf", *self._flags, *flags], self.folder / "redis.log")
        wait_until("redis-server answers", self._answers)

    def _answers(self):
        if not self.process.running():
            raise AssertionError(f"redis-server ended:\n{self.process.log()}")
        try:
            return self.command("PING") == "PONG"
        except OSError:
            return False

    def command(self, *words):
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            encoded = [str(word).encode() for word in words]
            connection.sendall(b"*%d\r\n" % len(encoded) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in encoded))
            with connection.makefile("rb") as stream:
                return _read_reply(stream)

    def info(self, section):
        lines = self.command("INFO", section).splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def kill(self):
        self.process.kill()

    def close(self):
        self.process.kill()
        self._folder.cleanup()


class RedisServer(_Node):
    """Keeps an append-only file, written at every step."""

    def __init__(self, replica_of=None):
        replica = f"replicaof 127.0.0.1 {replica_of.port}\n" if replica_of else ""
        super().__init__(f"save \"\"\nappendonly yes\nappendfsync always\nmaxmemory-policy noeviction\n"
                         f"repl-diskless-sync-delay 0\nrepl-ping-replica-period 1\n{replica}")

    def store(self, more=""):
        """As a server's configuration names it."""
        return f"redis: {{address: '{self.address}', operation_timeout: 1s{more}}}"


class Sentinel(_Node):
    """Watches a server and promotes its replica a second after it went silent."""

    NAME = "shop"

    def __init__(self, master):
        super().__init__(
            f"sentinel monitor {self.NAME} 127.0.0.1 {master.port} 1\nsentinel down-after-milliseconds {self.NAME} 1000\n"
            f"sentinel failover-timeout {self.NAME} 3000\n", "--sentinel")

    def await_replica(self):
        """Knows a replica that it could promote."""
        def known():
            replicas = [dict(zip(one[::2], one[1::2])) for one in self.command("SENTINEL", "REPLICAS", self.NAME)]
            return any(one["flags"] == "slave" and one["master-link-status"] == "ok" for one in replicas)
        wait_until("the Sentinel knows the replica", known)

    def await_master(self, server):
        """Sends clients to `server`."""
        wait_until("the Sentinel promoted the replica", lambda: self.command(
            "SENTINEL", "GET-MASTER-ADDR-BY-NAME", self.NAME) == ["127.0.0.1", str(server.port)])

    def store(self, more=""):
        return f"redis: {{sentinels: ['{self.address}'], sentinel_master: {self.NAME}, operation_timeout: 1s{more}}}"
