"""Integration tests written in Python, run by the interpreter of the install step."""

def python_test(name, src, data = [], timeout = "moderate", cases = []):
    """A test of the server's real binary, tagged `integration`.

    Args:
      name: the target.
      src: the program; ends with testing.main().
      data: what it needs beside the server, the catalogue, the Python stubs and the support modules.
      timeout: as in Bazel.
      cases: names of the classes to run; none: all of them.
    """
    native.sh_test(
        name = name,
        srcs = ["//tests/integration:support/run_python"],
        args = ["$(location %s)" % src] + cases,
        data = data + [
            src,
            "//clients/python:stubs",
            "//deploy/config:providers.yaml",
            "//server:evertoken",
            "//tests/integration:support",
            "//tests/integration/oidc_provider:harness",
        ],
        tags = ["integration"],
        timeout = timeout,
    )
