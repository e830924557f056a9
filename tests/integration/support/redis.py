"""A Redis server of the test's own, with a password and an append-only file."""

import pathlib
import secrets
import socket
import subprocess
import tempfile


class RedisServer:
    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="evertoken-redis-")
        self.folder = pathlib.Path(self._folder.name)
        self.password = secrets.token_urlsafe(24)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        (self.folder / "redis.conf").write_text(
            f"port {self.port}\nbind 127.0.0.1\ndir {self.folder}\nrequirepass {self.password}\nsave \"\"\nappendonly yes\n"
            f"appendfsync always\nmaxmemory-policy noeviction\n")
        self.start()

    def start(self):
        self._process = subprocess.Popen(["redis-server", self.folder / "redis.conf"], stdout=subprocess.PIPE, text=True)
        for line in self._process.stdout:
            if "Ready to accept connections" in line:
                return
        raise RuntimeError("redis-server did not start")

    def kill(self):
        self._process.kill()
        self._process.wait(timeout=30)
        self._process.stdout.close()

    def close(self):
        if self._process.poll() is None:
            self.kill()
        self._folder.cleanup()
