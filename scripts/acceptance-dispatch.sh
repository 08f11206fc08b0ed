#!/usr/bin/env bash
# Handing notices over, tried: what a mail server can do wrong, senders killed at
# each moment and at random, a whole campaign into a Postfix of its own,
# planted leaks, rows swapped, double clicks. Prints one table, and
# fails when a figure is not as wanted. ROUNDS, PEOPLE and KILLS (a round) make
# it shorter; as they are it takes about an hour.
set -uo pipefail
cd "$(dirname "$0")/.."
rounds=${ROUNDS:-15} people=${PEOPLE:-13600} kills=${KILLS:-70}
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
proof 'the night of thirteen thousand' casework TestTheNightOfThirteenThousandIsStopped
proof 'halts by itself' casework TestItHaltsByItself
proof 'planted leaks' leak 'TestEveryPlantedLeakIsRefused|TestEveryAddressOfTheLogOf2014IsFoundInTheBody'
beside=(env "KLARLAGT_CHAOS_PEOPLE=$people")
beside+=(bash scripts/postfix.sh)
proof 'a campaign into Postfix' casework TestHandingOverToARealMailServer '[0-9]+ messages into'
beside=(env "KLARLAGT_CHAOS_PEOPLE=$people" "KLARLAGT_CHAOS_ROUNDS=$rounds" "KLARLAGT_CHAOS_KILLS=$kills")
proof 'killed at each moment and at random' casework TestKilledAtAnyMomentNobodyIsLostOrToldTwice 'in all: .*'
[ "$failed" = 0 ]
