// A register and evidence, by keyboard alone: the investigator sends a register,
// puts right what a column was taken for, imports it, has a folder of the server
// scanned and a file that was sent, and sees both without asking again.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { check, choose, go, hire, home, look, press, run, setUp, type } = require("./browser.cjs");

const evidence = path.join(home, "share");
fs.mkdirSync(evidence);
for (let i = 0; i < 60; i++) fs.writeFileSync(path.join(evidence, `note-${i}.txt`), "Aino Koivunen, 010594Y9032.\n");
const register = path.join(home, "pupils.csv");
fs.writeFileSync(register, "Elev-ID;Förnamn;Efternamn;Personbeteckning;Hemma\nP-1;Aino;Koivunen;010594Y9032;ruotsi\nP-2;Ilta;Järvinen;020594Y904R;suomi\nP-3;Otto;;020594X903X;suomi\n", "latin1");
const sent = path.join(home, "list.csv");
fs.writeFileSync(sent, "Namn;Personbeteckning\nIlta Järvinen;020594Y904R\n");

// attach chooses a file, which the browser's own window does, and sends it.
const attach = async (page, field, file) => {
	await press(page, field, "");
	await page.setInputFiles(field, file);
	await go(page, `form:has(${field}) .ds-button`);
};

// imported takes the register from its file to its people.
const imported = async (page, theCase) => {
	await go(page, `.tabs a[href="${theCase}/registers"]`);
	await attach(page, "#file", register);
	check(/\/registers\/\d+$/.test(page.url()), "the register was not taken: " + page.url());
	await look(page, "register", { "main select": 6, "main tbody tr": 6, 'button[value="import"]:enabled': 1 });
	const shown = await page.textContent("main");
	check(!shown.includes("Koivunen") && !shown.includes("010594Y9032") && shown.includes("K•••••••"), "the values are not masked");
	check(shown.includes("3 people"), "nobody says how many there would be");
	await choose(page, "#column-0-5", "language");
	await go(page, 'button[value="import"]');
	check((await page.textContent("main")).includes("Nothing is imported yet"), "it was imported without being shown");
	await go(page, 'button[value="import"]');
	check((await page.textContent("main")).includes("was imported"), "the register was not imported");
	await go(page, `main p a[href="${theCase}/registers"]`);
	await look(page, "registers", { "main tbody tr": 1 });
};

// done waits until the newest scan is, which the page tells by itself.
const done = async (page, count) => {
	await page.waitForFunction((count) => !document.querySelector("[data-stream]") && document.querySelectorAll("#list ~ .scroll tbody tr").length === count, count);
	const row = await page.textContent("#list ~ .scroll tbody tr");
	check(row.includes("Done"), "the scan has not done: " + row);
};

// scanned scans a folder, and then what was sent.
const scanned = async (page, theCase) => {
	await go(page, `.tabs .pages a[href="${theCase}/scans"]`);
	await look(page, "scans-begin", { "#evidence option": 1, "#reached option": 3 });
	await choose(page, "#reached", "Likely");
	await go(page, 'form[action$="/scans"] .ds-button');
	await done(page, 1);
	check((await page.textContent("#list ~ .scroll tbody tr")).includes("60 of 60"), "not every file was read");
	await attach(page, "#files", sent);
	check((await page.textContent(".rows")).includes("list.csv"), "what was sent is not listed");
	await choose(page, "#evidence", "What was sent here: one file");
	await go(page, 'form[action$="/scans"] .ds-button');
	await done(page, 2);
	await look(page, "scans", { "#list ~ .scroll tbody tr": 2, ".rows li": 1 });
	await go(page, `main a[href="${theCase}/exposure"]`);
	check((await page.textContent("main")).includes("2"), "nobody is exposed");
	await page.goBack();
	await go(page, '.rows form[action$="/remove"] button');
	await page.goto(new URL(theCase + "/journal", page.url()).href);
	const journal = await page.textContent("main");
	check(journal.includes("scan:2") && journal.includes("upload:"), "the journal does not tell of it");
};

run(async ({ site, code, fresh }) => {
	const boss = await setUp(await fresh(), site, code, "kalle", false);
	const officer = await hire(boss, await fresh(), site, "kajsa", "Kajsa Anka", "investigator", "data-protection-officer");
	const page = officer.page;
	await page.goto(site + "/cases");
	await type(page, "#title", "Intrång i skolans filserver");
	await go(page, "main form .ds-button");
	const theCase = new URL(page.url()).pathname;
	await imported(page, theCase);
	await scanned(page, theCase);
}, "--evidence", "share=" + evidence);
