package web_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/locale"
	"github.com/klarlagt/klarlagt/store"
)

// tamper changes a record of the town's journal in the file of the database, past
// the store: a text for one as long.
func (h *house) tamper(seq int, from, to string) {
	h.t.Helper()
	if err := h.tenants["town"].Close(); err != nil {
		h.t.Fatal(err)
	}
	path := filepath.Join(h.dir, "tenants", "town", "klarlagt.db")
	raw, err := os.ReadFile(path)
	if err != nil {
		h.t.Fatal(err)
	}
	begins, tampered := fmt.Appendf(nil, `{"v":1,"seq":%d,`, seq), 0
	for at := 0; ; at++ { // pages that the database has split hold it more than once
		next := bytes.Index(raw[at:], begins)
		if next < 0 {
			break
		}
		at += next
		line := raw[at : at+bytes.IndexByte(raw[at:], '}')]
		tampered += bytes.Count(line, []byte(from))
		copy(line, bytes.Replace(line, []byte(from), []byte(to), 1))
	}
	if len(from) != len(to) || tampered == 0 {
		h.t.Fatalf("record %d has no %s", seq, from)
	}
	empty, err := furnished()
	if err == nil {
		err = os.WriteFile(path, raw, 0o600)
	}
	if err == nil {
		h.tenants["town"], err = store.Open(h.t.Context(), store.Config{Dir: h.dir, Tenant: "town", Key: empty.key, KeyFrom: "the test"})
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

// banner is what stands above every page.
func (b *browser) banner() (said string) {
	each(b.page, func(n *html.Node) {
		if n.Data == "section" && attr(n, "class") == "glass" {
			said = strings.Join(strings.Fields(text(n)), " ")
		}
	})
	return said
}

// TestJournalThatWasTamperedWithIsToldToAll changes a record behind the store's
// back, has the journal verified, and puts the record back.
func TestJournalThatWasTamperedWithIsToldToAll(t *testing.T) {
	h := newHouse(t)
	boss := h.administrator("town", "kalle")
	other, elsewhere := boss.hire("kajsa", auth.Reviewer), h.administrator("village", "musse")
	for range 10 {
		boss.post("/journal").is(200, "/journal").says("The journal was whole")
	}
	for _, c := range []struct {
		what, from, to, says string
		is                   int // the number it has then
	}{
		{"an hour that was changed", `T08:00:00`, `T07:00:00`, "it was changed afterwards", 12},
		{"a word that was changed", `"verdict":"done"`, `"verdict":"gone"`, "cannot be read as a record", 12},
		{"a number that was changed", `"seq":12,`, `"seq":92,`, "does not follow the one before", 92},
		{"another's record", `"tenant":"town"`, `"tenant":"gown"`, "another organisation", 12},
	} {
		t.Run(c.what, func(t *testing.T) {
			h.tamper(12, c.from, c.to)
			boss.get("/journal").is(200, "/journal")
			boss.post("/journal").is(200, "/journal").says("The journal is not as it was written.")
			boss.says("The first record that is wrong is number 12. ")
			boss.says(c.says)
			boss.says("up to number 11, written 2 March 2026 at 08:00 (UTC), are as they were written")
			boss.says("klarlagt journal verify --checkpoint")
			if strings.Contains(boss.words(), "was whole") {
				t.Errorf("it is said to be whole: %s", boss.words())
			}
			if got := other.get("/account").banner(); !strings.Contains(got, "not as it was written") {
				t.Errorf("a colleague is told %q", got)
			}
			h.tamper(c.is, c.to, c.from)
			boss.post("/journal").is(200, "/journal").says("The journal was whole")
			boss.says("The journal was not as it was written.")
			boss.says("The first record that is wrong is number 12. ") // it was, and stays told
			if got := other.get("/account").banner(); got != "" {
				t.Errorf("after it was put back, a colleague is told %q", got)
			}
		})
	}
	if got := elsewhere.get("/journal").is(200, "/journal").banner() + elsewhere.words(); strings.Contains(got, "not as it was written") {
		t.Errorf("another organisation is told: %s", got)
	}
	if n := strings.Count(h.logged.String(), "the journal is not as it was written"); n != 4 {
		t.Errorf("the log tells it %d times, want 4", n)
	}
	h.tamper(12, `T08:00:00`, `T07:00:00`)
	boss.post("/journal")
	for _, lang := range locale.Languages() {
		boss.do("GET", "/journal", nil, "Accept-Language", lang).is(200, "/journal")
		checkPage(t, boss.browser, "journal-wrong-"+lang, lang)
	}
}

// TestJournalOfACaseThatCannotBeReadSaysSo makes a record of a case unreadable: no
// list that leaves it out is shown, and no fault of the page.
func TestJournalOfACaseThatCannotBeReadSaysSo(t *testing.T) {
	h := newHouse(t)
	officer := h.administrator("town", "kalle").hire("kajsa", auth.DPO)
	officer.post("/cases", "title", "Intrång")
	page := officer.path
	officer.get(page+"/journal").is(200, page+"/journal")
	for _, r := range h.journal("town") {
		if "/cases/"+r.Case == page {
			h.tamper(int(r.Seq), `"verdict":"done"`, `"verdict":"gone"`)
			break
		}
	}
	officer.get(page + "/journal").says("one of its records cannot be read")
	if strings.Contains(h.logged.String(), "request failed") {
		t.Errorf("it is taken for a fault of the program: %s", h.logged)
	}
}
