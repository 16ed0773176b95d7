# Two commands set everything up on a machine with Python >= 3.11, git and make:
#   make demo   .venv, install, the main job end to end (DEMO_ARGS='--records DIR' takes real records)
#   make test   the same in small, then lint, types, import rules, tests, and some of them against the built wheel
# What stands is reused; `make clean` forgets it.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.NOTPARALLEL:
.DEFAULT_GOAL := demo
.PHONY: demo test begin ready-demo ready-test run-demo lint tests wheel end clean

DEMO_OUT := demo
DEMO_ARGS ?=
PYTEST_ARGS ?=
BIN := .venv/bin
WHEEL_BIN := .venv-wheel/bin
STEPS := .build/steps.txt
# Never pip into a python that is not an environment's own: a half-made .venv is made again.
IS_VENV := -c 'import sys, pip; sys.exit(sys.prefix == sys.base_prefix)' >/dev/null 2>&1
DEPENDS := pyproject.toml constraints.txt
# Modules are compiled when they are first imported, as most never are, and kept so, whatever the environment says.
unexport PYTHONDONTWRITEBYTECODE
PIP_INSTALL := -m pip --disable-pip-version-check install --no-compile $(if $(MAKE_TERMOUT),,-q) -c constraints.txt
TEST_EXTRAS := torch,dev
# One test process per core, on one thread each, taking tests from the others once it has none left.
PYTEST := -m pytest -q -n auto --dist worksteal
ON_ONE_THREAD := OMP_NUM_THREADS=1
# What tells whether the wheel is whole: every command, recipes and fonts, both ways to look.
WHEEL_TESTS := tests/test_command.py tests/synth/test_recipe.py tests/infer/networks/test_backend.py

# The first Python >= 3.11 that can make an environment; `make demo PYTHON=...` names another.
PYTHON_WORKS := -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do $$p $(PYTHON_WORKS) && echo $$p && break; done)
NO_PYTHON = ecgpaper: no Python >= 3.11 with venv found (python3 is $$(python3 -V 2>&1 || true)): \
	install one (Debian: apt install python3.11 python3.11-venv) or name one (make $(or $(MAKECMDGOALS),demo) PYTHON=/path/to/python3.12)

# $(call step,NAME,COMMAND): say it, run it, note its seconds for the summary.
define step
@mkdir -p .build; printf '\n== %s\n' '$(1)'; SECONDS=0; if ( $(2) ); then printf '%5d s  %s\n' $$SECONDS '$(1)' >> $(STEPS); \
	else printf '%5d s  %s  FAILED\n' $$SECONDS '$(1)' >> $(STEPS); printf '\n== summary\n'; cat $(STEPS); exit 1; fi
endef

demo: begin ready-demo run-demo end

test: DEMO_OUT := .build/demo
test: DEMO_ARGS := --quick
test: begin ready-test run-demo lint tests wheel end

begin:
	@mkdir -p .build && : > $(STEPS)

ready-demo: .venv/.ready-demo
ready-test: .venv/.ready-test

.venv/.ready-venv:
	@$(BIN)/python $(IS_VENV) || "$(PYTHON)" $(PYTHON_WORKS) || { echo "$(NO_PYTHON)" >&2; exit 1; }
	$(call step,make .venv,$(BIN)/python $(IS_VENV) || $(PYTHON) -m venv .venv)
	@touch $@

.venv/.ready-demo: $(DEPENDS) | .venv/.ready-venv
	$(call step,install ecgpaper[torch] (a minute or two the first time),$(BIN)/python $(PIP_INSTALL) -e '.[torch]')
	@touch $@

.venv/.ready-test: $(DEPENDS) | .venv/.ready-venv
	$(call step,install ecgpaper[$(TEST_EXTRAS)] (a minute or two the first time),$(BIN)/python $(PIP_INSTALL) -e '.[$(TEST_EXTRAS)]')
	@touch .venv/.ready-demo $@

run-demo: ready-demo
	$(call step,demo,$(BIN)/ecgpaper demo --out $(DEMO_OUT) $(DEMO_ARGS))

lint: ready-test
	$(call step,ruff check,$(BIN)/ruff check)
	$(call step,ruff format --check,$(BIN)/ruff format --check)
	$(call step,mypy,$(BIN)/mypy)
	$(call step,import rules,$(BIN)/lint-imports --no-logo)

tests: ready-test
	$(call step,tests,$(ON_ONE_THREAD) $(BIN)/python $(PYTEST) $(PYTEST_ARGS))

# sdist -> wheel -> an environment of its own -> tests of what is in it, from a folder where only the wheel can be imported.
wheel: ready-test
	$(call step,build sdist and wheel,rm -rf .build/dist && $(BIN)/python -m build --no-isolation --outdir .build/dist)
	$(call step,install the wheel in .venv-wheel,$(INSTALL_WHEEL))
	$(call step,tests against the wheel,$(TEST_WHEEL))

define INSTALL_WHEEL
{ $(WHEEL_BIN)/python $(IS_VENV) || $(BIN)/python -m venv .venv-wheel; } \
	&& $(WHEEL_BIN)/python -m pip uninstall -q -y ecgpaper 2>/dev/null \
	&& $(WHEEL_BIN)/python $(PIP_INSTALL) "$$(ls .build/dist/*.whl)[torch,onnx,export]" pytest pytest-xdist hypothesis
endef

# ecgpaper must be importable where torch is not, and come from the wheel.
define IMPORT_WHEEL
import sys, ecgpaper, synth, infer, train; \
assert synth.__file__.startswith(sys.prefix), synth.__file__; print("synth comes from", synth.__file__)
endef

define TEST_WHEEL
bin="$$PWD/$(WHEEL_BIN)" && away=$$(mktemp -d) && trap "rm -rf $$away" EXIT \
	&& cp -r tests pyproject.toml "$$away" && cd "$$away" && unset PYTHONPATH \
	&& "$$bin/python" -c '$(IMPORT_WHEEL)' && "$$bin/ecgpaper" recipes \
	&& $(ON_ONE_THREAD) "$$bin/python" $(PYTEST) -p no:cacheprovider -m "not slow and not bench" $(WHEEL_TESTS) $(PYTEST_ARGS)
endef

end:
	@printf '\n== summary\n'; cat $(STEPS); awk '{ s += $$1 } END { printf "%5d s  all %d steps passed\n", s, NR }' $(STEPS)

clean:
	rm -rf .venv .venv-wheel .build demo
