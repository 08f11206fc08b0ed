// The desk of a case, by keyboard alone: the officer from an empty case to what
// was sent to the authority, the investigator from a number to the place it comes
// from, to a question that waits, and to people who are one, or two.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { check, choose, go, hire, home, klarlagt, look, press, run, setUp, type } = require("./browser.cjs");

const evidence = path.join(home, "evidence");
fs.mkdirSync(evidence);
fs.writeFileSync(path.join(home, "pupils.csv"), "id;namn;e-post;telefon\n1;Tova Exempelsson;hemma@example.com;\n2;Tuva Exempelsson;hemma@example.com;\n3;Bo Provberg;bo.provberg@example.com;0701740605\n4;Bo Provberg;bo@example.com;0701740605\n");
fs.writeFileSync(path.join(home, "customers.csv"), "id;namn;e-post;personnummer\nC2;Kaj Testlund;kaj@example.com;010594Y9032\n");
fs.writeFileSync(path.join(home, "staff.csv"), "id;namn;e-post;personnummer\nS1;Vera Mallberg;vera@example.com;010594Y9032\n");
fs.writeFileSync(path.join(evidence, "note.txt"), "Skriv till hemma@example.com. Diagnos: astma.\n");
fs.writeFileSync(path.join(evidence, "bo.txt"), "Bo Provberg, bo.provberg@example.com\n");
fs.writeFileSync(path.join(evidence, "others.txt"), "Bo Provberg, bo@example.com\n\n\nKaj Testlund, kaj@example.com. Diagnos: astma.\n");

// part goes to a page of the case by its two levels of links.
const part = async (page, theCase, group, name) => {
	await go(page, `.tabs > ul:first-child a[href="${theCase}${group}"]`);
	if (name && name !== group) await go(page, `.tabs .pages a[href="${theCase}${name}"]`);
};

// enter fills in the form of a fact: lists to choose from, and texts to type.
const enter = async (page, theCase, fact, choices, texts) => {
	await part(page, theCase, "/facts");
	await go(page, `main a[href="${theCase}/fact?fact=${fact}"]`);
	for (const [name, text] of Object.entries(choices)) await choose(page, "#part-" + name, text);
	for (const [name, text] of Object.entries(texts)) await type(page, "#part-" + name, text);
	await go(page, "form.fact .ds-button");
	check(/\/(facts|assessment)$/.test(page.url()), `${fact} was not taken: ${page.url()}`);
};

const minutesAgo = (n) => new Date(Date.now() - n * 60000).toISOString().slice(0, 16).replace("T", " ") + "Z";

// carry is one mis-sent mail, from what happened to what was sent.
const carry = async ({ page }, theCase) => {
	await enter(page, theCase, "case", { kind: "Mis-sent message", country: "Sweden", role: "Controller" }, {});
	await enter(page, theCase, "aware", {}, { at: minutesAgo(90), why: "the reader called" });
	await enter(page, theCase, "controller", {}, { name: "Exempelby kommun" });
	await enter(page, theCase, "cohort", {}, { name: "pupils", lower: "1", upper: "1" });
	check((await page.$$("main details")).length === 3, "there is something else to decide");
	await press(page, "details:first-of-type summary");
	await press(page, "details:first-of-type input[type=radio]", "Space");
	await type(page, "details:first-of-type textarea", "one known reader");
	await go(page, "details:first-of-type button");
	check((await page.textContent("main .facts")).includes("one known reader"), "what was decided is not listed");
	await go(page, ".mark a");
	await go(page, `a[href="${theCase}"]`);
	await look(page, "desk", { ".tabs .pages li": 2 });
	await part(page, theCase, "/duties", "/drafts");
	await go(page, `main a[href="${theCase}/draft?form=se-imy"]`);
	await look(page, "draft", { "main h2": 2 });
	await type(page, "#number", "IMY-2026-1");
	await go(page, 'form[action$="/draft/sent"] button');
	check((await page.inputValue("#number-1")) === "IMY-2026-1", "the number of what was sent is not kept");
};

// find goes from a number on the matrix to a place, and to what is uncertain.
const find = async ({ page }, theCase) => {
	await page.goto(new URL(theCase, page.url()).href);
	await part(page, theCase, "/exposure");
	await go(page, '.matrix a[href*="grade=proven"]');
	await go(page, "table.roll tbody a");
	check((await page.textContent("main")).includes("bo.txt"), "a person's page does not say where");
	await part(page, theCase, "/exposure", "/review");
	await go(page, "table.wide tbody a");
	await look(page, "review-question", { "form.judge button": 3 });
};

// together says that two who are alike are one, and that one is
// two, whom a wrongly typed number made one; and takes one of them back.
const together = async ({ page }, theCase) => {
	await page.goto(new URL(theCase + "/review", page.url()).href);
	await go(page, 'main a[href*="after="]');
	check((await page.$$("table.wide tbody tr")).length === 1, "not one pair of people who are alike waits");
	await go(page, "table.wide tbody a");
	await look(page, "review-people", { "table.beside tbody tr": 8, "form.judge button": 2 });
	check(!(await page.textContent("main")).includes("example.com"), "the page shows values of people");
	await type(page, "#reason", "moved, and has both addresses");
	await go(page, 'button[value="same"][accesskey="1"]');
	klarlagt("resolve", "--case", path.basename(theCase));

	const kaj = JSON.parse(klarlagt("explain", "customers:C2", "--json", "--case", path.basename(theCase))).id;
	await page.goto(new URL(`${theCase}/exposure/${kaj}`, page.url()).href);
	await go(page, 'main a[href*="/review/people?of="]');
	await look(page, "review-split", { "input[type=checkbox]": 2 });
	await press(page, "li:last-child > span > input[type=checkbox]", "Space");
	await type(page, "#reason", "two people have called");
	await go(page, 'button[value="split"]');
	klarlagt("resolve", "--case", path.basename(theCase));
	await page.goto(new URL(`${theCase}/review?show=people`, page.url()).href);
	await look(page, "review-said", { "main ul.rows li": 2 });
	await go(page, 'main ul.rows li:first-child button');
	check((await page.$$("main ul.rows li")).length === 1, "what was taken back is still listed");
	await page.goto(new URL(`${theCase}/exposure/${kaj}`, page.url()).href);
	await look(page, "exposure-why-by-hand", { "main p.callout": 1 });
	check(/by Joakim von Anka \(Investigator\): two people have called/.test(await page.textContent("main")), "a person's page does not say by whom and why they were told apart");
};

run(async ({ site, code, fresh }) => {
	const boss = await setUp(await fresh(), site, code, "kalle", false);
	await boss.page.waitForURL("**/users");
	const officer = await hire(boss, await fresh(), site, "kajsa", "Kajsa Anka", "data-protection-officer");
	const investigator = await hire(boss, await fresh(), site, "joakim", "Joakim von Anka", "investigator");

	await officer.page.goto(site + "/cases");
	await type(officer.page, "#title", "Felskickat brev");
	await go(officer.page, "main form .ds-button");
	const theCase = new URL(officer.page.url()).pathname;
	await part(officer.page, theCase, "/members");
	await go(officer.page, `form[action$="/members/${investigator.id}/join"] button`);
	await part(officer.page, theCase, "");
	await carry(officer, theCase);

	for (const register of ["pupils", "customers", "staff"]) klarlagt("register", "--case", path.basename(theCase), path.join(home, register + ".csv"));
	klarlagt("scan", "--case", path.basename(theCase), evidence);
	await find(investigator, theCase);
	await together(investigator, theCase);
});
