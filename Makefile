# make demo    a made-up municipality, scanned, with its report: the main job
# make check   everything that has to hold, as in CI
# make build   the command, in build/klarlagt
# make e2e     the pages in a real browser, held against axe
# make bench   speed and memory, as ratios in one run
# make bench-notify, bench-letters  300,000 notices frozen, and 9,000 letters beside another writer
# make letters  9,000 letters held against what other programs read in them
# make recall  how much of real files the readers find; writes docs/formats-read.md
# make fuzz    a longer fuzz of everything that reads hostile bytes
# make bench-web  every page of a case with 300,000 people, and 200 users at once
# make bench-dispatch, acceptance-dispatch  notices handed over: how fast, and under kills and faults
# make acceptance-security  what is sealed, under kills, full disks, forgeries and enumeration
# make mutate  ten thousand damaged files of each format, read by real workers

.PHONY: e2e build demo check bench bench-web bench-dispatch acceptance-dispatch bench-notify bench-letters letters fuzz mutate acceptance acceptance-security recall clean

build:
	CGO_ENABLED=0 go build -trimpath -o build/klarlagt ./cmd/klarlagt

demo: build
	./build/klarlagt demo

check:
	bash scripts/check.sh

e2e:
	bash scripts/e2e.sh

acceptance: build
	bash scripts/acceptance.sh

acceptance-security:
	bash scripts/acceptance-security.sh

recall:
	bash scripts/recall.sh

bench: build
	bash scripts/bench.sh

bench-web:
	bash scripts/bench-web.sh

bench-dispatch:
	bash scripts/bench-dispatch.sh

acceptance-dispatch:
	bash scripts/acceptance-dispatch.sh

bench-notify:
	bash scripts/bench-notify.sh

bench-letters:
	bash scripts/bench-letters.sh

letters:
	bash scripts/letters.sh

fuzz:
	bash scripts/fuzz.sh

mutate:
	bash scripts/mutate.sh

clean:
	rm -rf build demo
