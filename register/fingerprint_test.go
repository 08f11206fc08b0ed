package register_test

import (
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/register"
)

func TestFingerprint(t *testing.T) {
	e := breach.Entry{Key: breach.Hide("P-1"), Emails: []breach.Personal{breach.Hide("a@example.se")}}
	moved := e
	moved.ID, moved.Row = 7, 9
	if register.Fingerprint(e, register.Secret{}) != register.Fingerprint(moved, register.Secret{}) {
		t.Error("an entry that only moved has another fingerprint")
	}
	other := e
	other.Emails, other.Usernames = nil, e.Emails
	if register.Fingerprint(e, register.Secret{}) == register.Fingerprint(other, register.Secret{}) {
		t.Error("the same text in another field has the same fingerprint")
	}
	if register.Fingerprint(e, register.Secret{}) == register.Fingerprint(e, register.Secret{1}) {
		t.Error("the fingerprint does not depend on the secret")
	}
	rows := func(line string) breach.Entry {
		got := importRows("pupils", register.Options{}, "Id|Namn|E-post|Klass", line, "2|Bo Ek|b@example.se|2A")
		if got.err != nil || len(got.entries) != 2 {
			t.Fatalf("%d entries, error %v", len(got.entries), got.err)
		}
		return got.entries[0]
	}
	one, spelled := rows("1|Anna Ek|a@example.se|2A"), rows("1|Anna  Ek|A@EXAMPLE.se|2A")
	if register.Fingerprint(one, register.Secret{}) != register.Fingerprint(spelled, register.Secret{}) {
		t.Error("the same entry spelled otherwise has another fingerprint")
	}
}
