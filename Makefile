# `make run` starts the exchange, `make demo` shows it, `make test` proves it. Each does its own set-up,
# with nothing but Python 3.11+, gcc and make (and Node for the tests).

PORT ?= 8080
DATA ?= ./data
PAGES ?= pages
SOAK_MINUTES ?= 10
MUTANTS ?= 500

BIN := .venv/bin
CLIENTS := v1 v2 unified us
CLIENT_STAMPS := $(CLIENTS:%=.venv-clients/%/installed)

.DEFAULT_GOAL := help
.PHONY: help run demo test check format clients bench bench-core coverage mutation soak pages clean
.SUFFIXES:

help:
	@echo "make run      start the exchange on http://localhost:$(PORT) (PORT=, DATA=)"
	@echo "make demo     one order over each venue's door, and their fill; then stop"
	@echo "make test     everything: checks, tests, official clients"
	@echo "make check    ruff, mypy, import-linter"
	@echo "make bench    measure, print a table, write benchmarks/results.json"
	@echo "make bench-core  the core pure and compiled: speed, latency, memory, many markets"
	@echo "make coverage every branch of the core, by its unit tests alone"
	@echo "make mutation change the core in MUTANTS=500 places, and see that the tests notice"
	@echo "make soak     coverage, mutation; then load and kill -9 for a while (SOAK_MINUTES=)"
	@echo "make pages    run the venues' own pages (PAGES=folder that holds them)"
	@echo "make format   let ruff format and sort"
	@echo "make clean    remove what make made, but no data"

run: .venv/installed-run
	@exec $(BIN)/tradepit serve --port $(PORT) --data-dir "$(DATA)"

demo: .venv/installed-run
	@exec $(BIN)/tradepit demo

check: .venv/installed-dev
	@$(BIN)/ruff format --check --quiet . || { echo "Not formatted: run make format."; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

format: .venv/installed-dev
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format .

test: check coverage clients
	@$(BIN)/pytest -q

clients: $(CLIENT_STAMPS)
	@command -v npm >/dev/null || echo "tradepit: no Node here, so the tests that drive Node clients are skipped"

bench-core: .venv/installed-dev
	@$(BIN)/python -m benchmarks.core_builds

bench: .venv/installed-dev
	@$(BIN)/python -m benchmarks

coverage: .venv/installed-dev
	@$(BIN)/coverage run -m pytest tests/core -q
	@$(BIN)/coverage report

mutation: .venv/installed-dev
	@$(BIN)/python -m scripts.mutation --sample $(MUTANTS)

soak: .venv/installed-dev coverage mutation
	@$(BIN)/pytest -q -m slow
	@$(BIN)/python -m benchmarks.soak --minutes $(SOAK_MINUTES)

pages: .venv/installed-run .venv-clients/v1/installed .venv-clients/us/installed
	@$(BIN)/python -m scripts.pages "$(PAGES)"

clean:
	rm -rf .venv .venv-clients dist
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .mutation .coverage
	find src tests benchmarks scripts -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/installed-run: pyproject.toml constraints.txt scripts/setup.sh
	@scripts/setup.sh run

.venv/installed-dev: pyproject.toml constraints.txt scripts/setup.sh
	@scripts/setup.sh dev

.venv-clients/%/installed: tests/clients/requirements/%.txt scripts/client_venv.sh | .venv/installed-run
	@scripts/client_venv.sh $*
