#!/usr/bin/env bash
# Speed and memory, as ratios in one run:
#   1. the whole road on made-up shares of FILES (5,000) and 4 x FILES files:
#      files/s, MB/s, and the memory of the program and its workers together;
#      beside them sha256sum over the same files, the least that any reading of
#      evidence costs;
#   2. the scan of text alone, one core, beside a loop over a table of bytes and
#      the standard library's regexp with eight rules;
#   3. reading of files, beside the tools that others read with: bench-extract.sh.
# BENCH_FILES and BENCH_PEOPLE set the size.
set -euo pipefail
cd "$(dirname "$0")/.."
files=${BENCH_FILES:-5000} people=${BENCH_PEOPLE:-10000}
dir=$(mktemp -d)
export XDG_CONFIG_HOME="$dir/config" # where the master key is made
trap 'rm -rf "$dir"' EXIT

echo "machine: $(nproc) cores, $(grep -m1 'model name' /proc/cpuinfo 2>/dev/null | cut -d: -f2- | sed 's/^ //'), $(go version | cut -d' ' -f3)"
printf '\n%-10s %10s %10s %8s %8s %12s %12s\n' files MB seconds files/s MB/s 'x sha256sum' 'memory MB'
for n in "$files" $((files * 4)); do
	share="$dir/$n"
	./build/klarlagt demo --make-only --into "$share" --people "$people" --files "$n" --seed 90 -q
	# sha256sum reads every byte once, as a scan has to: the floor.
	begin=$(date +%s.%N)
	find "$share/evidence" -type f -print0 | xargs -0 sha256sum >/dev/null
	floor=$(awk -v a="$begin" -v b="$(date +%s.%N)" 'BEGIN {print b - a}')
	registers=()
	for r in "$share"/registers/*; do registers+=(--register "$r"); done
	export KLARLAGT_DATA="$share/data"
	mkdir "$share/nothing"
	./build/klarlagt scan "$share/nothing" -q >/dev/null # compiles the PDF reader, once a data folder
	status=0
	line=$(scripts/peak.sh ./build/klarlagt scan "$share/evidence" "${registers[@]}" -q 2>&1 >/dev/null | tail -1) || status=$?
	[ $status -eq 0 ] || [ $status -eq 3 ] || { echo "the scan failed: $line"; exit 1; }
	bytes=$(find "$share/evidence" -type f -printf '%s\n' | awk '{s += $1} END {print s}')
	echo "$line" | awk -v n="$n" -v b="$bytes" -v f="$floor" '{printf "%-10d %10.1f %10.1f %8.0f %8.2f %12.1f %12.0f\n", n, b / 1e6, $2, n / $2, b / 1e6 / $2, $2 / f, $4}'
	rm -rf "$share"
done
echo "limit: 300 MB and 100 bytes for each of about $people register people"

echo
echo "text alone, one core, the same texts in one run (MB/s):"
go test ./detect -run '^$' -bench 'Scan|Floor|Regexp' -benchtime 2s | grep -E '^Benchmark' |
	awk '{name = $1; sub(/^Benchmark/, "", name); sub(/-[0-9]+$/, "", name); gsub("_", " ", name)
		for (i = 2; i <= NF; i++) if ($(i) == "MB/s") printf "  %-48s %10.1f\n", name, $(i - 1)}'

echo
echo "reading, beside other tools:"
scripts/bench-extract.sh
