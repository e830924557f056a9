"""The rules of the code's shape that a compiler does not know. Each takes a file's path and text and yields what is wrong."""

import os
import re

# Who may include whom; calls go one way. Files directly in server/ (main) may include everything.
LAYERS = {
    "base": {"base"},
    "config": {"config", "base"},
    "http": {"http", "config", "base"},
    "store": {"store", "config", "base"},
    "provider": {"provider", "http", "config", "base"},
    "broker": {"broker", "provider", "store", "config", "base"},
    "rpc": {"rpc", "broker", "config", "base"},
    "web": {"web", "broker", "config", "base"},
    "cases": {"cases", "broker", "provider", "http", "config", "base"},
    "commands": {"commands", "store", "config", "base"},
}

# A library's headers, and the only places that may include them.
LIBRARIES = {
    r"grpc|.*\.grpc\.pb\.h$": ["server/rpc/", "server/main.cc"],
    r"curl/": ["server/http/curl_http_client.cc"],
    r"hiredis": ["server/store/redis/"],
    r"sqlite3": ["server/store/sqlite/"],
    r"boost/asio|boost/beast": [
        "server/base/event_loop.cc", "server/http/curl_http_client.cc", "server/http/lazy_timer.cc", "server/store/redis/",
        "server/web/", "server/main.cc",
    ],
    r"cjose": ["server/provider/"],
    r"yaml-cpp/": ["server/config/"],
    r"spdlog/": ["server/base/log.cc"],
    r"prometheus/": ["server/base/metrics.cc"],
}

# Slow to compile or full of macros: in .cc files, and in headers that no other folder sees.
HEAVY = re.compile(r"(grpc|boost/|curl/|hiredis|sqlite3|cjose|yaml-cpp/|spdlog/|prometheus/|openssl/|sodium|.*\.grpc\.pb\.h$)")

# Providers are data: their ids, names and hosts stand in the catalogue.
CATALOGUE = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..", "deploy", "config", "providers.yaml")
# Words of the language that are somebody's name as well: a name only in quotes.
ALSO_WORDS = {"apple", "discord", "notion", "slack", "threads", "zoom"}
# A standard, and words that code cannot do without even in quotes.
NOT_NAMES = {"oidc", "openid connect", "line", "x"}
# What providers are called besides.
OTHER_NAMES = {"azure", "entra", "twitter"}


def providers_of(catalogue):
    """What no code may name: (words, words in quotes, hosts)."""
    ids = re.findall(r"^  ([a-z0-9-]+):\s*$", catalogue.split("\nproviders:", 1)[1], re.M)
    names = re.findall(r"^    display_name: *[\"']?([^\"'\n#]+)", catalogue, re.M)
    known = {word.strip().lower() for word in ids + names} - NOT_NAMES
    quoted = {word for word in known if word in ALSO_WORDS}
    words = OTHER_NAMES | {word for word in known - quoted if len(word) >= 4 or word in ("vk", "qq")}
    hosts = {host.lower() for host in re.findall(r"https://([a-z0-9.-]+\.[a-z]+)", catalogue)}
    hosts = {host for host in hosts if not host.endswith((".example", ".example.com"))}
    return words, quoted, hosts


def _any_of(words):
    # `(?!)` never matches.
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) or "(?!)"


with open(CATALOGUE, encoding="utf-8") as _file:
    _WORDS, _QUOTED, _HOSTS = providers_of(_file.read())
PROVIDERS = re.compile(
    rf'(?<![\w-])({_any_of(_WORDS)})(?![\w-])|"({_any_of(_QUOTED)})"|(?<![\w.-])({_any_of(_HOSTS)})(?![\w-])', re.I)
NOT_A_PROVIDER = re.compile(r"google(/|::|\.)(protobuf|rpc)\b|NOLINT\w*\([^)]*\)")

REAL_TIME = re.compile(
    r"\babsl::(Now|GetCurrentTimeNanos|SleepFor)\b|_clock::now\b|\b(gettimeofday|clock_gettime|sleep_for|usleep)\b|"
    r"(?<![\w.>:])(std::)?time\s*\(\s*(nullptr|NULL|0|&)")
REAL_TIME_ALLOWED = {"server/base/clock.cc", "server/base/event_loop.cc"}

LONGEST_FILE = 400


NOT_CODE = re.compile(
    r'R"(?P<end>\w*)\(.*?\)(?P=end)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'|//[^\n]*|/\*.*?\*/', re.S)


def code_of(text):
    """The text without comments, and with empty strings for all literals."""
    return NOT_CODE.sub(lambda match: '""' if match.group()[0] in "\"'R" else "", text)


def includes(text):
    return re.findall(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', text, re.M)


def layer_of(path):
    parts = path.split("/")
    return parts[1] if len(parts) > 2 else None


def layers(path, text):
    layer = layer_of(path)
    if layer is None:
        return
    if layer not in LAYERS:
        yield f"{layer} is no layer: name what it may include in LAYERS"
        return
    for header in includes(text):
        other = layer_of(header) if header.startswith("server/") else None
        if other is not None and other not in LAYERS[layer]:
            yield f"{layer} must not include {header}"


def libraries(path, text):
    for header in includes(text):
        for pattern, places in LIBRARIES.items():
            if re.match(pattern, header) and not any(path.startswith(place) for place in places):
                yield f"{header} may be included in {', '.join(places)} only"


def heavy_headers(sources):
    """Those of the headers that pull in a heavy one, straight or through another."""
    headers = {path: includes(text) for path, text in sources.items() if path.endswith(".h")}
    heavy = {path for path, found in headers.items() if any(HEAVY.match(header) for header in found)}
    while True:
        more = {path for path, found in headers.items() if heavy & set(found)} - heavy
        if not more:
            return heavy
        heavy |= more


def heavy_stays_home(sources):
    """Over all sources: a header that pulls in a heavy one is private to its folder."""
    heavy = heavy_headers(sources)
    for path, text in sources.items():
        for header in heavy.intersection(includes(text)):
            if os.path.dirname(path) != os.path.dirname(header):
                yield f"{path}: {header} pulls in a heavy library: hide that behind a pointer to an implementation"


def no_provider_names(path, text):
    for number, line in enumerate(text.split("\n"), 1):
        for match in PROVIDERS.finditer(NOT_A_PROVIDER.sub("", line)):
            yield f"line {number}: {match.group()} is a provider's name; say the behaviour, as a field of the catalogue"


def injected_time(path, text):
    if path in REAL_TIME_ALLOWED:
        return
    for match in REAL_TIME.finditer(code_of(text)):
        yield f"{match.group()} reads real time; take a Clock or the executor's timers"


def awaits_stand_alone(path, text):
    """GCC 12 miscompiles co_await inside conditions, && and ?:."""
    code = code_of(text)
    for match in re.finditer(r"\b(if|while|switch|for)\s*(constexpr\s*)?\(", code):
        depth, end = 1, match.end()
        while depth and end < len(code):
            depth += {"(": 1, ")": -1}.get(code[end], 0)
            end += 1
        if "co_await" in code[match.end():end]:
            yield f"co_await inside the parentheses of {match.group(1)}: GCC 12 miscompiles it"
    for match in re.finditer(r"(&&|\|\||\?|[^:]:)\s*co_await\b", code):
        yield f"'{match.group(1).strip()} co_await': GCC 12 miscompiles it"


def coroutine_lambdas_capture_nothing(path, text):
    """Captures live in the lambda object, which is gone when the coroutine goes on."""
    for match in re.finditer(r"\[[^\[\]]+\]\s*\([^()]*\)\s*(mutable\s*)?->\s*Task<", code_of(text)):
        yield f"{' '.join(match.group().split())}: pass what it needs as parameters"


def short_files(path, text):
    lines = text.count("\n")
    if lines > LONGEST_FILE:
        yield f"{lines} lines; split it by topic, {LONGEST_FILE} are the most"


def nothing_left_open(path, text):
    for match in re.finditer(r"\b(TODO|FIXME|XXX)\b", text):
        yield f"{match.group()}: do it, or write an issue"


SERVER_RULES = [
    layers, libraries, no_provider_names, injected_time, awaits_stand_alone, coroutine_lambdas_capture_nothing, short_files,
    nothing_left_open,
]
TEST_RULES = [awaits_stand_alone, coroutine_lambdas_capture_nothing, short_files, nothing_left_open]
