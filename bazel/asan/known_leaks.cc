// What LeakSanitizer finds at the end of a process and nobody has to mend. Linked into every program of --config=asan, see .bazelrc.
//
// c-ares, inside gRPC, keeps ten bytes. A server that ends while its store is away does not wait for the answer to the last question
// whether it is back.
extern "C" const char* __lsan_default_suppressions() { return "leak:libcares\nleak:AskOnce\n"; }
