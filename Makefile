# Every task of a developer's day. `make` alone lists them; each one installs .venv first when it must.

BIN := .venv/bin
# One stamp per place: a checkout that was copied with its .venv gets a new one instead of running the old code.
STAMP := .venv/.installed-$(shell pwd | cksum | cut -d' ' -f1)
# Tests bring their own servers: nothing of the user's settings reaches them.
ISOLATED = env $(foreach name,$(filter MERX_% PG% DATABASE_URL REDIS_URL,$(.VARIABLES)),-u $(name))

.DEFAULT_GOAL := help
.PHONY: help run test check bench docs opponents lock clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 9

run: $(STAMP) ## play the demo shop and keep serving it (ONCE=1: play it and end; STORY=late: a bad day)
	$(BIN)/merx demo $(foreach story,$(STORY),--story $(story)) $(if $(ONCE),,--serve)

test: $(STAMP) ## run the tests (SLOW=1: the slow ones too; ARGS=… goes to pytest)
	$(ISOLATED) $(BIN)/python -m pytest -n logical --maxprocesses 4 --dist loadfile $(if $(SLOW),,-m "not slow") $(ARGS)

check: $(STAMP) ## format, lint, types, house rules, generated docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(ISOLATED) $(BIN)/python -m pytest -q tests/test_house.py tests/test_docs.py
	$(BIN)/merx docs --check

bench: $(STAMP) ## measure orders per second beside raw SQL
	$(ISOLATED) $(BIN)/python -m benchmarks.orders

docs: $(STAMP) ## write the generated pages of docs/ anew
	$(BIN)/merx docs

opponents: $(STAMP) ## let the official client of Alipay (439 MB) drive our simulator, in an environment of its own
	test -e build/opponents/alipay-sdk-python/ready || { \
	  $(BIN)/python -m venv --clear build/opponents/alipay-sdk-python && \
	  build/opponents/alipay-sdk-python/bin/python -m pip install -q alipay-sdk-python==3.7.1411 && \
	  touch build/opponents/alipay-sdk-python/ready; }
	$(ISOLATED) $(BIN)/python -m pytest tests/plugins/alipay/test_official_sdk.py tests/plugins/alipay/test_sdk.py

lock: ## renew requirements.lock from setup.cfg, with the oldest Python we support
	python3.11 -m venv --clear build/lock
	build/lock/bin/python -m pip install -q -U pip
	build/lock/bin/python -m pip install -q -U setuptools async-timeout -e ".[test,check]"
	{ sed '/^#/!d' requirements.lock; \
	  build/lock/bin/python -m pip freeze --all --exclude-editable --exclude pip \
	  | sed 's/^async-timeout==.*/& ; python_full_version < "3.11.3"/'; } > build/lock/new
	mv build/lock/new requirements.lock
	rm -rf build/lock

clean: ## remove .venv and everything built or cached (var/, your data, stays)
	rm -rf .venv build dist *.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache .schemathesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The first Python here that is new enough; pyenv's names exist without running, so each is tried.
find_python = for name in python3 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && exit; done

$(STAMP): requirements.lock setup.cfg pyproject.toml
	@python=$$($(find_python)); \
	if [ -z "$$python" ]; then \
	  echo "Merx needs Python 3.11 or newer, and found none as python3, python3.13, python3.12 or python3.11."; \
	  echo "Install one (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python) and make again."; \
	  exit 1; fi; \
	if [ ! -f $(STAMP) ] && ! $$python -m venv --clear .venv; then \
	  echo "$$python cannot make a virtual environment: its part 'venv' or 'ensurepip' is missing."; \
	  echo "Debian, Ubuntu: apt install $$($$python -c 'import sys; print("python3.%d-venv" % sys.version_info[1])'), and make again."; \
	  rm -rf .venv; exit 1; fi
	$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
