# Two commands on a fresh machine: `make demo` shows what Modiste does, `make test` checks that it does it.
# `make test-all` adds what is slow; its browser tests take Chromium (apt-get install chromium) and are skipped without it.
# Both set up .venv first, once. Needs Python 3.11 or newer.

PYTHON ?= python3
# Options for pip, such as the index that carries the build of PyTorch you want (see the README).
PIP_EXTRA ?=

BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: demo test test-all check docs screenshots clean

demo: $(STAMP)
	$(BIN)/modiste demo

test: check
	$(BIN)/pytest -m "not slow"

test-all: check
	$(BIN)/pytest

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

# Writes docs/cli.md and the tables of README and model cards anew, from the commands and from benchmarks/results.
docs: $(STAMP)
	$(BIN)/python docs/generate.py

# Photographs the showroom for the README, with Chromium.
screenshots: $(STAMP)
	$(BIN)/python docs/screenshots.py

clean:
	rm -rf demo build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Modiste needs Python 3.11 or newer; name one: make PYTHON=python3.12"; exit 1; }
	@echo "Setting up .venv: about 1.8 GB, a minute or two"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt $(PIP_EXTRA) --editable '.[dev]'
	@touch $@
