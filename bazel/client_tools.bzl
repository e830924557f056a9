"""Shows the code generators of the client languages, and Go, to Bazel, wherever the install step put them."""

# Generator -> what to do when it is missing.
_TOOLS = {
    "grpc_cpp_plugin": "apt-get install protobuf-compiler-grpc",
    "grpc_python_plugin": "apt-get install protobuf-compiler-grpc",
    "protoc": "apt-get install protobuf-compiler",
    "protoc-gen-go": "make deps FOR=test",
    "protoc-gen-go-grpc": "make deps FOR=test",
    "protoc-gen-grpc-java": "make deps FOR=test",
    "protoc-gen-ts_proto": "make deps FOR=test",
}

# Go with the modules of the install step and nothing else; what it compiled it finds again, whoever asks.
_GO = """#!/bin/sh
deps='{deps}'
if ! [ -x "$deps/bin/go" ] || ! [ -d "$deps/go/mod" ]; then
  echo "Go or its modules are missing. Install them with: make deps FOR=test" >&2
  exit 1
fi
export CGO_ENABLED=0 GOENV=off GOFLAGS='-mod=readonly -trimpath -buildvcs=false' GOPROXY=off GOTOOLCHAIN=local GOWORK=off
export GOPATH="$deps/go" GOMODCACHE="$deps/go/mod" GOCACHE="$deps/go/build"
exec "$deps/bin/go" "$@"
"""

def _client_tools_impl(ctx):
    deps = ctx.path(Label("//:WORKSPACE")).dirname.get_child(".deps")
    installed = deps.get_child("bin")
    for tool, remedy in _TOOLS.items():
        path = installed.get_child(tool)
        if not path.exists:
            path = ctx.which(tool)
        if path:
            ctx.symlink(path, "bin/" + tool)
        else:
            # A missing generator fails the one language that needs it, when that is built, and says what to do.
            ctx.file("bin/" + tool, "#!/bin/sh\necho \"{} is missing. Install it with: {}\" >&2\nexit 1\n".format(
                tool,
                remedy,
            ), executable = True)
    ctx.file("bin/go", _GO.format(deps = deps), executable = True)
    ctx.file("BUILD", """exports_files(glob(["bin/*"]), visibility = ["//visibility:public"])
""")

client_tools = repository_rule(
    implementation = _client_tools_impl,
    local = True,
    environ = ["PATH"],
)
