# The two commands of the README are `demo` and `test`; both set everything up first.
.PHONY: bench demo test test-llm test-ray lint types build setup lock screenshots clean

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

demo: $(READY)
	@$(BIN)/paperboy demo --dir build/demo

test: $(READY)
	@scripts/browser || true
	@$(BIN)/pytest -n auto --dist loadfile

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(READY)
	@$(BIN)/mypy

# This repository's own site.
build: $(READY)
	@$(BIN)/mkdocs build

# The same pages with paperboy and with plain MkDocs, side by side.
bench: $(READY)
	@$(BIN)/python benchmarks/archive.py
	@$(BIN)/python benchmarks/search.py
	@$(BIN)/python benchmarks/translate.py
	@$(BIN)/python benchmarks/formulas.py 10
	@$(BIN)/python benchmarks/kill.py
	@$(BIN)/python benchmarks/kill_batch.py

# 20 real abstracts through a real small model; 10 to 15 minutes, and 1.1 GB to fetch the first time.
test-llm: $(READY)
	@$(BIN)/python tests/llm/run.py

# A local Ray with two workers against a local model server; installs Ray, 500 MB, the first time.
test-ray: $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'ray[data]>=2.51'
	@$(BIN)/pytest tests/test_cluster.py

# Pictures of each kind of page of the demo site, in build/screenshots.
screenshots: demo
	@scripts/browser
	@$(BIN)/python scripts/screenshots.py build/demo/site build/screenshots

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "paperboy needs Python 3.11 or newer; name one with: make PYTHON=python3.11 ..." >&2; exit 1; }
	@$(PYTHON) -m venv .venv || \
		{ echo "No virtual environment could be made; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

# Resolve the dependencies anew, for every Python and platform, with hashes.
lock: $(READY)
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate --upgrade --extra site --group dev --output-file requirements.lock pyproject.toml

clean:
	@rm -rf .venv build site
