"""Re-exports the native C++ rules under the names Bazel's own tools load.

Bazel 4.2 asks for a repository @rules_cc and would download it. The native rules are all it needs,
so these few lines keep the build offline.
"""

cc_binary = native.cc_binary
cc_import = native.cc_import
cc_library = native.cc_library
cc_test = native.cc_test
cc_toolchain = native.cc_toolchain
cc_toolchain_suite = native.cc_toolchain_suite
