#!/usr/bin/env bash
# The letters of a delivery company's 9,000 customers, with protected people
# among them, made and held against what others read in them:
#   qpdf (sound), pdfinfo (tagged), veraPDF (PDF/UA-1, PDF/A-2a), zbar (codes),
#   pdftotext (door codes).
# Pictures of a few lie in LETTERS_DIR/pictures, to be looked at. Needs qpdf,
# poppler, zbar, and Java with Maven; what is absent is said.
set -euo pipefail
cd "$(dirname "$0")/.."
dir=${LETTERS_DIR:-$(mktemp -d)}
mkdir -p "$dir"
need() { command -v "$1" >/dev/null || { echo "$1 is not installed"; return 1; }; }

go test ./dispatch -run TestWestlogSpecimen -count=1 -v -westlog "$dir" | grep -E 'letters of|FAIL|ok'
echo "files: $(ls "$dir"/files/*.pdf | wc -l), $(du -sm "$dir"/files | cut -f1) MB; batch: $(du -m "$dir"/batch/batch.pdf | cut -f1) MB; protected: $(ls "$dir"/envelopes/0*.pdf | wc -l) letters, $(($(wc -l <"$dir"/envelopes/packing.csv) - 1)) of them in inner envelopes"
# The longest, the shortest, and some by chance that is always the same.
mapfile -t sample < <({ ls -S "$dir"/files/*.pdf | sed -n '1p;$p'; ls "$dir"/files/*.pdf | awk 'NR % 450 == 7'; ls "$dir"/envelopes/*.pdf | head -3; } | sort -u)

if need qpdf; then
	for f in "$dir"/batch/batch.pdf "$dir"/envelopes/{inner,outer}.pdf "${sample[@]}"; do
		qpdf --check "$f" >/dev/null || { echo "qpdf: $f"; exit 1; }
	done
	echo "qpdf: batch, envelopes and ${#sample[@]} letters are sound"
fi
if need pdfinfo; then
	pdfinfo "$dir"/batch/batch.pdf | grep -E 'Tagged|Pages'
	for f in "${sample[@]}"; do pdfinfo "$f" | grep -q 'Tagged: *yes' || { echo "not tagged: $f"; exit 1; }; done
	mkdir -p "$dir"/pictures
	for f in "${sample[@]:0:7}" "$dir"/envelopes/inner.pdf; do pdftoppm -r 100 -l 2 -png "$f" "$dir/pictures/$(basename "$(dirname "$f")")-$(basename "$f" .pdf)"; done
fi
if need mvn; then
	cat >"$dir"/pom.xml <<-'POM'
		<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version>
		<dependencies><dependency><groupId>org.verapdf</groupId><artifactId>validation-model</artifactId><version>1.28.1</version></dependency></dependencies></project>
	POM
	(cd "$dir" && mvn -q dependency:copy-dependencies -DoutputDirectory=vera)
	java -cp "$dir/vera/*" scripts/VeraPDF.java "${sample[@]}" "$dir"/envelopes/inner.pdf 2>/dev/null
fi
if need zbarimg; then
	pages=0
	for f in "${sample[@]}"; do
		seq=$(basename "$f" .pdf) page=0
		rm -f "$dir"/code-*.png
		pdftoppm -r 200 -gray -png "$f" "$dir/code"
		for picture in "$dir"/code-*.png; do
			page=$((page + 1)) pages=$((pages + 1))
			code=$(zbarimg -q --nodbus --raw "$picture")
			[[ $code == K7F3A2-$seq-$page/* ]] || { echo "$f, page $page: read '$code'"; exit 1; }
		done
	done
	echo "zbar: $pages codes read, each its sheet's"
fi
if need pdftotext; then
	with=0 without=0
	for f in "$dir"/files/*7.pdf; do
		seq=$(basename "$f" .pdf)
		if pdftotext "$f" - | grep -qE 'ovikoodi|portkod|door code'; then with=$((with + 1)); else without=$((without + 1)); fi
	done
	echo "pdftotext: of $((with + without)) letters $with name a door code, where one is stored, and $without none"
	[ "$with" -gt 0 ] && [ "$without" -gt 0 ]
fi
echo "look at $dir/pictures"
