#!/usr/bin/env bash
# Runs a command beside a PostgreSQL server of its own, and stops the server
# after it: scripts/postgres.sh go test ./store ./casework
# The command finds the server in KLARLAGT_TEST_POSTGRES. The server listens on
# a socket in a temporary folder alone and promises nothing about a power cut.
# Where PostgreSQL is not installed, the command runs without it.
set -euo pipefail

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1 || true)
if [ -z "$bin" ] && command -v initdb >/dev/null; then
	bin=$(dirname "$(command -v initdb)")
fi
if [ -n "${KLARLAGT_TEST_POSTGRES:-}" ] || [ ! -x "$bin/initdb" ]; then
	exec "$@"
fi

dir=$(mktemp -d /tmp/klarlagt-postgres.XXXXXX)
as=()
if [ "$(id -u)" = 0 ]; then # the server refuses to be root
	as=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
	chown nobody:nogroup "$dir"
fi
server() { (cd "$dir" && "${as[@]}" "$bin/pg_ctl" -D "$dir/data" -s "$@"); }
stop() {
	server -m immediate stop || true
	rm -rf "$dir"
}
trap stop EXIT

# An order of words and not of bytes, as most servers have it: ours must not care.
locale=(--locale=C.UTF-8)
if "$bin/initdb" --help | grep -q -- --icu-locale; then
	locale+=(--locale-provider=icu --icu-locale=sv)
fi
(cd "$dir" && "${as[@]}" "$bin/initdb" -D "$dir/data" -U klarlagt -A trust -E UTF8 "${locale[@]}" --no-sync >"$dir/initdb.log")
server -l "$dir/log" -w -o "-k $dir -c listen_addresses= -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_connections=200" start
KLARLAGT_TEST_POSTGRES="host=$dir user=klarlagt dbname=postgres" "$@"
