"""A browser in a script: opens a login page, fills its forms and follows its redirects until the app's own address is reached.

    python3 -m tests.integration.oidc_provider.login START_URL USERNAME PASSWORD STOP_PREFIX [--deny]
"""

import argparse
import html.parser
import http.client
import json
import sys
import urllib.parse

from tests.integration.oidc_provider.cookies import CookieJar

_MAX_STEPS = 40
_REDIRECTS = (301, 302, 303, 307, 308)
_LOGIN_NAMES = ("login", "username", "user", "email", "identifier")


class LoginError(Exception):
    """The login did not reach the app."""


class FormPost(dict):
    """The fields that the provider's page posts to the app (response_mode=form_post); `url` is where to."""

    def __init__(self, url, fields):
        super().__init__(fields)
        self.url = url


def login(start_url, username, password, stop_prefix, *, deny=False, browser=None, timeout=30):
    """Logs in and returns the app's address that the browser was sent to, with its query; or a FormPost.

    `deny` refuses the consent that is asked for. A `browser` that is passed again remembers the earlier login, as a person's does.
    """
    browser = browser or Browser(timeout=timeout)
    request = Request("GET", start_url)
    submitted = set()
    for _ in range(_MAX_STEPS):
        if _reaches(request.url, stop_prefix):
            return FormPost(request.url, urllib.parse.parse_qsl(request.body, True)) if request.method == "POST" else request.url
        page = browser.send(request)
        if page.status in _REDIRECTS:
            request = page.redirected()
            continue
        form = _choose_form(page)
        # The same form a second time means that its answer was refused; filling it again would go on for ever.
        key = (form.action_at(page.url), form.names())
        if key in submitted:
            raise LoginError(f"the same form came back: {page.describe()}")
        submitted.add(key)
        request = form.submit(page.url, username, password, deny)
    raise LoginError(f"no end after {_MAX_STEPS} steps; the last address was {_without_query(request.url)}")


def _reaches(url, stop_prefix):
    # Compared by origin first: as plain text, a prefix that ends in a port also matches every longer port.
    here, stop = urllib.parse.urlsplit(url), urllib.parse.urlsplit(stop_prefix)
    return (here.scheme, here.netloc) == (stop.scheme, stop.netloc) and url.startswith(stop_prefix)


def _without_query(url):
    # Queries carry codes and states, and what is raised here ends up in test logs.
    return url.split("?")[0].split("#")[0]


class Request:
    def __init__(self, method, url, body=None, origin=None):
        self.method = method
        self.url = urllib.parse.urldefrag(url).url
        self.body = body
        self.origin = origin


class Page:
    def __init__(self, request, status, headers, body):
        self.request = request
        self.url = request.url
        self.status = status
        self.headers = headers
        self.body = body

    def redirected(self):
        location = self.headers.get("Location")
        if not location:
            raise LoginError(f"a redirect without Location: {self.describe()}")
        url = urllib.parse.urljoin(self.url, location)
        before = self.request
        if self.status in (307, 308):
            return Request(before.method, url, before.body, before.origin)
        return Request("GET", url, origin=before.origin)

    def describe(self):
        parser = _PageParser()
        parser.feed(self.body)
        text = " ".join(" ".join(parser.text).split())
        return f"{self.request.method} {_without_query(self.url)} answered {self.status}: {text[:300]}"


class Browser:
    """One person's browser: cookies live as long as the object."""

    def __init__(self, *, timeout=30, ssl_context=None):
        self.timeout = timeout
        self.ssl_context = ssl_context
        self.cookies = CookieJar()

    def send(self, request):
        parts = urllib.parse.urlsplit(request.url)
        headers = {
            "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
            "Accept-Language": "en",
            "User-Agent": "Mozilla/5.0 (scripted login)",
        }
        if request.method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            if request.origin:
                headers["Origin"] = request.origin
        cookies = self.cookies.header_for(request)
        if cookies:
            headers["Cookie"] = cookies
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection = self._connect(parts)
        try:
            connection.request(request.method, target, request.body, headers)
            response = connection.getresponse()
            body = response.read().decode("utf-8", "replace")
        finally:
            connection.close()
        self.cookies.store(request.url, response.headers.get_all("Set-Cookie") or [])
        return Page(request, response.status, response.headers, body)

    def _connect(self, parts):
        if parts.scheme == "https":
            return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=self.timeout, context=self.ssl_context)
        if parts.scheme == "http":
            return http.client.HTTPConnection(parts.hostname, parts.port, timeout=self.timeout)
        raise LoginError(f"not a web address: {_without_query(urllib.parse.urlunsplit(parts))}")


class Form:
    def __init__(self, attributes):
        self.action = attributes.get("action") or ""
        self.method = (attributes.get("method") or "get").upper()
        self.enctype = (attributes.get("enctype") or "application/x-www-form-urlencoded").lower()
        self.fields = []   # [type, name, value], in the page's order
        self.buttons = []  # (name, value)

    def names(self):
        return tuple(name for _, name, _ in self.fields)

    def action_at(self, page_url):
        return urllib.parse.urljoin(page_url, self.action) if self.action else page_url

    def asks_for_password(self):
        return any(kind == "password" for kind, _, _ in self.fields)

    def submit(self, page_url, username, password, deny):
        if self.enctype != "application/x-www-form-urlencoded":
            raise LoginError(f"a form with enctype {self.enctype} at {_without_query(page_url)}")
        data = [(name, self._filled(kind, name, value, username, password)) for kind, name, value in self.fields]
        button = self._button(deny)
        if button and button[0]:
            data.append(button)
        body = urllib.parse.urlencode(data)
        target = self.action_at(page_url)
        page = urllib.parse.urlsplit(page_url)
        origin = f"{page.scheme}://{page.netloc}"
        if self.method == "POST":
            return Request("POST", target, body, origin)
        return Request("GET", urllib.parse.urlsplit(target)._replace(query=body).geturl(), origin=origin)

    def _filled(self, kind, name, value, username, password):
        if kind == "password":
            return password
        if kind in ("text", "email") and (name.lower() in _LOGIN_NAMES or self.asks_for_password()):
            return username
        return value

    def _button(self, deny):
        if deny and not self.asks_for_password():
            for button in self.buttons:
                if button[1].lower() in ("deny", "cancel", "no"):
                    return button
            raise LoginError("there is no button to deny with")
        return self.buttons[0] if self.buttons else None


class _PageParser(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.forms = []
        self.text = []
        self._form = None
        self._select = None
        self._textarea = None
        self._silent = 0

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if tag in ("script", "style"):
            self._silent += 1
        elif tag == "form":
            self._form = Form(a)
            self.forms.append(self._form)
        elif self._form is None or "disabled" in a:
            return
        elif tag == "input":
            self._add_input(a)
        elif tag == "button" and (a.get("type") or "submit").lower() == "submit":
            self._form.buttons.append((a.get("name"), a.get("value") or ""))
        elif tag == "textarea" and a.get("name"):
            self._textarea = ["textarea", a["name"], ""]
            self._form.fields.append(self._textarea)
        elif tag == "select" and a.get("name"):
            self._select = ["select", a["name"], None]
            self._form.fields.append(self._select)
        elif tag == "option" and self._select and (self._select[2] is None or "selected" in a):
            self._select[2] = a.get("value") or ""

    def _add_input(self, a):
        kind = (a.get("type") or "text").lower()
        name, value = a.get("name"), a.get("value")
        if kind == "submit":
            self._form.buttons.append((name, value or ""))
        elif name and kind in ("checkbox", "radio"):
            if "checked" in a:
                self._form.fields.append([kind, name, "on" if value is None else value])
        elif name and kind not in ("button", "reset", "image", "file"):
            self._form.fields.append([kind, name, value or ""])

    def handle_endtag(self, tag):
        if tag in ("script", "style"):
            self._silent = max(0, self._silent - 1)
        elif tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._textarea = None

    def handle_data(self, data):
        if self._textarea is not None:
            self._textarea[2] += data
        elif not self._silent:
            self.text.append(data)


def _choose_form(page):
    parser = _PageParser()
    parser.feed(page.body)
    if not parser.forms:
        raise LoginError(f"a page without a form: {page.describe()}")
    by_purpose = [f for f in parser.forms if f.asks_for_password()] or [f for f in parser.forms if f.method == "POST"]
    return (by_purpose or parser.forms)[0]


def main():
    parser = argparse.ArgumentParser(description="Logs in like a browser and prints the app's address that was reached.")
    parser.add_argument("start_url")
    parser.add_argument("username")
    parser.add_argument("password")
    parser.add_argument("stop_prefix", help="the app's redirect address")
    parser.add_argument("--deny", action="store_true", help="refuse the consent")
    args = parser.parse_args()
    try:
        result = login(args.start_url, args.username, args.password, args.stop_prefix, deny=args.deny)
    except (LoginError, OSError, http.client.HTTPException) as error:
        sys.exit(f"login failed: {error}")
    print(json.dumps({"url": result.url, "fields": result}) if isinstance(result, FormPost) else result)


if __name__ == "__main__":
    main()
