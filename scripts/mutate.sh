#!/usr/bin/env bash
# Has real workers read mutants of every format, made of the samples and of the
# corpus beside the repository where it is there: truncated, noisy, with blocks
# copied, with claims that cannot be, spliced.
#   mutate.sh [N, default 10000] [format…]
# MUTATE_SEED (1) tells one set of mutants from another: the same seed makes the
# same. MUTATE_KEEP names a folder for those that a worker was lost over.
# Prints a row a format, and fails where any worker was lost. A run that was
# interrupted goes on where it stopped, unless the readers have changed since.
set -euo pipefail
cd "$(dirname "$0")/.."
n=${1:-10000}
[ $# -gt 0 ] && shift
mkdir -p build/mutate
go test -c -o build/mutate/engine.test ./engine
version=$(sha256sum build/mutate/engine.test | cut -c1-12)
program=$PWD/build/mutate/$version.test
mkdir -p "build/mutate/$version"
mv build/mutate/engine.test "$program" # a later build does not replace what runs
cd engine
MUTATE_N=$n MUTATE_FORMATS="$*" MUTATE_STATE="../build/mutate/$version" \
	"$program" -test.count=1 -test.timeout=0 -test.run='^TestMutated$' -test.v | grep -E '^(\||---|FAIL|PASS| +mutate_test)'
