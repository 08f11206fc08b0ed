package casework_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/dispatch"
)

func TestMailServersAreNamedWithHowTheyAreReached(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("made up\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text, password string
		addr, user     string
		security       dispatch.Security
		refused        string
	}{
		{"smtp://mail.example.com", "", "mail.example.com:25", "", dispatch.StartTLS, ""},
		{"smtp://mail.example.com:587", "", "mail.example.com:587", "", dispatch.StartTLS, ""},
		{"smtps://klarlagt@mail.example.com", secret, "mail.example.com:465", "klarlagt", dispatch.Implicit, ""},
		{"smtp://127.0.0.1:2525", "", "127.0.0.1:2525", "", dispatch.Loopback, ""},
		{"smtp://localhost", "", "localhost:25", "", dispatch.Loopback, ""},
		{"smtp://[::1]", "", "[::1]:25", "", dispatch.Loopback, ""},
		{"smtp://localhost.example.com", "", "localhost.example.com:25", "", dispatch.StartTLS, ""},
		{"mail.example.com:25", "", "", "", 0, "refusal.mail-relay"},
		{"http://mail.example.com", "", "", "", 0, "refusal.mail-relay"},
		{"smtp://", "", "", "", 0, "refusal.mail-relay"},
		{"smtp://mail.example.com/path", "", "", "", 0, "refusal.mail-relay"},
		{"smtp://a:b@mail.example.com", secret, "", "", 0, "refusal.mail-relay"},
		{"smtp://a@mail.example.com", "", "", "", 0, "refusal.mail-relay"},
		{"smtp://mail.example.com", secret, "", "", 0, "refusal.mail-relay"},
		{"smtp://a@mail.example.com", "nowhere", "", "", 0, "cmd.cannot-read"},
	} {
		r, err := casework.ParseRelay(c.text, c.password)
		if refusalOf(err) != c.refused {
			t.Errorf("%s: %v, want %q", c.text, err, c.refused)
		}
		if err != nil {
			continue
		}
		if r.Addr != c.addr || r.User != c.user || r.Security != c.security || (r.User != "") != (r.Password.Reveal() == "made up") {
			t.Errorf("%s: %s as %q, security %d, password of %d characters", c.text, r.Addr, r.User, r.Security, len(r.Password.Reveal()))
		}
	}
}

func TestSendersAreAddressesAlone(t *testing.T) {
	for text, want := range map[string]string{"klarlagt@example.com": "", "": "refusal.mail-address", "A <a@example.com>": "refusal.mail-address",
		"a@example.com\r\nBcc: b@example.com": "refusal.mail-address", "å@example.com": "refusal.mail-address"} {
		if _, err := casework.ParseSender(text); refusalOf(err) != want {
			t.Errorf("%q: %v", text, err)
		}
	}
}
