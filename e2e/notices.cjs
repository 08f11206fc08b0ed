// A notice on its pages, by keyboard alone: written, looked at as those who are
// made up would get it, mailboxes asked about, frozen, rehearsed, proposed, agreed
// to by two others, released, handed over, its letters written, taken out and
// accounted for, halted, and proven for one person; and somebody who asks, and is not
// affected, is told so.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { check, choose, go, hire, home, klarlagt, look, press, run, setUp, type } = require("./browser.cjs");
const { channels } = require("./postoffice.cjs");

const evidence = path.join(home, "evidence");
fs.mkdirSync(evidence);
fs.writeFileSync(path.join(home, "pupils.csv"), "Elev-ID;Förnamn;Efternamn;Personbeteckning;Adress;Postnummer;Postort;E-post\n" +
	"P-1;Aino;Koivunen;010594Y9032;Provgatan 1;00100;Exempelby;\nP-2;Ilta;Järvinen;020594Y904R;;;;nobody.2@example.com\nP-3;Otto;Mallikas;030594Y905D;Provgatan 3;00100;Exempelby;\nP-4;Eevi;Provberg;040594Y9063;;;;\n");
fs.writeFileSync(path.join(evidence, "list.csv"), "Namn;Personbeteckning\nAino Koivunen;010594Y9032\nIlta Järvinen;020594Y904R\nOtto Mallikas;030594Y905D\n");
fs.writeFileSync(path.join(home, "receipt.csv"), "seq;state\n1;printed\n1;posted\n");

// agree has two others open what was proposed, and say yes.
const agree = async (site, others) => {
	for (const one of others) {
		await one.page.goto(site + "/approvals");
		await go(one.page, "main tbody tr:first-child a");
		await go(one.page, 'form[action$="/agree"] button');
	}
};

// quiet waits until the server does nothing more about the notice, which the page
// tells by itself.
const quiet = async (page) => {
	await page.waitForFunction(() => !document.querySelector("[data-stream]") && document.querySelector("#errands"), undefined, { timeout: 120000 });
	return page.textContent("#errands + .scroll tbody tr");
};

// letters has the letters written, takes them out, and accounts for each.
const letters = async (page, notice) => {
	await page.goto(notice);
	await go(page, 'main a[href$="/letters"]');
	await look(page, "letters-make", { "#form option": 3, "#posti": 1 });
	await go(page, 'form[action$="/letters"] .ds-button');
	check((await quiet(page)).includes("one letter, sheets"), "no letter was written");
	const [file] = await Promise.all([page.waitForEvent("download"), press(page, 'a[href*="/letters/file"]')]);
	const raw = fs.readFileSync(await file.path());
	check(raw.subarray(0, 2).toString() === "PK" && raw.includes("%PDF-"), "what was taken out holds no letters");
	await press(page, ".batch summary", "Enter");
	await press(page, '.batch input[type="file"]', "");
	await page.setInputFiles('.batch input[type="file"]', path.join(home, "receipt.csv"));
	await look(page, "letters-batch", { ".batch": 1, 'form[action$="/posted"]': 1 });
	await press(page, ".batch summary", "Enter");
	await press(page, '.batch input[type="file"]', "");
	await page.setInputFiles('.batch input[type="file"]', path.join(home, "receipt.csv"));
	await go(page, 'form[action$="/receipt"] .ds-button');
	check((await page.textContent(".batch")).includes("Every number is accounted for"), "the receipt accounts for nothing");
	const code = (await page.textContent(".batch h3")).trim().split(" ").pop();
	await type(page, "#codes", code + "-000001");
	await type(page, "#why", "moved, unknown");
	await go(page, 'form[action$="/returned"] .ds-button');
	check((await page.textContent(".batch")).includes("came back"), "the letter did not come back");
	await look(page, "letters", { ".batch": 1 });
	await page.goto(notice);
	await go(page, 'main a[href$="/unreached"]');
	await look(page, "unreached", { ".rows li": 1 });
};

// unaffected tells somebody who is not affected so, and nobody else.
const unaffected = async (page, theCase) => {
	await page.goto(theCase + "/people");
	await go(page, 'main a[href$="/unaffected"]');
	await look(page, "unaffected", { "form #value": 1, "form #language option": 4 });
	await type(page, "#value", "010594Y9032");
	await go(page, 'form[action$="/unaffected"] button:not([name])');
	check((await page.textContent("#problem")).includes("p1"), "somebody who is affected is told that they are not");
	await type(page, "#value", "040594Y9063");
	const [file] = await Promise.all([page.waitForEvent("download"), press(page, 'button[value="pdf"]')]);
	check(fs.readFileSync(await file.path()).subarray(0, 5).toString() === "%PDF-", "the answer is no PDF");
	await choose(page, "#language", "Svenska");
	await go(page, 'form[action$="/unaffected"] button:not([name])');
	check((await page.textContent("article.letter")).includes("Hej Eevi Provberg!"), "there is no letter");
	await look(page, "unaffected-letter", { "article.letter": 1, "article.letter h3": 1 });
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
	klarlagt("lists", "freeze", "1", "--case", theCase.split("/").pop());

	await page.goto(theCase + "/notices");
	await go(page, 'main a[href$="/notice"]');
	for (const lang of ["sv", "fi", "en"]) {
		await page.$eval(`#${lang}-happened`, (e) => { e.closest("details").open = true; });
		await type(page, `#${lang}-controller`, "Staden Exempel");
		await type(page, `#${lang}-happened`, "Ett register låg öppet på nätet i två dygn.");
		await type(page, `#${lang}-measures`, "Servern är stängd.");
		await type(page, `#${lang}-contact`, "Ring 09 555 0100 på vardagar.");
	}
	await choose(page, "#order", "digital mailbox, letter, e-mail");
	await type(page, "#sender", "Staden Exempel");
	await type(page, "#from", "dataskydd@city.example");
	await press(page, "#any-hour", "Space");
	await go(page, "form.fact button.ds-button");
	await look(page, "notice-draft", { 'form[action$="/freeze"]': 1 });
	const notice = page.url();
	await page.goto(notice + "/preview");
	await look(page, "notice-preview", { "article.letter": 1 });
	await page.goto(theCase + "/notice?notice=n1");
	await look(page, "notice-write", { "form.fact details": 3 });
	await page.goto(notice);
	await go(page, 'main a[href$="/mailboxes"]');
	await look(page, "mailboxes-draft", { 'form[action$="/reach"]': 1 });
	await go(page, 'form[action$="/reach"] .ds-button');
	check((await quiet(page)).includes("1 of 3"), "nobody has a mailbox");
	await page.goto(notice);
	await go(page, 'form[action$="/freeze"] button');
	await look(page, "notice-frozen", { 'form[action$="/propose"]': 0, "main table": 3 });
	await go(page, 'main a[href$="/rehearsal"]');
	await look(page, "rehearsal-before", { 'form[action$="/rehearsal"]': 1 });
	await go(page, 'form[action$="/rehearsal"] .ds-button');
	check((await quiet(page)).includes("6 of 6"), "the rehearsal did not stand");
	await look(page, "rehearsal", { "#mails-caption ~ tbody tr": 6 });
	await page.goto(notice);
	await go(page, 'form[action$="/propose"] button');
	const proposal = page.url();
	await agree(site, others);
	await page.goto(proposal);
	await go(page, 'form[action$="/do"] button');
	check(page.url() === notice, "what was agreed to was not begun: " + page.url());
	await unaffected(page, theCase);
	await page.goto(notice);
	await go(page, 'form[action$="/release"] button');
	check((await quiet(page)).includes("2 taken"), "what was released was not handed over");
	await look(page, "notice-handed-over", { "#errands + .scroll tbody tr": 1 });
	await go(page, 'main a[href$="/mailboxes"]');
	await go(page, 'form[action$="/ask"] .ds-button');
	await page.waitForFunction(() => !document.querySelector("[data-stream]"));
	check((await page.textContent("main")).includes("1 were read"), "the service was not asked");
	await look(page, "mailboxes", { "#errands + .scroll tbody tr": 3 });
	await letters(page, notice);
	await page.goto(notice);
	await go(page, 'form[action$="/halt"] button');
	await look(page, "notice-halted", { 'form[action$="/lift"]': 1, 'form[action$="/release"]': 0 });
	await page.goto(theCase + "/people/p1/told");
	await choose(page, "#purpose", "The person asks about themselves");
	await go(page, 'form[action$="/told"] button');
	check((await page.textContent("article.letter")).includes("Staden Exempel"), "the proof has no letter");
	await press(page, 'form[action="/sign-out"] button');
	await page.waitForURL("**/sign-in");
}, "--channels", channels(home, ["030594Y905D"]));
