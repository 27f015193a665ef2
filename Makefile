# Every target, one line each: 'make help'. Settings: SITES=, MONTHS= (demo, bench), PYTHON= (setup), and the
# PCH_... environment variables of include/pch/settings.py.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup demo up down reset status test lint types sql unit integration door browser clients superset-test scheduler long bench bench-history bench-bi load proof docs superset lock

PYTHON ?= $(shell command -v python3.11 || command -v python3)
SITES ?= 185
MONTHS ?= 13
BIN := .venv/bin
unexport PYTHONDONTWRITEBYTECODE

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  \1\t\2/' | expand -t 16

setup: .venv/installed  ## the virtual environment: locked, hash-checked, compiled

.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "Python 3.11 is needed; PYTHON=/path/to/python3.11 names one."; exit 1; }
	@echo "Installing into .venv (about two minutes, once) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup  ## simulated sites push months of returns through the real scheduler; leaves it running
	@$(BIN)/pch demo --sites $(SITES) --months $(MONTHS)

up: setup  ## start Postgres, the front door and Airflow
	@$(BIN)/pch up

down: setup  ## stop them; the data stay
	@$(BIN)/pch down

reset: setup  ## stop and DELETE all data of this checkout
	@$(BIN)/pch reset --yes

status: setup  ## the state of every return
	@$(BIN)/pch status

test: lint types sql unit integration door browser clients scheduler  ## everything CI runs

lint: setup  ## style, and the walls between the rooms
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: setup  ## static types of include/
	@$(BIN)/mypy

sql: setup  ## style of the SQL
	@$(BIN)/sqlfluff lint --processes 2 --disable-progress-bar dbt_project/models dbt_project/tests docs/questions include/pch/warehouse

unit: setup  ## tests that need no server
	@$(BIN)/pytest -n 2 tests/unit tests/contract tests/dags

integration: setup  ## tests on a real Postgres: cases, dbt, command line
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not long" tests/integration

door: setup  ## tests of the front door: a real process, real HTTP
	@$(BIN)/pytest -n 2 --dist loadfile tests/door

browser: setup  ## tests of the pages in a headless Chromium, where there is one
	@$(BIN)/pytest tests/browser

clients: setup  ## psql, pandas, ODBC and JDBC, each reading the warehouse
	@$(BIN)/pytest tests/clients --ignore tests/clients/test_superset.py

superset-test: setup .venv/superset/installed  ## Apache Superset reading it, driven in a headless Chromium; not in 'make test'
	@$(BIN)/pytest tests/clients/test_superset.py

scheduler: setup  ## tests through the real Airflow scheduler
	@$(BIN)/pytest -m "not long" tests/scheduler

long: setup  ## tests that are heavy and rare: planted effects, faults found, killed at every stage; not in 'make test'
	@$(BIN)/pytest -m long tests/integration tests/scheduler

bench: setup  ## how fast, beside the floor and the conventional way
	@$(BIN)/pch bench --sites $(SITES)

bench-history: setup  ## what a build costs with 6 and with 36 months (more than half an hour with SITES=185)
	@$(BIN)/pch bench --history --sites $(SITES)

bench-bi: setup  ## how quickly ten readers get answers from schema bi, 60 months of SITES
	@$(BIN)/pch bench --questions --sites $(SITES)

load: setup  ## SITES push their month in the rush before a close, through the front door and the pipeline (ten minutes)
	@$(BIN)/pch bench --door --sites $(SITES)

proof: setup  ## 3,800 simulated programmes through the evaluation: how often it is right (ten minutes)
	@OMP_NUM_THREADS=1 $(BIN)/pch bench --proof  # two processes already: small matrices are slower in threads

docs: setup  ## the metric dictionary, lineage and dbt's pages, as a static site in .pch/docs
	@$(BIN)/pch docs

superset: .venv/superset/installed  ## Apache Superset on this machine (docs/bi.md); it stays in the foreground
	@docs/superset/run.sh

.venv/superset/installed: tests/clients/superset.lock
	@echo "Installing Apache Superset into .venv/superset (about a minute, once) ..."
	@$(PYTHON) -m venv .venv/superset
	@.venv/superset/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

lock: setup  ## resolve the dependencies anew: pyproject.toml, and Superset apart from it
	@for names in "--all-extras pyproject.toml -o requirements.lock" "tests/clients/superset.in -o tests/clients/superset.lock"; do \
	  $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --custom-compile-command "make lock" $$names; \
	done
