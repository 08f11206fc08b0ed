#!/usr/bin/env bash
# Notices of BENCH_NOTICES people (300,000) on two cores: rendered from one
# record each, read back, looked through for anybody else, hashed and frozen
# under one root. Prints the time, the letters' size, the memory of the index of
# everybody's identifiers, and what the freezing itself still holds at the end.
# Then the same as the command does it, in a case with so many people: mails,
# looked through as they go out, sealed and kept in the database. KEPT=1 does this
# alone.
set -euo pipefail
cd "$(dirname "$0")/.."
n=${BENCH_NOTICES:-300000}
echo "machine: $(nproc) cores, $(grep -m1 'model name' /proc/cpuinfo 2>/dev/null | cut -d: -f2- | sed 's/^ //'), $(go version | cut -d' ' -f3), load $(cut -d' ' -f1 /proc/loadavg 2>/dev/null)"
if [ -z "${KEPT:-}" ]; then
	printf '%10s %10s %12s %14s %12s %12s\n' notices seconds notices/s bytes/letter 'index MB' 'grown MB'
	for people in $((n / 10)) "$n"; do
		go test ./notify -run '^$' -bench '^BenchmarkFreeze$' -benchtime "${people}x" | awk -v n="$people" '
			/^BenchmarkFreeze/ { for (i = 2; i < NF; i++) v[$(i + 1)] = $i
				printf "%10d %10.1f %12.0f %14.0f %12.1f %12.1f\n", n, v["s"], n / v["s"], v["bytes/letter"], v["MB-index"], v["MB-grown"]; done = 1 }
			END { exit !done }'
	done
fi
printf '%10s %10s %12s %14s\n' kept seconds notices/s 'bytes/letter'
for people in $((n / 10)) "$n"; do
	KLARLAGT_CHAOS_PEOPLE=$people go test ./casework -run '^$' -bench '^BenchmarkFreezing$' -benchtime 1x -timeout 30m | awk -v n="$people" '
		/^BenchmarkFreezing/ { for (i = 2; i < NF; i++) v[$(i + 1)] = $i
			printf "%10d %10.1f %12.0f %14.0f\n", n, v["ns/op"] / 1e9, v["letters/s"], v["bytes/letter"]; done = 1 }
		END { exit !done }'
done
echo "limit: 300,000 in 60 s on two free cores; grown: some tens of bytes for each mailbox, and nothing for a letter"
