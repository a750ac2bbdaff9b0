# Every command of the project. Works from any folder: `make -C path run`, `make -f path/Makefile run`.
# PYTHON=/path/to/python3 chooses the interpreter; ARGS="-k history" goes to pytest.

ROOT := $(shell cd "$$(dirname '$(strip $(MAKEFILE_LIST))')" && pwd)
VENV := sh imagestudio/embedded/venv.sh
PY := .venv/bin/python
COMPILE := $(PY) -m uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"
export PYTHON

.PHONY: bench-history seed-history help run test check format lock messages screens faults faults-sabotage soak

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' '$(ROOT)/Makefile' | expand -t 18

run: ## start the whole studio on this machine; Ctrl-C ends it
	@cd '$(ROOT)' && $(VENV) run && exec $(PY) -m imagestudio.embedded

test: ## every test, on PostgreSQL and then on SQLite, in a real browser
	@cd '$(ROOT)' && $(VENV) test && sh tests/tools/system_packages.sh && exec $(PY) -m tests.tools.run_tests $(ARGS)

check: ## formatting, lint, types, import rules, templates, migrations, translations, deployment
	@cd '$(ROOT)' && $(VENV) test && sh tests/tools/system_packages.sh && exec $(PY) -m tests.tools.run_checks

format: ## put the code in its one form
	@cd '$(ROOT)' && $(VENV) test && $(PY) -m ruff check --fix-only --quiet . && exec $(PY) -m ruff format .

lock: ## choose and pin the newest allowed versions of every dependency
	@cd '$(ROOT)' && $(VENV) test && $(PY) -m pip install --quiet --disable-pip-version-check uv \
	&& $(COMPILE) --upgrade --output-file requirements/run.txt \
	&& $(COMPILE) --constraint requirements/run.txt --group test --output-file requirements/test.txt

messages: ## collect the words of the pages into locale/, for translation (needs gettext)
	@cd '$(ROOT)' && $(VENV) test && exec $(PY) -m tests.tools.messages

screens: ## take the pictures of docs/screens anew
	@cd '$(ROOT)' && $(VENV) test && sh tests/tools/system_packages.sh && exec $(PY) -m tests.tools.screens

faults: ## break real workers on purpose and show the table; CASES=3,7 DATABASE=sqlite choose
	@cd '$(ROOT)' && $(VENV) test && sh tests/tools/system_packages.sh && exec $(PY) -m tests.faults \
	$(if $(CASES),--cases $(CASES)) $(if $(DATABASE),--database $(DATABASE))

faults-sabotage: ## take the engine's safeguards away, one at a time: a test must fail for each
	@cd '$(ROOT)' && $(VENV) test && exec $(PY) -m tests.faults.sabotage

soak: ## chaos from a seed, counted afterwards; SECONDS=600 SEED=7 DATABASE=sqlite EVERY=0.2 choose
	@cd '$(ROOT)' && $(VENV) test && sh tests/tools/system_packages.sh && exec $(PY) -m tests.faults.soak \
	--seconds $(or $(SECONDS),600) $(if $(SEED),--seed $(SEED)) $(if $(DATABASE),--database $(DATABASE)) \
	$(if $(EVERY),--every $(EVERY))

seed-history: ## fill the studio's database with a made-up history; ROWS=1000000; DATABASE_URL chooses it
	@cd '$(ROOT)' && $(VENV) test && exec $(PY) -m tests.bench.seed --rows $(or $(ROWS),1000000)

bench-history: ## what finding costs among ROWS=1000000 generations, in a PostgreSQL of its own; KEEP=folder keeps it
	@cd '$(ROOT)' && $(VENV) test && exec $(PY) -m tests.bench.history --rows $(or $(ROWS),1000000) \
	$(if $(KEEP),--keep '$(KEEP)')
