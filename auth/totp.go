package auth

import (
	"crypto/subtle"
	"fmt"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"github.com/klarlagt/klarlagt/breach"
)

// totpPeriod is how long one code stands (RFC 6238, what every app knows).
const totpPeriod = 30

// TOTP is the second factor of an account: codes from an app. The store seals
// its secret.
type TOTP struct {
	Secret breach.Personal // base32, 160 bits; none: the account has no app
	Last   int64           // the step of the last code that was taken
}

// NewTOTP makes a secret, and the address that an app reads from a QR code. It
// counts once a first code from the app has been taken.
func NewTOTP(issuer, account string) (TOTP, breach.Personal, error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: account, Period: totpPeriod, SecretSize: 20})
	if err != nil {
		return TOTP{}, breach.Personal{}, fmt.Errorf("make a second factor: %w", err)
	}
	return TOTP{Secret: breach.Hide(key.Secret())}, breach.Hide(key.URL()), nil
}

// Use holds a code against the secret: the step of now, the one before and the
// one after. Each step's code is taken once, and none before the last: what was
// read over a shoulder is of no use. It gives the second factor to be stored.
func (t TOTP) Use(code string, now time.Time) (TOTP, bool) {
	opts := hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}
	step, found := now.Unix()/totpPeriod, int64(-1)
	for s := step - 1; s <= step+1; s++ { // all three, so that time does not tell which
		want, err := hotp.GenerateCodeCustom(t.Secret.Reveal(), uint64(s), opts)
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && s > t.Last {
			found = s
		}
	}
	if found < 0 || t.Secret.IsZero() {
		return t, false
	}
	t.Last = found
	return t, true
}
