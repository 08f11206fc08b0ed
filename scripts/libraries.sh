#!/usr/bin/env bash
# Libraries: writes docs/libraries.tsv, which says of each module that we use
# when our version was released, which is the newest, and when that was looked at.
# What is older than SECURITY.md allows has its reason in the last column, which is
# kept. Asks the module proxy.
set -euo pipefail
cd "$(dirname "$0")/.."
table=docs/libraries.tsv
today=$(date -u +%F)
new=$(mktemp)
trap 'rm -f "$new"' EXIT
printf 'module\tversion\treleased\tnewest\treleased\tlooked at\twhy an older one\n' >"$new"
sed -n '/^var foreign = /,/^}/s/^\t"\([^"]*\)".*/\1/p' arch_test.go | sort | while read -r module; do
	line=$(go list -m -u -f '{{.Version}}	{{.Time.Format "2006-01-02"}}	{{with .Update}}{{.Version}}	{{.Time.Format "2006-01-02"}}{{else}}{{$.Version}}	{{$.Time.Format "2006-01-02"}}{{end}}' "$module" 2>/dev/null) ||
		{ echo "$module: the proxy does not tell" >&2; line=$(go list -m -f '{{.Version}}' "$module")$'\t-\t-\t-'; }
	why=$(awk -F'\t' -v m="$module" '$1 == m {print $7}' "$table" 2>/dev/null || true)
	printf '%s\t%s\t%s\t%s\n' "$module" "$line" "$today" "$why" >>"$new"
done
mv "$new" "$table"
chmod 644 "$table"
