"""Every dependency of the C++ code, in one place."""

load("//bazel:client_tools.bzl", "client_tools")
load("//bazel:source_archives.bzl", "googleapis", "hiredis")
load("//bazel:system_library.bzl", "system_library")

def evertoken_dependencies():
    """Declares one repository a dependency; each has one target of the same name."""
    system_library(
        name = "absl",
        package = "libabsl-dev",
        pkg_config = [
            "absl_" + module
            for module in [
                "any_invocable",
                "cleanup",
                "flags",
                "flags_parse",
                "flags_usage",
                "flat_hash_map",
                "hash",
                "random_random",
                "span",
                "status",
                "statusor",
                "str_format",
                "strings",
                "synchronization",
                "time",
            ]
        ],
    )
    system_library(
        name = "protobuf",
        package = "libprotobuf-dev protobuf-compiler",
        pkg_config = ["protobuf >= 3.21"],
    )
    system_library(
        name = "grpc",
        package = "libgrpc++-dev protobuf-compiler-grpc",
        linkopts = [
            "-lgrpc++_reflection",
            "-lgrpcpp_channelz",
        ],
        pkg_config = ["grpc++ >= 1.51"],
    )
    system_library(
        name = "curl",
        package = "libcurl4-openssl-dev",
        pkg_config = ["libcurl >= 7.88"],
    )
    system_library(
        name = "boost",
        headers = ["boost/asio.hpp", "boost/beast.hpp", "boost/json.hpp"],
        linkopts = [
            "-lboost_json",
            "-lpthread",
        ],
        package = "libboost1.81-dev libboost-json1.81-dev",
    )
    system_library(
        name = "jemalloc",
        package = "libjemalloc-dev",
        pkg_config = ["jemalloc >= 5.2"],
    )
    system_library(
        name = "yaml_cpp",
        package = "libyaml-cpp-dev",
        pkg_config = ["yaml-cpp >= 0.7"],
    )
    system_library(
        name = "sodium",
        package = "libsodium-dev",
        pkg_config = ["libsodium >= 1.0.18"],
    )
    system_library(
        name = "cjose",
        package = "libcjose-dev libjansson-dev",
        pkg_config = ["cjose", "jansson", "libcrypto"],
    )
    system_library(
        name = "openssl",
        package = "libssl-dev",
        pkg_config = ["libssl", "libcrypto"],
    )
    system_library(
        name = "re2",
        package = "libre2-dev",
        pkg_config = ["re2"],
    )
    system_library(
        name = "sqlite",
        package = "libsqlite3-dev",
        pkg_config = ["sqlite3 >= 3.40"],
    )
    system_library(
        name = "spdlog",
        defines = [
            "SPDLOG_COMPILED_LIB",
            "SPDLOG_FMT_EXTERNAL",
            "SPDLOG_SHARED_LIB",
        ],
        package = "libspdlog-dev",
        pkg_config = ["spdlog", "fmt"],
    )
    system_library(
        name = "prometheus",
        headers = ["prometheus/registry.h"],
        package = "prometheus-cpp-dev",
        pkg_config = ["prometheus-cpp-core"],
    )
    system_library(
        name = "gtest",
        package = "libgtest-dev libgmock-dev",
        pkg_config = ["gmock"],
    )
    system_library(
        name = "gtest_main",
        package = "libgtest-dev libgmock-dev",
        pkg_config = ["gmock_main", "gmock", "gtest"],
    )
    system_library(
        name = "benchmark",
        package = "libbenchmark-dev",
        pkg_config = ["benchmark"],
    )
    hiredis(
        name = "hiredis",
        archive = "hiredis-3.3.0.tar.gz",
        build_file = "//bazel:hiredis.BUILD",
        strip_prefix = "hiredis-3.3.0/vendor",
    )
    googleapis(
        name = "googleapis",
        archive = "googleapis_common_protos-1.76.0-py3-none-any.whl",
        build_file = "//bazel:googleapis.BUILD",
    )
    client_tools(name = "client_tools")
