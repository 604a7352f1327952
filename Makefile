# make help lists the targets. All of them work in a fresh clone: the first one to run makes .venv and installs
# what pyproject.toml names. Choose another Python with PYTHON=/path/to/python3.12.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo test check bench clean

BIN := .venv/bin
INSTALLED := .venv/installed
WORKERS ?= 2
SINCE = $$(( $$(date +%s) - start ))
FACTORY := $(BIN)/factory --sandbox

help:
	@echo "make demo    build the example organization in the sandbox; again: see that nothing is left to do"
	@echo "make test    run the tests (WORKERS=$(WORKERS), ARGS='tests/core -k order')"
	@echo "make check   lint, formatting, types, the example files with cfn-lint, and the committed JSON Schemas"
	@echo "make bench   measure against made-up organizations of many sizes"
	@echo "make clean   remove .venv, caches and the sandbox's state"

# The plan is long, so it goes into a file; what is shown is its head, its last line, and apply's progress.
demo: $(INSTALLED)
	@start=$$(date +%s); status=0; mkdir -p .factory; \
	echo "==> factory validate"; \
	$(FACTORY) validate || exit; \
	echo; echo "==> factory plan"; \
	$(FACTORY) plan --detailed-exitcode > .factory/plan.txt || status=$$?; \
	if [ $$status -eq 2 ]; then \
	  head -n 20 .factory/plan.txt; \
	  echo "  ... the whole plan: .factory/plan.txt"; \
	  echo; tail -n 1 .factory/plan.txt; \
	  echo; echo "==> factory apply --yes"; \
	  $(FACTORY) apply --yes > .factory/report.txt || { status=$$?; tail -n 40 .factory/report.txt; exit $$status; }; \
	  tail -n 1 .factory/report.txt; \
	  echo; echo "==> factory plan, once more"; \
	  $(FACTORY) plan --detailed-exitcode || exit; \
	  echo; echo "==> factory sandbox show"; \
	  $(FACTORY) sandbox show; \
	  outcome="The example organization is built"; \
	elif [ $$status -eq 0 ]; then \
	  cat .factory/plan.txt; \
	  outcome="The example organization is as its files say: no changes"; \
	else \
	  cat .factory/plan.txt; exit $$status; \
	fi; \
	accounts=$$(find accounts -name '*.yaml' ! -path accounts/organization.yaml | wc -l); \
	guardrails=$$(find baselines/guardrails -name '*.yaml' | wc -l); \
	baselines=$$(find baselines/stack-sets -name baseline.yaml | wc -l); \
	echo; \
	echo "$$outcome ($$((accounts)) accounts, $$((guardrails)) guardrails, $$((baselines)) baselines), in the sandbox: no AWS was asked."; \
	echo "That took $(SINCE) s. What to try next:"; \
	echo; \
	echo "  $(FACTORY) sandbox show"; \
	echo "      what stands in the sandbox now"; \
	echo "  cp accounts/sandbox/sandbox-ada.yaml accounts/sandbox/sandbox-$${USER:-me}.yaml && $(FACTORY) plan"; \
	echo "      one more account; 'apply' creates it, removing the file again never closes it"; \
	echo "  change 'ou:' in accounts/payments/payments-dev.yaml to workloads/staging, and $(FACTORY) plan"; \
	echo "      move an account: straight to its new unit, after that unit's guardrails are in place"; \
	echo "  git checkout accounts && git clean -f accounts && $(FACTORY) sandbox reset --yes"; \
	echo "      back to the example: your files in accounts/ go, the sandbox is empty again"

test: $(INSTALLED)
	@start=$$(date +%s); status=0; \
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS) || status=$$?; \
	echo "make test took $(SINCE) s"; exit $$status

check: $(INSTALLED)
	@start=$$(date +%s); set -e; \
	echo "==> ruff check";       $(BIN)/ruff check --quiet .; \
	echo "==> ruff format";      $(BIN)/ruff format --quiet --check .; \
	echo "==> mypy";             $(BIN)/mypy --no-error-summary; \
	echo "==> factory validate"; $(BIN)/factory validate; \
	echo "==> factory lint";     $(BIN)/factory lint; \
	echo "==> factory guardrails"; $(BIN)/factory guardrails test --coverage --mutate; \
	echo "==> factory schema";   $(BIN)/factory schema --check docs/schema; \
	echo "make check took $(SINCE) s"

bench: $(INSTALLED)
	@$(BIN)/python -m bench.run $(ARGS)

clean:
	@rm -rf .venv .factory .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# An environment points at the folder it was made in; in a moved or copied one it is made again.
ifneq ($(CURDIR),$(shell cat $(INSTALLED) 2>/dev/null))
.PHONY: $(INSTALLED)
endif

# Dependency groups need pip 25.1, newer than the one that many Pythons bring along.
$(INSTALLED): pyproject.toml
	@python=; \
	for candidate in $(or $(PYTHON),python3.13 python3.12 python3.11 python3 python); do \
	  if "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    python=$$candidate; break; \
	  fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "make: no Python 3.11 or newer with venv found ($(or $(PYTHON),tried python3.13 python3.12 python3.11 python3 python))" >&2; \
	  echo "  way out: install one (on Debian and Ubuntu also python3-venv), or name it: make PYTHON=/path/to/python3.12 ..." >&2; \
	  exit 1; \
	fi; \
	echo "==> setting up .venv with $$("$$python" --version), once; a minute or so"; \
	"$$python" -m venv --clear .venv && \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1' && \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[sandbox]' --group dev && \
	echo '$(CURDIR)' > $@
