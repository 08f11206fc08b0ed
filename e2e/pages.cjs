// The sign-in and what runs the server, in a real browser: from the set-up code
// to a refused page.
"use strict";
const { check, hire, look, password, run, setUp, sixDigits } = require("./browser.cjs");

run(async ({ site, code, fresh }) => {
	const context = await fresh();
	const signIn = await context.newPage();
	await signIn.goto(site);
	await look(signIn, "sign-in");
	const boss = await setUp(context, site, code, "kalle", true);
	await boss.page.waitForURL("**/users");

	// A passkey, in a virtual authenticator.
	const cdp = await context.newCDPSession(boss.page);
	await cdp.send("WebAuthn.enable");
	await cdp.send("WebAuthn.addVirtualAuthenticator", { options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } });
	await boss.page.goto(site + "/account");
	await boss.page.click("[data-passkey]");
	await boss.page.waitForSelector("ul.rows code");

	// Sign out; sign in by password and app, and then by passkey.
	const out = async () => { await boss.page.click('form[action="/sign-out"] button'); await boss.page.waitForURL("**/sign-in"); };
	await out();
	await boss.page.fill("#name", "Kalle");
	await boss.page.fill("#password", password);
	await boss.page.fill("#code", await sixDigits(boss.secret));
	await boss.page.click("main form .ds-button");
	await boss.page.waitForURL("**/users");
	await out();
	await boss.page.click("[data-passkey]");
	await boss.page.waitForURL("**/users");

	await boss.page.goto(site + "/account"); // not before: a look ends the virtual authenticator
	await look(boss.page, "account");
	await boss.page.goto(site + "/users");

	// A user, with roles, who signs in and is refused what is not theirs.
	const other = await hire(boss, await fresh(), site, "kajsa", "Kajsa Anka", "investigator", "data-protection-officer");
	await look(boss.page, "user");
	await boss.page.goto(site + "/users");
	await look(boss.page, "users", { "main tbody tr": 2 });
	await boss.page.goto(site + "/journal");
	await look(boss.page, "journal");
	await boss.page.goto(site + "/step-up");
	await look(boss.page, "step-up");
	await other.page.goto(site + "/users");
	check((await other.page.getAttribute("[data-verdict]", "data-verdict")) === "not-your-role", "the users are open to an investigator");
	await look(other.page, "refused");

	// A case, with its parts.
	await other.page.goto(site + "/cases");
	await other.page.fill("#title", "Intrång i skolans filserver");
	await other.page.click("main form .ds-button");
	await other.page.waitForURL("**/cases/*");
	const at = other.page.url();
	await look(other.page, "case");
	await other.page.goto(at + "/members");
	await look(other.page, "members");
	await other.page.goto(at + "/journal");
	await look(other.page, "case-journal");

	// Who is found.
	await other.page.goto(at + "/people");
	await look(other.page, "people");
	await other.page.goto(site + "/cases");
	await look(other.page, "cases", { "main tbody tr": 1 });
	await boss.page.goto(at);
	check((await boss.page.getAttribute("[data-verdict]", "data-verdict")) === "not-your-role", "a case is open to the administrator");
});
