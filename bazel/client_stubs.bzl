"""One rule that makes the gRPC stubs of every client language from the public protos."""

# Language -> protoc arguments ({out}: the folder to fill, {bin}: the generators) and the generators it needs. Versions are those of
# the install step; the options are what the language's own users expect.
_LANGUAGES = {
    "cpp": struct(
        arguments = ["--cpp_out={out}", "--grpc_out={out}", "--plugin=protoc-gen-grpc={bin}/grpc_cpp_plugin"],
        tools = ["grpc_cpp_plugin"],
    ),
    "go": struct(
        arguments = [
            "--go_out={out}",
            "--go_opt=module=github.com/evertoken/evertoken/clients/go",
            "--go-grpc_out={out}",
            "--go-grpc_opt=module=github.com/evertoken/evertoken/clients/go",
            "--plugin={bin}/protoc-gen-go",
            "--plugin={bin}/protoc-gen-go-grpc",
        ],
        tools = ["protoc-gen-go", "protoc-gen-go-grpc"],
    ),
    "java": struct(
        arguments = ["--java_out={out}", "--grpc-java_out={out}", "--plugin={bin}/protoc-gen-grpc-java"],
        tools = ["protoc-gen-grpc-java"],
    ),
    "python": struct(
        arguments = [
            "--python_out={out}",
            "--pyi_out={out}",
            "--grpc_out={out}",
            "--plugin=protoc-gen-grpc={bin}/grpc_python_plugin",
        ],
        tools = ["grpc_python_plugin"],
    ),
    "typescript": struct(
        arguments = [
            "--ts_proto_out={out}",
            "--ts_proto_opt=outputServices=grpc-js,esModuleInterop=true,importSuffix=.js,forceLong=bigint,useDate=true,env=node",
            "--plugin={bin}/protoc-gen-ts_proto",
        ],
        tools = ["protoc-gen-ts_proto"],
    ),
}

def _client_stubs_impl(ctx):
    language = _LANGUAGES[ctx.attr.language]
    out = ctx.actions.declare_directory(ctx.label.name)
    tools = {tool.basename: tool for tool in ctx.files._tools}
    protoc = tools["protoc"]
    arguments = ctx.actions.args()
    arguments.add("-Iproto")
    arguments.add("-I/usr/include")
    for argument in language.arguments:
        arguments.add(argument.format(out = out.path, bin = protoc.dirname))
    arguments.add_all(ctx.files.srcs)
    ctx.actions.run(
        executable = protoc,
        arguments = [arguments],
        inputs = ctx.files.srcs,
        tools = [tools[name] for name in language.tools],
        outputs = [out],
        mnemonic = "ClientStubs",
        progress_message = "Generating %s stubs" % ctx.attr.language,
        # Generators that are scripts look for their interpreter.
        use_default_shell_env = True,
        execution_requirements = {"block-network": "1"},
    )
    return [DefaultInfo(files = depset([out]), runfiles = ctx.runfiles([out]))]

client_stubs = rule(
    doc = "A folder named like the target, with the stubs of one language.",
    implementation = _client_stubs_impl,
    attrs = {
        "srcs": attr.label_list(allow_files = [".proto"], mandatory = True),
        "language": attr.string(values = _LANGUAGES.keys(), mandatory = True),
        "_tools": attr.label_list(
            default = ["@client_tools//:bin/" + tool for tool in [
                "grpc_cpp_plugin",
                "grpc_python_plugin",
                "protoc",
                "protoc-gen-go",
                "protoc-gen-go-grpc",
                "protoc-gen-grpc-java",
                "protoc-gen-ts_proto",
            ]],
            allow_files = True,
            cfg = "exec",
        ),
    },
)
