package auth

import (
	"time"

	"github.com/klarlagt/klarlagt/breach"
)

// Account is a user's own means to sign in. What is in it opens doors: the store
// seals it.
type Account struct {
	User     UserID
	Name     breach.Personal // what is typed at sign-in
	Shown    breach.Personal // the person's name, for passkeys
	Password PasswordHash    // "" for none
	TOTP     TOTP
	Recovery []CodeHash
	Passkeys []Passkey
	Handle   []byte // what passkeys know the account by: 32 random bytes
	Ended    bool   // may not sign in any more
}

// Passkey is one key of an account, on a phone, a laptop or a stick.
type Passkey struct {
	ID   []byte // what the authenticator calls it
	Data []byte // the credential record; changes at each use
}

// Attempt is one try with name and password. Code is from the app, or a
// recovery code.
type Attempt struct {
	Password, Code string
	Now            time.Time
}

// SignIn holds an attempt against an account; nil stands for a name that nobody
// has. It gives the account to be stored, without what was used up. The answer
// is the same, and so is the work, whether the name, the password or the code
// was wrong; ask [Tries] first.
func SignIn(a *Account, try Attempt) (Account, error) {
	known := a != nil && a.Password != "" && !a.Ended
	var account Account
	if a != nil {
		account = *a
	}
	if !known {
		account.Password = nobody
	}
	right, weak := account.Password.Matches(try.Password)
	totp, byApp := account.TOTP.Use(try.Code, try.Now)
	left, byPaper := UseRecovery(account.Recovery, try.Code)
	if !known || !right || !byApp && !byPaper {
		if a == nil {
			return Account{}, ErrSignIn
		}
		return *a, ErrSignIn
	}
	account.TOTP, account.Recovery = totp, left
	if weak {
		account.Password = account.Password.Again(try.Password)
	}
	return account, nil
}

// nobody is the hash that unknown names are held against: of no password, at
// today's cost.
const nobody PasswordHash = "$argon2id$v=19$m=47104,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// ErrSignIn is the one answer to every sign-in that fails.
var ErrSignIn = &breach.Refusal{Key: "refusal.sign-in"}

// Later is the answer to a try that comes too early.
func Later(wait time.Duration) error {
	return &breach.Refusal{Key: "refusal.sign-in-later", Args: map[string]any{"Count": int64((wait + time.Second - 1) / time.Second)}}
}
