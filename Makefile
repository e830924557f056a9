# The commands people type. Each installs what it needs first, which takes a moment only once.

.DEFAULT_GOAL := help
.PHONY: help run test bench check sanitize fuzz simulate deps clean

SHELL := /bin/bash
# Tests and code generators find every toolchain of fixed version in one folder.
export EVERTOKEN_DEPS := $(CURDIR)/.deps
export PATH := $(EVERTOKEN_DEPS)/bin:$(PATH)
# Part of every system's C library, so that nothing depends on which locales are installed.
export LC_ALL := C.UTF-8

INSTALL := bazel/install/install
BUILD := bazel build --show_progress

help:  ## Lists the commands.
	@echo "usage: make <command> [NAME=value]"
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | \
		while IFS=$$'\t' read -r name what; do printf '  %-9s %s\n' "$$name" "$$what"; done

run:  ## Builds the server and walks through a login, a refresh and a profile at a demo provider. ONCE=1: then ends.
	@$(INSTALL) run
	@$(BUILD) //server:evertoken //tests/demo:demo
	@exec bazel-bin/tests/demo/demo $(if $(ONCE),--once)

test:  ## Builds everything and runs all tests. TARGETS=//tests/base/...: only those.
	@$(INSTALL) test
	@tests/run_all $(TARGETS)

bench:  ## Measures throughput and latency. JSON=file: writes the numbers there too.
	@$(INSTALL) bench
	@$(BUILD) //tests/bench:bench
	@exec bazel-bin/tests/bench/bench $(if $(JSON),--json=$(JSON))

check:  ## Looks at formatting, shell scripts, the API's style and its compatibility. FIX=1: mends the formatting.
	@$(INSTALL) check
	@tests/check $(if $(FIX),--fix)

# Folders of their own for what the compiler writes, so that the next `make test` has nothing to rebuild.
SANITIZE := tests/run_all --symlink_prefix=/ --build_tests_only --test_timeout=300,900,1800,3600

# What several threads share. The rest runs on one thread, and ThreadSanitizer is slow.
THREADED := $(foreach part,base http store broker rpc web server,//tests/$(part)/...)

sanitize:  ## Runs the tests under Address- and UndefinedBehaviorSanitizer, those of what threads share under ThreadSanitizer.
	@$(INSTALL) test
	@$(SANITIZE) --config=asan --platform_suffix=-asan //tests/...
	@$(SANITIZE) --config=tsan --platform_suffix=-tsan --test_tag_filters=-integration $(THREADED)

fuzz:  ## Feeds random input to all that reads foreign data. SECONDS=300: for each target.
	@$(INSTALL) fuzz
	@exec tests/fuzz/run $(SECONDS)

simulate:  ## Runs the renewal engine in simulated worlds. SEEDS=100000: so many. SEED=7: that one, with its trace.
	@$(INSTALL) test
	@$(BUILD) //tests/simulation:simulate
	@exec bazel-bin/tests/simulation/simulate $(if $(SEED),--seed=$(SEED)) $(if $(SEEDS),--seeds=$(SEEDS))

deps:  ## Installs what the other commands need. FOR="test check": for these instead of run.
	@$(INSTALL) $(or $(FOR),run)

clean:  ## Removes what was built and the demo's state. ALL=1: the installed toolchains too.
	@if command -v bazel >/dev/null; then bazel clean; fi
	@rm -rf .run
	@$(if $(ALL),rm -rf .deps)
