"""Dependencies that no Debian 12 package carries: archives that the install step put into .deps/archives."""

def _archive(ctx, name):
    path = ctx.path(Label("//:WORKSPACE")).dirname.get_child(".deps").get_child("archives").get_child(name)
    if not path.exists:
        fail("\n\n{} is missing.\n  Fetch it with:  make deps\n".format(path))
    return path

def _hiredis_impl(ctx):
    tool = ctx.which("pkg-config")
    if tool and ctx.execute([tool, "--exists", "hiredis >= 1.2", "hiredis_ssl >= 1.2"]).return_code == 0:
        ctx.file("BUILD", """package(default_visibility = ["//visibility:public"])

cc_library(
    name = "hiredis",
    linkopts = ["-lhiredis", "-lhiredis_ssl", "-lssl", "-lcrypto"],
)
""")
        return
    ctx.extract(_archive(ctx, ctx.attr.archive), stripPrefix = ctx.attr.strip_prefix)
    ctx.symlink(ctx.attr.build_file, "BUILD")

hiredis = repository_rule(
    doc = "hiredis >= 1.2 of the system, else built from its source archive (Debian 12 ships 0.14).",
    implementation = _hiredis_impl,
    local = True,
    environ = ["PATH", "PKG_CONFIG_PATH"],
    attrs = {
        "archive": attr.string(mandatory = True),
        "strip_prefix": attr.string(mandatory = True),
        "build_file": attr.label(mandatory = True),
    },
)

def _googleapis_impl(ctx):
    # A wheel is a zip file, but ctx.extract goes by the name.
    ctx.symlink(_archive(ctx, ctx.attr.archive), "archive.zip")
    ctx.extract("archive.zip")
    ctx.symlink(ctx.attr.build_file, "BUILD")

googleapis = repository_rule(
    doc = "google/rpc/{status,error_details,code}.proto.",
    implementation = _googleapis_impl,
    local = True,
    attrs = {
        "archive": attr.string(mandatory = True),
        "build_file": attr.label(mandatory = True),
    },
)
