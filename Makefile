# Thin on purpose: each target calls one script, and the logic is there.
#   make setup [PYTHON=python3.12] [VENV=.venv-py311]
#   make demo [BLUEPRINT=mobile] [KEEP=1]
#   make test [ONLY="lint pytest"] [ALL=1]
VENV ?= .venv
PYTHON ?=
export VENV PYTHON KEEP ALL BLUEPRINT

.PHONY: setup demo test lint bench image-test docs clean
.DEFAULT_GOAL := setup

setup:
	@tools/setup

demo: setup
	@$(VENV)/bin/python tools/demo

test: setup
	@$(VENV)/bin/python tools/test $(ONLY)

lint: setup
	@$(VENV)/bin/python tools/test lint

bench: setup
	@$(VENV)/bin/python tools/bench

image-test: setup
	@$(VENV)/bin/python tools/image-test

docs: setup
	@$(VENV)/bin/python tools/docs

clean:
	@tools/clean
