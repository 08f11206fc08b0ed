#!/usr/bin/env bash
# Recall: reads every file of the corpus, holds the text against the reference
# texts, prints a line a format, and writes docs/formats-read.md. Fails where a
# goal is missed or an item is not accounted for. With a folder as argument it
# measures the files there (MANIFEST.tsv, files, reference texts) and writes
# nothing.
set -uo pipefail
cd "$(dirname "$0")/.."
where=(-report "$PWD/docs/formats-read.md")
[ $# -eq 0 ] || where=(-corpus "$(realpath "$1")")
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
go test ./extract -count=1 -timeout 30m -v -run '^TestRecall$' "${where[@]}" >"$log" 2>&1 || status=$?
grep -q '^--- SKIP' "$log" && status=1
awk '/^ *=== RUN +TestRecall\// {sub(".*/", ""); name = $0}
	/ files, micro / {sub("^.*_test.go:[0-9]+: ", ""); printf "%-6s %s\n", name, $0}' "$log"
if [ $status -ne 0 ]; then
	echo "missed:"
	grep -E '_test.go:|^panic|^FAIL' "$log" | grep -vE ' files, micro | of words: ' | head -50
fi
exit $status
