// What a browser cannot do without a script: passkeys, and a page that is up to
// date by itself. Nothing that comes from the server is ever read as HTML.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const post = async (path, body) => {
	const answer = await fetch(path, { method: "POST", body, credentials: "same-origin", redirect: "follow" });
	if (!answer.ok) throw new Error(answer.statusText);
	return answer;
};

const opened = (options) => {
	const key = options.publicKey;
	key.challenge = bytes(key.challenge);
	if (key.user) key.user.id = bytes(key.user.id);
	for (const list of [key.excludeCredentials, key.allowCredentials]) for (const c of list ?? []) c.id = bytes(c.id);
	return { publicKey: key };
};

const closed = (credential) => {
	const response = {};
	for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
		if (credential.response[name]) response[name] = text(credential.response[name]);
	}
	if (credential.response.getTransports) response.transports = credential.response.getTransports();
	return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type,
		authenticatorAttachment: credential.authenticatorAttachment, clientExtensionResults: credential.getClientExtensionResults(), response });
};

for (const button of document.querySelectorAll("button[data-passkey]")) {
	if (!window.PublicKeyCredential) continue;
	button.closest("[hidden]")?.removeAttribute("hidden");
	const problem = document.getElementById(button.getAttribute("aria-describedby"));
	button.addEventListener("click", async () => {
		button.disabled = true;
		problem.hidden = true;
		try {
			const path = button.dataset.passkey;
			const options = opened(await (await post(path + "/begin")).json());
			const made = button.dataset.make ? await navigator.credentials.create(options) : await navigator.credentials.get(options);
			const answer = await post(path + (button.dataset.next ? "?next=" + encodeURIComponent(button.dataset.next) : ""), closed(made));
			const kept = document.getElementById("kept"); // what was typed before the sign-in ended
			if (kept && !button.dataset.make) kept.submit();
			else location.assign(answer.url);
		} catch {
			problem.hidden = false;
			button.disabled = false;
		}
	});
}

// How far something is that the server does: it tells the words that have changed,
// and when there is another page to see.
for (const going of document.querySelectorAll("[data-stream]")) {
	const stream = new EventSource(going.dataset.stream);
	const bar = going.querySelector("progress");
	stream.addEventListener("message", (event) => {
		const said = JSON.parse(event.data);
		for (const { Name, Says } of said.Words) {
			const word = going.querySelector(`[data-word="${Name}"]`);
			if (word && word.textContent !== Says) word.textContent = Says;
		}
		if (said.Max > 0) {
			bar.max = said.Max;
			bar.value = said.Value;
		}
	});
	stream.addEventListener("end", () => {
		stream.close();
		location.reload();
	});
	stream.addEventListener("error", () => {
		if (stream.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 30000);
	});
}
