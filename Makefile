# Needs Python ≥ 3.11 with venv, make and git; everything else is installed here, from the hashed lock files.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ERP ?= on
PORT ?= 8080

unexport PYTHONDONTWRITEBYTECODE # images set it, and then each of the many programs of a run compiles all of Baton

.PHONY: setup demo run test quick sweep bench bench-slack conformance schemas lint fmt lock chromium bolt-js clean

setup: $(VENV)/.installed

demo: $(VENV)/.installed
	@exec $(BIN)/baton demo --port $(PORT) --erp $(ERP)

run: $(VENV)/.installed
	@exec $(BIN)/baton run

test: $(VENV)/.installed-dev chromium bolt-js
	$(BIN)/python -m pytest

# All but the sweeps and what others wrote: the ERP, MCP servers, browsers; CI runs `make test`, which has them all.
quick: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -m "not slow"

# Baton ended, stopped and starved at every point of the approval path; `make sweep SWEEP="--stories S1 --only chat.update"`.
SWEEP ?=
sweep: $(VENV)/.installed-dev
	@exec $(BIN)/python -m tests.sweep $(SWEEP)

# From a click to its effect, and what an approval costs that waits; `make bench BENCH="--only 1"` for the first alone.
BENCH ?=
bench: $(VENV)/.installed-dev
	@exec $(BIN)/python -m tests.bench_approvals $(BENCH)

# Slack's own JavaScript Bolt, over Socket Mode and HTTP, as a client of the local workspace; needs Node 20.
conformance: $(VENV)/.installed bolt-js
	@exec node tests/conformance/run.mjs

# The JSON schemas of Slack's published TypeScript types, made again; needs Node 20. Commit what changes.
schemas:
	@cd tests/conformance && npm ci --no-audit --no-fund --silent && exec node schemas.mjs

# Beside a plain Bolt app: events a second, first sight of an answer, a burst under rate limits; `BENCH="--only 3"`.
bench-slack: $(VENV)/.installed-dev
	@exec $(BIN)/python -m tests.bench_slack $(BENCH)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fmt: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(VENV)/.installed-dev
	$(BIN)/uv pip compile -q --generate-hashes --no-header --no-annotate --universal --python-version 3.11 --extra build -o requirements.lock pyproject.toml
	$(BIN)/uv pip compile -q --generate-hashes --no-header --no-annotate --universal --python-version 3.11 --extra build --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml

# Browser tests want a Chromium or Chrome; on Debian as root it is installed, elsewhere they are skipped and say so.
chromium:
	@tests/chromium.sh

bolt-js:
	@tests/conformance/install.sh

clean:
	rm -rf $(VENV) .cache tests/conformance/node_modules

PIP := $(BIN)/python -m pip install --disable-pip-version-check --no-deps
# pip's own progress is a line a package and more; this is one line that counts.
COUNTED = | { n=0; while IFS= read -r line; do case "$$line" in \
	Collecting*) n=$$((n+1)); printf '\r  %d packages fetched ' $$n;; \
	Installing*) printf '\n  unpacking them\n';; esac; done; }
$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Baton needs Python 3.11 or newer and $(PYTHON) is $$($(PYTHON) -V 2>&1); try: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	@echo "· installing the locked packages into $(VENV): one to two minutes the first time"
	@$(PIP) --require-hashes -r requirements.lock $(COUNTED)
	@$(PIP) -q --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	@echo "· installing the locked development packages"
	@$(PIP) --require-hashes -r requirements-dev.lock $(COUNTED)
	@touch $@
