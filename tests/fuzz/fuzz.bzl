"""Fuzz targets: one function that takes bytes, replayed over its corpus by `bazel test`, explored by tests/fuzz/run."""

def fuzz_target(name, src, corpus, deps):
    """Declares `name` (the libFuzzer program, with --config=fuzz) and `name`_replay_test.

    Args:
      name: also the name of the corpus folder.
      src: defines LLVMFuzzerTestOneInput.
      corpus: files of corpus/`name`, at least one.
      deps: of src.
    """
    if not corpus:
        fail("corpus/{} is empty".format(name))
    native.cc_library(
        name = name + "_function",
        testonly = True,
        srcs = [src],
        deps = deps,
        alwayslink = True,
    )
    native.cc_test(
        name = name + "_replay_test",
        size = "small",
        srcs = ["replay.cc"],
        data = corpus,
        local_defines = ["EVERTOKEN_CORPUS=\\\"tests/fuzz/corpus/{}\\\"".format(name)],
        deps = [
            ":" + name + "_function",
            "@gtest_main",
        ],
    )
    native.cc_binary(
        name = name,
        testonly = True,
        linkopts = ["-fsanitize=fuzzer"],
        # libFuzzer is clang's: built by name only.
        tags = [
            "fuzz",
            "manual",
        ],
        deps = [":" + name + "_function"],
    )
