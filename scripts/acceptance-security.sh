#!/usr/bin/env bash
# What is sealed, tried: processes killed at random, disks that fail at every
# write, rows forged in every sealed column, records of the journal tampered
# with, cases and people enumerated, budgets spent; and what gosec, staticcheck
# and govulncheck find. Prints one table, and fails when a figure is not as
# wanted. KILLS and FAULTS (a number, or all) make it shorter.
set -uo pipefail
cd "$(dirname "$0")/.."
staticcheck_version=v0.8.2
gosec_version=v2.22.10
govulncheck_version=v1.1.4
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
failed=0
table=$logs/table

# row WHAT FIGURES VERDICT
row() {
	printf '%-34s %-9s %s\n' "$1" "$3" "$2" >>"$table"
	if [ "$3" = NO ]; then failed=$((failed + 1)); fi
}

# What the test runs beside: nothing, or a server.
beside=()
postgres() {
	beside=(env KLARLAGT_TEST_ON_POSTGRES=1 bash scripts/postgres.sh)
	proof "$@"
	beside=()
}

# proof WHAT PACKAGE TEST LINE: runs one test, and takes the figures from the
# line that it logs.
proof() {
	local log="$logs/$3" verdict=yes figures
	printf '== %s\n' "$1"
	"${beside[@]}" go test "./$2" -run "^$3\$" -count=1 -timeout 3h -v >"$log" 2>&1 || verdict=NO
	figures=$(grep -oE "$4.*" "$log" | head -1)
	if ! grep -qE "^--- PASS: $3 " "$log" || [ -z "$figures" ]; then
		verdict=NO
		tail -40 "$log"
	fi
	row "$1" "$figures" "$verdict"
}

export KLARLAGT_KILLS=${KILLS:-1000} KLARLAGT_FAULTS=${FAULTS:-all} KLARLAGT_TIMING=${TIMING:-1000} KLARLAGT_FORGERIES=all
proof "killed under load" store TestKilledProcessLeavesWhatItToldAndNothingHalf 'kills: '
proof "writes that fail" store TestDiskThatFailsAtAnyWriteLosesNothing 'writes: '
postgres "killed under load, PostgreSQL" store TestKilledProcessLeavesWhatItToldAndNothingHalf 'kills: '
postgres "disk that fills, PostgreSQL" store TestFullDiskOfAServerLosesNothing 'full disks: '
proof "forged rows" store TestEverySealedColumnRefusesWhatIsForged 'forged: '
proof "forged keys" store TestForgedKeysOpenNothing 'forged keys: '
proof "forged accounts" store TestForgedAccountsAreRefused 'forged accounts: '
proof "forged tokens" store TestForgedTokensAreRefused 'forged tokens: '
proof "tampered journal" store TestEveryRecordThatIsTamperedWithIsFound 'tampered: '
proof "enumeration" web TestNobodyCanCountCasesOrPeople 'enumeration: '
proof "time of an answer" web TestTimeSaysNothingOfWhatIsThere 'timing as '
grep -oE 'timing as .*' "$logs/TestTimeSaysNothingOfWhatIsThere" | tail -n +2 |
	while read -r line; do row "" "$line" yes; done
proof "budgets, through a restart" store TestBudgetsAreCountedInTheDatabase '^--- PASS: '
proof "requirements of ASVS 5.0.0" web TestWhatProvesEachRequirementIsThere 'asvs: '

echo "== staticcheck $staticcheck_version"
if go run "honnef.co/go/tools/cmd/staticcheck@$staticcheck_version" ./... >"$logs/staticcheck" 2>&1; then
	row "staticcheck $staticcheck_version" "findings: 0" yes
else
	cat "$logs/staticcheck"
	row "staticcheck $staticcheck_version" "findings: $(wc -l <"$logs/staticcheck")" NO
fi

# Four rules are left out as a whole. G104: errors of a Close after another
# error are nobody's. G115 and G602: bounds of numbers and slices, which it does
# not follow; every reader of hostile bytes is fuzzed. G304: files that the
# operator names; evidence is opened below its folder alone, by os.Root.
echo "== gosec $gosec_version"
if go run "github.com/securego/gosec/v2/cmd/gosec@$gosec_version" -quiet -exclude=G104,G115,G304,G602 ./... >"$logs/gosec" 2>&1; then
	row "gosec $gosec_version" "findings: 0, reasoned on their line: $(git grep -c '#nosec G' -- '*.go' | awk -F: '{n += $2} END {print n}')" yes
else
	cat "$logs/gosec"
	row "gosec $gosec_version" "findings: $(grep -c ' - G[0-9]' "$logs/gosec")" NO
fi

echo "== govulncheck $govulncheck_version"
if go run "golang.org/x/vuln/cmd/govulncheck@$govulncheck_version" ./... >"$logs/govulncheck" 2>&1; then
	row "govulncheck $govulncheck_version" "$(tail -1 "$logs/govulncheck")" yes
elif grep -q 'fetching vulnerabilities' "$logs/govulncheck"; then
	row "govulncheck $govulncheck_version" "not run: its database at vuln.go.dev cannot be reached" "-"
else
	cat "$logs/govulncheck"
	row "govulncheck $govulncheck_version" "findings" NO
fi

printf '\n%-34s %-9s %s\n' "what" "as wanted" "figures"
cat "$table"
if [ "$failed" -gt 0 ]; then
	echo "$failed not as wanted"
	exit 1
fi
