"""Checks the shape of the code against the rules in rules.py, and the rules against samples."""

import os
import sys
import unittest

# The sources themselves, not the few that Bazel would copy here: a file nobody builds is checked too.
HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)

import rules  # noqa: E402


def sources(folder, extensions=(".cc", ".h")):
    for directory, _, names in os.walk(os.path.join(ROOT, folder)):
        for name in sorted(names):
            if name.endswith(extensions):
                path = os.path.join(directory, name)
                with open(path, encoding="utf-8") as file:
                    yield os.path.relpath(path, ROOT), file.read()


def problems(folder, checks):
    return [f"{path}: {problem}" for path, text in sources(folder) for check in checks for problem in check(path, text)]


class ArchitectureTest(unittest.TestCase):
    def test_server(self):
        self.assertGreater(len(list(sources("server"))), 30, "the sources were not found")
        found = problems("server", rules.SERVER_RULES)
        self.assertFalse(found, "\n" + "\n".join(found))

    def test_heavy_libraries_stay_in_their_folder(self):
        found = list(rules.heavy_stays_home(dict(sources("server"))))
        self.assertFalse(found, "\n" + "\n".join(found))

    def test_tests(self):
        found = problems("tests", rules.TEST_RULES)
        self.assertFalse(found, "\n" + "\n".join(found))

    def test_layers_are_closed_to_bazel_too(self):
        for path, text in sources("server", ("BUILD",)):
            self.assertNotIn("//visibility:public", text, path)


class RulesTest(unittest.TestCase):
    """A rule that never complains protects nothing."""

    def check(self, rule, path, good, bad):
        for text in good:
            self.assertEqual(list(rule(path, text)), [], text)
        for text in bad:
            self.assertNotEqual(list(rule(path, text)), [], text)

    def test_layers(self):
        self.check(rules.layers, "server/broker/broker.cc",
                   ['#include "server/store/token_store.h"', '#include "server/base/clock.h"'],
                   ['#include "server/http/http_client.h"', '#include "server/rpc/grpc_server.h"', '#  include <server/web/x.h>'])
        self.check(rules.layers, "server/base/clock.cc", ['#include "server/base/clock.h"'], ['#include "server/config/x.h"'])
        self.check(rules.layers, "server/main.cc", ['#include "server/rpc/grpc_server.h"'], [])
        self.check(rules.layers, "server/misc/x.cc", [], ["int x;"])

    def test_libraries(self):
        self.check(rules.libraries, "server/broker/broker.cc", ["#include <string>"],
                   ["#include <curl/curl.h>", "#include <grpcpp/grpcpp.h>", "#include <boost/asio/post.hpp>",
                    "#include <hiredis/hiredis.h>", "#include <sqlite3.h>", '#include "evertoken/v1/x.grpc.pb.h"'])
        self.check(rules.libraries, "server/http/curl_http_client.cc", ["#include <curl/curl.h>"], ["#include <sqlite3.h>"])
        self.check(rules.libraries, "server/http/other.cc", [], ["#include <curl/curl.h>"])

    def test_heavy_headers(self):
        tree = {
            "server/web/page.h": "#include <boost/beast.hpp>",
            "server/web/site.h": '#include "server/web/page.h"',
            "server/web/web_server.h": "#include <memory>",
            "server/web/web_server.cc": '#include "server/web/site.h"',
            "server/main.cc": '#include "server/web/web_server.h"',
        }
        self.assertEqual(list(rules.heavy_stays_home(tree)), [])
        tree["server/web/web_server.h"] = '#include "server/web/site.h"'
        self.assertEqual(len(list(rules.heavy_stays_home(tree))), 1)

    def test_provider_names(self):
        self.check(rules.no_provider_names, "server/provider/x.cc",
                   ["google::protobuf::Message", '#include "google/rpc/status.pb.h"', "google.rpc.Status"],
                   ['if (id == "google")', "// Facebook answers 200", "LinkedIn", '"https://www.googleapis.com/x"'])
        words, quoted, hosts = rules.providers_of(
            "defaults: {}\nproviders:\n  acme-id:\n    display_name: Acme ID\n    token: {url: https://api.acme.test/t}\n  zoom:\n")
        self.assertLessEqual({"acme-id", "acme id"}, words)
        self.assertEqual((quoted, hosts), ({"zoom"}, {"api.acme.test"}))

    def test_injected_time(self):
        self.check(rules.injected_time, "server/broker/x.cc",
                   ["clock->Now()", "// absl::Now() is banned", "expire_time(0)", "set_time(0)", "x.time(0)", "absl::Time t;"],
                   ["absl::Now()", "std::chrono::system_clock::now()", "steady_clock::now()", "time(nullptr)", "std::time(0)",
                    "absl::SleepFor(d)", "gettimeofday(&t, nullptr)"])
        self.check(rules.injected_time, "server/base/clock.cc", ["absl::Now()"], [])

    def test_awaits(self):
        self.check(rules.awaits_stand_alone, "server/broker/x.cc",
                   ["if (a) co_await b();", "int x = co_await f(g(1));", "// if (co_await f())",
                    'if (f("http://a", ")", \'(\', R"(\")")) co_await b();', "co_return co_await f();",
                    "case 1: return; default: co_return;"],
                   ["if (co_await f()) x();", "while (g(co_await f()))", "a && co_await b()", "a ? co_await b() : c",
                    "a ? b : co_await c", "if (int x = co_await f(); x > 0)"])

        self.check(rules.coroutine_lambdas_capture_nothing, "server/broker/x.cc",
                   ["[](int x) -> Task<void> { co_return; }", "[this](int x) -> int { return x; }"],
                   ["[this]() -> Task<void> { co_return; }", "[&x](int y) mutable -> Task<int> { co_return x; }"])

    def test_files_and_leftovers(self):
        self.check(rules.short_files, "server/x.cc", ["x\n" * 400], ["x\n" * 401])
        self.check(rules.nothing_left_open, "server/x.cc", ["// done"], ["// TODO(me): later"])


if __name__ == "__main__":
    unittest.main()
