#!/usr/bin/env bash
# Runs Keycloak with the made-up town of auth/testdata, in memory, and prints the
# address of its issuer when it answers, which the tests of auth and web want in
# KLARLAGT_TEST_KEYCLOAK. It runs until it is told to end. Where Java or Maven is
# not installed it prints nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
version=26.5.6

for tool in java mvn unzip; do
	if ! command -v "$tool" >/dev/null; then
		echo "$tool is not installed: no Keycloak" >&2
		exit 0
	fi
done
home=build/keycloak-$version
if [ ! -x "$home/bin/kc.sh" ]; then
	mvn -q -B dependency:copy -Dartifact="org.keycloak:keycloak-quarkus-dist:$version:zip" -DoutputDirectory=build >&2
	unzip -q -o "build/keycloak-quarkus-dist-$version.zip" -d build >&2
fi
mkdir -p "$home/data/import"
cp auth/testdata/keycloak-town.json "$home/data/import/"

exec 3< <(exec "$home/bin/kc.sh" start-dev --db=dev-mem --http-host=127.0.0.1 --http-port=0 --import-realm 2>&1)
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true' EXIT
trap 'exit 0' TERM INT
said=
while read -r -u 3 line; do
	said+=$line$'\n'
	if [[ $line =~ "Listening on: "(http://[0-9.:]+) ]]; then
		echo "${BASH_REMATCH[1]}/realms/town"
		cat <&3 >/dev/null & # what it says from now on is of no use
		wait "$server"
		exit 0
	fi
done
printf 'Keycloak ended:\n%s' "$said" >&2
exit 1
