#!/usr/bin/env bash
# The browser test: journeys through the pages in Chromium, each with a server of
# its own, and every page held against axe at three widths, light and dark, in
# every language. What drives the browser is for this test alone and lies in
# build/.
set -euo pipefail
cd "$(dirname "$0")/.."

for tool in chromium node npm openssl; do
	if ! command -v "$tool" >/dev/null; then
		echo "skipped: $tool is not installed"
		exit 0
	fi
done

npm install --silent --no-audit --no-fund --no-save --prefix build/e2e playwright-core@1.65.1 axe-core@4.14.1 >/dev/null
CGO_ENABLED=0 go build -trimpath -o build/klarlagt ./cmd/klarlagt
status=0
said=$(mktemp -d)
trap 'rm -rf "$said"' EXIT
export NODE_PATH=build/e2e/node_modules
# Two at a time; what each says is told when it has ended.
for journey in e2e/*.cjs; do
	case "$journey" in e2e/browser.cjs | e2e/postoffice.cjs) ;; *) echo "$journey" ;; esac
done | xargs -P 2 -I '{}' bash -c 'node "$1" "$2" >"$3/$(basename "$1")" 2>&1' _ '{}' "${1:-build/e2e/pictures}" "$said" || status=1
cat "$said"/*
exit $status
