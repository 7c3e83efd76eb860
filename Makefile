# Two commands matter: `make demo` and `make test`. Both set everything up first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := .demo
FILM := $(DEMO)/telecine-demo.mp4

.PHONY: setup demo test lint clean

setup: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	touch $@

# What only the tests need: Python packages, then a browser and players for it.
$(VENV)/.test-installed: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

demo: setup $(if $(MASTER),,$(FILM))
	$(BIN)/telecine encode -o $(DEMO)/site --codec h264,av1 -- "$(or $(MASTER),$(FILM))"
	@echo
	@echo "Watch it:  $(BIN)/telecine serve -o $(DEMO)/site"

$(FILM): | setup
	mkdir -p $(DEMO)
	$(BIN)/python samples/make_master.py $@ --size 1280x720 --rate 24 --seconds 60

lint: $(VENV)/.test-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Two at a time: much of it is waiting, for players above all. A file stays whole, for its fixtures; players
# and whole sites come first, so that no long file is left alone at the end.
test: lint
	./tests/install-tools
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

clean:
	rm -rf $(VENV) $(DEMO) .test-tools build *.egg-info
