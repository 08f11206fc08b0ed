package journal

import (
	"crypto/rand"
	"fmt"

	"golang.org/x/mod/sumdb/note"

	"github.com/klarlagt/klarlagt/breach"
)

// Signer signs checkpoints with Ed25519. It does not print its key.
type Signer = note.Signer

// NewSigner makes a key pair: a journal's under the name Origin gives, or a
// witness's under a name of its own. The private half is sealed by the caller;
// the public half is one line of text to be handed out, with each checkpoint's
// receiver long before anything is in doubt.
func NewSigner(name string) (private breach.Personal, public string, err error) {
	if name == "" || !isID(name) {
		return private, "", fmt.Errorf("new signer: %q is no name for a key", name)
	}
	secret, public, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		return private, "", fmt.Errorf("new signer %s: %w", name, err)
	}
	return breach.Hide(secret), public, nil
}

// LoadSigner makes a signer of the private half.
func LoadSigner(private breach.Personal) (Signer, error) {
	s, err := note.NewSigner(private.Reveal())
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	return s, nil
}

// Cosign adds a witness's signature to a checkpoint. A witness vouches that the
// journal only grew: it keeps the last checkpoint that it signed of a journal
// (none at first), and asks for the proof that this one grew from it. What it
// refuses for ErrFork is two histories of one journal, and the two checkpoints
// are the evidence.
func Cosign(signed []byte, key string, last Checkpoint, growth []byte, witness Signer) ([]byte, Checkpoint, error) {
	c, n, err := open(signed, key, nil)
	if err != nil {
		return nil, Checkpoint{}, fmt.Errorf("cosigning: %w", err)
	}
	if last != (Checkpoint{}) {
		if err := CheckGrowth(last, c, growth); err != nil {
			return nil, Checkpoint{}, fmt.Errorf("cosigning: %w", err)
		}
	}
	if witness.Name() == Origin(c.Tenant) {
		return nil, Checkpoint{}, fmt.Errorf("cosigning: a journal is no witness of its own")
	}
	out, err := note.Sign(n, witness)
	if err != nil {
		return nil, Checkpoint{}, fmt.Errorf("cosigning: %w", err)
	}
	return out, c, nil
}
