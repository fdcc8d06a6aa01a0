# Developer commands. `make help` first. Every command makes the environment it needs.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
# Stamps: isfdsl with what it needs to run, and with the developers' tools too.
RUNS   := $(VENV)/.klar-data
READY  := $(VENV)/.klar
# Two workers: what the build machine has, and enough for a laptop to stay usable.
JOBS   ?= 2

.DEFAULT_GOAL := help
.PHONY: help tour sync fmt lint types test golden soak wheel check

help:  ## denne listen
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

tour: $(RUNS)  ## omvisning: kjør ISF 2020 på eksempeldata, og forklar ett opphold
	$(BIN)/isf run rules/2020+assumptions/2020 examples/2020 --out ut/2020
	$(BIN)/isf explain rules/2020+assumptions/2020 examples/2020 E2020-0001

sync: $(READY)  ## lag .venv og installer isfdsl med alle verktøyene

# The stamps are written last, so an installation that was cut short is done again.
$(RUNS): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[data]'
	@touch $@

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,columnar,excel,testing]'
	@touch $(RUNS) $@

fmt: $(READY)  ## skriv Python-koden i fast form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lint: $(READY)  ## ruff, fast form og etasjene (import-linter)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(READY)  ## mypy, streng
	$(BIN)/mypy

test: $(READY)  ## hele testsuiten
	$(BIN)/pytest -n $(JOBS) --dist worksteal -q

golden: $(READY)  ## skriv fasitfilene på nytt; les forskjellen etterpå
	$(BIN)/pytest -q -m golden --update-golden

soak: $(READY)  ## egenskapstestene lenge (Hypothesis-profilen «long»)
	$(BIN)/pytest -n $(JOBS) --dist worksteal -q tests/properties --hypothesis-profile=long

wheel: $(READY)  ## bygg dist/isfdsl-*.whl
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

check: $(READY)  ## alt som må være grønt; det samme som .ci/run kjører
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n $(JOBS) --dist worksteal -q
