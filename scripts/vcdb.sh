#!/usr/bin/env bash
# Real incidents: enters each of a folder of VERIS files, such as a clone of
# github.com/vz-risk/VCDB has in data/json/validated, into a case of its own, and
# prints a table of what was read, what was refused and why, and which parts there
# are no words for. Fails where something was read wrongly, or is neither in the
# case nor named as left. Nothing is kept.
set -euo pipefail
[ $# -eq 1 ] && [ -d "$1" ] || { echo "usage: $0 FOLDER" >&2; exit 2; }
from=$(realpath "$1")
cd "$(dirname "$0")/.."
command -v jq >/dev/null || { echo "skipped: jq is not installed"; exit 0; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
CGO_ENABLED=0 go build -trimpath -o "$dir/klarlagt" ./cmd/klarlagt
export KLARLAGT_DATA=$dir/data XDG_CONFIG_HOME=$dir/config KLARLAGT_LANG=en
klarlagt() { "$dir/klarlagt" "$@"; }

# What a part of the file has to be in, where it is not named as left: a fact and a
# part of it. The rest of these paths says nothing of an incident.
cat >"$dir/checks.jq" <<'JQ'
def nothing: . == null or . == true or (type == "array" and all(.[]; nothing)) or (type == "object" and all(.[]; nothing)) or
	(type == "string" and IN("", "Unknown", "NA", "0", "00", "000", "000000"));
def leaves($at): if type == "object" and length > 0 then to_entries[] | .key as $k | .value | leaves($at + [$k]) else {at: ($at | join(".")), value: .} end;
def squeezed: gsub("\\s+"; " ") | gsub("^ | $"; "");
{"summary": "nature.description", "victim.victim_id": "controller.name", "victim.industry": "controller.sector", "victim.employee_count": "controller.size",
 "attribute.confidentiality.data_total": "records.lower", "timeline.incident.year": "occurred-from.at", "timeline.incident.month": "occurred-from.at",
 "timeline.incident.day": "occurred-from.at", "timeline.discovery.unit": "detected.at", "timeline.discovery.value": "detected.at",
 "timeline.containment.unit": "contained.at", "timeline.containment.value": "contained.at", "attribute.confidentiality.data_disclosure": "nature.confidentiality",
 "attribute.confidentiality.data_victim": "cohort.categories", "attribute.integrity.variety": "nature.nature", "discovery_notes": "discovery.description"} as $in |
["incident_id", "schema_version", "schema_name", "source_id", "reference", "plus.analysis_status", "plus.analyst", "plus.created", "plus.modified", "plus.master_id",
 "plus.issue_id", "plus.github", "plus.dbir_year", "plus.sub_source", "plus.iteration", "plus.unfollowed"] as $house |
($case.facts | map({key: .fact, value: .says}) | from_entries) as $says |
def of($part): ($part | split(".")) as [$fact, $name] | $says[$fact][$name];
([leaves([]) | select(.value | nothing | not) | .at as $at |
	select(($house | index($at)) or ($at == "security_incident" and .value == "Confirmed") | not) | select($read.left | any(. as $l | $at == $l or ($at | startswith($l + "."))) | not) |
	(if $at | test("^action\\.[a-z]+\\.variety$") then "nature.incident" elif $at | test("^discovery_method\\.") then "discovery.how" else $in[$at] end) as $part |
	select($part == null or of($part) == null) | "lost: " + $at] +
[(if .victim.victim_id and (of("controller.name") != (.victim.victim_id | squeezed)) then "controller" else empty end),
 (if .summary and of("nature.description") != null and (.summary | squeezed | startswith(of("nature.description")) | not) then "summary" else empty end),
 (if of("records.lower") != null and (of("records.lower") | tonumber) != .attribute.confidentiality.data_total then "data_total" else empty end),
 (if of("nature.confidentiality") != {"Yes": "disclosed", "Potentially": "likely", "No": "not-disclosed"}[.attribute.confidentiality.data_disclosure // ""] then "data_disclosure" else empty end),
 (if of("occurred-from.at") != null and (of("occurred-from.at")[:10] | split("-") | map(tonumber)) != [.timeline.incident.year, .timeline.incident.month, .timeline.incident.day] then "incident day" else empty end)
 | "wrong: " + .])[]
JQ

read=0 refused=0 wrong=0
while IFS= read -r -d '' file; do
	name=$(basename "$file")
	id=$(klarlagt open "$name" -q)
	if ! klarlagt --case "$id" --json exchange read "$file" >"$dir/read.json" 2>"$dir/why"; then
		refused=$((refused + 1))
		printf '%-44s refused  %s\n' "$name" "$(tail -1 "$dir/why")"
		continue
	fi
	read=$((read + 1))
	klarlagt --case "$id" --json case >"$dir/case.json"
	jq -r '.left[]' "$dir/read.json" >>"$dir/left"
	jq -r '.entered[]' "$dir/read.json" >>"$dir/entered"
	found=$(jq -r --argjson case "$(cat "$dir/case.json")" --argjson read "$(cat "$dir/read.json")" "[$(cat "$dir/checks.jq")] | join(\"; \")" "$file")
	[ -z "$found" ] || { wrong=$((wrong + 1)); printf '%-44s WRONG    %s\n' "$name" "$found"; }
done < <(find "$from" -iname '*.json' -type f -print0 | sort -z)

count() { sort "$1" | uniq -c | sort -rn; }
echo "facts that were entered, in so many incidents:"
count "$dir/entered"
echo "parts without words of ours, in so many incidents:"
count "$dir/left" | head -40
echo "incidents read: $read, refused: $refused, wrong or lost: $wrong"
[ "$read" -gt 0 ] && [ "$wrong" -eq 0 ]
