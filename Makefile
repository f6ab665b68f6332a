# Two commands on a fresh machine: `make demo` shows what Modiste does, `make test` checks that it does it.
# `make test-all` adds what is slow; its browser tests take Chromium (apt-get install chromium) and are skipped without it.
# Both set up .venv first, once; tests add the development tools. Needs Python 3.11 or newer.

PYTHON ?= python3
# Options for pip, such as the index that carries the build of PyTorch you want (see the README).
PIP_EXTRA ?=
# Tests run in this many processes, one for a core.
WORKERS ?= 2

BIN := .venv/bin
PIP = $(BIN)/python -W ignore -m pip install -qq --disable-pip-version-check --constraint constraints.txt $(PIP_EXTRA)
PYTEST = $(BIN)/pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder
RUNTIME := .venv/.runtime
DEV := .venv/.dev
define VENV
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Modiste needs Python 3.11 or newer; name one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv .venv
endef

.PHONY: demo test test-all check ruff mypy lint-imports duplicates docs screenshots clean

demo: $(RUNTIME)
	@$(BIN)/modiste demo

test: check
	$(PYTEST) -m "not slow"

test-all: check
	$(PYTEST)

check: $(DEV)
	@$(MAKE) --no-print-directory --jobs=$(WORKERS) ruff mypy lint-imports duplicates

ruff: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

mypy: $(DEV)
	$(BIN)/mypy

lint-imports: $(DEV)
	$(BIN)/lint-imports --no-logo

duplicates: $(DEV)
	$(BIN)/pylint src/modiste

# Writes docs/cli.md and the tables of README, docs and model cards anew, from the commands and from benchmarks/results.
docs: $(DEV)
	$(BIN)/python docs/generate.py

# Photographs the showroom for the README, with Chromium.
screenshots: $(DEV)
	$(BIN)/python docs/screenshots.py

clean:
	rm -rf demo build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

$(RUNTIME): pyproject.toml constraints.txt
	@echo "Installing Modiste into .venv: about 1.8 GB, a minute or two"
	$(VENV)
	@$(PIP) --editable .
	@touch $@

$(DEV): pyproject.toml constraints.txt
	@echo "Installing Modiste and its development tools into .venv: about 2 GB, a minute or two"
	$(VENV)
	@$(PIP) --editable '.[dev]'
	@touch $(RUNTIME) $@
