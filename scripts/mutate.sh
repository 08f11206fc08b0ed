#!/usr/bin/env bash
# Has real workers read mutants of every format, made of the samples and of the
# corpus beside the repository where it is there: truncated, noisy, with blocks
# copied, with claims that cannot be, spliced.
#   mutate.sh [N, default 10000] [format…]
# MUTATE_SEED (1) tells one set of mutants from another: the same seed makes the
# same. MUTATE_KEEP names a folder for those that a worker was lost over.
# Prints a row a format, and fails where any worker was lost.
set -euo pipefail
cd "$(dirname "$0")/.."
n=${1:-10000}
[ $# -gt 0 ] && shift
MUTATE_N=$n MUTATE_FORMATS="$*" go test ./engine -count=1 -timeout 0 -run '^TestMutated$' -v | grep -E '^(\||---|FAIL|ok| +mutate_test)'
