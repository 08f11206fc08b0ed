#!/usr/bin/env bash
# 9,000 letters in files and in one batch, beside go-pdf/fpdf 0.12 with the same
# texts and the same font, by turns, LETTERS_ROUNDS (3) times. fpdf makes no
# structure tree, no codes and no manifest; of separate files it writes
# LETTERS_PEER (300), for it reads the font anew for each, and the time is
# scaled. Seconds of processor are given too: they say more on a busy machine.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${LETTERS_ROUNDS:-3} peer=${LETTERS_PEER:-300} dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fonts=$PWD/pdfletter/fonts

go test ./dispatch -run TestWestlogSpecimen -count=1 -westlog "$dir" >/dev/null
go test -c -o "$dir/ours" ./dispatch
mkdir "$dir/peer"
cat >"$dir/peer/main.go" <<'GO'
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"codeberg.org/go-pdf/fpdf"
)

func begin(fonts string) *fpdf.Fpdf {
	pdf := fpdf.New("P", "mm", "A4", fonts)
	pdf.AddUTF8Font("N", "", "NotoSans-Regular.ttf")
	pdf.AddUTF8Font("N", "B", "NotoSans-Bold.ttf")
	return pdf
}

func letter(pdf *fpdf.Fpdf, text string) {
	pdf.AddPage()
	pdf.SetFont("N", "", 11)
	pdf.MultiCell(155, 5.3, text, "", "L", false)
}

func main() {
	raw, err := os.ReadFile(os.Args[1])
	var texts []string
	if err == nil {
		err = json.Unmarshal(raw, &texts)
	}
	n, _ := strconv.Atoi(os.Args[4])
	if n > 0 && err == nil {
		texts = texts[:n]
		for i, t := range texts {
			pdf := begin(os.Args[2])
			letter(pdf, t)
			if err = pdf.OutputFileAndClose(filepath.Join(os.Args[3], fmt.Sprintf("p%06d.pdf", i))); err != nil {
				break
			}
		}
	} else if err == nil {
		pdf := begin(os.Args[2])
		for _, t := range texts {
			letter(pdf, t)
		}
		err = pdf.OutputFileAndClose(filepath.Join(os.Args[3], "p.pdf"))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
GO
(cd "$dir/peer" && go mod init peer && go get codeberg.org/go-pdf/fpdf@v0.12.0 && go build -o ../fpdf .) >/dev/null 2>&1 || { echo "fpdf cannot be had"; exit 1; }

TIMEFORMAT='%R %U %S'
# timed NAME LETTERS COMMAND...: seconds and seconds of processor for 9,000.
timed() {
	local name=$1 letters=$2 line
	shift 2
	line=$({ time "$@" >/dev/null 2>"$dir/err"; } 2>&1) || { cat "$dir/err"; exit 1; }
	echo "$line" | awk -v name="$name" -v n="$letters" '{printf "%s %.2f %.2f\n", name, $1 * 9000 / n, ($2 + $3) * 9000 / n}' >>"$dir/times"
}
for _ in $(seq "$rounds"); do
	timed files-ours 8820 "$dir/ours" -test.run xxx -test.bench Letters/files -test.benchtime 1x
	timed files-fpdf "$peer" "$dir/fpdf" "$dir/texts.json" "$fonts" "$dir/peer" "$peer"
	timed batch-ours 8820 "$dir/ours" -test.run xxx -test.bench Letters/batch -test.benchtime 1x
	timed batch-fpdf 8820 "$dir/fpdf" "$dir/texts.json" "$fonts" "$dir/peer" 0
done
echo "machine: $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg 2>/dev/null || echo unknown), $(go version | cut -d' ' -f3); medians of $rounds, for 9,000 letters"
median() { grep "^$1 " "$dir/times" | awk -v c="$2" '{print $c}' | sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }
printf '%-8s %10s %10s %12s %12s %10s %s\n' '' seconds 'fpdf s' 'processor s' 'fpdf proc. s' 'x fpdf' limit
for way in files:12 batch:7; do
	w=${way%:*}
	printf '%-8s %10s %10s %12s %12s %10s %s\n' "$w" "$(median "$w-ours" 2)" "$(median "$w-fpdf" 2)" "$(median "$w-ours" 3)" "$(median "$w-fpdf" 3)" \
		"$(awk -v a="$(median "$w-fpdf" 3)" -v b="$(median "$w-ours" 3)" 'BEGIN {printf "%.1f", a / b}')" "${way#*:} s"
done
