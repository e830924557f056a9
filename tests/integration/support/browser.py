"""A real browser: headless Chromium, driven by chromedriver with plain W3C WebDriver calls.

Whoever asks for an element waits for it: chromedriver answers when it is there, or after PATIENCE with an error. So a
selector should name what stands on the awaited page alone.
"""

import base64
import http.client
import json
import os
import pathlib
import re
import select
import signal
import subprocess
import tempfile

# Waiting is for a condition; this only bounds how long a missing element can make a test hang.
PATIENCE = 30

_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # fixed by the standard

_ARGUMENTS = [
    "--headless=new",
    "--window-size=1024,720",
    "--lang=en",
    # Tests may run as root, where Chromium's own sandbox refuses to start.
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    # A closed pipe ends Chromium, however chromedriver died.
    "--remote-debugging-pipe",
    # Nothing but loopback has an address, and nothing is fetched that the test did not ask for. Chromium takes localhost
    # for ::1 first, where another test's server may hold the port that ours has at 127.0.0.1.
    "--host-resolver-rules=MAP localhost 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-crash-reporter",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-default-browser-check",
    "--no-first-run",
    "--password-store=basic",
]


class WebDriverError(Exception):
    """A command failed; `code` is the standard's, as "no such element"."""

    def __init__(self, code, message):
        super().__init__(f"{code}: {message}")
        self.code = code


class Chromium:
    """One person's browser with a profile of its own; leaving the `with` block ends it. `name` marks its failures."""

    def __init__(self, name):
        self._name = name
        self._folder = tempfile.TemporaryDirectory(prefix="evertoken-browser-", ignore_cleanup_errors=True)
        self._session = None
        self._browser = None  # the browser process' pidfd
        self._log = open(pathlib.Path(self._folder.name) / "chromedriver.log", "w+")
        environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        environment["HOME"] = self._folder.name
        # However this process dies, chromedriver goes too.
        self._driver = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", "chromedriver", "--port=0"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._log, env=environment, text=True)
        try:
            self._port = self._read_port()
            self._start_session()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _read_port(self):
        for line in self._driver.stdout:
            found = re.search(r"started successfully on port (\d+)", line)
            if found:
                return int(found[1])
        self._log.seek(0)
        raise RuntimeError(f"chromedriver did not start: {self._log.read()}")

    def _start_session(self):
        started = self._send("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "timeouts": {"implicit": PATIENCE * 1000, "pageLoad": PATIENCE * 1000},
            "goog:chromeOptions": {"args": [*_ARGUMENTS, f"--user-data-dir={self._folder.name}/profile"]},
            "goog:loggingPrefs": {"browser": "ALL"},
        }}})
        self._session = f"/session/{started['sessionId']}"
        self._browser = os.pidfd_open(started["capabilities"]["goog:processID"])

    def _send(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=3 * PATIENCE)
        content = None if body is None else json.dumps(body)
        try:
            connection.request(method, path, content, {"Content-Type": "application/json"})
            value = json.load(connection.getresponse())["value"]
        finally:
            connection.close()
        if isinstance(value, dict) and "error" in value:
            raise WebDriverError(value["error"], value["message"].splitlines()[0])
        return value

    def _get(self, command):
        return self._send("GET", f"{self._session}/{command}")

    def _post(self, command, **body):
        return self._send("POST", f"{self._session}/{command}", body)

    def open(self, url):
        self._post("url", url=url)

    @property
    def url(self):
        return self._get("url")

    @property
    def title(self):
        return self._get("title")

    def text(self, selector="body"):
        """What a person reads there."""
        return self._get(f"{self._find(selector)}/text")

    def style(self, selector, name):
        """The value of a CSS property after all style sheets."""
        return self._get(f"{self._find(selector)}/css/{name}")

    def click(self, selector):
        self._post(f"{self._find(selector)}/click")

    def type(self, selector, text):
        self._post(f"{self._find(selector)}/value", text=text)

    def _find(self, selector):
        try:
            return "element/" + self._post("element", using="css selector", value=selector)[_ELEMENT]
        except WebDriverError as error:
            if error.code != "no such element":
                raise
        # Without the query, which carries codes and tokens.
        self.screenshot(f"failure-{self._name}")
        where = self.url.split("?")[0]
        raise AssertionError(f"no {selector} at {where}, titled {self.title!r}; the console says: {self.console()}")

    def disable_scripts(self):
        """As a person may do; the driver's own go on."""
        self._post("goog/cdp/execute", cmd="Emulation.setScriptExecutionDisabled", params={"value": True})

    def console(self):
        """What the console said since the last call: entries with `level`, `source` and `message`."""
        return self._post("se/log", type="browser")

    def screenshot(self, name):
        """Keeps a picture of the page among the test's outputs."""
        folder = os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR")
        if folder:
            (pathlib.Path(folder) / f"{name}.png").write_bytes(base64.b64decode(self._get("screenshot")))

    def close(self):
        try:
            if self._session:
                self._send("DELETE", self._session)
        except (OSError, http.client.HTTPException, ValueError, WebDriverError):
            pass  # ended below all the same
        self._driver.terminate()
        try:
            self._driver.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self._driver.kill()
            self._driver.wait()
        self._driver.stdout.close()
        if self._browser is not None:
            self._end_browser()
        self._log.close()
        self._folder.cleanup()

    def _end_browser(self):
        """It is no child of ours, so a file descriptor stands for it: a number could be another process' by now."""
        ended = select.poll()
        ended.register(self._browser, select.POLLIN)
        if not ended.poll(PATIENCE * 1000):
            signal.pidfd_send_signal(self._browser, signal.SIGKILL)
            ended.poll(PATIENCE * 1000)
        os.close(self._browser)
        self._browser = None
