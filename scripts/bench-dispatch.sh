#!/usr/bin/env bash
# How fast 13,600 notices are handed over to Postfix's smtp-sink, each with two
# durable steps and a link of a chain, beside listmonk, where LISTMONK names a
# checkout of it, and beside a loop over the standard library's client that keeps
# no ledger: the floor. Same text, same sink, one after the other at each number
# of connections; medians of ROUNDS. Then into a Postfix.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin
command -v smtp-sink >/dev/null || { echo "smtp-sink: not installed" >&2; exit 1; }
people=${PEOPLE:-13600} rounds=${ROUNDS:-3} port=${SINK_PORT:-10026}
user=()
[ "$(id -u)" = 0 ] && user=(-u nobody)
smtp-sink "${user[@]}" -h sink "127.0.0.1:$port" 1000 &
sink=$!
trap 'kill $sink 2>/dev/null || true' EXIT
export KLARLAGT_CHAOS_PEOPLE=$people KLARLAGT_CHAOS_ROUNDS=$rounds
beside=()
if [ -n "${LISTMONK:-}" ]; then
	export LISTMONK KLARLAGT_BENCH_PEER=$PWD/scripts/listmonk.sh
	beside=(bash scripts/postgres.sh)
else
	echo "LISTMONK names no checkout of listmonk: the loop is the floor"
fi
figures() { sed -n 's/^ *notice.*go:[0-9]*: //p; /^--- FAIL/p'; }
KLARLAGT_BENCH_SINK=127.0.0.1:$port "${beside[@]}" go test ./casework -run '^TestHandingOverBesideOthers$' -count=1 -timeout 2h -v | figures
bash scripts/postfix.sh go test ./casework -run '^TestHandingOverToARealMailServer$' -count=1 -timeout 2h -v | figures
