# Every target installs what it needs and is missing; `make help` lists them.
CARGO ?= cargo
APPS ?= ../shared/apps
ITERATIONS ?= 100
ONLY ?=
SECONDS ?= 600
# PROFILE=dev takes the build that the tests made: slower to run, nothing to wait for.
PROFILE ?= release
# Replays of each page; a full matrix takes hours on two cores.
REPLAYS ?= 100
SEEDS ?= 5
PAGES ?=
USERS ?= 1,20
CONDITION ?=

.DEFAULT_GOAL := help
.PHONY: help setup-demo setup-test setup-interop setup-fuzz demo test test-interop test-replay fuzz fuzz-build check test-apps test-seed test-record test-killed bench

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

setup-demo:
	@tools/setup.sh demo

setup-test:
	@tools/setup.sh test

demo: setup-demo ## the whole story on the built-in shop: seed, run a crowd, write a report
	$(CARGO) run --quiet --profile $(PROFILE) -- demo

test: setup-test ## all tests, against real Chromium, PostgreSQL, MariaDB and SQLite
	$(CARGO) test --workspace

# The lock file is newer than what is installed after a change of versions only.
setup-interop: setup-test
	@tools/setup.sh interop
	@if [ ! tests/interop/node_modules/.package-lock.json -nt tests/interop/package-lock.json ]; then \
	cd tests/interop && npm ci --silent && touch node_modules/.package-lock.json; fi

test-interop: setup-interop ## beside @puppeteer/replay: its conformance test, its parser, its player
	$(CARGO) test --test it interop:: -- --ignored

setup-fuzz:
	@tools/setup.sh fuzz

fuzz: setup-fuzz ## each fuzz target for SECONDS=600; findings go to fuzz/artifacts
	SECONDS_EACH=$(SECONDS) tools/fuzz.sh run

fuzz-build: setup-fuzz ## build the fuzz targets; the stable toolchain is enough
	@tools/fuzz.sh build

check: ## format, lints, docs, licences
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --quiet -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --workspace --no-deps --quiet
	@tools/check-text.sh
	@if command -v cargo-deny >/dev/null; then $(CARGO) deny --offline check bans licenses sources; \
	else echo 'licences not checked: cargo install cargo-deny'; fi

test-record: setup-test ## a person records flows in the shop and in outside applications, which replay: make test-record APPS=DIR [ONLY=NAME] [ITERATIONS=100]
	$(CARGO) build --quiet --release
	@[ -n "$(ONLY)" ] || $(CARGO) test --test it person::storefront -- --ignored --nocapture
	ITERATIONS=$(ITERATIONS) tools/test-record.sh $(APPS) $(ONLY)

test-apps: setup-test ## replay flows on outside applications: make test-apps APPS=DIR [ONLY=NAME] [ITERATIONS=100]
	$(CARGO) build --quiet --profile $(PROFILE)
	PROFILE=$(PROFILE) ITERATIONS=$(ITERATIONS) tools/test-apps.sh $(APPS) $(ONLY)

test-seed: setup-test ## fill outside applications from unedited plans and walk as a seeded user: make test-seed APPS=DIR [ONLY=NAME]
	$(CARGO) build --quiet --release
	tools/test-seed.sh $(APPS) $(ONLY)

test-replay: setup-test ## replay every page of fixtures/pages/trouble: make test-replay [REPLAYS=100] [SEEDS=5] [PAGES=08,14] [USERS=1,20] [CONDITION=fast]
	SEEDS=$(SEEDS) PAGES=$(PAGES) $(CARGO) test --test it trouble::matrix::mutated -- --ignored --nocapture
	REPLAYS=$(REPLAYS) PAGES=$(PAGES) USERS=$(USERS) CONDITION="$(CONDITION)" $(CARGO) test --test it trouble::matrix::unmutated -- --ignored --nocapture

test-killed: setup-test ## kill -9 seeding at 20 random points per database: it is the old one or the new one
	$(CARGO) test --test it seed::killed:: -- --ignored --nocapture

bench: setup-test ## seeding beside a raw bulk load; the driver's CPU beside Chromium's
	$(CARGO) bench --bench seed
	$(CARGO) bench --bench iteration
