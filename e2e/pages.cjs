// The pages in a real browser: see scripts/e2e.sh. Prints a line a page and the
// counts; the exit status says whether all held.
"use strict";
const { chromium } = require("playwright-core");
const { spawn, execFileSync } = require("node:child_process");
const { createHmac } = require("node:crypto");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const pictures = path.resolve(process.argv[2]);
fs.mkdirSync(pictures, { recursive: true });
const home = fs.mkdtempSync(path.join(os.tmpdir(), "klarlagt-e2e-"));
const password = "sju fladdermöss åker tåg";
let failed = 0, looked = 0;

const check = (ok, what) => { if (!ok) { failed++; console.log("FAIL  " + what); } };

// The six digits that an app shows (RFC 6238), never the same ones twice.
let lastStep = 0;
const sixDigits = async (secret) => {
	let step;
	while ((step = Math.floor(Date.now() / 30000)) + 1 <= lastStep) await new Promise((r) => setTimeout(r, 500));
	step = Math.max(step, lastStep + 1); // one ahead is taken
	lastStep = step;
	const bits = [...secret].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
	const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
	const counter = Buffer.alloc(8);
	counter.writeBigUInt64BE(BigInt(step));
	const mac = createHmac("sha1", key).update(counter).digest();
	const at = mac[19] & 15;
	return String((mac.readUInt32BE(at) & 0x7fffffff) % 1000000).padStart(6, "0");
};

const start = () => new Promise((resolve, reject) => {
	const port = 20000 + (process.pid % 20000);
	const cert = path.join(home, "cert.pem"), key = path.join(home, "key.pem");
	execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
		"-subj", "/CN=localhost", "-keyout", key, "-out", cert], { stdio: "ignore" });
	const server = spawn("build/klarlagt", ["serve", "--lang", "en", "--data", path.join(home, "data"), "--listen", "127.0.0.1:" + port,
		"--tls-cert", cert, "--tls-key", key, "--host", "localhost:" + port], { env: { ...process.env, HOME: home, XDG_CONFIG_HOME: path.join(home, "config"), KLARLAGT_DATABASE: "" } });
	let said = "";
	server.stderr.on("data", (text) => {
		said += text;
		const code = said.match(/[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}/);
		if (code && said.includes('"serving"')) resolve({ server, site: "https://localhost:" + port, code: code[0] });
	});
	server.on("exit", () => reject(new Error("the server ended: " + said)));
});

// look holds one page against what every page has, and then against axe.
const look = async (page, name) => {
	for (const lang of ["en", "sv", "fi"]) {
		for (const [width, height] of [[1280, 900], [390, 844]]) {
			for (const scheme of ["light", "dark"]) {
				await page.setViewportSize({ width, height });
				await page.emulateMedia({ colorScheme: scheme });
				const context = page.context();
				await context.addCookies([{ name: "__Host-language", value: lang, url: new URL(page.url()).origin, secure: true, httpOnly: true }]);
				await page.reload();
				const where = `${name} ${lang} ${width} ${scheme}`;
				const there = await page.evaluate(() => ({ lang: document.documentElement.lang, h1: document.querySelectorAll("main h1").length,
					marks: ["header", "main", "footer"].every((m) => document.querySelector("body > " + m)), wide: document.documentElement.scrollWidth > innerWidth }));
				check(there.lang === lang && there.h1 === 1 && there.marks, where + ": language, heading or landmarks: " + JSON.stringify(there));
				check(!there.wide, where + ": wider than the window");
				const session = await context.newCDPSession(page);
				const run = async (expression) => (await session.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true })).result.value;
				await run(axe + ";0");
				const wrong = await run(`axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }).then((r) => r.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.html).join(" | ").slice(0, 300)))`);
				await session.detach();
				check(Array.isArray(wrong), where + ": axe did not run");
				for (const w of wrong ?? []) check(false, where + ": " + w);
				looked++;
				if (lang === "sv") await page.screenshot({ path: path.join(pictures, `${name}-${width}-${scheme}.png`), fullPage: true });
			}
		}
	}
	await page.setViewportSize({ width: 1280, height: 900 });
	console.log("looked at " + name);
};

const english = async (context, site) => context.addCookies([{ name: "__Host-language", value: "en", url: site, secure: true, httpOnly: true }]);

// setUp takes a code to an account that is signed in.
const setUp = async (context, site, code, name, all) => {
	const page = await context.newPage();
	page.on("console", (m) => { if (/Content Security Policy|TrustedHTML/i.test(m.text())) check(false, "the browser says: " + m.text()); });
	await page.goto(site + "/set-up");
	if (all) await look(page, "set-up");
	await page.fill("#code", code);
	await page.click("main form .ds-button");
	await page.waitForURL("**/set-up/account");
	if (all) await look(page, "set-up-account");
	const secret = (await page.textContent("main code")).trim();
	if (name) await page.fill("#name", name);
	await page.fill("#password", password);
	await page.fill("#app", await sixDigits(secret));
	await page.click("main form .ds-button");
	await page.waitForURL("**/recovery");
	if (all) await look(page, "recovery");
	await page.click("main form .ds-button");
	return { page, secret };
};

const main = async () => {
	const { server, site, code } = await start();
	const browser = await chromium.launch({ executablePath: execFileSync("sh", ["-c", "command -v chromium"]).toString().trim(), args: ["--no-sandbox"] });
	const fresh = async () => { const c = await browser.newContext({ ignoreHTTPSErrors: true, locale: "en-GB" }); await english(c, site); return c; };
	try {
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
		await english(context, site);
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
		await english(context, site);
		await boss.page.goto(site + "/users");

		// A user, with roles, who signs in and is refused what is not theirs.
		await boss.page.fill("#name", "kajsa");
		await boss.page.fill("#shown", "Kajsa Anka");
		await boss.page.click("main form .ds-button");
		await boss.page.waitForURL("**/users/*");
		const invited = (await boss.page.textContent("p.code code")).trim();
		await boss.page.check("#role-investigator");
		await boss.page.check("#role-data-protection-officer");
		await boss.page.click("main form .ds-button");
		await look(boss.page, "user");
		await boss.page.goto(site + "/users");
		await look(boss.page, "users");
		await boss.page.goto(site + "/journal");
		await look(boss.page, "journal");
		await boss.page.goto(site + "/step-up");
		await look(boss.page, "step-up");
		const other = await setUp(await fresh(), site, invited, "", false);
		await other.page.waitForURL("**/cases");
		await other.page.goto(site + "/users");
		check((await other.page.getAttribute("[data-verdict]", "data-verdict")) === "not-your-role", "the users are open to an investigator");
		await look(other.page, "refused");

		// A case, with its parts.
		await other.page.goto(site + "/cases");
		await english(other.page.context(), site);
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
		await look(other.page, "cases");
		await boss.page.goto(at);
		check((await boss.page.getAttribute("[data-verdict]", "data-verdict")) === "not-your-role", "a case is open to the administrator");
	} finally {
		await browser.close();
		server.removeAllListeners("exit");
		server.kill("SIGTERM");
		fs.rmSync(home, { recursive: true, force: true });
	}
};

main().catch((e) => { failed++; console.log("FAIL  " + e.stack); }).then(() => {
	console.log(`${looked} page views, ${failed} failures`);
	process.exit(failed || !looked ? 1 : 0);
});
