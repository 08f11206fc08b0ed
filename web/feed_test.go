package web_test

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
)

func TestACalendarIsReadByItsAddressAlone(t *testing.T) {
	h, officer, page := mailTown(t)
	id := strings.TrimPrefix(page, "/cases/")
	day := h.now().Wall.AddDate(0, 0, -1).Format("2006-01-02")
	officer.enter(page, "case", "kind", "mis-sent", "country", "SE", "role", "controller")
	officer.enter(page, "aware", "at", day+"T09:05", "why", "Maija called")
	officer.get(page + "/duties").says("Subscribe")
	officer.post("/account/tokens/calendar", "case", id).is(200, "/account/tokens/calendar")
	secret := regexp.MustCompile("/calendar/" + id + "/([A-Za-z0-9_-]{43})").FindStringSubmatch(officer.words())
	if secret == nil {
		t.Fatalf("no address: %s", officer.words())
	}
	read := func(path string) (int, string) {
		t.Helper()
		answer, err := h.site.Client().Get(h.site.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		raw, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(raw)
	}
	status, calendar := read(secret[0] + "?language=en")
	if status != 200 || !strings.Contains(calendar, "BEGIN:VEVENT") || !strings.Contains(calendar, id) || strings.Contains(calendar, "Maija") || strings.Contains(calendar, "Felskickat") {
		t.Errorf("status %d: %s", status, calendar)
	}
	other := strings.TrimPrefix(officer.post("/cases", "title", "Another").path, "/cases/")
	for name, path := range map[string]string{"another secret": "/calendar/" + id + "/" + auth.NewToken().Reveal(), "no case": "/calendar/0a0a0a0a/" + secret[1], "half": secret[0][:60],
		"another case of the same officer's": "/calendar/" + other + "/" + secret[1]} {
		if status, _ := read(path); status != http.StatusNotFound {
			t.Errorf("%s: status %d", name, status)
		}
	}
	p := &program{house: h, token: "klarlagt_" + secret[1]}
	if p.do("GET", "/api/v1"+page+"/facts", ""); p.status != 401 {
		t.Errorf("the address opens the API: %d", p.status)
	}
	if strings.Contains(h.logged.String(), secret[1]) {
		t.Error("the log has the address")
	}
	h.pass(366 * 24 * time.Hour)
	if status, _ := read(secret[0]); status != http.StatusNotFound {
		t.Errorf("after a year: status %d", status)
	}
}
