// What takes several people, by keyboard alone: who is shown for a purpose, the
// two readers of protected identities, approvals, emergency access, and the
// closing of a case.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { check, choose, go, hire, home, klarlagt, look, press, run, setUp, type } = require("./browser.cjs");

const evidence = path.join(home, "evidence");
fs.mkdirSync(evidence);
fs.writeFileSync(path.join(home, "pupils.csv"), "Elev-ID;Förnamn;Efternamn;Personbeteckning;Turvakielto\nP-1;Aino;Koivunen;010594Y9032;\nP-2;Ilta;Järvinen;020594Y904R;kyllä\n");
fs.writeFileSync(path.join(evidence, "list.csv"), "Namn;Personbeteckning\nAino Koivunen;010594Y9032\nIlta Järvinen;020594Y904R\n");

// at is where a page is, without its site.
const at = (page) => new URL(page.url()).pathname;

// find looks somebody up by their number.
const find = async (page, theCase, number) => {
	await page.goto(theCase + "/people");
	await type(page, "#value", number);
	await choose(page, "#purpose", "To judge whether a finding is this person's");
	await go(page, 'form[action$="/people"] .ds-button');
	check(/\/people\/p\d+$/.test(at(page)), "nobody was found: " + at(page));
};

// agree has two others open a proposal, and say yes.
const agree = async (site, name, ...others) => {
	for (const [i, one] of others.entries()) {
		await one.page.goto(site + "/approvals");
		if (name && i === 1) await look(one.page, "approvals", { "main tbody tr": 2 });
		await go(one.page, "main tbody tr:first-child a");
		if (name && i === 0) await look(one.page, name, { "main pre": 1, "main .ds-button": 2 });
		await go(one.page, 'form[action$="/agree"] button');
		check((await one.page.textContent("main dl")).includes(`${i + 1} of 2`), `${one.shown} has agreed, and it does not count`);
	}
};

// revealed looks for one person, who is masked, and has them shown.
const revealed = async (officer, theCase) => {
	await find(officer.page, theCase, "010594Y9032");
	await look(officer.page, "person", { "main tbody tr": 2, ".revealed": 0 });
	check(!(await officer.page.textContent("main")).includes("Koivunen"), "a masked person has a name");
	await choose(officer.page, "#purpose", "The person asks about themselves");
	await go(officer.page, 'form[action$="/reveal"] button');
	await look(officer.page, "person-revealed", { ".revealed": 1 });
	check((await officer.page.textContent(".revealed")).includes("Aino Koivunen"), "a revealed person has no name");
};

// twoReaders names them, and has one of them shown somebody protected.
const twoReaders = async (site, officer, theCase, others) => {
	const page = officer.page;
	await page.goto(theCase + "/members");
	await choose(page, "#first", officer.shown);
	await choose(page, "#second", others[0].shown);
	await go(page, 'form[action$="/readers"] button');
	await look(page, "readers", { 'form[action$="/readers"]': 1, "main h2 ~ ul:not(.rows) li": 2 });
	await find(page, theCase, "020594Y904R");
	await look(page, "person-protected", { 'form[action$="/reveal"]': 0, 'form[action$="/propose"]': 1 });
	await choose(page, "#purpose", "To reach the person");
	await go(page, 'form[action$="/propose"] button');
	await look(page, "proposal", { 'form[action$="/withdraw"]': 1, "main pre": 1 });
	const proposal = page.url();
	await agree(site, "", ...others);
	await page.goto(proposal);
	await go(page, 'form[action$="/do"] button');
	check((await page.textContent(".revealed")).includes("Ilta Järvinen"), "what two approved is not shown");
};

// emergency is access for somebody who does not work on the case, and its review.
const emergency = async (site, officer, bearer, theCase) => {
	const page = officer.page;
	await page.goto(site + "/glasses");
	await type(page, "#dpo", "dpo@example.com");
	await type(page, "#ciso", "ciso@example.com");
	await go(page, 'form[action$="/watchers"] button');
	await go(page, `form[action$="/bearers/${bearer.id}"] button`);
	await look(page, "glasses", { "main tbody tr": 0, 'form[action$="/drop"]': 1 });

	const theirs = bearer.page;
	await theirs.goto(theCase);
	check((await theirs.$$(".tabs")).length === 0, "a case is open to somebody who does not work on it");
	await theirs.goto(site + "/glass");
	await look(theirs, "glass", { "main form": 1 });
	await type(theirs, "#case", theCase.split("/").pop());
	await go(theirs, 'main form[action="/glass"] button');
	await look(theirs, "glass-case", { "main textarea": 1 });
	await type(theirs, "#reason", "En elev svävar i fara och ingen som arbetar i ärendet kan nås.");
	await go(theirs, "main form button");
	await theirs.goto(theCase + "/report");
	await look(theirs, "glass-open", { ".glass": 1 });
	await go(theirs, ".glass form button");
	check((await theirs.$$(".glass")).length === 0, "emergency access was given back and is open");

	await page.goto(site + "/glasses");
	await look(page, "glasses-to-review", { "main tbody tr": 1 });
	await go(page, "main tbody a");
	await look(page, "glass-review", { "main form button": 2 });
	await go(page, 'main form button[value="justified"]');
	check((await page.$$("main tbody a")).length === 0, "emergency access was reviewed and waits");
};

// closed is the end of the case, which three people bring about.
const closed = async (site, officer, theCase, others) => {
	const page = officer.page;
	await page.goto(theCase + "/approvals");
	await look(page, "case-approvals", { "main tbody tr": 1, 'form[action$="/close"]': 1 });
	await go(page, 'form[action$="/close"] button');
	const proposal = page.url();
	await agree(site, "approval", ...others);
	await page.goto(proposal);
	await look(page, "proposal-approved", { 'form[action$="/do"]': 1 });
	await go(page, 'form[action$="/do"] button');
	await page.goto(site + "/cases");
	await look(page, "cases-closed", { "main tbody tr": 1 });
	check((await page.textContent("main tbody tr")).includes("closed"), "the case was closed and is not");
	await page.goto(theCase + "/people");
	check((await page.$$("#value")).length === 0, "people are looked for in a closed case");
};

run(async ({ site, code, fresh }) => {
	const boss = await setUp(await fresh(), site, code, "kalle", false);
	const officer = await hire(boss, await fresh(), site, "kajsa", "Kajsa Anka", "investigator", "data-protection-officer");
	const others = [await hire(boss, await fresh(), site, "roope", "Roope Ankka", "approver", "reviewer"), await hire(boss, await fresh(), site, "milla", "Milla Magia", "approver")];
	const bearer = await hire(boss, await fresh(), site, "hannu", "Hannu Hanhi", "desk");

	await officer.page.goto(site + "/cases");
	await type(officer.page, "#title", "Intrång i skolans filserver");
	await go(officer.page, "main form .ds-button");
	const theCase = officer.page.url();
	await officer.page.goto(theCase + "/members");
	for (const one of others) await go(officer.page, `form[action$="/${one.id}/join"] button`);
	klarlagt("scan", evidence, "--register", path.join(home, "pupils.csv"), "--case", theCase.split("/").pop());

	await revealed(officer, theCase);
	await twoReaders(site, officer, theCase, others);
	await emergency(site, officer, bearer, theCase);
	await closed(site, officer, theCase, others);
	await press(officer.page, 'form[action="/sign-out"] button');
	await officer.page.waitForURL("**/sign-in");
});
