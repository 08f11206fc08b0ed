package web_test

import (
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/klarlagt/klarlagt/auth"
)

// hidden gives the hidden inputs of the form that goes somewhere.
func hidden(page *html.Node, action string) url.Values {
	values := url.Values{}
	each(page, func(n *html.Node) {
		if n.Data != "form" || attr(n, "action") != action {
			return
		}
		each(n, func(in *html.Node) {
			if in.Data == "input" && attr(in, "type") == "hidden" {
				values.Add(attr(in, "name"), attr(in, "value"))
			}
		})
	})
	return values
}

func TestWhatWasTypedOutlivesTheSignIn(t *testing.T) {
	h, officer, page := mailTown(t)
	h.pass(auth.IdleFor + time.Second)
	typed := url.Values{"fact": {"case"}, "part-kind": {"mis-sent"}, "part-country": {"SE"}, "part-role": {"controller"}, "part-reference": {"line one\nline <two>"}}
	officer.do("POST", page+"/fact", typed)
	if officer.status != 403 || officer.verdict() != auth.SignedOut || strings.Contains(officer.header.Get("Location"), "line") {
		t.Fatalf("status %d, verdict %q", officer.status, officer.verdict())
	}
	carried := hidden(officer.page, "/sign-in")
	if carried.Get("kept-to") != page+"/fact" || carried.Get("kept.part-reference") != "line one\nline <two>" {
		t.Fatalf("carried along: %v", carried)
	}
	if direct := hidden(officer.page, page+"/fact"); direct.Get("part-reference") != typed.Get("part-reference") {
		t.Errorf("for a passkey: %v", direct)
	}
	// A wrong password loses nothing.
	wrong := url.Values{"name": {officer.name}, "password": {"wrong"}, "code": {"000000"}}
	for name, values := range carried {
		wrong[name] = values
	}
	officer.do("POST", "/sign-in", wrong)
	if again := hidden(officer.page, "/sign-in"); officer.status != 422 || again.Get("kept.part-reference") != typed.Get("part-reference") {
		t.Fatalf("after a wrong password: status %d, %v", officer.status, again)
	}
	h.pass(time.Minute)
	carried.Set("name", officer.name)
	carried.Set("password", officer.password)
	carried.Set("code", officer.sixDigits())
	officer.do("POST", "/sign-in", carried)
	again := hidden(officer.page, page+"/fact")
	if officer.status != 200 || len(again) != len(typed) {
		t.Fatalf("status %d, to be sent again: %v", officer.status, again)
	}
	officer.do("POST", page+"/fact", again)
	officer.is(200, page+"/facts").says("Mis-sent message").says("line <two>")
}

func TestNothingThatFindsSomebodyIsKept(t *testing.T) {
	h, officer, page := mailTown(t)
	h.pass(auth.IdleFor + time.Second)
	officer.do("POST", page+"/people", url.Values{"value": {numberOne}, "purpose": {"answer-inquiry"}})
	officer.is(200, "/sign-in")
	if strings.Contains(officer.words(), numberOne) || len(hidden(officer.page, "/sign-in")) > 1 {
		t.Errorf("kept: %v", hidden(officer.page, "/sign-in"))
	}
	for _, to := range []string{"/account/password", "https://elsewhere.example/cases/", "/cases/../account", "//elsewhere.example"} {
		officer.do("POST", "/sign-in", url.Values{"kept-to": {to}, "kept.x": {"y"}})
		if got := hidden(officer.page, "/sign-in").Get("kept-to"); got != "" {
			t.Errorf("%s is carried along as %s", to, got)
		}
	}
}

// A hidden field of a case's form, which nobody types, is one that is not shown
// when what was typed is.
func TestWhatNobodyTypesIsKnown(t *testing.T) {
	source, err := os.ReadFile("kept.go")
	if err != nil {
		t.Fatal(err)
	}
	unseen := regexp.MustCompile(`unseenFields = "(.*)"`).FindSubmatch(source)
	pages, err := filepath.Glob("templates/*.html")
	if err != nil || unseen == nil {
		t.Fatal(err)
	}
	found := 0
	for _, page := range pages {
		if slices.Contains([]string{"kept.html", "layout.html", "sign-in.html", "step-up.html", "unlock.html", "webhooks.html"}, filepath.Base(page)) {
			continue // they are no case's
		}
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range regexp.MustCompile(`type="hidden" name="([^"]*)"`).FindAllSubmatch(text, -1) {
			found++
			if name := string(field[1]); name != "number" && !strings.Contains(string(unseen[1]), " "+name+" ") { // a number is typed, too
				t.Errorf("%s: %s is not in unseenFields", page, name)
			}
		}
	}
	if found < 10 {
		t.Errorf("only %d hidden fields", found)
	}
}
