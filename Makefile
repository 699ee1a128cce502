# Everything a person or a machine does with this project. `make help` lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
SETUP := $(VENV)/.installed
CODE := lrs integrations analytics tests benchmarks

.PHONY: help
help: ## Say what there is to make
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Debian's Python makes no environment with pip in it unless python3-venv is installed;
# its own pip can then put one there.
$(SETUP): pyproject.toml constraints.txt anchors.txt
	test -x $(BIN)/pip || $(PYTHON) -m venv --clear $(VENV) 2>/dev/null || { \
		$(PYTHON) -m venv --clear --without-pip $(VENV) && \
		$(PYTHON) -m pip --python $(BIN)/python install --quiet pip; }
	$(BIN)/pip install --quiet -c constraints.txt -e '.[dev]'
	$(BIN)/pip install --quiet --no-deps -r anchors.txt
	@touch $@

.PHONY: setup
setup: $(SETUP) ## Make .venv and install the project and its tools there, by pip only

.PHONY: demo
demo: $(SETUP) ## Send a made-up organisation to a fresh store and measure it; http://127.0.0.1:8080
	@exec $(BIN)/lrs demo

.PHONY: test
test: $(SETUP) ## Run all tests (ARGS="-k name" for some of them)
	$(BIN)/pytest $(ARGS)

.PHONY: check
check: lint types layers test ## Do all that CI does: lint, format, types, layers, tests

.PHONY: lint
lint: $(SETUP) ## Look for mistakes and for formatting that is not ruff's
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: format
format: $(SETUP) ## Format the code and mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: types
types: $(SETUP) ## Check the types, strictly
	$(BIN)/mypy

.PHONY: layers
layers: $(SETUP) ## Check who imports whom
	$(BIN)/lint-imports

.PHONY: simulate
simulate: $(SETUP) ## Hold the estimators against 1,000 organisations a scenario (ARGS="--organisations N --json")
	@$(BIN)/python -m analytics.simulate $(ARGS)

.PHONY: bench-analytics
bench-analytics: $(SETUP) ## Time facts and metrics on a million Statements (ARGS="--statements N"); prints JSON
	@$(BIN)/python -m benchmarks.analytics $(ARGS)

.PHONY: bench-reports
bench-reports: $(SETUP) ## Time a report of twenty charts as HTML and PDF; prints JSON
	@$(BIN)/python -m benchmarks.reports $(ARGS)

.PHONY: bench-network
bench-network: $(SETUP) ## Time the network job on 20,000 people and 180,000 dyads; prints JSON
	@$(BIN)/python -m benchmarks.network $(ARGS)

.PHONY: bench-transfer
bench-transfer: $(SETUP) ## Time a transfer run on 100,000 units (ARGS="--units N"); prints JSON
	@$(BIN)/python -m benchmarks.transfer $(ARGS)

.PHONY: bench
bench: $(SETUP) ## Measure speed against what this machine can do; prints JSON
	@$(BIN)/python -m benchmarks.load $(ARGS)

.PHONY: bench-history
bench-history: $(SETUP) ## Measure the learning history of one person with 10,000 Statements; prints JSON
	@$(BIN)/python -m benchmarks.history $(ARGS)

.PHONY: bench-hooks
bench-hooks: $(SETUP) ## Measure signed deliveries beside a route that only checks signatures; prints JSON
	@$(BIN)/python -m benchmarks.hooks $(ARGS)

.PHONY: bench-scale
bench-scale: $(SETUP) ## Measure queries and memory at a million Statements; prints JSON (minutes)
	@$(BIN)/python -m benchmarks.scale $(ARGS)

# Left empty, XAPI, STORE and WORKERS stand for every value they can have: eight runs.
.PHONY: conformance
conformance: $(SETUP) ## Run ADL's suite: SUITE=<dir> [XAPI=1.0.3|2.0.0] [STORE=sqlite|mongodb] [WORKERS=1|2]
	@$(BIN)/python -m benchmarks.conformance --suite '$(SUITE)' \
		$(if $(XAPI),--xapi $(XAPI)) $(if $(STORE),--store $(STORE)) \
		$(if $(WORKERS),--workers $(WORKERS)) $(ARGS)

.PHONY: fixtures
fixtures: $(SETUP) ## Tell what becomes of recorded deliveries (FIXTURES=<dir>, one folder per system)
	@$(BIN)/python -m integrations.fixtures $(if $(FIXTURES),'$(FIXTURES)')

.PHONY: profile
profile: $(SETUP) ## Write the xAPI profile of what integrations emit
	$(BIN)/python -m integrations.profile.build

.PHONY: backup-test
backup-test: $(SETUP) ## Rehearse a backup of a store in use and its restore
	$(BIN)/pytest -k 'backup or restore' $(ARGS)

.PHONY: settings-table
settings-table: $(SETUP) ## Write the settings of lrs/config.py into the README
	$(BIN)/python -m tests.house.settings_table

.PHONY: translations
translations: $(SETUP) ## Gather the texts of the pages for translators, and compile what they made of them
	cd lrs/web && $(abspath $(BIN))/pybabel -q extract -F babel.cfg -k noted --no-location --omit-header -o .pages.pot .
	cd lrs/web && $(abspath $(BIN))/pybabel -q update -i .pages.pot -d translations --omit-header --ignore-obsolete --no-fuzzy-matching
	cd lrs/web && rm .pages.pot && $(abspath $(BIN))/pybabel -q compile -f -d translations

# A lock from a fresh environment holds what the project needs and nothing that was tried out. Make
# it with the oldest Python there is (Debian 12 has 3.11.2): newer releases of a package may refuse it.
.PHONY: lock
lock: ## Renew constraints.txt: the newest versions for PYTHON=<the oldest Python there is>
	rm -rf build/lock
	$(PYTHON) -m venv build/lock
	build/lock/bin/pip install --quiet -e '.[dev]'
	build/lock/bin/pip freeze --exclude-editable > build/lock/constraints.txt
	mv build/lock/constraints.txt constraints.txt
	rm -rf build/lock

.PHONY: clean
clean: ## Remove what was made here, the data of the store excepted
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find $(CODE) -name __pycache__ -prune -exec rm -rf {} +
