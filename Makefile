# Only make and Python 3.11, 3.12 or 3.13 are needed; everything else is installed into .venv.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
PORT ?= 8000
JOBS ?= logical
export PYTHON

BIN := .venv/bin
RUN := $(BIN)/python -m
INSTALLED := .venv/installed
INSTALLED_DEV := .venv/installed-dev
PACKAGES := ledger api reconciliation ops load_tests

.PHONY: help
help: ## Show what can be done
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(INSTALLED): requirements.txt ops/environment.sh
	@sh ops/environment.sh requirements.txt
	@touch $@

$(INSTALLED_DEV): requirements-dev.txt ops/environment.sh
	@sh ops/environment.sh requirements-dev.txt
	@touch $(INSTALLED) $@

.PHONY: install
install: $(INSTALLED) ## Make the environment for running (.venv)

.PHONY: install-dev
install-dev: $(INSTALLED_DEV) ## Make the environment for developing

.PHONY: demo
demo: $(INSTALLED) ## A district with a year of history on 127.0.0.1:8000 (PORT=…, RESET=1 begins anew)
	@GONGZHANG_PORT=$(PORT) $(RUN) ops.cli.main demo $(if $(RESET),--reset)

.PHONY: test
test: $(INSTALLED_DEV) ## All tests except browser, bench and the long ones
	$(RUN) pytest -n $(JOBS) -m "not slow" --ignore=tests/browser --ignore=tests/benchmarks

.PHONY: stories
stories: $(INSTALLED_DEV) ## The main story of each user in a browser (needs Chromium)
	$(RUN) pytest tests/browser/test_stories.py tests/browser/test_load_journeys.py

# What another PostgreSQL could do otherwise: tables and upgrades, functions, random walks, signatures.
ON_SERVER := tests/migrations tests/properties tests/redemption tests/trust tests/approvals

.PHONY: server
server: $(INSTALLED_DEV) ## The core of the database tests on a PostgreSQL of Debian's packages
	tests/on_own_server.sh $(RUN) pytest -n $(JOBS) -m "database and not slow" $(ON_SERVER)

.PHONY: test-server
test-server: $(INSTALLED_DEV) ## All database tests there, or on GONGZHANG_TEST_DATABASE_URL
	tests/on_own_server.sh $(RUN) pytest -n $(JOBS) -m "database and not slow" \
	    --ignore=tests/browser --ignore=tests/benchmarks --ignore=tests/web --ignore=tests/api \
	    --ignore=tests/cli

.PHONY: check
check: lint types test stories server ## What CI runs, below 15 minutes on two processors

.PHONY: check-all
check-all: lint types faults fuzz browser test-server minor-upgrade ## Before a release: everything, long
	$(RUN) pytest -n $(JOBS) --ignore=tests/browser --ignore=tests/benchmarks \
	    --ignore=tests/faults --deselect tests/migrations/test_minor_upgrade.py
	@tests/as_root.sh

.PHONY: lint
lint: $(INSTALLED_DEV) ## Style, format and import order
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(BIN)/lint-imports --no-cache

.PHONY: format
format: $(INSTALLED_DEV) ## Format the code and mend what can be mended by itself
	$(RUN) ruff check --fix .
	$(RUN) ruff format .

.PHONY: types
types: $(INSTALLED_DEV) ## Types, strictly
	$(RUN) mypy

.PHONY: sbom
sbom: $(INSTALLED) ## The bill of materials (CycloneDX) of what the service runs on: build/sbom.json
	$(RUN) ops.bill_of_materials build/sbom.json

.PHONY: bench
bench: $(INSTALLED_DEV) ## Measure beside pgbench and print the table (QUICK=1: below 90 s)
	$(RUN) tests.benchmarks $(if $(QUICK),--quick)

.PHONY: browser
browser: $(INSTALLED_DEV) ## The stories of each user in a browser (needs Chromium)
	$(RUN) pytest tests/browser

.PHONY: pictures
pictures: $(INSTALLED_DEV) ## The README's pictures anew, from the demo that runs (needs Chromium, PORT=…)
	$(RUN) tests.browser.pictures http://127.0.0.1:$(PORT)

.PHONY: faults
faults: $(INSTALLED_DEV) ## Break things on purpose, the long way (FAULT_ROUNDS=…, FAULT_SEED=…)
	$(RUN) pytest tests/faults

.PHONY: minor-upgrade
minor-upgrade: $(INSTALLED_DEV) ## Data of one minor release of PostgreSQL served on by the next (fetches both)
	$(RUN) pytest tests/migrations/test_minor_upgrade.py

.PHONY: fuzz
fuzz: $(INSTALLED_DEV) ## Hostile and random requests against the whole API, the long way
	$(RUN) pytest -n $(JOBS) -m slow tests/api

.PHONY: load
load: $(INSTALLED_DEV) ## Three kinds of users at once against a budget, on a demo of their own (LOAD_URL=…)
	$(RUN) load_tests

.PHONY: lock
lock: ## Pin all packages anew from pyproject.toml
	$(RUN) pip install --quiet "uv>=0.13,<0.14"
	$(RUN) ops.lock

.PHONY: clean
clean: ## Remove caches and what tests left behind, but neither .venv nor data
	rm -rf build bench dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find $(PACKAGES) tests -name __pycache__ -type d -prune -exec rm -rf {} +
