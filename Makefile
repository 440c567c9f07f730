# `make help` prints this list from the lines that carry a comment.
PY := .venv/bin/python
TEXTS := web/translations
.PHONY: help setup run demo backup worker calendar test fast lint types arch check migration pins texts bench first-page soak bench-peers

help:            ## this list
	@grep -hE '^[a-z-]+: .*##|^[a-z-]+:  +##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 16
	@echo; echo "restore, archive, migrate, pictures and all options: $(PY) app.py --help"
setup:           ## virtual environment, pinned packages, browser assets
	@./run --setup-only --dev
run:             ## the application with data
	@./run
demo: setup      ## plays every scenario through the pages and prints what happened
	@$(PY) app.py demo
worker: setup    ## works off what is due, on one PostgreSQL (JINSHUI_DATABASE)
	@$(PY) app.py worker
backup: setup    ## database and key into a new folder, while the system runs: make backup TO=DIR
	@$(PY) app.py backup "$(or $(TO),$(error make backup TO=DIR))"
calendar: setup  ## loads the holiday notice of a year: make calendar FILE=notice.json
	@$(PY) app.py calendar "$(or $(FILE),$(error make calendar FILE=notice.json))"
test:            ## everything that can fail
	@./test
fast: setup      ## unit tests only, in seconds
	@$(PY) -m pytest tests/unit
lint: setup      ## ruff
	@.venv/bin/ruff check .
types: setup     ## mypy, strict
	@.venv/bin/mypy
arch: setup      ## the strata (import-linter)
	@.venv/bin/lint-imports
check: setup     ## all procedure folders: gate, forms, handlers, scenarios, papers
	@$(PY) app.py check
migration: setup ## a new migration from the difference of tables and database: make migration M="what changes"
	@$(PY) app.py migrate --revision "$(M)"
pins: setup      ## the versions of all packages, written to constraints.txt
	@sed -n 1p constraints.txt >constraints.new && .venv/bin/pip freeze >>constraints.new && mv constraints.new constraints.txt
texts: setup     ## collects the texts of the pages and adds new ones to the English catalogue
	@.venv/bin/pybabel -q extract --no-location --sort-output -k _l -k lazy_gettext -F web/translations/babel.cfg -o $(TEXTS)/messages.pot . && .venv/bin/pybabel -q update -N --ignore-pot-creation-date -i $(TEXTS)/messages.pot -d $(TEXTS)
bench: setup     ## the figures of bench/, written to bench/results/
	@$(PY) app.py bench
first-page: setup ## a fresh clone until its first page, packages from the network: figures to bench/results/
	@$(PY) app.py bench first_page
soak: setup      ## long runs: random kills, storms of claims, random walks, edits of evidence; figures to bench/results/
	@$(PY) -m bench.soak
bench-peers: setup ## our engine beside Camunda 7 and Flowable; make bench-peers QUICK=1: fewer and shorter rounds
	@$(PY) -m bench.beside $(if $(QUICK),--quick)
