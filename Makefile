# Causeway. Each verb is one script; `make help` reads the comments behind the double hash.
.PHONY: help build test demo run bench quality soak fuzz format check peers docs docker clean
.DEFAULT_GOAL := help

help:    ## print this list
	@sed -n 's/^\([a-z]*\): *## */  make \1\t/p' Makefile | expand -t 18

build:   ## the release binary, in .build/release/causeway
	@scripts/build

test:    ## everything from a fresh machine: packages, build, all tests
	@scripts/test

demo:    ## a real ultrasound study to a PACS behind TLS, start to end, on loopback
	@scripts/demo

run:     ## the server in the foreground with its embedded database, data in ./var
	@scripts/run

bench:   ## measured against peers, one table (ROUNDS=5, PARTS="cstore http")
	@Benchmarks/run

quality: ## size and quality of real samples at every level, into docs/compression.md
	@scripts/quality

soak:    ## memory and descriptors while forwarding for a while (SOAK_SECONDS=600)
	@scripts/soak

fuzz:    ## random bytes against every listener, damaged objects through every codec (FUZZ_ROUNDS=500, FUZZ_SEED=1)
	@scripts/fuzz

format:  ## rewrite Sources and Tests in the house format
	@scripts/format

check:   ## format, shell syntax, house rules, openapi: what a reviewer need not look at
	@scripts/check

peers:   ## storescp, storescp with TLS and Orthanc on loopback, to try things with
	@scripts/peers

docs:    ## documentation pages of the three libraries, in .build/docs
	@scripts/docs

docker:  ## the container image, tagged causeway
	@scripts/docker

clean:   ## remove what builds made (never data)
	@scripts/clean
