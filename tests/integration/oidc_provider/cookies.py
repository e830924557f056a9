"""Cookies, kept as strictly as browsers do: a login that works only with a lenient client is broken for users.

RFC 6265bis without the parts that concern scripts; http.cookiejar predates SameSite and name prefixes.
"""

import email.utils
import ipaddress
import time
import urllib.parse


class Cookie:
    def __init__(self, name, value, host, path):
        self.name = name
        self.value = value
        self.host = host
        self.host_only = True
        self.path = path
        self.expires = None
        self.secure = False
        self.same_site = "lax"  # what browsers assume when nothing is said

    def key(self):
        return self.name, self.host, self.path

    def goes_to(self, request):
        parts = urllib.parse.urlsplit(request.url)
        if self.host_only:
            host_fits = parts.hostname == self.host
        else:
            host_fits = _domain_matches(parts.hostname, self.host)
        return (host_fits and _path_matches(parts.path or "/", self.path) and (not self.secure or _is_trustworthy(parts))
                and self._allows_sender(request))

    def _allows_sender(self, request):
        # A site is a host here: good enough for loopback tests, where no two hosts share a registered domain.
        same_site = request.origin is None or _host(request.origin) == _host(request.url)
        if same_site or self.same_site == "none":
            return True
        return self.same_site == "lax" and request.method == "GET"


class CookieJar:
    """One browser's cookies; a request has `url`, `method` and the `origin` that caused it."""

    def __init__(self):
        self._cookies = {}

    def store(self, url, headers):
        for header in headers:
            cookie = _parse_cookie(url, header)
            if cookie is None:
                continue
            if cookie.expires is not None and cookie.expires <= time.time():
                self._cookies.pop(cookie.key(), None)
            else:
                self._cookies[cookie.key()] = cookie

    def header_for(self, request):
        now = time.time()
        self._cookies = {k: c for k, c in self._cookies.items() if c.expires is None or c.expires > now}
        fitting = [c for c in self._cookies.values() if c.goes_to(request)]
        fitting.sort(key=lambda c: -len(c.path))
        return "; ".join(f"{c.name}={c.value}" for c in fitting)


def _parse_cookie(url, header):
    """The cookie that a browser would keep, or None where it would drop it."""
    parts = urllib.parse.urlsplit(url)
    pair, *attributes = header.split(";")
    name, found, value = pair.partition("=")
    if not found or not name.strip():
        return None
    cookie = Cookie(name.strip(), value.strip(), parts.hostname, _default_path(parts.path))
    max_age = None
    path_given = False
    for attribute in attributes:
        key, _, text = (s.strip() for s in attribute.partition("="))
        key = key.lower()
        if key == "path" and text.startswith("/"):
            cookie.path, path_given = text, True
        elif key == "domain" and text:
            domain = text.lstrip(".").lower()
            if not _domain_matches(parts.hostname, domain):
                return None
            cookie.host, cookie.host_only = domain, _is_address(domain)
        elif key == "expires" and max_age is None:
            cookie.expires = _parse_date(text)
        elif key == "max-age" and text.lstrip("-").isdigit():
            max_age = int(text)
            cookie.expires = time.time() + max_age if max_age > 0 else 0
        elif key == "secure":
            cookie.secure = True
        elif key == "samesite" and text.lower() in ("none", "lax", "strict"):
            cookie.same_site = text.lower()
    if cookie.secure and not _is_trustworthy(parts):
        return None
    if cookie.same_site == "none" and not cookie.secure:
        return None
    if cookie.name.startswith("__Secure-") and not cookie.secure:
        return None
    if cookie.name.startswith("__Host-") and not (cookie.secure and cookie.host_only and path_given and cookie.path == "/"):
        return None
    return cookie


def _parse_date(text):
    try:
        return email.utils.parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError):
        return None


def _default_path(path):
    return path[:path.rfind("/")] or "/" if path.startswith("/") else "/"


def _path_matches(path, cookie_path):
    return path == cookie_path or path.startswith(cookie_path if cookie_path.endswith("/") else cookie_path + "/")


def _domain_matches(host, domain):
    return host == domain or (host.endswith("." + domain) and not _is_address(host))


def _is_address(host):
    try:
        ipaddress.ip_address(host)
        return True
    except ValueError:
        return False


def _is_trustworthy(parts):
    """Browsers treat loopback as secure, so Secure cookies work there over plain http."""
    host = parts.hostname or ""
    if parts.scheme == "https" or host == "localhost" or host.endswith(".localhost"):
        return True
    return _is_address(host) and ipaddress.ip_address(host).is_loopback


def _host(url):
    return urllib.parse.urlsplit(url).hostname
