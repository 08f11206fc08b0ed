package casework

import (
	"os"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/dispatch"
)

// PostiAccount is what Posti asks of who has it print letters.
type PostiAccount struct {
	Customer, PasswordFile, Contact string
	Test                            bool
}

// Open reads the password from its file. Without a customer there is nothing to
// tell Posti.
func (a PostiAccount) Open() (*dispatch.Posti, error) {
	if a.Customer == "" {
		return nil, nil
	}
	secret, err := secretFile(a.PasswordFile)
	if err != nil {
		return nil, err
	}
	return &dispatch.Posti{Customer: a.Customer, Password: secret, Contact: a.Contact, Test: a.Test}, nil
}

// secretFile reads a secret that lies in a file of its own.
func secretFile(path string) (breach.Personal, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return breach.Personal{}, &breach.Refusal{Key: "cmd.cannot-read", Args: map[string]any{"Path": path}, Err: err}
	}
	defer clear(raw)
	return breach.Hide(strings.TrimRight(string(raw), "\r\n")), nil
}
