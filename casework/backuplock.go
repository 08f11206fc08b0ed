package casework

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"

	"github.com/klarlagt/klarlagt/breach"
)

// Lock says who can open a backup: whoever has the passphrase, or the holder of
// one of age's identities.
type Lock struct {
	Passphrase []byte
	To         []string // recipients, as age has them
}

// both gives what a backup is encrypted to, and what opens it once to prove it.
// Who encrypts to others cannot open it: so one recipient more is made, whose
// other half never leaves this process.
func (l Lock) both() ([]age.Recipient, []age.Identity, error) {
	switch {
	case len(l.Passphrase) > 0 && len(l.To) == 0:
		to, err := age.NewScryptRecipient(string(l.Passphrase))
		if err != nil {
			return nil, nil, fmt.Errorf("passphrase of the backup: %w", err)
		}
		with, err := age.NewScryptIdentity(string(l.Passphrase))
		return []age.Recipient{to}, []age.Identity{with}, err
	case len(l.Passphrase) > 0 || len(l.To) == 0:
		return nil, nil, &breach.Refusal{Key: "refusal.backup-lock"}
	}
	list, err := age.ParseRecipients(strings.NewReader(strings.Join(l.To, "\n") + "\n"))
	if err != nil {
		return nil, nil, &breach.Refusal{Key: "refusal.backup-recipient", Err: err}
	}
	if strings.HasPrefix(l.To[0], "age1pq") { // the two kinds do not go into one file
		once, err := age.GenerateHybridIdentity()
		if err != nil {
			return nil, nil, fmt.Errorf("key to prove the backup: %w", err)
		}
		return append(list, once.Recipient()), []age.Identity{once}, nil
	}
	once, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, nil, fmt.Errorf("key to prove the backup: %w", err)
	}
	return append(list, once.Recipient()), []age.Identity{once}, nil
}

// Opening is what opens a backup.
type Opening struct {
	Passphrase []byte
	Identities io.Reader // a file of them, as age has them
}

func (o Opening) identities() ([]age.Identity, error) {
	if o.Identities != nil {
		list, err := age.ParseIdentities(o.Identities)
		if err != nil {
			return nil, &breach.Refusal{Key: "refusal.backup-identity"} // the error may quote one
		}
		return list, nil
	}
	if len(o.Passphrase) == 0 {
		return nil, &breach.Refusal{Key: "refusal.backup-lock"}
	}
	with, err := age.NewScryptIdentity(string(o.Passphrase))
	if err != nil {
		return nil, fmt.Errorf("passphrase of the backup: %w", err)
	}
	return []age.Identity{with}, nil
}

// explainAge says what the user can mend.
func explainAge(err error) error {
	var none *age.NoIdentityMatchError
	if errors.As(err, &none) || errors.Is(err, age.ErrIncorrectIdentity) {
		return &breach.Refusal{Key: "refusal.backup-closed", Err: err}
	}
	return err
}
