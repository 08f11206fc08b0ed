// A queue judged by access keys alone: whose a place is, who is one person and who
// is two, and each answer taken back. The list of questions is reached by Tab; from
// there on no key but access keys, and what is written as the reason.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { access, check, go, hire, home, klarlagt, look, run, setUp, type } = require("./browser.cjs");

const evidence = path.join(home, "evidence"), register = path.join(home, "pupils.csv");
fs.mkdirSync(evidence);
fs.writeFileSync(register, "id;namn;e-post;telefon\n1;Tova Exempelsson;hemma@example.com;\n2;Tuva Exempelsson;hemma@example.com;\n3;Aino Provberg;borta@example.com;\n4;Ilta Provberg;borta@example.com;\n5;Bo Provberg;bo.provberg@example.com;0701740605\n6;Bo Provberg;bo@example.com;0701740605\n");
fs.writeFileSync(path.join(evidence, "first.txt"), "Skriv till hemma@example.com. Diagnos: astma.\n");
fs.writeFileSync(path.join(evidence, "second.txt"), "Skriv till borta@example.com. Diagnos: astma.\n");
fs.writeFileSync(path.join(evidence, "third.txt"), "Bo Provberg, bo.provberg@example.com\n");
fs.writeFileSync(path.join(evidence, "fourth.txt"), "Bo Provberg, bo@example.com\n");

// judge writes a reason and presses a key, which leads on.
const judge = async (page, reason, key) => {
	await access(page, "r");
	check((await page.evaluate(() => document.activeElement.id)) === "reason", `${page.url()}: Alt+R does not lead to the reason`);
	await page.keyboard.type(reason);
	await led(page, key);
};

// led presses an access key and waits for the page that it leads to.
const led = async (page, key) => {
	await Promise.all([page.waitForEvent("framenavigated", (f) => f === page.mainFrame()), access(page, key)]);
	await page.waitForLoadState();
};

run(async ({ site, code, fresh }) => {
	const boss = await setUp(await fresh(), site, code, "kalle", false);
	await boss.page.waitForURL("**/users");
	const { page } = await hire(boss, await fresh(), site, "kajsa", "Kajsa Anka", "investigator", "reviewer");
	await page.goto(site + "/cases");
	await type(page, "#title", "Intrång i skolans filserver");
	await go(page, "main form .ds-button");
	const theCase = page.url(), id = theCase.split("/").pop();
	klarlagt("scan", evidence, "--register", register, "--case", id);

	// Whose two places are: each answer leads to the next question, the last to the list.
	await page.goto(theCase + "/review");
	await go(page, "table.wide tbody a");
	const first = page.url();
	await judge(page, "the letter names the younger one", "1");
	const second = page.url();
	check(/\/review\/\d+$/.test(second) && second !== first, `the answer led from ${first} to ${second}`);
	await judge(page, "it is the whole family's address", "0");
	await page.goto(theCase + "/review?show=answered");
	check((await page.$$("table.wide tbody tr")).length === 2, "not both answers are listed");
	await page.goto(first);
	await led(page, "u");
	check((await page.$$("[accesskey=u]")).length === 0, "what was taken back can be taken back again");
	await judge(page, "the letter names the elder one", "2");
	await page.goto(first);
	check((await page.textContent("main")).includes("the letter names the elder one"), "the second answer is not told");

	// Two who may be one.
	await page.goto(theCase + "/review");
	await go(page, 'main a[href*="after="]');
	await go(page, "table.wide tbody a");
	const pair = page.url();
	await judge(page, "father and son", "2");
	await page.goto(pair);
	await led(page, "u");
	await judge(page, "moved, and has both addresses", "1");
	await page.goto(pair);
	const said = await page.textContent("main");
	check(said.includes("moved, and has both addresses") && said.includes("father and son"), "what was said of two people is not told: " + said);
	await look(page, "review-people-answered", { "[accesskey]": 4 });
});
