# Everything a newcomer and a contributor types. Each target sets up what it needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
TRAINER := .venv-training/.installed
REFERENCE := .venv-reference/.installed
HOURS ?= 3
# Without it every large buffer is mapped and faulted in anew at each step.
TUNED_ALLOCATOR := MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=34359738368

.DEFAULT_GOAL := help
.PHONY: help chat test test-all fault-tools telegram-emulator slack-emulator lint format bench reference lock train clean

help:  ## Show these lines
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

chat: $(INSTALLED)  ## Chat with the bundled model in the terminal
	@$(BIN)/botcore chat

test: $(INSTALLED)  ## Run the tests (under 6 minutes)
	$(BIN)/pytest -n 6 --dist worksteal -m "not slow"

test-all: $(INSTALLED)  ## Run the slow tests too
	$(BIN)/pytest

telegram-emulator:  ## Install the Telegram emulator that a test runs on (needs node)
	npm install --silent --no-audit --no-fund --prefix .emulator telegram-test-api@4.2.1

slack-emulator:  ## Install the Slack emulators that tests run on (needs node; the second is for Linux on x64)
	npm install --silent --no-audit --no-fund --prefix .emulator emulate@0.12.2
	-npm install --silent --no-audit --no-fund --prefix .emulator local-slack-linux-x64@0.1.8

fault-tools:  ## Install what some tests of faults need (Debian, as root)
	apt-get install --yes libfaketime fiu-utils

lint: $(INSTALLED)  ## Check style and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/basedpyright

format: $(INSTALLED)  ## Let ruff lay out the code
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(INSTALLED)  ## Measure speed and the bundled model
	@for program in bench/*.py; do echo "== $$program"; $(BIN)/python $$program || exit 1; done

reference: $(REFERENCE)  ## Install what the conversion is compared with (torch and transformers, by themselves)

# torch lives in an environment of its own: the product needs none. Interrupted, it goes on from there.
train: $(INSTALLED) $(TRAINER)  ## Train the bundled model anew (three hours on 2 cores; HOURS=1 is shorter)
	cd engine && $(TUNED_ALLOCATOR) ../.venv-training/bin/python -m training.train --hours $(HOURS)
	cd engine && ../$(BIN)/python -m training.bundle

# Pinned with hashes and without download addresses, for every platform at once.
lock: $(INSTALLED)  ## Pin the dependencies anew
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
		--upgrade --group dev pyproject.toml --output-file requirements.txt

clean:  ## Remove what the other targets made
	rm -rf $(VENV) .venv-training .venv-reference .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build

$(TRAINER): engine/training/requirements.txt
	$(PYTHON) -m venv .venv-training
	.venv-training/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

$(REFERENCE): bench/reference/requirements.txt
	$(PYTHON) -m venv .venv-reference
	.venv-reference/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

# The set-up is done again only when what it depends on has changed. On stderr, so that a piped
# `make -s chat` prints the answer and nothing else.
$(INSTALLED): requirements.txt pyproject.toml
	@echo "Setting up $(VENV) (once; a minute or two) ..." >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . >&2
	@touch $@
