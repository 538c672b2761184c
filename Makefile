# The only door, for people and for CI. `make` alone prints the targets.
PYTHON ?= python3
TOOLS  := .tools
UV     := $(TOOLS)/bin/uv
BIN    := .venv/bin
DATA   ?= cveval-data
PORT   ?= 8080
INPUTS ?= 100000
SEED   := $(or $(SEED),$(shell date +%s))
JOBS   ?= 3000
KILLS  ?= 60

FUNCTIONS := functions/submit functions/evaluate functions/purge
PROGRAMS  := $(FUNCTIONS) deploy/shim deploy/local
PACKAGES  := -e shared $(foreach p,$(FUNCTIONS),-e $(p)) -e deploy/local
COMPILE   := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
             --no-header --no-annotate --no-emit-package cveval $(foreach p,$(PROGRAMS),--no-emit-package cveval-$(notdir $(p)))
MANIFESTS := pyproject.toml shared/pyproject.toml $(foreach p,$(PROGRAMS),$(p)/pyproject.toml)
PATHS     := shared functions deploy tests bench scripts

.DEFAULT_GOAL := help
.PHONY: help demo run up down logs images test e2e fuzz chaos nightly check format lint types imports reference docs locks lock bench eval clean

help: ## Print the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

# -- setting up --------------------------------------------------------------------------------------------------
# Python and make are all that a machine needs: uv comes from the package index, pinned by hash, into .tools.
$(UV): requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "cveval needs Python 3.11 or newer; say which with: make PYTHON=python3.12 …"; exit 1; }
	@echo "· setting up uv"
	@$(PYTHON) -m venv --clear $(TOOLS) 2>/dev/null || { $(PYTHON) -m venv --clear --without-pip $(TOOLS) && \
	  $(PYTHON) -m pip --version >/dev/null 2>&1 || { echo "This Python has neither venv with pip nor pip: install your system's python3-venv or python3-pip."; exit 1; }; }
	@if [ -x $(TOOLS)/bin/pip ]; then $(TOOLS)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt; \
	 else $(PYTHON) -m pip --python $(TOOLS)/bin/python install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt; fi
	@touch $@

.venv/.created: | $(UV)
	@$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv
	@touch $@

.venv/.local: .venv/.created requirements/local.txt $(MANIFESTS)
	@echo "· installing cveval"
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/local.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps $(PACKAGES)
	@touch $@

.venv/.dev: .venv/.local requirements/dev.txt
	@echo "· installing what the tests need"
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps -e deploy/shim
	@touch $@

# -- using it ----------------------------------------------------------------------------------------------------
demo: .venv/.local ## Evaluate the sample candidates on this machine and print the ranking
	@$(BIN)/cveval demo

run: .venv/.local ## Serve cveval on 127.0.0.1:8080 until ctrl-C, data in ./cveval-data
	@$(BIN)/cveval serve --data $(DATA) --port $(PORT)

# -- with containers: Docker and make are all that a machine needs ------------------------------------------------
COMPOSE := docker compose
export REVISION := $(shell git rev-parse --short HEAD 2>/dev/null || echo unknown)

up: ## Build the images and run everything in containers, on http://127.0.0.1:8080
	@$(COMPOSE) --profile tools build
	@$(COMPOSE) up --detach --wait --remove-orphans
	@echo "cveval answers on http://$$($(COMPOSE) port submit 8080); make logs, make down"

down: ## Stop the containers; what is in volumes stays (docker compose --profile '*' down --volumes removes it)
	@$(COMPOSE) --profile '*' down --remove-orphans

logs: ## Follow the logs of all containers
	@$(COMPOSE) logs --follow --tail 100

images: ## Build all images and print their sizes
	@$(COMPOSE) --profile tools build $(ARGS)
	@docker images --filter 'reference=cveval-*:$(or $(CVEVAL_VERSION),local)' --format 'table {{.Repository}}:{{.Tag}}\t{{.Size}}'

# -- working on it -----------------------------------------------------------------------------------------------
test: .venv/.dev ## Run all tests, on an embedded Postgres and on SQLite
	@$(BIN)/pytest -n 2 --dist loadgroup $(ARGS)

e2e: .venv/.dev ## Build the images and try them: the whole system in containers, and containers that are killed (about 7 minutes)
	@$(MAKE) --no-print-directory images ARGS=--quiet
	@CVEVAL_TEST_CONTAINERS=1 $(BIN)/pytest tests/e2e $(ARGS)

fuzz: .venv/.dev ## Feed the readers of PDF and DOCX 100,000 made-up documents, new ones each time, the same again with its SEED=…: for every night (about 15 minutes)
	@echo "· $(INPUTS) inputs, SEED=$(SEED)"
	@CVEVAL_FUZZ_INPUTS=$(INPUTS) CVEVAL_FUZZ_SEED=$(SEED) $(BIN)/pytest --quiet --show-capture=no tests/documents/test_fuzz.py $(ARGS)

chaos: .venv/.dev ## Kill everything under load, then look every accepted job up (make chaos JOBS=100000 KILLS=1000 ARGS='--seed 7')
	@$(BIN)/python -m tests.chaos --jobs $(JOBS) --kills $(KILLS) $(ARGS)

nightly: ## What is too long for every change: each crash point, that chaos can fail, and fuzzing
	@$(MAKE) test ARGS='-m chaos'
	@$(MAKE) fuzz

check: format lint types imports reference locks ## Format, lint, types, import contracts; are the reference pages and the locks current?

format: .venv/.dev
	@$(BIN)/ruff format --check --quiet $(PATHS) || { echo "Not formatted; mend with: .venv/bin/ruff format $(PATHS)"; exit 1; }

lint: .venv/.dev
	@$(BIN)/ruff check --quiet $(PATHS)

types: .venv/.dev
	@$(BIN)/mypy

imports: .venv/.dev
	@$(BIN)/lint-imports --no-cache

reference: .venv/.dev
	@$(BIN)/python -m scripts.reference --check

docs: .venv/.dev ## Write the reference pages that are made from the code
	@$(BIN)/python -m scripts.reference

# Compiled again over a copy: what was pinned stays, so a difference means that a manifest moved on without its lock.
locks: | $(UV)
	@rm -rf .tools/locks && mkdir -p .tools/locks && cp requirements/*.txt .tools/locks/
	@$(MAKE) --no-print-directory lock LOCKS=.tools/locks >/dev/null
	@diff -ru requirements .tools/locks || { echo "requirements/ is not what the pyproject.toml files ask for; mend with: make lock"; exit 1; }

LOCKS ?= requirements
lock: | $(UV) ## Pin every program's dependencies, with hashes (make lock ARGS=--upgrade to move on)
	@$(COMPILE) $(ARGS) $(filter-out pyproject.toml,$(MANIFESTS)) --group pyproject.toml:dev --all-extras -o $(LOCKS)/dev.txt
	@for p in $(PROGRAMS); do $(COMPILE) $$p/pyproject.toml -c $(LOCKS)/dev.txt -o $(LOCKS)/$${p##*/}.txt; done
	@for g in build s3; do $(COMPILE) $(ARGS) --group pyproject.toml:$$g -c $(LOCKS)/dev.txt -o $(LOCKS)/$$g.txt; done

bench: .venv/.dev ## Measure, as ratios in one run, and print the table of bench/README.md (make bench ARGS='submit --quick')
	@$(BIN)/python -m bench $(ARGS)

eval: .venv/.dev ## Measure the local evaluator on the labelled samples of tests/quality (make eval ARGS=--json)
	@$(BIN)/python -m tests.quality $(ARGS)

clean: ## Remove what make made, but no data
	@rm -rf .venv $(TOOLS) .mypy_cache .pytest_cache .ruff_cache .hypothesis
