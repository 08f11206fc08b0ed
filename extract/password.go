package extract

import "github.com/klarlagt/klarlagt/breach"

// What is locked says itself how much work a try of a password is, and hostile
// files say that it is without end. So tries are counted in rounds of hashing,
// of which a core does some millions in a second. What cannot be tried any more
// stays locked.
const (
	fileRounds = 16  // times those of an item
	cheapTry   = 100 // rounds that a try costs beside those that it states
)

// keyring is what is known of the passwords of one file and all inside it.
type keyring struct {
	right string // the one that fitted last: what lies together often has one
	left  int64  // rounds that may still be spent
}

func newKeyring(l Limits) *keyring { return &keyring{left: fileRounds * l.Rounds} }

// password finds the one that fits; "" and false where none does. A try costs
// rounds.
func (in *Input) password(rounds int64, fits func(password string) bool) (string, bool) {
	k := in.keys
	if right := k.right; right != "" && in.derive(rounds) == nil && fits(right) {
		return right, true
	}
	for _, p := range in.Limits.Passwords {
		if p == "" || p == k.right {
			continue
		}
		if !in.try(rounds) {
			return "", false
		}
		if fits(p) {
			k.right = p
			return p, true
		}
	}
	return "", false
}

// try takes what one try of a password costs, where that much may be spent.
func (in *Input) try(rounds int64) bool {
	if rounds < 0 || rounds > in.Limits.Rounds-in.rounds {
		return false
	}
	in.rounds += rounds + cheapTry
	return in.derive(rounds) == nil
}

// derive takes the rounds that a key needs whose password is known.
func (in *Input) derive(rounds int64) error {
	if rounds < 0 || rounds > in.keys.left {
		return gap(breach.BudgetTotal)
	}
	in.keys.left -= rounds + cheapTry
	return nil
}
