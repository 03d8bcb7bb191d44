# Everything here works in a clean clone with Python >= 3.11, make and the package registries.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
MODELS := $(VENV)/.models

.PHONY: demo test check bench bench-engine bench-expr bench-scan bench-accuracy bench-stream bench-log bench-limits bench-lint bench-fmt bench-testkit clean

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[testing]' --group dev
	touch $@

# what the tests of the extra `presidio` run with: large, so neither demo nor check wait for it
$(MODELS): $(STAMP)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group presidio
	touch $@

test: $(STAMP) $(MODELS)
	$(BIN)/python -m pytest -n auto --dist worksteal

check: $(STAMP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

demo: $(STAMP)
	$(BIN)/python demo/run.py

# Figures depend on the machine: compare ratios within one run.
bench: bench-engine bench-expr bench-scan bench-accuracy bench-stream bench-log bench-limits bench-lint bench-fmt bench-testkit

bench-engine: $(STAMP)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group bench
	$(BIN)/python -m pip install --quiet --no-deps --ignore-requires-python opa-golib-python-bindings==0.4.4
	$(BIN)/python benchmarks/bench_engine.py

bench-expr: $(STAMP)
	$(BIN)/python benchmarks/bench_expr.py

bench-scan: $(STAMP)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group bench
	$(BIN)/python benchmarks/bench_scan.py

bench-accuracy: $(STAMP)
	$(BIN)/python benchmarks/accuracy.py

bench-stream: $(STAMP)
	$(BIN)/python benchmarks/bench_stream.py

bench-log: $(STAMP)
	$(BIN)/python benchmarks/bench_log.py
	$(BIN)/python benchmarks/log_growth.py

bench-limits: $(STAMP)
	$(BIN)/python benchmarks/bench_limits.py

bench-lint: $(STAMP)
	$(BIN)/python benchmarks/bench_lint.py

bench-fmt: $(STAMP)
	$(BIN)/python benchmarks/bench_fmt.py

bench-testkit: $(STAMP)
	$(BIN)/python benchmarks/bench_testkit.py
	$(BIN)/python benchmarks/bench_replay.py

clean:
	rm -rf $(VENV)
