"""Builds a Go program of a client module, whose stubs are in no source tree, from what the install step put there."""

def _go_program_impl(ctx):
    program = ctx.actions.declare_file(ctx.label.name)
    stubs = ctx.file.stubs
    arguments = ctx.actions.args()
    arguments.add_all([ctx.file._go, program])
    arguments.add(stubs.path)
    arguments.add(ctx.label.package + "/")
    arguments.add(ctx.attr.package)
    arguments.add_all(ctx.files.srcs)
    ctx.actions.run_shell(
        # Go wants the module in one folder, without what else Bazel keeps beside it.
        command = """set -eu
go=$PWD/$1 program=$PWD/$2 stubs=$3 folder=$4 package=$5
shift 5
module=$(mktemp -d)
trap 'rm -rf "$module"' EXIT
cp -RL --no-preserve=mode "$stubs/." "$module"
for file; do
  copy=$module/${file#"$folder"}
  mkdir -p "$(dirname "$copy")"
  cp -L --no-preserve=mode "$file" "$copy"
done
cd "$module"
"$go" build -o "$program" "$package"
""",
        arguments = [arguments],
        inputs = ctx.files.srcs + [stubs],
        tools = [ctx.file._go],
        outputs = [program],
        mnemonic = "GoProgram",
        progress_message = "Compiling the Go program %{label}",
        use_default_shell_env = True,
        execution_requirements = {"block-network": "1"},
    )
    return [DefaultInfo(files = depset([program]), executable = program)]

go_program = rule(
    doc = "An executable named like the target. Nothing is downloaded: go.sum must name what `make deps FOR=test` fetched.",
    implementation = _go_program_impl,
    executable = True,
    attrs = {
        "srcs": attr.label_list(
            doc = "go.mod, go.sum and the sources, all below the target's folder, which is the module's root.",
            allow_files = [".go", ".mod", ".sum"],
            mandatory = True,
        ),
        "stubs": attr.label(
            doc = "The module's generated packages.",
            allow_single_file = True,
            mandatory = True,
        ),
        "package": attr.string(
            doc = "The program's package, as in `go build`: ./conformance.",
            mandatory = True,
        ),
        "_go": attr.label(
            default = "@client_tools//:bin/go",
            allow_single_file = True,
            cfg = "exec",
        ),
    },
)
