#!/usr/bin/env bash
# Reading, beside the tools that others read with, as ratios of one run. In each
# round every reader has the same files in turn. All are held to one core. Two
# ratios are told, each the median of the rounds: of the processor time that
# readers and their children use, which a busy machine moves less, and of the
# clock, which knows what starting a process costs. Small files are given
# several times over, so that a round is long enough to measure.
#
#   bench-extract.sh [CORPUS]     ../shared/corpus/files where none is named
#
# What is not installed is named and left out. Tika is the jar that TIKA names,
# or the newest in ~/.m2:
#   mvn dependency:get -Dartifact=org.apache.tika:tika-app:3.2.2 -Dtransitive=false
# ROUNDS is 3, CORE 0; FILES bounds the files of a format: 100. KLARLAGT names a
# program to measure, built without cgo as what is handed out: with cgo, Landlock
# is not to be had, and each worker loads the PDF reader before it is closed in.
set -euo pipefail
cd "$(dirname "$0")/.."
corpus=${1:-../shared/corpus/files} rounds=${ROUNDS:-3} core=${CORE:-0} most=${FILES:-100}
program=${KLARLAGT:-$PWD/build/klarlagt}
[ -d "$corpus" ] || { echo "no corpus at $corpus: reading is not measured"; exit 0; }
if ! command -v taskset >/dev/null; then
	echo "taskset is not installed: nothing is held to one core"
elif [ -z "${PINNED:-}" ]; then
	PINNED=1 exec taskset -c "$core" bash "$0" "$@"
fi
[ -n "${KLARLAGT:-}" ] || CGO_ENABLED=0 go build -trimpath -o "$program" ./cmd/klarlagt
corpus=$(cd "$corpus" && pwd)
dir=$(mktemp -d)
export XDG_CONFIG_HOME="$dir/config" # where the master key is made
trap 'rm -rf "$dir"' EXIT
export KLARLAGT_DATA=$dir/data LC_ALL=C.UTF-8 GOMAXPROCS=1

# pick prints the corpus's files with an ending, spread over the whole; those
# made to do harm are left out.
pick() {
	find "$corpus" -type f -iname "*.$1" -not -path '*/_*' | sort >"$dir/all"
	awk -v n="$(wc -l <"$dir/all")" -v most="$most" 'n <= most || int(NR * most / n) != int((NR - 1) * most / n)' "$dir/all"
}
for e in pdf doc xls rtf ppt pst docx xlsx pptx odt ods eml html; do pick "$e" >"$dir/$e"; done
find "$corpus/_ref" -name '*.pdf.txt' -size +16k -printf '%s\t%P\n' 2>/dev/null | sort -rn | head -16 |
	cut -f2 | sed "s|^|$corpus/|; s|\.txt\$||" >"$dir/bigpdf" # those with most text
for e in doc xls rtf docx xlsx odt; do sed -n '5p;15p' "$dir/$e"; done >"$dir/few"
cat "$dir"/{pdf,doc,xls,rtf,ppt,docx,xlsx,pptx,odt,ods,eml,html} >"$dir/wide"

# What reads a file of each list elsewhere; {} stands for the file. readpst makes
# files, which are swept away.
declare -A tool=([pdf]='pdftotext {} -' [bigpdf]='pdftotext {} -' [doc]='antiword {}' [xls]='xls2csv {}'
	[rtf]='unrtf --nopict --text {}' [ppt]='catppt {}' [pst]="readpst -q -o $dir/pst.out {}")

# sound LIST leaves out the files of which the tool dies, or that make xargs
# stop: they would end its round early.
sound() {
	local file status lost=0
	command -v "${tool[$1]%% *}" >/dev/null || return 0
	while IFS= read -r file; do
		local words=(${tool[$1]}) status=0
		words=("${words[@]//\{\}/$file}")
		(ulimit -t 10 && exec "${words[@]}") >/dev/null 2>&1 </dev/null || status=$?
		if [ $status -ge 126 ]; then lost=$((lost + 1)); else echo "$file"; fi
	done <"$dir/$1" >"$dir/once"
	mv "$dir/once" "$dir/$1"
	[ $lost -eq 0 ] || echo "${tool[$1]%% *} dies of $lost of the files: left out for both"
}
mkdir -p "$dir/pst.out"
for e in "${!tool[@]}"; do
	sound "$e"
	cp "$dir/$e" "$dir/once"
	for _ in 1 2 3; do cat "$dir/once" >>"$dir/$e"; done
done

cat "$dir"/{pdf,doc,xls,rtf,ppt,pst} >"$dir/mix"

# peer LIST is a process a file. One that has used ten seconds is ended.
peer() {
	rm -rf "$dir/pst.out" && mkdir "$dir/pst.out"
	# shellcheck disable=SC2086 # its words
	(ulimit -t 10 && xargs -d '\n' -a "$dir/$1" -I{} ${tool[$1]}) || true
}
peer_few() { xargs -d '\n' -a "$dir/$1" -I{} soffice "-env:UserInstallation=file://$dir/office" --headless --convert-to txt:Text --outdir "$dir/office.out" {} || true; }
klarlagt() { xargs -d '\n' -a "$dir/$1" "$program" extract -- || true; }

# spent COMMAND... gives the processor seconds of a command and its children,
# and those of the clock.
spent() {
	local TIMEFORMAT='%3U %3S %3R'
	{ time "$@" >/dev/null 2>/dev/null; } 2>&1 | awk '{print $1 + $2 "|" $3}'
}

# Tika stays warm: one process for all rounds, which answers with the processor
# seconds that it used since.
tika=${TIKA:-$(ls "$HOME"/.m2/repository/org/apache/tika/tika-app/*/tika-app-*.jar 2>/dev/null | sort -V | tail -1)}
if [ -f "$tika" ] && command -v java >/dev/null; then
	cat >"$dir/Loop.java" <<'JAVA'
import java.io.*;
import java.lang.management.ManagementFactory;
import java.nio.file.*;
import org.apache.tika.metadata.Metadata;
import org.apache.tika.parser.*;
import org.apache.tika.parser.ocr.TesseractOCRConfig;
import org.apache.tika.sax.BodyContentHandler;

class Loop {
    public static void main(String[] args) throws Exception {
        var clock = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        var parser = new AutoDetectParser();
        var lists = new BufferedReader(new InputStreamReader(System.in));
        for (String list; (list = lists.readLine()) != null; ) {
            long began = clock.getProcessCpuTime(), at = System.nanoTime();
            for (String name : Files.readAllLines(Path.of(list))) {
                var context = new ParseContext();
                var ocr = new TesseractOCRConfig();
                ocr.setSkipOcr(true);
                context.set(TesseractOCRConfig.class, ocr);
                context.set(Parser.class, parser);
                try (var in = org.apache.tika.io.TikaInputStream.get(Path.of(name))) {
                    parser.parse(in, new BodyContentHandler(Writer.nullWriter()), new Metadata(), context);
                } catch (Throwable e) { // what it cannot read, it need not
                }
            }
            System.out.println((clock.getProcessCpuTime() - began) / 1e9 + "|" + (System.nanoTime() - at) / 1e9);
        }
    }
}
JAVA
	coproc TIKA_LOOP { exec java -Xmx2g -cp "$tika" "$dir/Loop.java" 2>/dev/null; }
	tika_name=$(basename "$tika" .jar)
fi
peer_tika() {
	echo "$dir/$1" >&"${TIKA_LOOP[1]}"
	read -r seconds <&"${TIKA_LOOP[0]}"
	echo "$seconds"
}

# rows: what is compared, its files, the peer's program, the least ratio that is wanted.
rows=(
	"PDF|pdf|pdftotext|1.5"
	"PDF with most text|bigpdf|pdftotext|0.4"
	"Word 97|doc|antiword|1"
	"Excel 97|xls|xls2csv|1"
	"RTF|rtf|unrtf|1"
	"PowerPoint 97|ppt|catppt|1"
	"Outlook folders|pst|readpst|1"
	"office, few|few|soffice|50"
	"all formats|wide|tika|5"
)
usable=()
for row in "${rows[@]}"; do
	IFS='|' read -r what list peer _ <<<"$row"
	if [ "$peer" = tika ] && [ -z "${tika_name:-}" ] || [ "$peer" != tika ] && ! command -v "$peer" >/dev/null; then
		echo "$peer is not installed: $what is not compared"
	elif [ ! -s "$dir/$list" ]; then
		echo "no files: $what is not compared"
	else
		usable+=("$row")
	fi
done

echo "machine: $(nproc --all) cores, one used, $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2- | sed 's/^ //'), load $(cut -d' ' -f1 /proc/loadavg)"
klarlagt few >/dev/null 2>&1 # compiles the PDF reader, once a data folder
[ -z "${tika_name:-}" ] || peer_tika wide >/dev/null
for ((round = 1; round <= rounds; round++)); do
	for row in "${usable[@]}"; do
		IFS='|' read -r what list peer least <<<"$row"
		ours=$(spent klarlagt "$list")
		case $peer in
		tika) theirs=$(peer_tika "$list") ;;
		soffice) theirs=$(spent peer_few "$list") ;;
		*) theirs=$(spent peer "$list") ;;
		esac
		echo "$what|$list|$peer|$least|$ours|$theirs"
	done
	echo "all|mix|all|2|$(spent klarlagt mix)|0|0"
done >"$dir/rounds"

# A line of rounds: what|list|peer|least|ours|our clock|theirs|their clock
bytes() { tr '\n' '\0' <"$dir/$1" | du -clb --files0-from=- | awk 'END {printf "%.1f", $1 / 1e6}'; }
median() { sort -g | awk '{v[NR] = $1} END {print (v[int((NR + 1) / 2)] + v[int((NR + 2) / 2)]) / 2}'; }
printf '\n%-20s %6s %-16s %8s %8s %8s %8s %7s\n' files reads peer "ours s" "peer s" ratio clock wanted
row() { # WHAT READS PEER LEAST, and rounds on standard input
	cat >"$dir/row"
	mine() { awk -F'|' "{print $1}" "$dir/row" | median; }
	printf '%-20s %6d %-16s %8.2f %8.2f %8.2f %8.2f %7s\n' "$1" "$2" "$3" "$(mine '$5')" "$(mine '$7')" "$(mine '$7 / $5')" "$(mine '$8 / $6')" "$4"
}
for r in "${usable[@]}"; do
	IFS='|' read -r what list peer least <<<"$r"
	grep -F "$what|$list|" "$dir/rounds" | row "$what" "$(wc -l <"$dir/$list")" "${peer/#tika/${tika_name:-tika}}" "$least"
done
# One run of ours over all of these, beside the sum of theirs in the same round.
grep -E '^[^|]*\|(pdf|doc|xls|rtf|ppt|pst|mix)\|' "$dir/rounds" | awk -F'|' -v OFS='|' '
	$2 != "mix" {cpu += $7; clock += $8}
	$2 == "mix" {print "", "", "", "", $5, $6, cpu, clock; cpu = clock = 0}' |
	row "six formats at once" "$(wc -l <"$dir/mix")" "a process a file" 2

echo
find "$corpus" -type f -not -path '*/_ref/*' >"$dir/everything"
memory=$(scripts/peak.sh xargs -d '\n' -a "$dir/everything" "$program" extract -- 2>&1 >/dev/null | tail -1) || true
echo "every file of the corpus, hostile ones too, with one worker: $memory together (wanted: 512 a worker)"
