#!/usr/bin/env bash
# The gate: formatting, vetting, modules, cross-builds, every test with the
# race detector, beside a PostgreSQL server of its own. Ends with a line a
# package and the counts of tests. What a machine lacks is skipped by name; with
# CI set, nothing may be.
set -euo pipefail
cd "$(dirname "$0")/.."

staticcheck_version=v0.8.2
versitygw_version=v1.8.0 # the S3 server of tests

export CGO_ENABLED=0 # as the program is built; the race detector alone needs cgo

say() { printf '\n== %s\n' "$*"; }

# The OpenID provider of tests takes a minute to start: it does so beside the rest.
exec {keycloak}< <(exec bash scripts/keycloak.sh)
keycloak_pid=$!
trap 'kill "$keycloak_pid" 2>/dev/null || true' EXIT

say "gofmt"
unformatted=$(gofmt -l $(git ls-files '*.go'))
if [ -n "$unformatted" ]; then
	printf 'not formatted:\n%s\n' "$unformatted"
	exit 1
fi

say "go vet"
go vet -mod=readonly ./...

say "staticcheck $staticcheck_version"
go run "honnef.co/go/tools/cmd/staticcheck@$staticcheck_version" ./...

say "modules"
go mod verify
go build -mod=readonly ./...

for target in linux/amd64 linux/arm64 darwin/arm64 windows/amd64; do
	say "build without cgo for $target"
	GOOS=${target%/*} GOARCH=${target#*/} go build -mod=readonly -o /dev/null ./cmd/klarlagt
done

say "tests with the race detector"
log=$(mktemp)
tools=$(mktemp -d)
trap 'kill "$keycloak_pid" 2>/dev/null || true; rm -rf "$log" "$tools"' EXIT
GOBIN=$tools go install "github.com/versity/versitygw/cmd/versitygw@$versitygw_version"
go build -mod=readonly -o "$tools/klarlagt" ./cmd/klarlagt
export PATH=$tools:$PATH KLARLAGT_TEST_WORKER=$tools/klarlagt # whose readers have race tests of their own
status=0
# Some is many times slower under the race detector and tells it nothing new: what
# has one goroutine, what derives keys from passwords, rows and writes that are tried
# one by one, the store once more on PostgreSQL, scans by workers, which are built
# without it, the command's scripts, every route asked by every role. And what is built with it cannot fence itself.
# SQLite itself, which is C made into Go and no code of ours, goes without: tests are
# three times as fast, and all that is around it is still watched.
race='-race -gcflags=modernc.org/sqlite/lib=-race=false'
alone='./extract ./leak ./compare ./specimen'
shared='TestSmallReadsAreGathered|TestFailingReads|TestNestedArchives|TestVolumes.*' # of those, what libraries read in goroutines of theirs
plain='TestBackupBehindAPassphrase|TestNobodyRealIsInTheTree'
plain+='|TestScanFindsPeople|TestNothingOfAnybodyLiesInTheOpen|TestAfterClosingNothingIsToBeFound|TestTarIsReadAsTheFolderIs|TestBucketIsReadAsTheFolderIs|TestStoppedScanKeepsWhatWasRead|TestFullDisk.*|TestWholeRoadOnPostgreSQL.*'
plain+='|TestUploadsAreScannedAndLieSealed|TestAProgram(Scans|Sends|Imports|Reads|Writes).*|TestPeopleWhoAreOneAreMerged|TestPeopleBehindOneNumberAreSplit|TestWhoWasOneWithSomebodyProtectedStaysProtected|TestWhatContradictsIsRefusedAndTheEarlierNamed|TestRegistersThatContradictAreAskedAbout|TestAnswersAboutASplitPersonAreAskedAnew|TestWhoAsks.*|TestJournalThatWasTampered.*|TestRegisterThat.*|TestWhatIsWrongWithARegisterThatIsSentIsSaid'
plain+='|TestEveryRecordThatIsTamperedWithIsFound|TestMovedForgedAndReplayedRowsAreRefused|TestEverySealedColumnRefusesWhatIsForged|TestKilled.*|TestDiskThatFails.*|TestClosingGoesOnWhereItWasStopped'
plain+='|TestEverythingOnPostgreSQL|TestScripts|TestVerdictOfEveryRouteForEveryRoleInEverySituation|TestNobodyCanCountCasesOrPeople|TestReadersWorkBehindTheUnit|TestFence.*|TestSandboxIsInForce|TestWorkerIsRefused'
go test -mod=readonly -timeout 15m -v $alone >"$tools/alone" 2>&1 &
beside=$!
bash scripts/postgres.sh go test -mod=readonly -timeout 15m -v -run "^($plain)\$" ./engine ./casework ./store ./web ./cmd/klarlagt >"$log" 2>&1 || status=$?
wait $beside || status=$?
cat "$tools/alone" >>"$log"
if read -r issuer <&"$keycloak"; then
	export KLARLAGT_TEST_KEYCLOAK=$issuer
fi
others=$(comm -23 <(go list ./... | sort) <(go list $alone | sort))
CGO_ENABLED=1 go test -mod=readonly $race -timeout 15m -v -run "^($shared)\$" $alone >>"$log" 2>&1 || status=$?
CGO_ENABLED=1 bash scripts/postgres.sh go test -mod=readonly $race -timeout 15m -v -skip "^($plain)\$" $others >>"$log" 2>&1 || status=$?

say "the pages in a browser"
pages=$(bash scripts/e2e.sh 2>&1) || status=1
printf '%s\n' "$pages"
if [ -n "${CI:-}" ] && grep -q 'not installed' <<<"$pages"; then
	echo "in CI every tool has to be installed"
	status=1
fi

# What failed, with what it said; then what was skipped and why; then the summary.
if [ $status -ne 0 ]; then
	say "failed"
	awk '/^=== RUN/ {said = ""} {said = said $0 "\n"} /^ *--- FAIL|^panic:|DATA RACE|^# |build failed/ {printf "%s", said; said = ""; more = 12; next} more > 0 {more--; print}' "$log" | head -300 || true
fi
skipped=$(grep -E '^ *--- SKIP' "$log" || true)
if [ -n "$skipped" ]; then
	say "skipped"
	grep -E -A2 '^ *--- SKIP' "$log" | grep -v '^--$' || true
fi

say "packages"
grep -E '^(ok|FAIL|\?|panic:)[[:space:]]' "$log" || true
passed=$(grep -cE '^--- PASS' "$log" || true)
failed=$(grep -cE '^--- FAIL' "$log" || true)
skips=$(grep -cE '^--- SKIP' "$log" || true)

if [ "$passed" -eq 0 ]; then
	echo "no test ran"
	status=1
fi
if [ -n "${CI:-}" ] && grep -q 'not installed' <<<"$(grep -A2 -E '^ *--- SKIP' "$log")"; then
	echo "in CI every tool has to be installed"
	status=1
fi
grep -E '^ *--- FAIL|^panic:|DATA RACE' "$log" | sort | uniq -c || true
echo "$passed passed, $failed failed, $skips skipped"
exit $status
