# Two commands do everything on a fresh machine: `make demo` and `make test`.
# Variables: VIDEO=clip.mp4  SPEAK=ja|en  OUT=out/demo  SEED=7  ARGS="--serve"
SHELL := /bin/bash
.DEFAULT_GOAL := help
SHIRUBE := .venv/bin/shirube
OUT ?= out/demo
SPEAK ?= ja
SEED ?= 7
# Tests that run beside each other: one more than the processors of a small machine, since many wait.
export WORKERS ?= 3
DEMO_ARGS = --out $(OUT) --lang $(SPEAK) --seed $(SEED) $(if $(VIDEO),--video $(VIDEO)) $(ARGS)

.PHONY: help setup setup-train demo test test-training lint format lock clean

help: ## この一覧 / this list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18
	@echo '  変数 / variables: VIDEO=clip.mp4 SPEAK=ja|en OUT=dir SEED=n ARGS="--serve"'

setup: ## 準備だけ / set-up only
	@scripts/setup.sh demo

setup-train: ## 学習の準備（torch など、大きい） / set-up for training (torch and more: large)
	@scripts/setup.sh train

demo: ## 準備して、大分駅から美術館まで歩く / set up, then walk from Oita station to the museum
	@scripts/setup.sh demo
	@$(SHIRUBE) demo $(DEMO_ARGS)

test: ## 準備して、試験を走らせる / set up, then run the tests
	@scripts/setup.sh test
	@scripts/test.sh $(ARGS)

test-training: ## 学習と書き出しの試験（torch を入れます） / tests of training and export (installs torch)
	@scripts/setup.sh train
	@.venv/bin/pytest tests/training tests/unit/test_training_export.py tests/unit/test_vision_networks.py $(ARGS)

lint: ## 書き方・型・部屋の間の決まり / style, types, import contracts
	@scripts/setup.sh test
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

format: ## 書き方を直す / rewrite in the agreed style
	@scripts/setup.sh test
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

lock: ## 版を固定し直す / pin today's versions in constraints.txt
	@scripts/setup.sh test
	.venv/bin/python scripts/lock.py

clean: ## 作ったものを消す / delete what was made
	rm -rf out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
