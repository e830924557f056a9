"""C++ targets for the project's own .proto files, made with the system's protoc."""

def _generate(name, srcs, deps_srcs, suffixes, flags):
    outs = [src.replace(".proto", suffix) for src in srcs for suffix in suffixes]
    native.genrule(
        name = name,
        srcs = srcs + deps_srcs,
        outs = outs,
        cmd = """
rpc=$$(echo $(locations @googleapis//:rpc_protos) | cut -d' ' -f1)
protoc -Iproto -I$$(dirname $$(dirname $$(dirname $$rpc))) -I/usr/include {flags} {srcs}
""".format(flags = flags, srcs = " ".join(["$(location %s)" % s for s in srcs])),
        tools = ["@googleapis//:rpc_protos"],
    )
    return outs

def cc_proto(name, srcs, deps = [], imports = [], visibility = None):
    """A cc_library of messages, included as <path below proto/>.pb.h.

    Args:
      name: the target.
      srcs: .proto files of this package.
      deps: cc_proto targets (and @googleapis//:rpc_cc) that the files import.
      imports: the .proto files behind deps, for protoc.
      visibility: as everywhere.
    """
    outs = _generate(name + "_sources", srcs, imports, [".pb.h", ".pb.cc"], "--cpp_out=$(GENDIR)/proto")
    native.cc_library(
        name = name,
        srcs = [o for o in outs if o.endswith(".cc")],
        hdrs = [o for o in outs if o.endswith(".h")],
        copts = ["-w"],
        includes = ["."],
        visibility = visibility,
        deps = deps + ["@protobuf"],
    )

def cc_grpc(name, srcs, deps, imports = [], visibility = None):
    """A cc_library of service stubs for srcs; their messages come from deps. Heavy: include in .cc files only."""
    outs = _generate(
        name + "_sources",
        srcs,
        imports,
        [".grpc.pb.h", ".grpc.pb.cc"],
        "--grpc_out=$(GENDIR)/proto --plugin=protoc-gen-grpc=/usr/bin/grpc_cpp_plugin",
    )
    native.cc_library(
        name = name,
        srcs = [o for o in outs if o.endswith(".cc")],
        hdrs = [o for o in outs if o.endswith(".h")],
        copts = ["-w"],
        includes = ["."],
        visibility = visibility,
        deps = deps + ["@grpc"],
    )
