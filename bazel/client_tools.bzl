"""Shows the code generators of the client languages to Bazel, wherever the install step put them."""

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

def _client_tools_impl(ctx):
    installed = ctx.path(Label("//:WORKSPACE")).dirname.get_child(".deps").get_child("bin")
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
    ctx.file("BUILD", """exports_files(glob(["bin/*"]), visibility = ["//visibility:public"])
""")

client_tools = repository_rule(
    implementation = _client_tools_impl,
    local = True,
    environ = ["PATH"],
)
