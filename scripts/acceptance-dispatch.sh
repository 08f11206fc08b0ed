#!/usr/bin/env bash
# Handing notices over, tried: what a mail server can do wrong, senders killed at
# each moment and at random, a disk that fails at any write of theirs, a whole
# campaign into a Postfix of its own, planted leaks, rows swapped, the night of
# 2014 with its double click, and a delivery company's 9,000 letters. Prints one
# table, and fails when a figure is not as wanted: among them 1,000 kills over
# 200,000 messages. ROUNDS, PEOPLE and KILLS (a round) make it shorter, and FAULTS
# (of the disk); as they are it takes some 25 minutes of two free cores.
set -uo pipefail
cd "$(dirname "$0")/.."
rounds=${ROUNDS:-15} people=${PEOPLE:-13600} kills=${KILLS:-80}
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
failed=0

# proof WHAT PACKAGE TEST [LINE]: runs one test, and takes the figures from the
# line that it logs; without one, how many cases it has.
proof() {
	local log="$logs/log" verdict=yes figures
	"${beside[@]}" go test "./$2" -run "^($3)\$" -count=1 -timeout 5h -v >"$log" 2>&1 || verdict=NO
	if [ -n "${4:-}" ]; then
		figures=$(grep -oE "$4.*" "$log" | tail -1)
	else
		figures="$(grep -cE '^ *--- PASS' "$log") cases"
	fi
	if ! grep -qE "^--- PASS: " "$log" || grep -qE "^--- (FAIL|SKIP)" "$log" || [ -z "$figures" ]; then
		verdict=NO failed=$((failed + 1))
		tail -40 "$log" >&2
	fi
	printf '%-46s %-4s %s\n' "$1" "$verdict" "$figures"
}
beside=()
proof 'what a mail server can do wrong' dispatch TestWhateverAServerDoesHasOneOutcome
proof 'TLS is not bargained down' dispatch TestSecurityIsNotBargainedDown
proof 'what a log says was taken' dispatch 'TestALog.*'
proof 'reports tied to their message' dispatch TestReportsAreTiedToTheirMessage
proof '300 commands, three kinds of keys: one release' store TestAWaveIsReleasedOnce
proof 'rows swapped, steps taken away' store TestWhatIsChangedPastTheStoreIsFound
proof 'steps that are not legal' store TestTheDatabaseRefusesWhatIsNotLegal
proof 'halts by itself' casework 'TestItHaltsByItself|TestAClockThatJumpsHaltsSending|TestWhatComesBackHalts|TestMailsThatComeBackHalt'
proof 'planted leaks' leak TestEveryPlantedLeakIsRefused '[0-9]+ leaks planted.*'
proof 'the log of 2014 in the body' leak TestEveryAddressOfTheLogOf2014IsFoundInTheBody
proof 'a name that the font lacks' casework TestLettersThatCannotGo
proof 'a text with a field missing' notify 'TestALetterThatIsNotWholeIsRefused|TestARecordThatDoesNotFitNamesThePerson|TestTextsThatDoNotFitAreRefused'
proof 'letters read by pdftotext as frozen' dispatch TestWhatIsReadIsWhatWasFrozen
beside=(env "KLARLAGT_FAULTS=${FAULTS:-71}")
proof 'a disk that fails at a write of a sender' store TestDiskThatFailsAtAnyWriteOfASenderTellsNobodyTwice 'writes: .*'
beside=(env "KLARLAGT_CHAOS_PEOPLE=$people")
proof 'another course in somebody'"'"'s letter' notify TestALetterOfATownIsCleanAndASwappedOneIsFound '[0-9]+ letters read back.*'
proof 'the night of thirteen thousand' casework TestTheNightOfThirteenThousandIsStopped '[0-9]+ students.*'
beside=(env "KLARLAGT_CHAOS_PEOPLE=$people")
beside+=(bash scripts/postfix.sh)
proof 'a campaign into Postfix' casework TestHandingOverToARealMailServer '[0-9]+ messages into'
beside=(env "KLARLAGT_CHAOS_PEOPLE=$people" "KLARLAGT_CHAOS_ROUNDS=$rounds" "KLARLAGT_CHAOS_KILLS=$kills")
proof 'killed at each moment and at random' casework TestKilledAtAnyMomentNobodyIsLostOrToldTwice 'in all: .*'
if [ "$rounds $people $kills" = '15 13600 80' ] && ! tail -60 "$logs/log" | awk '/in all: messages/ { for (i = 1; i < NF; i++) { if ($i == "messages") m = $(i + 1) + 0; if ($i == "kills") k = $(i + 1) + 0 } } END { exit !(m >= 200000 && k >= 1000) }'; then
	echo "fewer than 1,000 kills, or than 200,000 messages" >&2
	failed=$((failed + 1))
fi
echo 'a delivery company'"'"'s 9,000 letters:'
bash scripts/letters.sh || failed=$((failed + 1))
[ "$failed" = 0 ]
