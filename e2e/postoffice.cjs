// What notices are handed to in a journey: a mail server that keeps what it takes,
// the mailbox in which rehearsals are read back, and a service of digital
// mailboxes.
"use strict";
const fs = require("node:fs");
const http = require("node:http");
const net = require("node:net");
const path = require("node:path");

// lines calls f for each line that comes, with what writes back.
const lines = (socket, f) => {
	let rest = "";
	socket.on("error", () => {});
	socket.on("data", (data) => {
		const all = (rest + data.toString("latin1")).split("\r\n");
		rest = all.pop();
		for (const line of all) f(line, (text) => socket.write(text, "latin1"));
	});
};

// mailServer takes every message (RFC 5321).
const mailServer = (kept) => net.createServer((socket) => {
	socket.write("220 postoffice\r\n");
	let text = null;
	lines(socket, (line, say) => {
		if (text !== null) {
			if (line !== ".") text.push(line.replace(/^\./, ""));
			else {
				kept.push(text.join("\r\n") + "\r\n");
				text = null;
				say("250 2.0.0 Ok: queued as " + kept.length + "\r\n");
			}
			return;
		}
		const word = line.split(" ")[0].toUpperCase();
		if (word === "EHLO") say("250-postoffice\r\n250-8BITMIME\r\n250 PIPELINING\r\n");
		else if (word === "DATA") { text = []; say("354 go on\r\n"); }
		else if (word === "QUIT") { say("221 bye\r\n"); socket.end(); }
		else say("250 Ok\r\n");
	});
});

// mailbox reads what was kept by its Message-ID (RFC 3501): as much of it as is
// asked for.
const mailbox = (kept) => net.createServer((socket) => {
	socket.write("* OK [CAPABILITY IMAP4rev1] postoffice\r\n");
	lines(socket, (line, say) => {
		const [tag, ...words] = line.split(" ");
		const command = words.join(" ");
		if (/^(SELECT|EXAMINE)/i.test(command)) say(`* FLAGS (\\Seen)\r\n* ${kept.length} EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY 1]\r\n* OK [UIDNEXT ${kept.length + 1}]\r\n`);
		else if (/^UID SEARCH/i.test(command)) {
			const id = command.match(/<[^>]+>/)?.[0];
			const at = kept.findIndex((m) => m.includes("Message-Id: " + id) || m.includes("Message-ID: " + id));
			say(`* SEARCH${at < 0 ? "" : " " + (at + 1)}\r\n`);
		} else if (/^UID FETCH/i.test(command)) {
			const n = Number(words[2]), text = "Return-Path: <nobody@example.com>\r\n" + kept[n - 1];
			say(`* ${n} FETCH (UID ${n} BODY[] {${Buffer.byteLength(text, "latin1")}}\r\n${text})\r\n`);
		} else if (/^CAPABILITY/i.test(command)) say("* CAPABILITY IMAP4rev1\r\n");
		else if (/^LOGOUT/i.test(command)) say("* BYE bye\r\n");
		say(tag + " OK done\r\n");
	});
});

// boxes is a service as Suomi.fi's: who is named has a mailbox, and reads.
const boxes = (has) => {
	const taken = new Map();
	return http.createServer((req, res) => {
		let body = "";
		req.on("data", (data) => { body += data; });
		req.on("end", () => {
			const say = (code, data) => { res.writeHead(code, { "Content-Type": "application/json" }); res.end(JSON.stringify(data)); };
			const sent = body ? JSON.parse(body) : {};
			if (req.url === "/v1/token") return say(200, { access_token: "made-up", token_type: "Bearer", expires_in: 3600 });
			if (req.url === "/v1/mailboxes/active") return say(200, { endUsersWithActiveMailbox: sent.endUsers.filter((u) => has.includes(u.id)) });
			if (req.url === "/v2/messages/electronic") {
				const again = taken.get(sent.externalId);
				if (!again) taken.set(sent.externalId, taken.size + 1);
				return say(again ? 409 : 200, { messageId: taken.get(sent.externalId) });
			}
			say(200, { continuationToken: "end", events: req.url.endsWith("=end") ? [] : [...taken.keys()].map((externalId) => ({ type: "Electronic message read", metadata: { externalId } })) });
		});
	});
};

// channels opens all three, and writes the file that names them for a server.
const channels = (folder, has) => {
	const kept = [], port = 41000 + 3 * (process.pid % 6000);
	mailServer(kept).listen(port, "127.0.0.1");
	mailbox(kept).listen(port + 1, "127.0.0.1");
	boxes(has).listen(port + 2, "127.0.0.1");
	const file = (name, data) => { fs.writeFileSync(path.join(folder, name), typeof data === "string" ? data : JSON.stringify(data), { mode: 0o600 }); return path.join(folder, name); };
	file("secret", "made-up");
	file("box.json", { kind: "suomi.fi", url: "http://127.0.0.1:" + (port + 2), username: "city", service_id: "service", secret_file: "secret" });
	return file("channels.json", { mail: { smtp: "smtp://127.0.0.1:" + port }, mailbox: "box.json", posti: { customer: "000000", test: true },
		rehearsal: { seeds: ["seed.one@example.com", "seed.two@example.com"], imap: "imap://seed@127.0.0.1:" + (port + 1), secret_file: "secret" } });
};

module.exports = { channels };
