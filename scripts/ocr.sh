#!/usr/bin/env bash
# How pages of paper are read: pages of a made-up municipality (letters in four
# typefaces, lists between rules) are drawn at 75 to 300 dots an inch, laid askew, turned,
# made grainy, squeezed and blurred, and read as the product reads them. Prints
# the share of words and of identifiers (national numbers, telephones,
# addresses of mail) that were found, and what limits of confidence would say.
# Fails where too few were found.
#
#   ocr.sh [raw]      raw: pages as they come, not made ready first
#
# PAGES is 3, SEED 5. Takes minutes: each page is read 17 times.
set -euo pipefail
cd "$(dirname "$0")/.."
for tool in tesseract soffice pdftoppm pdftotext; do
	command -v "$tool" >/dev/null || { echo "$tool is not installed: reading of paper is not measured"; exit 0; }
done
pages=${PAGES:-3} seed=${SEED:-5}
dir=$(mktemp -d)
export XDG_CONFIG_HOME="$dir/config" # where the master key is made
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/html" "$dir/pages"
./build/klarlagt demo --make-only --into "$dir/share" --people 300 --files 700 --seed "$seed" -q

# utf8 prints the files of a kind that are UTF-8, in one order on any machine.
utf8() {
	find "$dir/share/evidence" -name "*.$1" -size +150c -size -3k | LC_ALL=C sort | while read -r f; do
		iconv -f utf-8 -t utf-8 "$f" >/dev/null 2>&1 && printf '%s\n' "$f"
	done
}
page() { # FONT: makes a page of HTML around standard input
	printf '<html><head><meta charset="utf-8"></head><body style="font-family:%s">' "'$1'"
	cat
	printf '</body></html>\n'
}
fonts=("Liberation Serif" "Liberation Sans" "Liberation Mono" "DejaVu Serif")
utf8 txt >"$dir/letters"
utf8 csv | xargs -d '\n' grep -lis person >"$dir/lists"
for ((n = 0; n < pages; n++)); do
	if ((n % 3 == 2)); then
		sed -n "$((n / 3 + 1))p" "$dir/lists" | xargs -d '\n' cat | tr -d '\r' | awk 'BEGIN {print "<table border=1 style=\"font-size:9pt\">"}
			NR <= 40 {gsub("&", "\\&amp;"); gsub(/[,;\t]/, "</td><td>"); print "<tr><td>" $0 "</td></tr>"} END {print "</table>"}' |
			page "${fonts[n % 4]}" >"$dir/html/$n.html"
	else
		sed -n "$((n * 8 + 1)),$((n * 8 + 8))p" "$dir/letters" | xargs -d '\n' cat | sed 's/&/\&amp;/g; s/</\&lt;/g' |
			sed "1s/^/<pre style=\"white-space:pre-wrap;font-family:inherit;font-size:10pt\">/" | page "${fonts[n % 4]}" >"$dir/html/$n.html"
	fi
done
soffice "-env:UserInstallation=file://$dir/office" --headless --convert-to pdf --outdir "$dir" "$dir"/html/*.html >/dev/null 2>&1
for pdf in "$dir"/*.pdf; do
	name="$dir/pages/$(basename "$pdf" .pdf)"
	pdftotext -layout -f 1 -l 1 "$pdf" "$name.txt"
	for dpi in 75 100 150 200 300; do
		pdftoppm -f 1 -l 1 -singlefile -gray -png -r $dpi "$pdf" "$name-$dpi"
	done
done
echo "$(find "$dir/pages" -name '*.txt' | wc -l) pages, $(cat "$dir"/pages/*.txt | wc -w) words; $(tesseract --version 2>&1 | head -1)"
export KLARLAGT_PAGES=$dir/pages KLARLAGT_PAGES_RAW=${1:+raw}
status=0
go test ./engine -run '^TestPaper$' -count 1 -timeout 60m -v >"$dir/out" 2>&1 || status=$?
sed -n 's/^ *paper_test.go:[0-9]*: //p' "$dir/out"
[ $status -eq 0 ] || tail -3 "$dir/out"
exit $status
