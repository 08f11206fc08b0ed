#!/usr/bin/env bash
# Runs a command beside a Postfix of its own, which takes mail on the loopback
# address and delivers it to nobody. The command finds it by
# KLARLAGT_TEST_POSTFIX (address and port) and KLARLAGT_TEST_POSTFIX_LOG. What comes
# in is not slowed to what goes out (in_flow_delay): a campaign comes in at once.
# Needs Postfix 3.4 or newer, and to be root, as Postfix does.
set -euo pipefail
PATH=$PATH:/usr/sbin
for tool in postfix postconf; do
	command -v "$tool" >/dev/null || { echo "$tool: not installed" >&2; exit 1; }
done
port=${POSTFIX_PORT:-10025}
dir=$(mktemp -d /tmp/postfix-XXXXXX)
chmod 755 "$dir"
mkdir -p "$dir/conf" "$dir/queue" "$dir/data"
chown postfix "$dir/data"
cp "$(postconf -d -h config_directory)/master.cf" "$dir/conf/master.cf.debian" 2>/dev/null || true
cat >"$dir/conf/main.cf" <<CONF
compatibility_level = 3.6
queue_directory = $dir/queue
data_directory = $dir/data
myhostname = mail.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
alias_maps =
local_transport = discard:
default_transport = discard:
relay_transport = discard:
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
anvil_rate_time_unit = 1h
maillog_file = $dir/mail.log
in_flow_delay = 0
maillog_file_prefixes = /tmp
CONF
cat >"$dir/conf/master.cf" <<CONF
127.0.0.1:$port inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
CONF
stop() {
	postfix -c "$dir/conf" stop >/dev/null 2>&1 || true
	rm -rf "$dir"
}
trap stop EXIT
postfix -c "$dir/conf" start >/dev/null
for _ in $(seq 50); do
	(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
	sleep 0.1
done
KLARLAGT_TEST_POSTFIX=127.0.0.1:$port KLARLAGT_TEST_POSTFIX_LOG=$dir/mail.log "$@"
