package auth_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/crypto/argon2"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

func TestPasswordsThatAreRefused(t *testing.T) {
	for password, key := range map[string]string{
		"":            "refusal.password-length",
		"kort7lösen!": "refusal.password-length",
		strings.Repeat("långt och långsamt ", 14): "refusal.password-length",
		"bad\xffutf8 in the midst":                "refusal.password-length",
		"password1234":                            "refusal.password-common",
		"Password2026!!":                          "refusal.password-common",
		"P@ssw0rd1234":                            "refusal.password-common",
		"!!Salasana2026":                          "refusal.password-common",
		"Sommaren-2026!":                          "refusal.password-common",
		"KesäKesä2026!":                           "refusal.password-common",
		"passwordqwerty1":                         "refusal.password-common",
		"qwertyuiop123456":                        "refusal.password-common",
		"abcdefghijklmnop":                        "refusal.password-common",
		"987654321098":                            "refusal.password-common",
		"aaaaaaaaaaaaaaaa":                        "refusal.password-common",
		"ab1!ab1!ab1!ab1!":                        "refusal.password-common",
		"kattfotkattfotkattfot":                   "refusal.password-common",
		"1qaz2wsx3edc":                            "refusal.password-common",
		"1234567890-02":                           "refusal.password-common",
		"Ankeborg2026!":                           "refusal.password-common", // the organisation's name
		"kalle.anka-kalle.anka.1":                 "refusal.password-common", // the user's name
		"Klarlagt2026":                            "refusal.password-common",
	} {
		var refusal *breach.Refusal
		if _, err := auth.NewPassword(password, "kalle.anka", "Ankeborg"); !errors.As(err, &refusal) || refusal.Key != key {
			t.Errorf("%q: got %v, want %s", password, err, key)
		}
	}
}

func TestPasswordsThatAreTaken(t *testing.T) {
	for _, password := range []string{
		"gul traktor sjunger lågt", "korrekt häst batteri klammer", "Hj4-tv9-Qw2-mz7", "vad gör den blå älgen på taket?", "x7$kdL92mNq#",
		"silloin tällöin sataa kiviä", strings.Repeat("åäö €ñ漢 ", 8) + strings.Repeat("ett två tre fyra fem ", 9),
	} {
		hash, err := auth.NewPassword(password, "kalle.anka", "Ankeborg")
		if err != nil {
			t.Errorf("%q: %v", password, err)
			continue
		}
		if ok, weak := hash.Matches(password); !ok || weak {
			t.Errorf("%q: matches %v, weak %v", password, ok, weak)
		}
	}
}

// TestAnAccentIsAnAccent: keyboards differ in how they compose letters.
func TestAnAccentIsAnAccent(t *testing.T) {
	hash, err := auth.NewPassword("sju a\u030alar i a\u030an")
	if err != nil {
		t.Fatal(err)
	}
	if ok, _ := hash.Matches("sju \u00e5lar i \u00e5n"); !ok {
		t.Error("the same letters, composed otherwise, do not match")
	}
}

func TestHashes(t *testing.T) {
	a, _ := auth.NewPassword("gul traktor sjunger lågt")
	b, _ := auth.NewPassword("gul traktor sjunger lågt")
	if a == b {
		t.Error("two hashes share a salt")
	}
	if ok, _ := a.Matches("gul traktor sjunger lågt."); ok {
		t.Error("matches with a letter more")
	}
	if !strings.HasPrefix(string(a), "$argon2id$v=19$m=47104,t=1,p=1$") {
		t.Errorf("the hash begins %.40s", string(a))
	}
	if out := fmt.Sprintf("%v %s", a, a); strings.Contains(out, "argon2") {
		t.Errorf("a hash prints: %s", out)
	}
	weak := encode("gul traktor sjunger lågt", 19*1024, 1, 1)
	if ok, isWeak := weak.Matches("gul traktor sjunger lågt"); !ok || !isWeak {
		t.Errorf("a hash of less memory matches %v and is weak: %v", ok, isWeak)
	}
	if ok, isWeak := weak.Again("gul traktor sjunger lågt").Matches("gul traktor sjunger lågt"); !ok || isWeak {
		t.Errorf("hashed anew it matches %v and is weak: %v", ok, isWeak)
	}
	if ok, isWeak := weak.Matches("another"); ok || isWeak {
		t.Error("a wrong password says that the hash is weak")
	}
}

// encode makes a hash by hand, as another program would.
func encode(password string, memory, passes uint32, threads uint8) auth.PasswordHash {
	salt := []byte("sixteen bytes ok")
	key := argon2.IDKey([]byte(password), salt, passes, memory, threads, 32)
	b64 := base64.RawStdEncoding.EncodeToString
	return auth.PasswordHash(fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", memory, passes, threads, b64(salt), b64(key)))
}

func TestBrokenHashesMatchNothing(t *testing.T) {
	good := string(encode("pw", 64, 1, 1))
	if ok, _ := auth.PasswordHash(good).Matches("pw"); !ok {
		t.Fatal("the good one does not match")
	}
	for name, bad := range map[string]string{
		"nothing":           "",
		"another algorithm": strings.Replace(good, "argon2id", "argon2i", 1),
		"another version":   strings.Replace(good, "v=19", "v=16", 1),
		"no memory":         strings.Replace(good, "m=64", "m=0", 1),
		"all memory":        strings.Replace(good, "m=64", "m=4294967295", 1),
		"no passes":         strings.Replace(good, "t=1", "t=0", 1),
		"no threads":        strings.Replace(good, "p=1", "p=0", 1),
		"a leading nought":  strings.Replace(good, "m=64", "m=064", 1),
		"more behind":       strings.Replace(good, "p=1", "p=1,x=2", 1),
		"a short key":       good[:len(good)-30],
		"more parts":        good + "$",
		"long":              good + strings.Repeat("A", 300),
	} {
		if ok, _ := auth.PasswordHash(bad).Matches("pw"); ok {
			t.Errorf("%s: matches", name)
		}
	}
}

func FuzzPasswordHash(f *testing.F) {
	f.Add(string(encode("pw", 64, 1, 1)))
	f.Add("$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$v=19$m=-8,t=1,p=300$$")
	f.Fuzz(func(t *testing.T, hash string) {
		if ok, _ := auth.PasswordHash(hash).Matches("never the password of this"); ok {
			t.Errorf("%q matches", hash)
		}
	})
}

func FuzzNewPassword(f *testing.F) {
	for _, p := range []string{"gul traktor sjunger lågt", "qwertyuiop123456", "aaaaaaaaaaaaa", "\xff\xfe", "İİİİİİİİİİİİİİİ"} {
		f.Add(p, "name")
	}
	f.Fuzz(func(t *testing.T, password, name string) {
		hash, err := auth.NewPassword(password, name)
		if (err == nil) != (hash != "") {
			t.Errorf("%q: a hash %v with %v", password, hash != "", err)
		}
	})
}
