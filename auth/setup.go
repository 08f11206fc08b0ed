package auth

import (
	"time"

	"github.com/klarlagt/klarlagt/breach"
)

// SetupFor is how long a set-up code is good for.
const SetupFor = time.Hour

// Setup is the first run: a code, shown on the console of the machine alone,
// makes the first administrator. There is no default password.
type Setup struct {
	Hash CodeHash // "" once it is used
	Made Instant
}

// NewSetup makes the code to show, and what to store. With an account there is
// no first run any more.
func NewSetup(accounts int, now Instant) (breach.Personal, Setup, error) {
	if accounts > 0 {
		return breach.Personal{}, Setup{}, errSetup
	}
	text, hash := newCode()
	return text, Setup{Hash: hash, Made: now}, nil
}

// Use holds a code against it, and gives the set-up to be stored, used up. The
// account that is then made has the role of the administrator alone.
func (s Setup) Use(code string, accounts int, now Instant) (Setup, error) {
	passed, known := now.since(s.Made)
	right := s.Hash.is(hashCode(code))
	if accounts > 0 || s.Hash == "" || !right || !known || passed > SetupFor {
		return s, errSetup
	}
	return Setup{}, nil
}

var errSetup = &breach.Refusal{Key: "refusal.setup-code"}
