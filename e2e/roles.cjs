// What each of the other roles comes for, by keyboard alone: the reviewer judges
// what is uncertain and takes it back, the investigator has the list frozen, the
// service desk answers somebody who asks, the auditor reads who has seen what, the
// officer makes a token; and what somebody typed outlives their sign-in.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { check, choose, go, hire, home, klarlagt, look, password, press, run, setUp, sixDigits, speak, type, underAxe } = require("./browser.cjs");

const evidence = path.join(home, "evidence"), register = path.join(home, "pupils.csv");
fs.mkdirSync(evidence);
fs.writeFileSync(register, "Elev-ID;Förnamn;Efternamn;Personbeteckning;E-post\nP-1;Aino;Koivunen;010594Y9032;hemma@example.com\nP-2;Ilta;Koivunen;020594Y904R;hemma@example.com\n");
fs.writeFileSync(path.join(evidence, "list.csv"), "Namn;Personbeteckning\nAino Koivunen;010594Y9032\n");
fs.writeFileSync(path.join(evidence, "note.txt"), "Skriv till hemma@example.com. Diagnos: astma.\n");

// judge answers a question, takes the answer back, and answers otherwise.
const judge = async ({ page }, theCase) => {
	await page.goto(theCase);
	await go(page, '.tabs a[href$="/exposure"]');
	await go(page, '.tabs .pages a[href$="/review"]');
	await look(page, "review", { "table.wide tbody tr": 1 });
	await go(page, "table.wide tbody a");
	const question = page.url();
	await type(page, "#reason", "the letter names the younger one");
	await go(page, 'button[name=is]:not([value=none])');
	await page.goto(question);
	await go(page, 'form[action$="/undo"] button');
	await page.goto(question);
	await type(page, "#reason", "it is the whole family's address");
	await go(page, "button[name=is][value=none]");
	await page.goto(theCase + "/review?show=answered");
	check((await page.$$("table.wide tbody tr")).length === 1, "what was answered is not listed");
};

// freeze has the newest version of the list frozen by two others.
const freeze = async (site, { page }, theCase, others) => {
	await page.goto(theCase + "/lists");
	await look(page, "lists", { "main tbody tr": 2, 'form[action$="/freeze"]': 1 });
	await go(page, "main tbody tr:first-child a");
	await look(page, "list", { "#from option": 1 });
	await go(page, 'main a[href$="/lists"]');
	await go(page, 'form[action$="/freeze"] button');
	const proposal = page.url();
	for (const one of others) {
		await one.page.goto(site + "/approvals");
		await go(one.page, "main tbody tr:first-child a");
		await go(one.page, 'form[action$="/agree"] button');
	}
	await page.goto(proposal);
	await go(page, 'form[action$="/do"] button');
	await page.goto(theCase + "/lists");
	check((await page.textContent("main tbody tr")).includes("Joakim von Anka") || (await page.$$("main tbody strong")).length === 1, "the list was frozen by two and is not");
};

// answer is what the service desk does for somebody who calls.
const answer = async ({ page }, theCase) => {
	await page.goto(theCase + "/people");
	await type(page, "#value", "010594Y9032");
	await choose(page, "#purpose", "The person asks about themselves");
	await go(page, 'form[action$="/people"] .ds-button');
	const found = page.url();
	check(/\/people\/p\d+$/.test(found), "nobody was found: " + found);
	await choose(page, "#purpose", "The person asks about themselves");
	await go(page, 'form[action$="/reveal"] button');
	check((await page.textContent(".revealed")).includes("Aino Koivunen"), "a revealed person has no name");
	await page.goto(found + "/told");
	await look(page, "told", { 'form[action$="/told"]': 1 });
	await page.goto(theCase + "/lists");
	check((await page.getAttribute("[data-verdict]", "data-verdict")) === "not-your-role", "the list is open to the service desk");
};

// audit reads who has seen what, and that nobody rewrote it.
const audit = async (site, { page }, theCase) => {
	await page.goto(site + "/cases");
	await go(page, "main tbody a");
	await page.goto(theCase + "/journal");
	check((await page.textContent("main tbody")).includes("reveal"), "the journal does not say who was shown");
	await page.goto(site + "/journal");
	await go(page, 'main form[action="/journal"] button');
	check((await page.$$('.ds-alert[data-color="success"]')).length === 1, "the journal does not hold");
	await page.goto(site + "/glasses");
	check((await page.$$("main h1")).length === 1, "emergency access is closed to the auditor");
	await page.goto(theCase + "/people");
	check((await page.getAttribute("[data-verdict]", "data-verdict")) === "not-your-role", "people are open to the auditor");
};

// kept is what was typed when the sign-in had ended.
const kept = async (context, officer, theCase) => {
	const page = officer.page;
	await page.goto(theCase + "/fact?fact=aware");
	await type(page, "#part-at", "2026-03-02 08:15Z");
	await type(page, "#part-why", "the reader called");
	await context.clearCookies();
	await speak(context, page.url(), "sv");
	await go(page, "form.fact .ds-button");
	await type(page, "#name", "kajsa");
	await type(page, "#password", password);
	await type(page, "#code", await sixDigits(officer.secret));
	await go(page, "main form .ds-button");
	check((await page.textContent("main ul.rows")).includes("the reader called"), "what was typed is lost");
	await underAxe(page, "kept", "sv");
	await go(page, "main form .ds-button");
	await page.goto(theCase + "/facts");
	check((await page.textContent("main")).includes("the reader called"), "what was kept was not taken");
};

run(async ({ site, code, fresh }) => {
	const boss = await setUp(await fresh(), site, code, "kalle", false);
	await boss.page.waitForURL("**/users");
	const context = await fresh();
	const officer = await hire(boss, context, site, "kajsa", "Kajsa Anka", "data-protection-officer");
	const investigator = await hire(boss, await fresh(), site, "joakim", "Joakim von Anka", "investigator");
	const reviewer = await hire(boss, await fresh(), site, "roope", "Roope Ankka", "reviewer", "approver");
	const milla = await hire(boss, await fresh(), site, "milla", "Milla Magia", "approver");
	const desk = await hire(boss, await fresh(), site, "hannu", "Hannu Hanhi", "desk");
	const auditor = await hire(boss, await fresh(), site, "iines", "Iines Ankka", "auditor");

	await officer.page.goto(site + "/cases");
	await type(officer.page, "#title", "Intrång i skolans filserver");
	await go(officer.page, "main form .ds-button");
	const theCase = officer.page.url(), id = theCase.split("/").pop();
	await officer.page.goto(theCase + "/members");
	for (const one of [investigator, reviewer, milla, desk, auditor]) await go(officer.page, `form[action$="/${one.id}/join"] button`);
	klarlagt("scan", evidence, "--register", register, "--case", id);

	await judge(reviewer, theCase);
	klarlagt("resolve", "--case", id);
	await freeze(site, investigator, theCase, [reviewer, milla]);
	await answer(desk, theCase);
	await audit(site, auditor, theCase);

	await officer.page.goto(site + "/account/tokens");
	await type(officer.page, "#name", "statistik");
	await press(officer.page, "fieldset input[type=checkbox]", "Space");
	await go(officer.page, 'form[action="/account/tokens"] .ds-button');
	check((await officer.page.$$("code.secret")).length === 1, "a token was made and is not shown");
	await officer.page.goto(site + "/account/tokens");
	await look(officer.page, "tokens", { "main tbody tr": 1 });
	await officer.page.goto(site + "/unlock");
	await look(officer.page, "unlock", { "main form": 2 });
	await kept(context, officer, theCase);
});
