// A notice on its pages, by keyboard alone: written, looked at as those who are
// made up would get it, frozen, proposed, agreed to by two others, released,
// halted, and proven for one person.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { check, choose, go, hire, home, klarlagt, look, press, run, setUp, type } = require("./browser.cjs");

const evidence = path.join(home, "evidence");
fs.mkdirSync(evidence);
fs.writeFileSync(path.join(home, "pupils.csv"), "Elev-ID;Förnamn;Efternamn;Personbeteckning;Adress;Postnummer;Postort\n" +
	"P-1;Aino;Koivunen;010594Y9032;Provgatan 1;00100;Exempelby\nP-2;Ilta;Järvinen;020594Y904R;Provgatan 2;00100;Exempelby\n");
fs.writeFileSync(path.join(evidence, "list.csv"), "Namn;Personbeteckning\nAino Koivunen;010594Y9032\nIlta Järvinen;020594Y904R\n");

// agree has two others open what was proposed, and say yes.
const agree = async (site, others) => {
	for (const one of others) {
		await one.page.goto(site + "/approvals");
		await go(one.page, "main tbody tr:first-child a");
		await go(one.page, 'form[action$="/agree"] button');
	}
};

run(async ({ site, code, fresh }) => {
	const boss = await setUp(await fresh(), site, code, "kalle", false);
	const { page } = await hire(boss, await fresh(), site, "kajsa", "Kajsa Anka", "investigator", "data-protection-officer", "communications");
	const others = [await hire(boss, await fresh(), site, "roope", "Roope Ankka", "approver"), await hire(boss, await fresh(), site, "milla", "Milla Magia", "approver")];
	await page.goto(site + "/cases");
	await type(page, "#title", "Intrång i skolans filserver");
	await go(page, "main form .ds-button");
	const theCase = page.url();
	await page.goto(theCase + "/members");
	for (const one of others) await go(page, `form[action$="/${one.id}/join"] button`);
	klarlagt("scan", evidence, "--register", path.join(home, "pupils.csv"), "--case", theCase.split("/").pop());

	await page.goto(theCase + "/notices");
	await go(page, 'main a[href$="/notice"]');
	for (const lang of ["sv", "fi", "en"]) {
		await page.$eval(`#${lang}-happened`, (e) => { e.closest("details").open = true; });
		await type(page, `#${lang}-controller`, "Staden Exempel");
		await type(page, `#${lang}-happened`, "Ett register låg öppet på nätet i två dygn.");
		await type(page, `#${lang}-measures`, "Servern är stängd.");
		await type(page, `#${lang}-contact`, "Ring 09 555 0100 på vardagar.");
	}
	await type(page, "#sender", "Staden Exempel");
	await type(page, "#from", "dataskydd@city.example");
	await go(page, "form.fact button.ds-button");
	await look(page, "notice-draft", { 'form[action$="/freeze"]': 1 });
	const notice = page.url();
	await page.goto(notice + "/preview");
	await look(page, "notice-preview", { "article.letter": 1 });
	await page.goto(theCase + "/notice?notice=n1");
	await look(page, "notice-write", { "form.fact details": 3 });
	await page.goto(notice);
	await go(page, 'form[action$="/freeze"] button');
	await look(page, "notice-frozen", { 'form[action$="/propose"]': 1, "main table": 3 });
	await go(page, 'form[action$="/propose"] button');
	const proposal = page.url();
	await agree(site, others);
	await page.goto(proposal);
	await go(page, 'form[action$="/do"] button');
	check(page.url() === notice, "what was agreed to was not begun: " + page.url());
	await go(page, 'form[action$="/release"] button');
	await go(page, 'form[action$="/halt"] button');
	await look(page, "notice-halted", { 'form[action$="/lift"]': 1, 'form[action$="/release"]': 0 });
	await page.goto(theCase + "/people/p1/told");
	await choose(page, "#purpose", "The person asks about themselves");
	await go(page, 'form[action$="/told"] button');
	check((await page.textContent("article.letter")).includes("Staden Exempel"), "the proof has no letter");
	await press(page, 'form[action="/sign-out"] button');
	await page.waitForURL("**/sign-in");
});
