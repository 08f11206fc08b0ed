package auth_test

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

const phrase = "gul traktor sjunger lågt"

var noon = time.Date(2026, 3, 2, 12, 0, 10, 0, time.UTC)

// member has a password, an app and recovery codes; the codes come beside.
func member(t *testing.T) (auth.Account, []breach.Personal) {
	t.Helper()
	factor, url, err := auth.NewTOTP("Klarlagt", "kalle.anka")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(url.Reveal(), "otpauth://totp/Klarlagt:kalle.anka?") || !strings.Contains(url.Reveal(), factor.Secret.Reveal()) {
		t.Fatal("the address for the app is not one")
	}
	texts, hashes := auth.NewRecovery()
	return auth.Account{User: "kalle", Name: breach.Hide("kalle.anka"), Password: encode(phrase, 64, 1, 1), TOTP: factor, Recovery: hashes}, texts
}

func code(t *testing.T, a auth.Account, when time.Time) string {
	t.Helper()
	c, err := totp.GenerateCode(a.TOTP.Secret.Reveal(), when)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSignIn(t *testing.T) {
	a, texts := member(t)
	ended, bare, noPassword := a, a, a
	ended.Ended, noPassword.Password = true, ""
	bare.TOTP, bare.Recovery = auth.TOTP{}, nil
	right := code(t, a, noon)
	for _, c := range []struct {
		name     string
		account  *auth.Account
		password string
		code     string
		ok       bool
	}{
		{"password and app", &a, phrase, right, true},
		{"password and paper", &a, phrase, texts[3].Reveal(), true},
		{"paper in small letters without hyphens", &a, phrase, strings.ToLower(strings.ReplaceAll(texts[3].Reveal(), "-", " ")), true},
		{"the code of half a minute ago", &a, phrase, code(t, a, noon.Add(-30*time.Second)), true},
		{"the code of half a minute ahead", &a, phrase, code(t, a, noon.Add(30*time.Second)), true},
		{"the code of a minute ago", &a, phrase, code(t, a, noon.Add(-70*time.Second)), false},
		{"the wrong password", &a, phrase + "!", right, false},
		{"no password", &a, "", right, false},
		{"a long password", &a, strings.Repeat("x", 1<<20), right, false},
		{"no code", &a, phrase, "", false},
		{"a code with a blank", &a, phrase, right[:3] + " " + right[3:], false},
		{"a long code", &a, phrase, strings.Repeat(right, 1000), false},
		{"an account without a second factor", &bare, phrase, "", false},
		{"and an empty app's code", &bare, phrase, "328482", false},
		{"an account without a password", &noPassword, "", right, false},
		{"an account that has ended", &ended, phrase, right, false},
		{"nobody", nil, phrase, right, false},
	} {
		got, err := auth.SignIn(c.account, auth.Attempt{Password: c.password, Code: c.code, Now: noon})
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
		if err != nil && (err != error(auth.ErrSignIn) || c.account != nil && (got.TOTP != c.account.TOTP || len(got.Recovery) != len(c.account.Recovery))) {
			t.Errorf("%s: another answer than the one, or something used up: %v", c.name, err)
		}
	}
}

// TestNobodyCostsAsMuch counts memory, which is what the hash of a password
// takes and which does not depend on how busy the machine is.
func TestNobodyCostsAsMuch(t *testing.T) {
	a, _ := member(t)
	hash, err := auth.NewPassword(phrase)
	if err != nil {
		t.Fatal(err)
	}
	a.Password = hash
	ended, noPassword, broken := a, a, a
	ended.Ended, noPassword.Password, broken.Password = true, "", "$argon2id$"
	for name, who := range map[string]*auth.Account{"somebody": &a, "nobody": nil, "ended": &ended, "no password": &noPassword, "a broken hash": &broken} {
		for _, password := range []string{"another", strings.Repeat("x", 1<<20)} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			if _, err := auth.SignIn(who, auth.Attempt{Password: password, Code: "000000", Now: noon}); err == nil {
				t.Fatalf("%s is signed in", name)
			}
			runtime.ReadMemStats(&after)
			if spent := (after.TotalAlloc - before.TotalAlloc) >> 20; spent < 46 || spent > 47 {
				t.Errorf("%s with %d bytes of password: %d MiB, want 46", name, len(password), spent)
			}
		}
	}
}

func TestWhatIsUsedIsUsedUp(t *testing.T) {
	a, texts := member(t)
	try := auth.Attempt{Password: phrase, Code: code(t, a, noon), Now: noon}
	after, err := auth.SignIn(&a, try)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := auth.SignIn(&after, try); err == nil {
		t.Error("a code from the app was taken twice")
	}
	try.Code = code(t, a, noon.Add(-30*time.Second))
	if _, err := auth.SignIn(&after, try); err == nil {
		t.Error("an older code was taken after a newer one")
	}
	if ok, weak := after.Password.Matches(phrase); !ok || weak {
		t.Errorf("a weak hash was kept: matches %v, weak %v", ok, weak)
	}
	for i, text := range texts {
		next, err := auth.SignIn(&after, auth.Attempt{Password: phrase, Code: text.Reveal(), Now: noon})
		if err != nil || len(next.Recovery) != len(texts)-1-i {
			t.Fatalf("code %d: %d are left, %v", i, len(next.Recovery), err)
		}
		if _, again := auth.UseRecovery(next.Recovery, text.Reveal()); again {
			t.Fatalf("code %d was taken twice", i)
		}
		after = next
		after.Password = encode(phrase, 64, 1, 1) // quick
	}
}

func TestRecoveryCodes(t *testing.T) {
	texts, hashes := auth.NewRecovery()
	if len(texts) != 10 || len(hashes) != 10 {
		t.Fatalf("%d codes and %d hashes", len(texts), len(hashes))
	}
	seen := map[string]bool{}
	for i, text := range texts {
		if len(text.Reveal()) != 19 || seen[text.Reveal()] || strings.ContainsAny(text.Reveal(), "0189") {
			t.Errorf("code %d has %d characters, or ones that are mistaken", i, len(text.Reveal()))
		}
		seen[text.Reveal()] = true
		if strings.Contains(string(hashes[i]), text.Reveal()[:4]) {
			t.Errorf("hash %d shows its code", i)
		}
	}
	typed := strings.NewReplacer("O", "0", "I", "1", "B", "8").Replace(texts[0].Reveal())
	if _, ok := auth.UseRecovery(hashes, typed); !ok {
		t.Error("a nought for an O is not forgiven")
	}
	for name, bad := range map[string]string{"nothing": "", "half": texts[0].Reveal()[:9], "two": texts[0].Reveal() + texts[1].Reveal(), "long": strings.Repeat("A", 1<<16)} {
		if left, ok := auth.UseRecovery(hashes, bad); ok || !slices.Equal(left, hashes) {
			t.Errorf("%s was taken", name)
		}
	}
	if _, ok := auth.UseRecovery(nil, ""); ok {
		t.Error("nothing was taken from nothing")
	}
}

func TestFirstRun(t *testing.T) {
	text, s, err := auth.NewSetup(0, at(0))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		setup    auth.Setup
		code     string
		accounts int
		now      auth.Instant
		ok       bool
	}{
		{"the code", s, text.Reveal(), 0, at(time.Minute), true},
		{"another code", s, "AAAA-AAAA-AAAA-AAAA", 0, at(0), false},
		{"no code", s, "", 0, at(0), false},
		{"too late", s, text.Reveal(), 0, at(auth.SetupFor + 1), false},
		{"there is an account", s, text.Reveal(), 1, at(0), false},
		{"never set up", auth.Setup{}, "", 0, at(0), false},
		{"server started anew, clock set back", s, text.Reveal(), 0, moment{0, -time.Minute, "next", 0}.instant(), false},
	} {
		after, err := c.setup.Use(c.code, c.accounts, c.now)
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
		if err == nil {
			if _, err := after.Use(c.code, 0, c.now); err == nil {
				t.Error("the code was taken twice")
			}
		}
	}
	if _, _, err := auth.NewSetup(1, at(0)); err == nil {
		t.Error("a first run with an account")
	}
}

func TestTriesSlowDown(t *testing.T) {
	var tries auth.Tries
	var waits []time.Duration
	for range 30 {
		tries = tries.Fail(at(0))
		waits = append(waits, tries.Wait(auth.AccountPace, at(0)))
	}
	for i, want := range map[int]time.Duration{0: 0, 4: 0, 5: time.Second, 6: 2 * time.Second, 9: 16 * time.Second, 14: 512 * time.Second, 15: 15 * time.Minute, 29: 15 * time.Minute} {
		if waits[i] != want {
			t.Errorf("after failure %d: wait %v, want %v", i+1, waits[i], want)
		}
	}
	for _, c := range []struct {
		name string
		now  auth.Instant
		wait time.Duration
	}{
		{"later", at(10 * time.Minute), 5 * time.Minute},
		{"over", at(15 * time.Minute), 0},
		{"clock set back", moment{10 * time.Minute, -time.Hour, "run", 0}.instant(), 5 * time.Minute},
		{"server started anew", moment{10 * time.Minute, 0, "next", 0}.instant(), 5 * time.Minute},
		{"and the clock set back", moment{10 * time.Minute, -time.Hour, "next", 0}.instant(), 15 * time.Minute},
	} {
		if got := tries.Wait(auth.AccountPace, c.now); got != c.wait {
			t.Errorf("%s: wait %v, want %v", c.name, got, c.wait)
		}
	}
	if got := tries.Fail(at(23 * time.Hour)).Failed; got != 31 {
		t.Errorf("%d failures after a day less an hour, want 31", got)
	}
	if got := tries.Fail(at(25 * time.Hour)).Failed; got != 1 {
		t.Errorf("%d failures after a day and an hour, want 1", got)
	}
	if got := (auth.Tries{Failed: 50}).Wait(auth.AddressPace, at(0)); got != 0 {
		t.Errorf("a town hall waits %v after fifty failures", got)
	}
}

// TestADayOfTries counts what somebody gets who tries as fast as they may.
func TestADayOfTries(t *testing.T) {
	var tries auth.Tries
	n, now := 0, time.Duration(0)
	for now < auth.Day {
		tries = tries.Fail(at(now))
		n++
		now += max(tries.Wait(auth.AccountPace, at(now)), time.Millisecond)
	}
	if n > 120 {
		t.Errorf("%d tries at one account in a day", n)
	}
}

func TestLaterSaysHowLong(t *testing.T) {
	var refusal *breach.Refusal
	if err := auth.Later(1500 * time.Millisecond); !errors.As(err, &refusal) || refusal.Args["Count"] != int64(2) {
		t.Errorf("got %v with %v", err, refusal)
	}
}

func TestAccountsDoNotPrint(t *testing.T) {
	a, texts := member(t)
	out := fmt.Sprintf("%v %+v", a, a)
	for name, secret := range map[string]string{"secret": a.TOTP.Secret.Reveal(), "name": "kalle.anka", "hash": string(a.Password)[31:], "code": texts[0].Reveal()} {
		if strings.Contains(out, secret) {
			t.Errorf("the %s prints", name)
		}
	}
}

func FuzzSecondFactor(f *testing.F) {
	f.Add("123456", int64(1772452810), int64(0))
	f.Add("", int64(-1), int64(-5))
	f.Fuzz(func(t *testing.T, code string, unix, last int64) {
		factor := auth.TOTP{Secret: breach.Hide("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), Last: last}
		after, ok := factor.Use(code, time.Unix(unix, 0))
		if ok && (len(code) != 6 || after.Last <= last) {
			t.Errorf("%q was taken at %d after step %d", code, unix, last)
		}
		if left, ok := auth.UseRecovery([]auth.CodeHash{"none"}, code); ok || len(left) != 1 {
			t.Errorf("%q was taken for a recovery code", code)
		}
	})
}

func BenchmarkPassword(b *testing.B) {
	hash, err := auth.NewPassword(phrase)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		hash.Matches("another")
	}
}
