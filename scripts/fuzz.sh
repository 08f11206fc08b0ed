#!/usr/bin/env bash
# Fuzzes everything that reads hostile bytes, one target after the other:
# fuzz.sh [TIME each, default 60s].
set -euo pipefail
cd "$(dirname "$0")/.."
each=${1:-60s}
for pkg in $(go list ./...); do
	dir=${pkg#github.com/klarlagt/klarlagt}
	[ -n "$dir" ] || continue
	for target in $(grep -hoE '^func Fuzz[A-Za-z0-9_]+' ".$dir"/*_test.go 2>/dev/null | cut -c6- | sort -u); do
		echo "== $pkg $target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$each" "$pkg" | tail -1
	done
done
