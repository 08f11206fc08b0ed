#!/usr/bin/env bash
# How quick pages are where a case is large. Makes a municipality of PEOPLE
# (300,000), puts everybody in its registers into PLACES (10,000) files beside
# its share, and takes that down the road: scan, facts, a list to be frozen, a
# frozen notice. Then serves it, and asks for every page that links lead to, one
# by one: at most 100 ms, and 120 kB compressed with the files it loads. Then
# USERS (200) ask at once, each for any of those pages every two to five seconds,
# for LASTS (60) seconds: p99 at most 300 ms. Last without any time to think,
# which tells what the machine gives. KEEP=folder keeps the case, and takes it up
# again.
set -euo pipefail
cd "$(dirname "$0")/.."
people=${PEOPLE:-300000} places=${PLACES:-10000}
dir=${KEEP:-$(mktemp -d)}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
[ -n "${KEEP:-}" ] || trap 'rm -rf "$dir"' EXIT
program=$dir/klarlagt
CGO_ENABLED=0 go build -trimpath -o "$program" ./cmd/klarlagt
data=$dir/town/data
export KLARLAGT_DATA=$data XDG_CONFIG_HOME=$dir/config KLARLAGT_LANG=en # where the master key is made

# split_file FILE FOLDER HEADING puts the lines of a register into half of the
# places, each with the heading.
split_file() {
	mkdir -p "$2"
	tail -n +2 "$1" | awk -v into="$2" -v heading="$3" -v files=$((places / 2)) -v lines="$(wc -l <"$1")" '
		{ n = int((NR - 1) * files / lines); if (n != was || NR == 1) { if (out) close(out); out = sprintf("%s/list-%05d.csv", into, n); print heading >out; was = n } print >out }'
}

if [ ! -e "$dir/made" ]; then
	rm -rf "$dir/town"
	began=$SECONDS
	"$program" demo --make-only --into "$dir/town" --people "$people" --files $((places / 20)) --quiet
	for register in pupils guardians; do
		split_file "$dir/town/registers/$register.csv" "$dir/town/evidence/lists/$register" "$(head -1 "$dir/town/registers/$register.csv")"
	done
	"$program" open "A large case" >/dev/null
	registers=()
	for register in "$dir"/town/registers/*; do
		registers+=(--register "$register")
	done
	status=0
	"$program" scan --quiet "${registers[@]}" "$dir/town/evidence" >/dev/null || status=$?
	[ "$status" -eq 0 ] || [ "$status" -eq 3 ] # gaps are wanted
	"$program" case set case kind=share country=FI role=controller >/dev/null
	"$program" case set controller name=Exempelstad sector=public >/dev/null
	"$program" case set aware at=2026-03-02T09:00+02:00 "why=the supplier called" >/dev/null
	"$program" case groups >/dev/null
	"$program" case plan >/dev/null
	"$program" lists freeze 1 --propose >/dev/null
	printf '[controller]\nStaden Exempel\n[happened]\nEtt register låg öppet på nätet i två dygn.\n[measures]\nServern är stängd.\n[contact]\nRing 09 555 0100 på vardagar.\n' >"$dir/text"
	"$program" notices write --country FI --from desk@city.example --name Exempelstad --text "sv=$dir/text" --text "fi=$dir/text" --text "en=$dir/text" --order email,letter --quiet
	"$program" notices freeze --quiet >/dev/null
	echo "the case was made in $((SECONDS - began)) s"
	touch "$dir/made"
fi
echo "machine: $(nproc) cores, $(grep -m1 'model name' /proc/cpuinfo 2>/dev/null | cut -d: -f2- | sed 's/^ //'), $(go version | cut -d' ' -f3), load $(cut -d' ' -f1 /proc/loadavg 2>/dev/null)"
KLARLAGT_BENCH_DATA=$data KLARLAGT_BENCH_KEY=$XDG_CONFIG_HOME/klarlagt/master.key KLARLAGT_BENCH_PROGRAM=$program KLARLAGT_BENCH_USERS=${USERS:-200} KLARLAGT_BENCH_SECONDS=${LASTS:-60} \
	go test ./web -run '^TestPagesOfALargeCase$' -count=1 -timeout 30m -v | sed -n 's/^ *speed_test.go:[0-9]*: //p; /^--- FAIL/p; /^FAIL/q1'
