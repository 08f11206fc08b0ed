#!/usr/bin/env bash
# How many messages a second listmonk hands to a mail server:
# scripts/listmonk.sh CONNECTIONS PEOPLE SERVER TEXT
# TEXT is a file with what each gets, as plain text. LISTMONK names a checkout
# of listmonk, which is built there once; KLARLAGT_TEST_POSTGRES a server to use
# (scripts/postgres.sh). Its template holds the text alone, its rate is out of
# the way, and its clock is its own log's: from the start to the end of the
# campaign.
set -euo pipefail
connections=$1 people=$2 server=$3 text=$4
[ -x "$LISTMONK/listmonk-bench" ] || (cd "$LISTMONK" && go build -o listmonk-bench ./cmd)
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
socket=$(sed -n 's/.*host=\([^ ]*\).*/\1/p' <<<"$KLARLAGT_TEST_POSTGRES")
user=$(sed -n 's/.*user=\([^ ]*\).*/\1/p' <<<"$KLARLAGT_TEST_POSTGRES")
dir=$(mktemp -d)
peer=
stop() {
	if [ -n "$peer" ]; then
		kill "$peer" 2>/dev/null || true
		wait "$peer" 2>/dev/null || true
	fi
	rm -rf "$dir"
}
trap stop EXIT
sql() { "$bin/psql" -q -v ON_ERROR_STOP=1 -v VERBOSITY=terse -h "$socket" -U "$user" "$@"; }

sql -d postgres -c 'DROP DATABASE IF EXISTS listmonk' -c 'CREATE DATABASE listmonk' 2>/dev/null
export LISTMONK_db__host=$socket LISTMONK_db__user=$user LISTMONK_db__database=listmonk LISTMONK_db__port=5432 LISTMONK_db__ssl_mode=disable LISTMONK_db__max_open=25 LISTMONK_db__max_idle=25 LISTMONK_app__address=127.0.0.1:${LISTMONK_PORT:-10027}
cd "$LISTMONK"
mkdir -p frontend/dist # its pages are not built, for nobody looks at them
./listmonk-bench --config '' --install --yes >"$dir/install" 2>&1 || { cat "$dir/install" >&2; exit 1; }
sql -d listmonk -v people="$people" -v connections="$connections" -v host="${server%:*}" -v port="${server#*:}" -v body="$(cat "$text")" >"$dir/sql" <<'SQL'
UPDATE settings SET value = to_jsonb(:connections::int) WHERE key = 'app.concurrency';
UPDATE settings SET value = '100000' WHERE key = 'app.message_rate';
UPDATE settings SET value = '1000' WHERE key = 'app.batch_size';
UPDATE settings SET value = 'false' WHERE key IN ('app.check_updates', 'privacy.unsubscribe_header');
UPDATE settings SET value = jsonb_build_array(jsonb_build_object('enabled', true, 'host', :'host', 'port', :port::int, 'auth_protocol', 'none', 'username', '', 'password', '', 'hello_hostname', '',
	'max_conns', :connections::int, 'idle_timeout', '15s', 'wait_timeout', '60s', 'max_msg_retries', 2, 'tls_type', 'none', 'tls_skip_verify', true, 'email_headers', '[]'::jsonb)) WHERE key = 'smtp';
DELETE FROM campaigns;
SET client_min_messages = warning;
TRUNCATE subscribers CASCADE;
INSERT INTO subscribers (uuid, email, name) SELECT gen_random_uuid(), 'nobody.' || n || '@example.com', 'Nobody ' || n FROM generate_series(1, :people) n;
INSERT INTO subscriber_lists (subscriber_id, list_id, status) SELECT id, (SELECT min(id) FROM lists), 'confirmed' FROM subscribers;
INSERT INTO templates (name, type, subject, body) VALUES ('bare', 'campaign', '', '{{ template "content" . }}');
INSERT INTO campaigns (uuid, name, subject, from_email, body, content_type, status, messenger, template_id)
	VALUES (gen_random_uuid(), 'bench', 'Information', 'City <x@city.example>', :'body', 'plain', 'running', 'email', (SELECT max(id) FROM templates));
INSERT INTO campaign_lists (campaign_id, list_id) SELECT max(id), (SELECT min(id) FROM lists) FROM campaigns;
ANALYZE;
SQL
./listmonk-bench --config '' >"$dir/log" 2>&1 &
peer=$!
until grep -q 'campaign (bench) finished' "$dir/log"; do
	kill -0 "$peer" 2>/dev/null || { cat "$dir/log" >&2; exit 1; }
	sleep 0.2
done
sent=$(sql -d listmonk -At -c 'SELECT sent FROM campaigns')
[ "$sent" = "$people" ] || { echo "listmonk sent $sent of $people" >&2; exit 1; }
moment() { grep -m1 "$1" "$dir/log" | awk '{print $2}' | awk -F: '{printf "%.6f\n", $1 * 3600 + $2 * 60 + $3}'; }
awk -v a="$(moment 'start processing campaign (bench)')" -v b="$(moment 'campaign (bench) finished')" -v n="$people" 'BEGIN { d = b - a; if (d < 0) d += 86400; printf "%.0f\n", n / d }'
