# make demo | make test | make measure | make check | make docs | make dist. Each makes .venv first, and again only when pyproject.toml changes.
PYTHON ?= python3
VENV := .venv
# Programs start Python often: what it compiles is kept, whatever the environment says.
RUN := PYTHONDONTWRITEBYTECODE= PATH="$(CURDIR)/$(VENV)/bin:$$PATH"
# Several tests at a time: the threads of linear algebra would take processor time to wait for each other.
TESTS := OMP_NUM_THREADS=1 pytest --dist=loadfile --no-loadscope-reorder
# npm brings the report's JavaScript; where the system has none, a Python package does.
NODE := $(if $(shell command -v npm 2>/dev/null),,node)

.DEFAULT_GOAL := help
.PHONY: help demo test measure check docs dist format clean

help:
	@echo "make demo    dock the demo panel (16 pairs, and 48 with controls) and write results/report.html"
	@echo "make test    run the tests, but for those that measure"
	@echo "make measure run the tests that measure or run a whole thing: accuracy, the wheel, the commands of docs, SLURM, faults"
	@echo "make check   style, types, workflow lint"
	@echo "make docs    make the documentation as a site, in build/docs"
	@echo "make dist    sdist and wheel, looked over, in dist/"
	@echo "make format  put the code into the house style"

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "crossdock needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version). Try: make PYTHON=python3.12"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed: pyproject.toml | $(VENV)/.made
	@echo "Installing crossdock and what it needs into $(VENV), about a minute ..."
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable ".$(if $(NODE),[$(NODE)])"
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(VENV)/.made
	@echo "Installing crossdock and what it needs into $(VENV), about a minute ..."
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable ".[dev$(if $(NODE),$(comma)$(NODE))]"
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-docs: pyproject.toml | $(VENV)/.made
	@echo "Installing crossdock and what its documentation needs into $(VENV), about a minute ..."
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable ".[docs$(if $(NODE),$(comma)$(NODE))]"
	@touch $@ $(VENV)/.installed

comma := ,

demo: $(VENV)/.installed
	@$(RUN) snakemake --configfile config/panels/demo.yaml
	@echo "Open results/report.html in a browser."

test: $(VENV)/.installed-dev
	@$(RUN) $(TESTS) --numprocesses=2 -m "not measurement" $(PYTEST_OPTIONS)

# Many of these wait for servers, clusters and browsers: three at a time keep two cores busy.
measure: $(VENV)/.installed-dev
	@$(RUN) $(TESTS) --numprocesses=3 -m measurement $(PYTEST_OPTIONS)

check: $(VENV)/.installed-dev
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) snakefmt --check workflow examples Snakefile
	@$(RUN) mypy
	@$(RUN) snakemake --lint
	@$(RUN) check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@$(RUN) check-jsonschema --quiet --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/*.yml
	@$(RUN) check-jsonschema --quiet --builtin-schema vendor.citation-file-format CITATION.cff

# sdist and wheel as for a release. The wheel and all that it needs go into an environment of their own, which plans the demo; that
# such a wheel makes a page without npm is for tests/test_wheel.py.
dist: $(VENV)/.installed-dev
	rm -rf dist
	$(RUN) python -m build
	$(RUN) twine check --strict dist/*
	$(RUN) check-wheel-contents dist/*.whl
	env=$$(mktemp -d) && trap 'rm -rf "$$env"' EXIT && $(VENV)/bin/python -m venv "$$env" && \
	  "$$env/bin/python" -m pip install --quiet --disable-pip-version-check dist/*.whl && \
	  cd "$$env" && bin/crossdock run "$(CURDIR)/config/panels/demo.yaml" -n --quiet

docs: $(VENV)/.installed-docs
	@$(RUN) sphinx-build --quiet --fresh-env --nitpicky --fail-on-warning --keep-going docs build/docs
	@echo "Open build/docs/index.html in a browser."

format: $(VENV)/.installed-dev
	@$(RUN) ruff check --fix .
	@$(RUN) ruff format .
	@$(RUN) snakefmt workflow examples Snakefile

clean:
	rm -rf .snakemake resources results/proteins results/pairs results/batches results/matrix results/network results/logs results/benchmarks \
	  results/*.json results/*.csv results/*.html
