# Two commands set everything up on a bare Linux machine with Python 3.11 or newer:
#   make demo      make test
# Every target that needs it first brings .venv up to date from the locked, hashed requirement
# files; when nothing changed that costs a few milliseconds. Nothing here needs root.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
GENERATE_VENV := .venv-generate
MUTATE_VENV := .venv-mutate
PROTO_FILES := $(wildcard protos/jointgate/*/v*/*.proto)

# PYTHON=/path/to/python chooses the interpreter; otherwise the first that is new enough and has venv.
PYTHON ?=
PYTHON_CANDIDATES := python3 python3.14 python3.13 python3.12 python3.11
SUITABLE := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))

# An environment is made anew when the stamp in it differs: it was moved, copied or half made, its
# interpreter went away, or what is locked changed (by content, so a git checkout costs nothing).
# stamp,REQUIREMENTS and outdated,ENVIRONMENT,REQUIREMENTS
stamp = $(CURDIR) $(firstword $(shell sha256sum $(1)))
outdated = $(if $(filter-out $(call stamp,$(2)),$(or $(shell \
  $(1)/bin/python -c "" 2>/dev/null && cat $(1)/.packages 2>/dev/null),none)),rebuild)

define find_python
python=""; \
for candidate in $(if $(PYTHON),"$(PYTHON)",$(PYTHON_CANDIDATES)); do \
  if "$$candidate" -c '$(SUITABLE)' 2>/dev/null; then python="$$candidate"; break; fi; \
done; \
if [ -z "$$python" ]; then \
  echo "jointgate needs Python 3.11 or newer with the venv module; none of '$(or $(PYTHON),$(PYTHON_CANDIDATES))' is that." >&2; \
  echo "Install one (on Debian and Ubuntu: apt install python3 python3-venv), or name it: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; \
  exit 1; \
fi
endef

.PHONY: help
help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

# --- environments ---------------------------------------------------------------------------

.PHONY: rebuild
rebuild:

# install,ENVIRONMENT,ARGUMENTS: uv (itself fetched by pip, locked and hashed) takes seconds where
# pip takes most of a minute. It does not read pip's settings, so where only pip knows the way to
# the packages (a company mirror), pip does the work.
define install
$(1)/bin/python -m uv --quiet pip install --python $(1)/bin/python $(2) || { \
  echo "uv could not install into $(1) (reason above); trying pip, which takes about a minute." >&2; \
  $(1)/bin/python -m pip $(PIP_FLAGS) $(2); }
endef
PIP_FLAGS := --quiet --disable-pip-version-check install

# create,ENVIRONMENT,REQUIREMENTS
define create
$(find_python); \
echo "Setting up $(1) with $$("$$python" --version)"; \
rm -f $(1)/.complete; \
"$$python" -m venv --clear $(1); \
$(1)/bin/python -m pip $(PIP_FLAGS) --require-hashes -r requirements/uv.txt; \
$(call install,$(1),--require-hashes -r $(2)); \
echo "$(call stamp,$(2))" > $(1)/.packages
endef

$(VENV)/.packages: $(call outdated,$(VENV),requirements/dev.txt)
	@$(call create,$(VENV),requirements/dev.txt)

# Separate, so that an edit of pyproject.toml costs a second and not a new environment.
$(VENV)/.complete: $(VENV)/.packages pyproject.toml
	@$(call install,$(VENV),--no-build-isolation --no-deps --editable .)
	@touch $@

$(GENERATE_VENV)/.packages: $(call outdated,$(GENERATE_VENV),requirements/generate.txt)
	@$(call create,$(GENERATE_VENV),requirements/generate.txt)

$(MUTATE_VENV)/.packages: $(call outdated,$(MUTATE_VENV),requirements/mutate.txt)
	@$(call create,$(MUTATE_VENV),requirements/mutate.txt)

.PHONY: setup
setup: $(VENV)/.complete ## Bring .venv up to date (every other target does this by itself)

# --- what a person runs ----------------------------------------------------------------------

.PHONY: demo
demo: $(VENV)/.complete ## Start everything on this machine and watch four partners ask
	@$(BIN)/jointgate demo

.PHONY: test
test: $(VENV)/.complete $(GENERATE_VENV)/.packages ## Run every test, in random order, warnings as errors (PYTEST_ARGS="tests/unit -q")
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

.PHONY: bench
bench: $(VENV)/.complete ## Measure function by function, and print the table (BENCH_ARGS passes options on)
	@$(BIN)/python -m pytest bench -q -p no:randomly --benchmark-only --benchmark-columns=median,iqr,ops,rounds $(BENCH_ARGS)

# --- what CI runs ----------------------------------------------------------------------------

CHECKS := check-format check-lint check-types check-imports check-protos check-generated check-documents check-matrix

.PHONY: check
check: $(CHECKS) ## Run every check that CI runs beside the tests (make -k check shows all failures at once)
	@echo "make check: $(words $(CHECKS)) checks passed"

.PHONY: $(CHECKS)
check-format: $(VENV)/.complete
	@$(BIN)/python -m ruff format --check --quiet .
	@$(BIN)/buf format --diff --exit-code

check-lint: $(VENV)/.complete
	@$(BIN)/python -m ruff check --quiet .

check-types: $(VENV)/.complete
	@$(BIN)/python -m mypy --no-error-summary

check-imports: $(VENV)/.complete
	@$(BIN)/lint-imports --no-cache --no-logo

check-protos: $(VENV)/.complete
	@$(BIN)/buf lint
	@$(breaking)

# What is compared with: main, or on an unchanged main the commit before it.
define breaking
if ! git rev-parse --quiet --verify main >/dev/null; then against=""; \
elif git diff --quiet main -- protos/jointgate; then against=main~1; else against=main; fi; \
if [ -n "$$against" ] && git cat-file -e "$$against:buf.yaml" 2>/dev/null; then \
  $(BIN)/buf breaking --against ".git#ref=$$(git rev-parse "$$against")"; \
else echo "buf breaking: no earlier protos to compare with"; fi
endef

check-generated: $(VENV)/.complete $(GENERATE_VENV)/.packages
	@fresh=$$(mktemp -d); trap 'rm -rf "$$fresh"' EXIT; \
	$(call generate,$$fresh); \
	diff -r --exclude=__pycache__ "$$fresh" protos/gen || { \
	  echo "protos/gen is not what the protos say: run 'make generate' and commit the result" >&2; exit 1; }

check-documents: $(VENV)/.complete
	@$(BIN)/python -m pytest --quiet tests/unit/house

# Every cell of every pack, in both readers of its tables: a minute.
check-matrix: $(VENV)/.complete
	@$(BIN)/jointgate matrix verify
	@$(BIN)/jointgate matrix verify --pack us-ofac-sdn

# --- what a developer runs -------------------------------------------------------------------

# generate,FOLDER: messages, their stubs, services, and typed stubs for the services.
define generate
PATH="$(CURDIR)/$(GENERATE_VENV)/bin:$$PATH" $(GENERATE_VENV)/bin/python -m grpc_tools.protoc \
  -I protos --python_out="$(1)" --pyi_out="$(1)" --grpc_python_out="$(1)" --mypy_grpc_out="quiet:$(1)" \
  $(sort $(PROTO_FILES))
endef

.PHONY: generate
generate: $(GENERATE_VENV)/.packages ## Rewrite protos/gen from protos/jointgate
	@rm -rf protos/gen/jointgate; mkdir -p protos/gen
	@$(call generate,protos/gen)

.PHONY: mutate
mutate: $(MUTATE_VENV)/.packages ## Change the rules one thing at a time and see that a test notices (10 minutes)
	@$(MUTATE_VENV)/bin/python tests/mutation/mutate.py

.PHONY: documents
documents: $(VENV)/.complete ## Rewrite the documents that are generated: docs/configuration.md and docs/matrix.md
	@$(BIN)/python -m gateway.config_reference > docs/configuration.md
	@$(BIN)/jointgate matrix show --document > docs/matrix.md

.PHONY: format
format: $(VENV)/.complete ## Format the code and the protos, and mend what ruff can mend safely
	@$(BIN)/python -m ruff check --quiet --fix-only .
	@$(BIN)/python -m ruff format --quiet .
	@$(BIN)/buf format --write

.PHONY: clean
clean: ## Remove the environments, caches and builds
	@rm -rf $(VENV) $(GENERATE_VENV) $(MUTATE_VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .benchmarks .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- locks -----------------------------------------------------------------------------------

# What an operator or a partner installs is what was tested: base and gateway follow dev.
UV_COMPILE = $(BIN)/python -m uv --quiet pip compile --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

.PHONY: lock
lock: $(VENV)/.complete ## Rewrite requirements/*.txt from pyproject.toml (LOCK_ARGS=--upgrade for newer ones)
	@$(UV_COMPILE) $(LOCK_ARGS) pyproject.toml --extra dev -o requirements/dev.txt
	@$(UV_COMPILE) pyproject.toml -c requirements/dev.txt -o requirements/base.txt
	@$(UV_COMPILE) -c requirements/dev.txt pyproject.toml --extra dev requirements/mutate.in -o requirements/mutate.txt
	@$(UV_COMPILE) pyproject.toml -c requirements/dev.txt --extra gateway --extra postgresql -o requirements/gateway.txt
	@$(UV_COMPILE) $(LOCK_ARGS) requirements/generate.in -o requirements/generate.txt
	@echo uv | $(UV_COMPILE) - -c requirements/dev.txt -o requirements/uv.txt
