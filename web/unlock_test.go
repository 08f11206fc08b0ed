package web_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/journal"
	"github.com/klarlagt/klarlagt/seal"
)

// secretly puts a case into secret mode, for aino and the recovery key.
func (h *house) secretly(id auth.CaseID) (file map[string]string, first, second string) {
	h.t.Helper()
	file, first, second = h.keyed()
	h.must(h.tenants["town"].SetSecret(h.t.Context(), h.console("town", auth.Ask{Action: auth.SetSecret, Case: id}), []string{"aino", "recovery"}, h.now().Wall, nil))
	return file, first, second
}

// keyed makes members of aino, kalle and the recovery key. It gives what is in their
// files, and in that of nobody; and the two halves.
func (h *house) keyed() (file map[string]string, first, second string) {
	h.t.Helper()
	town, ctx := h.tenants["town"], h.t.Context()
	keys := h.console("town", auth.Ask{Action: auth.ManageKeys})
	file = map[string]string{}
	for _, name := range []string{"aino", "kalle", "nobody"} {
		path := filepath.Join(h.t.TempDir(), name)
		private, err := seal.NewMasterFile(path)
		h.must(err)
		public, err := seal.Public(private)
		h.must(err)
		if name != "nobody" {
			h.must(town.AddMember(ctx, keys, name, public))
		}
		text, err := os.ReadFile(path)
		h.must(err)
		file[name] = string(text)
	}
	recovery, public, err := seal.NewMember()
	h.must(err)
	h.must(town.SetRecovery(ctx, keys, public))
	h.must(town.AddRecovery(ctx, keys))
	a, b, err := seal.Split(recovery)
	h.must(err)
	return file, a.Reveal(), b.Reveal()
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// unlock sends a key file.
func (b *browser) unlock(key, next string) *browser {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("key", "my.key")
	b.must(err)
	_, err = io.WriteString(part, key)
	b.must(err)
	b.must(form.WriteField("next", next))
	b.must(form.Close())
	return b.send(http.MethodPost, "/unlock", &body, "Content-Type", form.FormDataContentType())
}

func TestSecretCaseIsUnlockedForOneSignIn(t *testing.T) {
	h, id, base := incident(t)
	keys, _, _ := h.secretly(id)
	aino, kalle := keys["aino"], keys["kalle"]
	member, colleague := h.member(id, "kajsa", auth.Investigator, auth.DPO), h.member(id, "roope", auth.Investigator)
	list := base + "/exposure/list"

	member.get("/cases").is(200, "/cases").says("Secret")
	member.get(list).is(200, "/unlock")
	for name, key := range map[string]string{"nothing": "", "no key": "a shopping list", "a key of nobody": keys["nobody"]} {
		if member.unlock(key, list).is(422, "/unlock"); !strings.Contains(member.words(), "nobody here") {
			t.Errorf("%s: %s", name, member.words())
		}
	}
	member.unlock(kalle, list).is(422, list).says("secret mode") // a member, and not of this case
	member.unlock(aino, list).is(200, list)
	member.get("/cases").says("Intrång i skolan")

	// Nobody else has gained by it.
	colleague.get(list).is(200, "/unlock")
	colleague.get("/cases").says("Secret")
	other := h.entered("kajsa") // another sign-in of the same person
	other.get(list).is(200, "/unlock")
	boss := h.entered("chief")
	if got := boss.get(list).verdict(); got != auth.NoSuchCase && got != auth.NotYourRole {
		t.Errorf("the administrator: %q at %s", got, boss.path)
	}
	if got := boss.unlock(aino, base).get(base).verdict(); got == "" {
		t.Error("a key makes the administrator one who works on the case")
	}
	outsider := h.hired("town", "farmor", auth.Investigator)
	if b := h.entered("farmor"); b.unlock(aino, list).status != 404 {
		t.Errorf("with a key alone, and no work on the case, %s gets %d at %s", outsider, b.status, b.path)
	}

	member.post("/unlock/end").is(200, "/unlock")
	member.get(list).is(200, "/unlock")
	said := map[string]bool{}
	for _, r := range h.journal("town") {
		said[r.Object] = r.Verdict != journal.Refused
	}
	if !said["unlock:aino"] || !said["unlock:kalle"] || !said["unlock:nobody"] {
		t.Errorf("the journal does not tell who unlocked: %v", said)
	}
}

func TestSigningOutLocksAgain(t *testing.T) {
	h, id, base := incident(t)
	keys, _, _ := h.secretly(id)
	aino := keys["aino"]
	h.member(id, "kajsa", auth.Investigator)
	first, second := h.entered("kajsa"), h.entered("kajsa")
	first.unlock(aino, base+"/exposure/list").is(200, base+"/exposure/list")
	second.unlock(aino, base+"/exposure/list").is(200, base+"/exposure/list")
	first.post("/sign-out").is(200, "/sign-in")
	second.get(base+"/exposure/list").is(200, base+"/exposure/list")
	h.entered("kajsa").get(base+"/exposure/list").is(200, "/unlock")
}

// TestRecoveryKeyOpensASecretCaseInAnEmergency: nobody who works on the case is
// there; one who is named for it breaks the glass, with the halves that two people
// brought.
func TestRecoveryKeyOpensASecretCaseInAnEmergency(t *testing.T) {
	h, id, base := incident(t)
	_, one, two := h.secretly(id)
	officer := h.member(id, "kajsa", auth.DPO)
	bearer := h.hired("town", "farmor", auth.Desk)
	b := h.entered("farmor")
	officer.post("/glasses/bearers/"+string(bearer)).is(200, "/glasses")
	officer.post("/glasses/watchers", "dpo", "dpo@example.se", "ciso", "security@example.se").is(200, "/glasses")
	reason := []string{"reason", "People are being threatened tonight and nobody answers"}

	b.post(base+"/glass", reason...).is(200, "/unlock") // without a key there is nothing to break
	b.post("/unlock", "first", one, "second", one).is(422, "/unlock")
	b.post("/unlock", "first", one, "second", two, "next", "/glass").is(200, "/glass")
	b.get(base).is(404, base)
	b.post(base+"/glass", reason...).is(200, base)
	b.get(base+"/people").is(200, base+"/people")
}
