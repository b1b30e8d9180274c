# Everything runs in a virtual environment of its own, made on first use from nothing but Python 3.11 or newer.
# PYTHON=/path/to/python chooses the interpreter, LAB_ARGS and BENCH_ARGS are passed on.

VENV := .venv
BIN := $(VENV)/bin
EDITABLE := $(BIN)/python -m pip install -qq --no-compile --disable-pip-version-check --no-input --constraint $(VENV)/pins.txt
# On every processor, where pip takes one; what does not compile says so when it is imported. Nobody imports the tests of others.
COMPILE := $(BIN)/python -m compileall -qq -j 0 -x '/tests?/' $(VENV)/lib || true
NOTEBOOK := notebooks/00-tour.ipynb
# Packages that only one journey of the browser has, so that nothing else notices them.
BESIDE := collaboration notebook
QUIET := $(VENV)/etc/jupyter/labconfig/page_config.json
# Every gate: the longest first, and last the one that keeps both cores busy alone; the table in CONTRIBUTING.md has the same.
GATES := unit behaviour browser project store robustness lint conformance wheel-test security
TOGETHER := $(if $(filter output-sync,$(.FEATURES)),--jobs=4 --output-sync=target)
# The gates that are nothing but tests, and what each runs.
TESTS := unit store project behaviour robustness
unit.tests = tests/unit --ignore=$(store.tests) --ignore-glob='$(project.tests)'
store.tests := tests/unit/store
project.tests := tests/unit/test_*.py
behaviour.tests := tests/clients tests/kernel tests/behaviour
robustness.tests := tests/sweep tests/real tests/fuzz tests/chaos
PORTABLE := tests/kernel tests/behaviour tests/unit/sandbox tests/unit/extension tests/unit/notebook
# Processes, each of which takes whole modules: the tests wait more than they compute. Beside other gates two do,
# since each collects all that there is.
PROCESSES := 3
SPREAD = --numprocesses $(PROCESSES) --dist loadfile --no-loadscope-reorder
PYTEST := $(BIN)/python -m pytest -q

# Containers often have this. The tests start hundreds of processes of Python, and each would compile all that it imports anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help test quick $(GATES) attacks chaos pauses sweep fuzz lowest portable arm64 lab site bench screenshots clean
.DELETE_ON_ERROR:

help:
	@echo "make test         set up and run every gate once: $(GATES)"
	@echo "make quick        lint, types and the quick tests of the modules"
	@echo "make lab          set up and open JupyterLab on the tour"
	@echo "make site         write the executed course, the reference and the pages of docs as a site"
	@echo "make bench        print the table of benchmarks"
	@echo "make screenshots  take the pictures in notebooks/images anew"
	@echo "make attacks      run every attack, also those of which 'make security' has one of the kind"
	@echo "make chaos        interrupt, cancel and close ROUNDS times (100), and load 2000 times, beside two busy processes"
	@echo "make pauses       run the tests with pauses wherever a thread hands something to another, by SEED (1)"
	@echo "make sweep        look for work on text that grows faster than the text"
	@echo "make fuzz         try EXAMPLES (20000) generated texts, programs and queries of each kind"
	@echo "make lowest       run what depends on them with every dependency at its lower bound"
	@echo "make portable     run the tests of extensions with portable isolates, as on other systems than Linux"
	@echo "make arm64        try the confinement on aarch64, in an emulated machine"
	@echo "make clean        remove what the above made"

# Every gate, four at a time where make can keep what they print apart: they wait more than they compute. All are run, also after a failure.
# Whatever the longest needs is there before, or they would begin last.
test: $(VENV)/.test $(BESIDE:%=$(VENV)/beside/%)
	@$(MAKE) --no-print-directory --keep-going $(TOGETHER) $(if $(TOGETHER),PROCESSES=2) $(GATES)
	@$(BIN)/python -m tests.requirements

quick: lint
	$(PYTEST) $(SPREAD) tests/unit -m "not slow"

lint: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

$(TESTS): $(VENV)/.test
	$(PYTEST) $(SPREAD) -rs $($@.tests)

# What runs the recordings or the attacks, and the tests of that.
security.options := --short
conformance security: $(VENV)/.test
	$(BIN)/python -m tests.$@ $($@.options)
	$(PYTEST) $(SPREAD) -rs tests/$@

# A browser test leaves an event loop running in its process, so these have one of their own.
browser: $(VENV)/.test $(BESIDE:%=$(VENV)/beside/%)
	$(PYTEST) -rs tests/browser

attacks: $(VENV)/.test
	$(BIN)/python -m tests.security

chaos: $(VENV)/.test
	$(BIN)/python -m tests.chaos $(or $(ROUNDS),100)

pauses: $(VENV)/.test
	SCOPEBOX_PAUSES=$(or $(SEED),1) $(PYTEST) $(SPREAD) -p tests.pauses tests/unit $(behaviour.tests) tests/chaos tests/real

sweep: $(VENV)/.test
	$(BIN)/python -m tests.sweep

fuzz: $(VENV)/.test
	SCOPEBOX_FUZZ=$(or $(EXAMPLES),20000) $(PYTEST) tests/fuzz tests/unit/guest/python/test_properties.py

lowest: $(VENV)/.test
	$(BIN)/python -m tests.lowest

portable: $(VENV)/.test
	$(PYTEST) $(SPREAD) -rs --portable $(PORTABLE)

arm64: $(VENV)/.test
	$(BIN)/python -m tests.arm64

wheel-test: $(VENV)/.test
	$(BIN)/python -m tests.wheel

lab: $(VENV)/.lab $(QUIET)
	$(BIN)/jupyter lab --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/$(NOTEBOOK) \
		$(if $(filter 0,$(shell id -u)),--allow-root) \
		$(if $(DISPLAY)$(WAYLAND_DISPLAY)$(filter Darwin,$(shell uname -s)),,--no-browser) $(LAB_ARGS)

site: $(VENV)/.test
	$(BIN)/python -m tests.website

bench: $(VENV)/.test
	@$(BIN)/python -m benchmarks $(BENCH_ARGS)

screenshots: $(VENV)/.test
	$(BIN)/python -m tests.browser.screenshots

clean:
	rm -rf $(VENV) build dist notebooks/.progress .mypy_cache .pytest_cache .ruff_cache .hypothesis .work
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps: an environment that can open the notebooks, and one that can run the tests as well.
$(VENV)/.lab: pyproject.toml $(VENV)/pins.txt
	@echo "Installing scopebox and JupyterLab into $(VENV)"
	@$(EDITABLE) --editable '.[lab]'
	@$(COMPILE)
	@touch $@

# JupyterLab asks whoever opens it first about its news, above the notebook, and rewrites what is only opened. Binder has the same.
$(QUIET): $(shell find binder/jupyter -type f) | $(VENV)/.lab
	@mkdir -p $(VENV)/etc/jupyter
	@cp -R binder/jupyter/. $(VENV)/etc/jupyter
	@touch $@

$(VENV)/.test: pyproject.toml $(VENV)/pins.txt
	@echo "Installing scopebox and its test tools into $(VENV) (about a minute)"
	@$(EDITABLE) --editable '.[lab,test]'
	@$(COMPILE)
	@touch $(VENV)/.lab $@

$(VENV)/beside/%: tests/browser/beside/%.txt | $(VENV)/.test
	@rm -rf $@ $@.part
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-input --no-deps --target $@.part --requirement $<
	@mv $@.part $@ && touch $@

# What Binder installs is what is tested.
$(VENV)/pins.txt: binder/environment.yml $(BIN)/python
	@sed -n 's/^ *- \([A-Za-z0-9._-]*==.*\)$$/\1/p' $< > $@

$(BIN)/python:
	@for candidate in $(PYTHON) python3 python3.13 python3.12 python3.11 python3.14; do \
		if "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			exec "$$candidate" -m venv --clear $(VENV); \
		fi; \
	done; \
	echo "scopebox needs Python 3.11 or newer with its venv module (on Debian: python3 and python3-venv)." >&2; \
	echo "If it has another name here, say so: make PYTHON=/path/to/python" >&2; \
	exit 1
