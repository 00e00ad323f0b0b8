# demo | test | check | bench | race | docs: nothing else to remember.

PY := .venv/bin/python
MAKEFLAGS += --no-print-directory
.NOTPARALLEL:
.PHONY: demo test check bench race docs install assets lock clean browser format

demo: install assets ## a plant to look at; HEADLESS=1 opens no browser
	@.venv/bin/chargehand demo $(if $(filter-out 0,$(HEADLESS)),--headless)

test: install assets browser check ## everything, and pytest last; ARGS="-k stock" narrows it
	@$(PY) -m pytest -n auto --maxprocesses 4 --dist worksteal $(ARGS)

check: install ## format, lint, types, import contracts
	@.venv/bin/ruff format --check --quiet . || { echo 'run: make format' >&2; exit 1; }
	@.venv/bin/ruff check --quiet .
	@$(PY) -m mypy --no-error-summary
	@.venv/bin/lint-imports --no-logo

format: install ## put the code in the one format
	@.venv/bin/ruff check --quiet --fix-only .
	@.venv/bin/ruff format --quiet .

bench: install ## every figure of bench/, or ONLY=name
	@sh tools/install.sh bench
	@for file in $(or $(ONLY:%=bench/%.py),$(filter-out bench/_% bench/race.py,$(wildcard bench/*.py))); do \
		echo "== $$file"; $(PY) "$$file" || exit 1; done

race: install ## 64 writers, kills, both engines, Tryton beside; QUICK=1: 10 s, no peer
	@$(PY) bench/race.py

docs: install ## make the reference again, and run the examples of the guides
	@$(PY) tools/reference.py
	@$(PY) -m pytest --doctest-glob='*.md' $(wildcard README.md CONTRIBUTING.md docs) || test $$? = 5

install: ## .venv as the lock files say
	@sh tools/install.sh

assets: install ## browser files from the npm registry
	@$(PY) tools/assets.py

browser:
	@sh tools/browser.sh

lock: install ## compile the lock files again; UPGRADE=1 moves versions
	@sh tools/lock.sh
	@$(PY) tools/assets.py --lock

clean: ## forget all that make has made
	@rm -rf .venv .venv.lock .venv.lock.d node_modules dist site .mypy_cache .pytest_cache \
		.ruff_cache .import_linter_cache src/chargehand/web/static/vendor tests/browser/vendor
