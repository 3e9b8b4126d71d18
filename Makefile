# What CI runs is `make check`. Tools are pinned here and not in go.mod, so that
# the library's dependencies are its own.
GOFUMPT     := go run mvdan.cc/gofumpt@v0.12.0
STATICCHECK := go run honnef.co/go/tools/cmd/staticcheck@v0.8.2
LINT        := go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

# The root module and every nested one, as folders.
MODULES := $(sort $(patsubst %/,%,$(dir $(shell find . -name go.mod -not -path './.*/*'))))

# -race needs a C compiler; CI without one says so and sets RACE=.
RACE     ?= -race
# How many inputs a fuzz target tries. A count and not a time: where the time ends in the
# middle of an input, go test calls that a failure.
FUZZTIME ?= 5000x

.PHONY: check fmt vet staticcheck lint test fuzz cover

check: fmt vet staticcheck lint test fuzz

fmt:
	@unformatted=$$($(GOFUMPT) -l .) && test -z "$$unformatted" || { echo "gofumpt -w: $$unformatted"; exit 1; }

vet staticcheck lint test:
	@set -e; for m in $(MODULES); do echo "$@ $$m"; $(MAKE) --no-print-directory -C $$m -f $(CURDIR)/Makefile do-$@; done

do-vet:
	@go vet ./...
do-staticcheck:
	@$(STATICCHECK) ./...
do-lint:
	@$(LINT) run --config $(dir $(lastword $(MAKEFILE_LIST))).golangci.yml ./...
do-test:
	@go test $(RACE) ./...

# Every fuzz target of every package, FUZZTIME each.
fuzz:
	@set -e; for m in $(MODULES); do (cd $$m && for p in $$(go list ./...); do \
		for f in $$(go test -list '^Fuzz' $$p | grep '^Fuzz' || true); do \
			echo "fuzz $$p $$f"; \
			go test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1x $$p; \
		done; done); done

cover:
	go test -coverprofile=coverage.out ./... && go tool cover -func=coverage.out | tail -1
