# What one types in this project. `make` alone lists it.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
# Images often set it. The tests start hundreds of processes, each of which would compile all anew.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
BIN := $(VENV)/bin
LOCK := requirements/development.txt
WEB := overlay/web

# The first Python that is new enough; `make PYTHON=…` chooses another.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$python; break; }; done)
NODE_OK := $(shell node -e 'const [a, b] = process.versions.node.split("."); console.log(a > 20 || (a == 20 && b >= 19) ? "yes" : "old")' 2>/dev/null)

PAGE_SOURCES := $(shell find $(WEB) \( -name node_modules -o -name dist -o -name tests \) -prune -o -type f -print)

# Which seeds of `swarm` are played, on how many processes; what the ledgers have is left out.
SEEDS ?= 1..10000
JOBS ?= 2

# Which targets `fuzz` runs and for how many minutes each in turn, how often.
TARGETS ?=
MINUTES ?= 10
ROUNDS ?= 1

# How many processes share the tests, and which tests run. One more than two cores: a third of the
# time goes into end-to-end tests, which mostly wait for other processes and for timers. Work is
# stolen, as these stand together: dealt out, they would keep one process long after the others.
WORKERS ?= 3
TESTS ?= tests
COVERED := overlay/core overlay/client overlay/peering overlay/wire overlay/crypto

.PHONY: help setup page demo browser test check coverage benchmark benchmark-door fuzz map-picture format lock clean
.PHONY: simulate-swarm simulate-day simulate-large simulate-replays simulate-pictures

help: ## List what there is to make
	@sed -nE 's/^([a-z-]+):.*## (.*)$$/\1|\2/p' $(firstword $(MAKEFILE_LIST)) \
		| while IFS='|' read -r name words; do printf '  make %-17s %s\n' "$$name" "$$words"; done

setup: $(VENV)/.project page ## Install everything locked into .venv and build the page

demo: setup ## Five nodes on this machine, two people talking, and a page to join in
	@$(BIN)/overlay demo

test: setup browser ## Run all tests, Python and page
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(TESTS)
ifeq ($(NODE_OK),yes)
	cd $(WEB) && npm test --silent
else
	@echo "The page's own tests were left out: Node.js 20.19 or newer is missing."
endif

check: setup ## Format, lint, types and import contracts, Python and page
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
ifeq ($(NODE_OK),yes)
	cd $(WEB) && npm run --silent format:check
	cd $(WEB) && npm run --silent lint
	cd $(WEB) && npm run --silent types
else
	@echo "The page was not checked: Node.js 20.19 or newer is missing."
endif

coverage: setup ## Branches of the pure packages covered by unit and protocol tests: 95 % or fail
	$(BIN)/python -m pytest -n $(WORKERS) -q tests/unit tests/protocol \
		$(COVERED:%=--cov=%) --cov-branch --cov-report= --cov-report=json:coverage.json
	$(BIN)/python .ci/coverage_gate.py coverage.json $(COVERED)

benchmark: setup ## Measure, print a table, write benchmark.json
	$(BIN)/python -m tests.benchmarks

benchmark-door: setup ## Measure what strangers can do at a node's door, and what TLS costs; in some five minutes
	$(BIN)/python -m tests.benchmarks door

fuzz: setup ## Fuzz what reads what others wrote (MINUTES=10 for each, ROUNDS=1, TARGETS="node http"), resumed
	$(BIN)/python -m tests.fuzz run $(TARGETS) --seconds $$((60 * $(MINUTES))) --rounds $(ROUNDS) --keep

simulate-swarm: setup ## Storms drawn from many seeds (SEEDS=1..10000 JOBS=2), resumed
	$(BIN)/python -m simulations sweep swarm --seeds $(SEEDS) --jobs $(JOBS) --resume

simulate-day: setup ## A day of loss and pauses: 24 seeds of one hour each, resumed
	$(BIN)/python -m simulations sweep day --seeds 1..24 --jobs $(JOBS) --resume

simulate-large: setup ## Worlds of 1,000 and 10,000 nodes (SIZES="--nodes 1000" for some), resumed
	$(BIN)/python -m simulations large $(SIZES) --write docs/simulation.md

simulate-replays: setup ## A million texts played again in 24 seeds, none of them accepted; resumed
	$(BIN)/python -m simulations sweep replayer --seeds 1..24 --jobs $(JOBS) --resume

simulate-pictures: setup ## Figures and a timeline of simulated runs, in build/pictures/index.html
	$(BIN)/python -m simulations report build/pictures

map-picture: setup browser ## Draw the picture of the map in the README again, by the test that kills a node there
	OVERLAY_PICTURES=docs/pictures $(BIN)/python -m pytest -q tests/end_to_end/test_demo_map.py -k heals

format: setup ## Format all sources and mend what ruff can
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .
ifeq ($(NODE_OK),yes)
	cd $(WEB) && npm run --silent format
endif

browser: ## Find a Chromium for the browser tests, or install it (root on Debian)
	@.ci/browser

# The options keep this machine's indexes and folders out of the file. UPGRADE=1 takes newer versions.
# The tool leaves out for which machines an extra asks for something.
lock: $(VENV)/.packages ## Write both lock files again (UPGRADE=1: with newer versions)
	CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe \
		--strip-extras --no-build-isolation --no-emit-index-url --no-emit-find-links \
		--no-emit-trusted-host --no-emit-options $(if $(UPGRADE),--upgrade) \
		--extra dev --extra simulations --extra cluster --output-file $(LOCK) pyproject.toml
	sed -i "s/^atheris==[^ ;]*/& ; $$(sed -n 's/^    "atheris[^;]*; \(.*\)",$$/\1/p' pyproject.toml)/" $(LOCK)
	cd $(WEB) && npm install --package-lock-only --ignore-scripts
	@! grep -nE '://|^ *--(index|extra-index|find-links|trusted)' $(LOCK)
	@! grep -n '"resolved"' $(WEB)/package-lock.json

clean: ## Remove everything that was built or installed here
	rm -rf $(VENV) $(WEB)/node_modules $(WEB)/dist build dist coverage.json htmlcov .coverage .coverage.*
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find overlay simulations tests -name __pycache__ -prune -exec rm -rf {} +

# Python -------------------------------------------------------------------------------------------

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer was not found: install it, or say make PYTHON=/path/to/python."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "$(PYTHON) cannot make environments: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.packages: $(LOCK) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK)
	@touch $@

# Without isolation the build uses the locked hatchling and needs no network.
$(VENV)/.project: pyproject.toml $(VENV)/.packages
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# The page -----------------------------------------------------------------------------------------

ifeq ($(NODE_OK),yes)
page: $(WEB)/dist/index.html ## Build the page (part of setup)
else
page:
	@echo "Node.js 20.19 or newer is $(if $(NODE_OK),needed and this one is older,missing): going on without building the page."
	@echo "Nodes and the commands work; only the page needs it. Install Node.js, then make again."
endif

$(WEB)/node_modules/.packages: $(WEB)/package-lock.json $(WEB)/package.json $(WEB)/.npmrc
	cd $(WEB) && npm ci --silent --ignore-scripts
	@touch $@

$(WEB)/dist/index.html: $(WEB)/node_modules/.packages $(PAGE_SOURCES)
	cd $(WEB) && npm run --silent build -- --logLevel warn
	@touch $@
