package auth_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
)

// moment is when a request comes: what has truly passed since the sign-in, by
// how much the wall clock is off, and which run of the server it meets.
type moment struct {
	passed, off time.Duration
	run         string
	began       time.Duration // when that run began, in true time
}

func (m moment) instant() auth.Instant {
	i := at(m.passed)
	i.Wall = i.Wall.Add(m.off)
	i.Run, i.Up = m.run, m.passed-m.began
	return i
}

func TestSessionsEnd(t *testing.T) {
	const h, m = time.Hour, time.Minute
	every := func(step, until time.Duration) (list []moment) {
		for d := step; d <= until; d += step {
			list = append(list, moment{passed: d, run: "run"})
		}
		return list
	}
	for _, c := range []struct {
		name     string
		requests []moment
		lives    bool // after the last request; all before it succeed
	}{
		{"used at once", []moment{{0, 0, "run", 0}}, true},
		{"idle for half an hour", []moment{{30 * m, 0, "run", 0}}, true},
		{"idle for longer", []moment{{30*m + 1, 0, "run", 0}}, false},
		{"used all day", every(20*m, 12*h), true},
		{"used beyond twelve hours", every(20*m, 12*h+20*m), false},
		{"idle, with the clock set back", []moment{{31 * m, -20 * m, "run", 0}}, false},
		{"idle, with the clock set back before the sign-in", []moment{{31 * m, -20 * h, "run", 0}}, false},
		{"used, with the clock set back", []moment{{5 * m, -20 * h, "run", 0}}, true},
		{"used, with the clock set forward", []moment{{5 * m, 2 * h, "run", 0}}, false},
		{"used, with the clock a little forward", []moment{{5 * m, 3 * m, "run", 0}}, true},
		{"all day, with the clock set back each time", append(every(20*m, 12*h), moment{12*h + 5*m, -12 * h, "run", 0}), false},
		{"machine asleep: the monotonic clock stood", []moment{{5 * h, 0, "run", 5 * h}}, false},
		{"server started anew", []moment{{10 * m, 0, "next", 5 * m}}, true},
		{"server started anew, and idle", []moment{{31 * m, 0, "next", 5 * m}}, false},
		{"server started anew, clock set back", []moment{{10 * m, -11 * m, "next", 5 * m}}, false},
		{"clock set back, server started anew later", []moment{{10 * m, -1 * h, "run", 0}, {15 * m, -1 * h, "next", 12 * m}}, true},
		{"ages outlive a clock set back and a new start",
			append(every(20*m, 12*h), moment{12 * h, -6 * h, "run", 0}, moment{12*h + 1*m, -6 * h, "next", 12 * h}), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, lives := user("u", auth.Desk), true
			for i, r := range c.requests {
				if !lives {
					t.Fatalf("ended at request %d, before the last", i)
				}
				s, lives = s.Touch(r.instant())
			}
			if lives != c.lives {
				t.Errorf("lives: %v, want %v", lives, c.lives)
			}
		})
	}
}

// TestNoClockExtendsASession tries clocks that do as they like.
func TestNoClockExtendsASession(t *testing.T) {
	jumps := []time.Duration{0, -time.Second, time.Second, -time.Hour, time.Hour, -24 * time.Hour, 24 * time.Hour, -10 * time.Minute}
	for seed := range 2000 {
		s := user("u", auth.Desk)
		off, passed, last := time.Duration(0), time.Duration(0), time.Duration(0)
		next := seed
		for range 60 {
			next = next*1103515245 + 12345
			passed += time.Duration((next>>8)&31) * time.Minute
			off += jumps[(next>>16)&7]
			touched, lives := s.Touch(moment{passed, off, "run", 0}.instant())
			if !lives {
				break
			}
			if passed > auth.LastsFor || passed-last > auth.IdleFor {
				t.Fatalf("seed %d: lives after %v, %v after the last request", seed, passed, passed-last)
			}
			s, last = touched, passed
		}
	}
}

func TestStepUp(t *testing.T) {
	s := user("u", auth.Investigator)
	first := s.Hash
	s, token, ok := s.StepUp(at(20 * time.Minute))
	if !ok || s.Hash == first || s.Hash != token.Hash() {
		t.Fatalf("a step-up gives a new token: %v", ok)
	}
	if s.ProvedAge != 0 || s.Age != 20*time.Minute {
		t.Errorf("proved %v ago and %v old, want 0 and 20 minutes", s.ProvedAge, s.Age)
	}
	if _, _, ok := s.StepUp(at(2 * time.Hour)); ok {
		t.Error("a session that has ended was stepped up")
	}
	if _, ok := (auth.Session{}).Touch(auth.Instant{}); ok {
		t.Error("nobody has a session")
	}
}

func TestTwoSignInsShareNothing(t *testing.T) {
	a, ta := auth.Begin("u", "town", nil, nil, auth.Internet, at(0))
	b, tb := auth.Begin("u", "town", nil, nil, auth.Internet, at(0))
	if a.ID == b.ID || a.Hash == b.Hash || ta.Reveal() == tb.Reveal() {
		t.Error("two sessions share an id or a token")
	}
}

func TestTokens(t *testing.T) {
	_, token := auth.Begin("u", "town", nil, nil, auth.Internet, at(0))
	text := token.Reveal()
	back, ok := auth.ParseToken(text)
	if !ok || back.Hash() != token.Hash() {
		t.Errorf("a token does not come back: %v", ok)
	}
	for name, bad := range map[string]string{"nothing": "", "short": text[1:], "long": text + "A", "no base64": strings.Repeat("*", 43),
		"padded": text[:42] + "=", "loose bits": text[:42] + "B"} {
		if p, ok := auth.ParseToken(bad); ok && p.Reveal() != bad {
			t.Errorf("%s: taken, and it is not the one form", name)
		}
	}
	holder := struct{ hidden auth.Token }{token}
	js, _ := json.Marshal(map[string]any{"t": token})
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "t", token)
	for _, out := range []string{fmt.Sprint(token), fmt.Sprintf("%v %+v %#v %x %s %d", token, holder, holder, token, &token, token), string(js), log.String()} {
		if strings.Contains(out, text) || strings.Contains(out, text[:12]) {
			t.Errorf("a token prints: %d characters", len(out))
		}
	}
}

func TestOrigins(t *testing.T) {
	for addr, want := range map[string]auth.Origin{"127.0.0.1": auth.ThisMachine, "::1": auth.ThisMachine, "10.1.2.3": auth.OwnNetwork,
		"::ffff:192.168.1.1": auth.OwnNetwork, "fe80::1": auth.OwnNetwork, "203.0.113.7": auth.Internet, "2001:db8::1": auth.Internet} {
		if got := auth.OriginOf(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s is %s, want %s", addr, got, want)
		}
	}
	if got := auth.OriginOf(netip.Addr{}); got != auth.NoOrigin {
		t.Errorf("no address is %s", got)
	}
}

func TestTheClockOfARun(t *testing.T) {
	c := auth.NewClock()
	a, b := c.Now(), c.Now()
	if a.Run == "" || a.Run != b.Run || b.Up < a.Up || a.Wall.IsZero() {
		t.Errorf("a clock that does not go on: %v, then %v", a, b)
	}
	if auth.NewClock().Now().Run == a.Run {
		t.Error("two runs are taken for one")
	}
}

func FuzzParseToken(f *testing.F) {
	_, token := auth.Begin("u", "town", nil, nil, auth.Internet, at(0))
	f.Add(token.Reveal())
	f.Add("")
	f.Add(strings.Repeat("A", 43))
	f.Fuzz(func(t *testing.T, text string) {
		if token, ok := auth.ParseToken(text); ok && token.Reveal() != text {
			t.Errorf("%q is taken for %q", text, token.Reveal())
		}
	})
}
