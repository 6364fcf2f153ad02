# The commands of this project. Bare `make` lists them; docs stand in README.md.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
UV_VERSION := 0.13.9
UV := $(shell command -v uv 2>/dev/null || echo .tools/uv/bin/uv)
export UV_COMPILE_BYTECODE := 1
export UV_PYTHON_DOWNLOADS := never
BIN := .venv/bin

.PHONY: help setup demo test test-core test-core-deciding test-core-others test-home test-spark test-e2e lint airflow bench clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.ready ## make the locked virtual environment and fetch the Delta jars (once; needs network)

.venv/.ready: uv.lock pyproject.toml jobs/jars.py $(filter .tools/%,$(UV))
	$(UV) sync --locked --quiet --python $(PYTHON)
	$(BIN)/python -m jobs.jars
	@touch $@

.tools/uv/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else "Python 3.11, 3.12 or 3.13 is needed, this is %s; name another with: make PYTHON=python3.12 ..." % sys.version.split()[0])'
	$(PYTHON) -m venv .tools/uv || { rm -rf .tools/uv; $(PYTHON) -m pip install --quiet --target .tools/uv uv==$(UV_VERSION); }
	test -x $@ || .tools/uv/bin/pip install --quiet uv==$(UV_VERSION)

demo: setup ## the whole loop on 20,000 simulated customers: 3 nights, feedback, evaluation; names the report to open
	$(BIN)/cpc demo

test: setup test-core test-home test-spark test-e2e ## all tests: core, home, spark, e2e

# Half of the files each, not two workers of one run: those would both read all files.
DECIDING := tests/jobs/cli tests/jobs/contact tests/jobs/match tests/jobs/simulator tests/jobs/evaluation

test-core: setup ## tests without a JVM, seconds
	$(MAKE) --no-print-directory --jobs 2 --output-sync test-core-deciding test-core-others

test-core-deciding:
	$(BIN)/pytest -m core $(DECIDING)

test-core-others:
	$(BIN)/pytest -m core $(addprefix --ignore=,$(DECIDING))

test-home: setup ## tests of whole small homes on disk, without a JVM either
	$(BIN)/pytest -m home -n 2 --dist loadfile

test-spark: setup ## tests of table functions through one Spark session
	$(BIN)/pytest -m spark -n 2 --dist loadfile --no-loadscope-reorder

test-e2e: setup ## three nights with feedback through the real DAGs, network off
	$(BIN)/pytest -m e2e -n 2 --dist loadfile

lint: setup ## formatter, linter and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: setup ## a night of the customer view of 100,000 customers against DuckDB; larger: cpc bench view --customers 1000000
	$(BIN)/cpc bench view --customers 100000

airflow: setup ## start Airflow with the DAGs on this machine
	$(BIN)/cpc airflow

clean: ## remove what set-up and demo made
	rm -rf .venv .tools .airflow jars data
