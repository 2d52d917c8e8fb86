# The verbs of this project; .ci/run uses the same. `make PYTHON=python3.12 setup` chooses the interpreter.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.stamp

.PHONY: setup system run test proof check bench firmware

# Quick when current: the stamp is younger than the lock file and the project file.
setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=...")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

# What PyPI does not have: the broker, a browser for the page tests, Chinese letters for its pictures, a
# PostgreSQL for HQ's tests, which start a server of their own, and what a guests' network is made of.
PACKAGES := curl mosquitto chromium fonts-noto-cjk postgresql python3-venv \
	nftables dnsmasq-base nginx-light udhcpc iproute2 conntrack

# RUNLEVEL=1: nothing that is installed is started.
system:
	@test "$$(id -u)" = 0 || { echo "make system installs Debian packages: run it as root (sudo make system)"; exit 1; }
	apt-get update -q
	RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $(PACKAGES)

run: setup
	@$(BIN)/shopbell run $(if $(filter 1,$(RESET)),--reset)

test: setup
	$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder -m "not long" --ignore tests/proof --ignore tests/lab

proof: setup
	$(BIN)/python -m pytest -rP tests/proof tests/lab
	$(BIN)/python -m pytest -rP -m long tests/firmware tests/system

check: setup
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pyright

bench: setup
	$(BIN)/python -m hardware_tests.figures

# Each board's bundle: compiled, listed with sizes, within the memory budget.
firmware: setup
	for pair in terminal:esp32_devkit terminal:pico_w beacon:esp32_beacon tag:esp32_tag; do \
		$(BIN)/python -m firmware.bundle --app $${pair%:*} --board $${pair#*:} --out build/firmware/$${pair#*:} || exit 1; done
