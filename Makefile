# `make demo` and `make test`: each sets up what it needs, and does nothing twice.
# Needs Python 3.11 or newer, make and git; everything else comes from package registries.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
UV_VERSION := 0.13.9
# of the tests; one more than cores, because those that kill workers and databases mostly wait for others to start
WORKERS ?= 3

TOOLS := .make/tools
UV := $(TOOLS)/bin/uv
INSTALLED := .venv/.antiphon-installed
ASSETS := src/antiphon/web/static/dist/manifest.json
UI := $(shell find ui src/antiphon/web/templates -name node_modules -prune -o -type f -print 2>/dev/null)

# where it is set, each of the processes that a test run starts compiles every library again: four seconds a start
unexport PYTHONDONTWRITEBYTECODE
export UV_PYTHON_DOWNLOADS := never
# the certificates that the machine trusts: a company may have its own
export UV_SYSTEM_CERTS := true
export UV_PROJECT_ENVIRONMENT := .venv

.PHONY: help
help:
	@echo "make demo    run Antiphon on demo data and print the address to open"
	@echo "make test    check the code and run the tests"
	@echo "make setup   leave .venv/bin/antiphon ready; both of the others do this first"
	@echo "make clean   remove what setup made; your data in .antiphon/ stays"

.PHONY: setup
setup: $(INSTALLED) $(ASSETS)
	@echo "== .venv/bin/antiphon is ready"

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "$(PYTHON) is too old: Antiphon needs Python 3.11 or newer. Name one: make setup PYTHON=python3.12"; exit 1; }
	@echo "== uv"
	@rm -rf $(TOOLS)
	@$(PYTHON) -m venv $(TOOLS) \
		|| { echo "$(PYTHON) cannot make a virtual environment; on Debian: apt-get install python3-venv"; exit 1; }
	@$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(INSTALLED): pyproject.toml uv.lock hatch_build.py | $(UV)
	@echo "== Python packages"
	@$(UV) sync --frozen --quiet --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')"
	@touch $@

$(ASSETS): hatch_build.py $(UI) | $(INSTALLED)
	@echo "== web assets"
	@.venv/bin/python hatch_build.py
	@touch $@

.PHONY: test pytest ruff mypy layers
test: setup
	@$(MAKE) layers ruff
	@# types are checked beside the tests: alone they leave a core idle for half a minute
	@$(MAKE) -j2 mypy pytest

pytest:
	@# a worker takes its files in their order and keeps what they share; who is done first takes over from the other's end
	@echo "== pytest" && .venv/bin/python -m pytest -q -n $(WORKERS) --dist worksteal

mypy:
	@echo "== mypy" && .venv/bin/mypy

layers:
	@echo "== layers" && .venv/bin/lint-imports

ruff:
	@echo "== ruff" && .venv/bin/ruff check --quiet . && .venv/bin/ruff format --check --quiet .

.PHONY: demo
demo: setup
	@ANTIPHON_DATA_DIR="$${ANTIPHON_DATA_DIR:-$(CURDIR)/.antiphon}" exec .venv/bin/antiphon demo

.PHONY: clean
clean:
	rm -rf .venv .make ui/node_modules src/antiphon/web/static/dist
