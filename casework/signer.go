package casework

import (
	"os"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/dispatch"
)

// OpenSigner reads the certificate and the key that mails of a draft are signed
// with, from one file in PEM: a credential of systemd's, or a file of the owner's.
func (d *Desk) OpenSigner(path string, draft NoticeDraft) (*dispatch.Signer, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, &breach.Refusal{Key: "cmd.cannot-read", Args: map[string]any{"Path": path}, Err: err}
	}
	defer clear(raw)
	s, err := dispatch.OpenSigner(raw, draft.Sender.Mail, d.now())
	if err != nil {
		return nil, &breach.Refusal{Key: "refusal.mail-signer", Args: map[string]any{"Path": path, "Why": err.Error()}, Err: err}
	}
	return s, nil
}
