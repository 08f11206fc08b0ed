// What every journey in a real browser needs: a server of its own, people who
// sign in, and how a page is looked at. A journey's file ends with run(journey);
// see scripts/e2e.sh.
"use strict";
const { chromium } = require("playwright-core");
const { spawn, execFileSync } = require("node:child_process");
const { createHmac } = require("node:crypto");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const pictures = path.resolve(process.argv[2] ?? "build/e2e/pictures");
fs.mkdirSync(pictures, { recursive: true });
const home = fs.mkdtempSync(path.join(os.tmpdir(), "klarlagt-e2e-"));
const env = { ...process.env, HOME: home, XDG_CONFIG_HOME: path.join(home, "config"), KLARLAGT_DATA: path.join(home, "data"), KLARLAGT_DATABASE: "", KLARLAGT_LANG: "en" };
const password = "sju fladdermöss åker tåg";
let failed = 0, looked = 0;

const check = (ok, what) => { if (!ok) { failed++; console.log("FAIL  " + what); } };

// klarlagt runs the command on the server's data, and gives what it prints.
const klarlagt = (...args) => execFileSync(path.resolve("build/klarlagt"), args, { env, cwd: home, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

// The six digits that an app shows (RFC 6238), never the same ones twice for a
// secret: one step ahead is taken.
const lastStep = new Map();
const sixDigits = async (secret) => {
	const next = (lastStep.get(secret) ?? 0) + 1;
	while (Math.floor(Date.now() / 30000) + 1 < next) await new Promise((r) => setTimeout(r, 500));
	const step = Math.max(Math.floor(Date.now() / 30000), next);
	lastStep.set(secret, step);
	const bits = [...secret].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
	const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
	const counter = Buffer.alloc(8);
	counter.writeBigUInt64BE(BigInt(step));
	const mac = createHmac("sha1", key).update(counter).digest();
	const at = mac[19] & 15;
	return String((mac.readUInt32BE(at) & 0x7fffffff) % 1000000).padStart(6, "0");
};

// start starts the server, and gives its address and the first set-up code.
const start = (...flags) => new Promise((resolve, reject) => {
	const port = 20000 + (process.pid % 20000);
	const cert = path.join(home, "cert.pem"), key = path.join(home, "key.pem");
	execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
		"-subj", "/CN=localhost", "-keyout", key, "-out", cert], { stdio: "ignore" });
	const server = spawn("build/klarlagt", ["serve", "--listen", "127.0.0.1:" + port, "--tls-cert", cert, "--tls-key", key, "--host", "localhost:" + port, ...flags], { env });
	let said = "";
	server.stderr.on("data", (text) => {
		said += text;
		const code = said.match(/[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}/);
		if (code && said.includes('"serving"')) resolve({ server, site: "https://localhost:" + port, code: code[0] });
	});
	server.on("exit", () => reject(new Error("the server ended: " + said)));
});

// speak chooses the language of what comes next.
const speak = (context, site, lang) => context.addCookies([{ name: "__Host-language", value: lang, url: new URL(site).origin, secure: true, httpOnly: true }]);

const languages = ["en", "sv", "fi"];
const sizes = [[1280, 900], [390, 844], [320, 640]];

// look holds one page against what every page has and how many rows it is to
// have ({ selector: count }), in every language; and then against axe, at every
// size, light and dark. It ends on the page in English.
const look = async (page, name, rows = {}) => {
	const context = page.context();
	for (const lang of languages) {
		await page.setViewportSize({ width: 1280, height: 900 });
		await speak(context, page.url(), lang);
		await page.reload();
		const there = await page.evaluate((rows) => ({ lang: document.documentElement.lang, h1: document.querySelectorAll("main h1").length,
			marks: ["header", "main", "footer"].every((m) => document.querySelector("body > " + m)),
			rows: Object.fromEntries(Object.keys(rows).map((r) => [r, document.querySelectorAll(r).length])) }), rows);
		check(there.lang === lang && there.h1 === 1 && there.marks, `${name} ${lang}: language, heading or landmarks: ${JSON.stringify(there)}`);
		check(JSON.stringify(there.rows) === JSON.stringify(rows), `${name} ${lang}: counted ${JSON.stringify(there.rows)}, want ${JSON.stringify(rows)}`);
		await underAxe(page, name, lang);
	}
	await page.setViewportSize({ width: 1280, height: 900 });
	await page.emulateMedia({ media: "screen", colorScheme: "light" });
	await speak(context, page.url(), "en");
	await page.reload();
	console.log("looked at " + name);
};

// What is held against axe: in the dark, where the page is the same but for its
// colours, what looks at colours.
const rules = { light: { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] },
	dark: { runOnly: { type: "rule", values: ["color-contrast", "link-in-text-block"] } } };

// underAxe is one page in one language at every size, light and dark, and on
// paper. The narrowest is held against axe in Swedish alone. The page's policy
// keeps scripts out, so axe comes in through the debugger.
const underAxe = async (page, name, lang) => {
	const session = await page.context().newCDPSession(page);
	const run = async (expression) => (await session.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true })).result.value;
	const shot = (what) => page.screenshot({ path: path.join(pictures, `${name}-${what}.png`), fullPage: true });
	await run(axe + ";0");
	for (const [width, height] of sizes) {
		await page.setViewportSize({ width, height });
		check(!(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)), `${name} ${lang} ${width}: wider than the window`);
		for (const scheme of ["light", "dark"]) {
			if (lang !== "sv" && width === 320) continue;
			await page.emulateMedia({ media: "screen", colorScheme: scheme });
			const where = `${name} ${lang} ${width} ${scheme}`;
			const options = JSON.stringify({ ...rules[scheme], resultTypes: ["violations"], preload: false });
			const wrong = await run(`axe.run(document, ${options}).then((r) => r.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.html).join(" | ").slice(0, 300)))`);
			check(Array.isArray(wrong), where + ": axe did not run");
			for (const w of wrong ?? []) check(false, where + ": " + w);
			looked++;
			if (lang === "sv" && (scheme === "dark") === (width === 390)) await shot(`${width}-${scheme}`);
		}
	}
	await session.detach();
	if (lang === "sv") await onPaper(page, name, shot);
};

// onPaper is the page as it is printed: nothing that can be pressed is on it.
const onPaper = async (page, name, shot) => {
	await page.setViewportSize({ width: 718, height: 1000 }); // A4 within its margins
	await page.emulateMedia({ media: "print", colorScheme: "light" });
	const printed = await page.evaluate(() => ({ wide: document.documentElement.scrollWidth > innerWidth,
		shown: [...document.querySelectorAll("nav, form, button")].filter((e) => e.getClientRects().length).map((e) => e.outerHTML.slice(0, 80)) }));
	check(!printed.wide && !printed.shown.length, `${name} on paper: ${JSON.stringify(printed)}`);
	await shot("print");
	await page.emulateMedia({ media: "screen", colorScheme: "light" });
};

// press goes on with the keyboard alone: to what a selector names, by Tab, and
// then the key.
const press = async (page, selector, key = "Enter") => {
	const wanted = await page.$(selector);
	if (!wanted) throw new Error(`${page.url()} has no ${selector}`);
	for (let i = 0; i < 200; i++) {
		if (await wanted.evaluate((e) => e === document.activeElement)) {
			const seen = await wanted.evaluate((e) => { const s = getComputedStyle(e); return s.outlineStyle !== "none" || s.boxShadow !== "none"; });
			check(seen, `${page.url()}: nobody sees that ${selector} has the focus`);
			if (key) await page.keyboard.press(key);
			return;
		}
		await page.keyboard.press("Tab");
	}
	throw new Error(`${page.url()}: ${selector} is out of the keyboard's reach`);
};

// access presses an access key, Alt and a key, as the browser has it from the system:
// the page hears of it, and what has the key is pressed. A key pressed by the driver
// carries no character when Alt is down, and access keys go by the character.
const access = async (page, key) => {
	const session = await page.context().newCDPSession(page);
	const code = /\d/.test(key) ? "Digit" + key : "Key" + key.toUpperCase();
	const event = { modifiers: 1, key, code, windowsVirtualKeyCode: key.toUpperCase().charCodeAt(0) };
	await session.send("Input.dispatchKeyEvent", { type: "keyDown", text: key, unmodifiedText: key, ...event });
	await session.send("Input.dispatchKeyEvent", { type: "keyUp", ...event });
	await session.detach();
};

// go presses what leads to another page, or to this one anew, and waits for it.
const go = async (page, selector) => {
	await Promise.all([page.waitForEvent("framenavigated", (f) => f === page.mainFrame()), press(page, selector)]);
	await page.waitForLoadState();
};

// type writes into a field that the keyboard has reached.
const type = async (page, selector, text) => { await press(page, selector, ""); await page.keyboard.type(text); };

// choose picks an option of a list by its text, with the keyboard: by typing it.
const choose = async (page, selector, text) => {
	await press(page, selector, "");
	await page.keyboard.type(text);
	const got = await page.$eval(selector, (e) => e.selectedOptions[0].textContent);
	check(got === text, `${page.url()}: typing ${text} into ${selector} chose ${got}`);
};

// setUp takes a code to an account that is signed in. All looks at the pages on
// the way.
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

// hire has the administrator make a user, and signs them in.
const hire = async (boss, context, site, name, shown, ...roles) => {
	await boss.page.goto(site + "/users");
	await boss.page.fill("#name", name);
	await boss.page.fill("#shown", shown);
	await boss.page.click("main form .ds-button");
	await boss.page.waitForURL("**/users/*");
	const invited = (await boss.page.textContent("p.code code")).trim();
	for (const role of roles) await boss.page.check("#role-" + role);
	await boss.page.click("main form .ds-button");
	const they = await setUp(context, site, invited, "", false);
	await they.page.waitForURL((u) => u.pathname !== "/recovery");
	return { ...they, id: boss.page.url().split("/").pop(), shown };
};

// run runs a journey with a server and a browser; its last line is the counts.
const run = (journey, ...flags) => {
	const walk = async () => {
		const { server, site, code } = await start(...flags);
		const browser = await chromium.launch({ executablePath: execFileSync("sh", ["-c", "command -v chromium"]).toString().trim(), args: ["--no-sandbox"] });
		const fresh = async () => { const c = await browser.newContext({ ignoreHTTPSErrors: true, locale: "en-GB" }); await speak(c, site, "en"); return c; };
		try {
			await journey({ site, code, fresh });
		} finally {
			await browser.close();
			server.removeAllListeners("exit");
			server.kill("SIGTERM");
			fs.rmSync(home, { recursive: true, force: true });
		}
	};
	walk().catch((e) => { failed++; console.log("FAIL  " + e.stack); }).then(() => {
		console.log(`${path.basename(require.main.filename)}: ${looked} page views, ${failed} failures`);
		process.exit(failed || !looked ? 1 : 0);
	});
};

module.exports = { access, check, choose, go, hire, home, klarlagt, look, password, press, run, setUp, sixDigits, speak, type, underAxe };
