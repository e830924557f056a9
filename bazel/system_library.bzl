"""Makes a library of the operating system a Bazel target, and says what to install when it is missing."""

def _missing(ctx, what):
    fail("\n\n{what}\n  Install it with:  apt-get install {package}\n  or let the project do it:  make deps\n".format(
        what = what,
        package = ctx.attr.package,
    ))

def _pkg_config_libs(ctx):
    if not ctx.attr.pkg_config:
        return []
    tool = ctx.which("pkg-config")
    if not tool:
        fail("\n\npkg-config is missing.\n  Install it with:  apt-get install pkg-config\n")
    for module in ctx.attr.pkg_config:
        found = ctx.execute([tool, "--exists", "--print-errors", module])
        if found.return_code != 0:
            _missing(ctx, "pkg-config does not know '{}': {}".format(module, found.stderr.strip()))
    flags = ctx.execute([tool, "--libs"] + ctx.attr.pkg_config)
    seen = {}
    for flag in flags.stdout.strip().split(" "):
        # Only libraries and their folders: the linker runs with --as-needed anyway.
        if flag.startswith("-l") or flag.startswith("-L"):
            seen[flag] = True
    return seen.keys()

def _system_library_impl(ctx):
    for header in ctx.attr.headers:
        if not ctx.path("/usr/include/" + header).exists:
            _missing(ctx, "The header <{}> is missing.".format(header))
    linkopts = _pkg_config_libs(ctx) + ctx.attr.linkopts
    ctx.file("BUILD", """package(default_visibility = ["//visibility:public"])

cc_library(
    name = "{name}",
    linkopts = {linkopts},
    defines = {defines},
)
""".format(name = ctx.name, linkopts = repr(linkopts), defines = repr(ctx.attr.defines)))

system_library = repository_rule(
    implementation = _system_library_impl,
    local = True,
    environ = ["PATH", "PKG_CONFIG_PATH"],
    attrs = {
        "pkg_config": attr.string_list(doc = "pkg-config modules, a version allowed: 'hiredis >= 1.2'"),
        "headers": attr.string_list(doc = "headers to look for below /usr/include"),
        "linkopts": attr.string_list(doc = "what pkg-config does not say"),
        "defines": attr.string_list(),
        "package": attr.string(mandatory = True, doc = "Debian package to name when it is missing"),
    },
)
