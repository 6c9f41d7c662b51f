# One line a target; `make` alone prints them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help demo test lint format docs bench wheel lock clean

help:  ## print the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(READY): requirements-dev.lock pyproject.toml
	@echo "installing locked dependencies into $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit("spapi-flight needs Python 3.11 or newer, this is " + sys.version.split()[0] + "; call make PYTHON=python3.11 ..." if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

demo: $(READY)  ## run sample queries against the simulated SP-API (ARGS=--keep leaves it serving)
	@$(BIN)/spapi-flight demo $(ARGS)

test: $(READY)  ## run the whole test suite
	@$(BIN)/python -m pytest $(ARGS)

lint: $(READY)  ## formatting, lint, types, import contracts
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/lint-imports

format: $(READY)  ## apply the formatter and safe lint fixes
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

docs: $(READY)  ## write the pages of docs/tables again from the catalog
	@$(BIN)/spapi-flight catalog docs docs/tables

bench: $(READY)  ## print the benchmark ratios
	@for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

wheel: $(READY)  ## build the wheel into dist/, for pip, pipx and uv tool
	@$(BIN)/python -m hatchling build -t wheel

lock: $(READY)  ## write the lock files again from pyproject.toml (needs uv in the environment)
	@uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-emit-index-url pyproject.toml -o requirements.lock
	@uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-emit-index-url --group dev pyproject.toml -o requirements-dev.lock

clean:  ## remove the environment and caches
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
