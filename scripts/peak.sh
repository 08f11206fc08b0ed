#!/usr/bin/env bash
# peak.sh COMMAND...: runs a command and prints, as its last line on standard
# error, the seconds it took and the largest memory that it and its workers
# held together at one moment. Shared pages count once (PSS, Linux).
set -u
"$@" &
pid=$!
peak=0
start=$(date +%s.%N)
tree() { local p; for p in "$@"; do echo "$p"; tree $(pgrep -P "$p" || true); done; }
while kill -0 "$pid" 2>/dev/null; do
	kb=0
	for p in $(tree "$pid"); do
		v=$(awk '/^Pss:/ {print $2; exit}' "/proc/$p/smaps_rollup" 2>/dev/null || true)
		kb=$((kb + ${v:-0}))
	done
	[ "$kb" -gt "$peak" ] && peak=$kb
	sleep 0.1
done
wait "$pid"
status=$?
end=$(date +%s.%N)
awk -v k="$peak" -v a="$start" -v b="$end" 'BEGIN {printf "seconds %.2f peak_mb %.1f\n", b - a, k * 1024 / 1e6}' >&2
exit $status
