# make demo    a made-up municipality, scanned, with its report: the main job
# make check   everything that has to hold, as in CI
# make build   the command, in build/klarlagt
# make bench   speed and memory, as ratios in one run
# make fuzz    a longer fuzz of everything that reads hostile bytes

.PHONY: build demo check bench fuzz acceptance clean

build:
	CGO_ENABLED=0 go build -trimpath -o build/klarlagt ./cmd/klarlagt

demo: build
	./build/klarlagt demo

check:
	bash scripts/check.sh

acceptance: build
	bash scripts/acceptance.sh

bench: build
	bash scripts/bench.sh

fuzz:
	bash scripts/fuzz.sh

clean:
	rm -rf build demo
