package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/web"
)

// timer runs by the time that the house says has passed, whatever its clock on the
// wall shows.
type timer struct {
	h   *house
	due time.Duration // 0 once it is stopped or has rung
	f   func()
}

func (t *timer) Stop() bool { return t.set(0) }

func (t *timer) Reset(d time.Duration) bool { return t.set(t.h.now().Up + d) }

func (t *timer) set(due time.Duration) bool {
	t.h.mu.Lock()
	defer t.h.mu.Unlock()
	was := t.due != 0
	t.due = due
	return was
}

// after is the house's time.AfterFunc.
func (h *house) after(d time.Duration, f func()) web.Timer {
	t := &timer{h: h, f: f}
	t.Reset(d)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.timers = append(h.timers, t)
	return t
}

// ring calls what is due.
func (h *house) ring() {
	h.mu.Lock()
	var due []*timer
	for _, t := range h.timers {
		if t.due != 0 && t.due <= h.up {
			t.due, due = 0, append(due, t)
		}
	}
	h.mu.Unlock()
	for _, t := range due {
		t.f()
	}
}

// jump sets the clock on the wall and lets time pass beside it.
func (h *house) jump(wall, passes time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at, h.up = h.at.Add(wall), h.up+passes
}

// holds holds how many sign-ins have something unlocked against the metrics.
func (h *house) holds(when string, want string) {
	h.t.Helper()
	h.ring()
	answer := httptest.NewRecorder()
	h.server.Metrics().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if !strings.Contains(answer.Body.String(), "\nklarlagt_unlocked "+want+"\n") {
		h.t.Errorf("%s: not %s sign-ins hold keys", when, want)
	}
}

func TestKeysAreForgottenHalfAnHourAfterTheLastRequest(t *testing.T) {
	h, id, base := incident(t)
	keys, _, _ := h.secretly(id)
	list := base + "/exposure/list"
	member := h.member(id, "kajsa", auth.Investigator)
	h.holds("before", "0")
	member.unlock(keys["aino"], list).is(200, list)
	h.pass(29 * time.Minute)
	h.holds("after 29 minutes", "1")
	member.get(list).is(200, list)
	h.pass(29 * time.Minute)
	h.holds("29 minutes after a request", "1")
	h.pass(time.Minute)
	h.holds("30 minutes after it", "0")
	h.entered("kajsa").get(list).is(200, "/unlock")
}

func TestClocksThatAreSetDoNotKeepKeysOrForgetThem(t *testing.T) {
	h, id, base := incident(t)
	keys, _, _ := h.secretly(id)
	list := base + "/exposure/list"
	h.member(id, "kajsa", auth.Investigator)
	for _, c := range []struct {
		name         string
		wall, passes time.Duration
		holds        string
	}{
		{"back three hours, while half an hour passes", -3 * time.Hour, 30 * time.Minute, "0"},
		{"ahead three hours, while half an hour passes", 3 * time.Hour, 30 * time.Minute, "0"},
		{"back three hours, while a minute passes", -3 * time.Hour, time.Minute, "1"},
		{"ahead three hours, while a minute passes", 3 * time.Hour, time.Minute, "1"},
	} {
		member := h.entered("kajsa")
		member.unlock(keys["aino"], list).is(200, list)
		h.jump(c.wall, c.passes)
		h.holds(c.name, c.holds)
		h.pass(time.Hour)
		h.holds(c.name+", and an hour later", "0")
	}
}
