package casework

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// maxPasswords bounds the list: each is tried on each locked item, and an
// archive can hold thousands.
const maxPasswords = 10_000

// ReadPasswords reads a list of passwords, one a line.
func ReadPasswords(file string) ([]string, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, &breach.Refusal{Key: "refusal.passwords-unreadable", Args: map[string]any{"Path": file}, Err: err}
	}
	var list []string
	for line := range bytes.Lines(bytes.TrimPrefix(content, []byte("\xEF\xBB\xBF"))) {
		if p := strings.TrimRight(string(line), "\r\n"); p != "" {
			list = append(list, p)
		}
	}
	if len(list) > maxPasswords {
		return nil, &breach.Refusal{Key: "refusal.too-many-passwords", Args: map[string]any{"Count": len(list), "Most": maxPasswords}}
	}
	return list, nil
}

// give hands a list of passwords to the workers: in a file that goes with their
// scratch files, for everybody can see what a process is started with.
func (p *pool) give(passwords []string) error {
	if len(passwords) == 0 {
		return nil
	}
	list := filepath.Join(p.scratch, "passwords")
	if err := os.WriteFile(list, []byte(strings.Join(passwords, "\n")), 0o600); err != nil {
		return fmt.Errorf("hand over passwords: %w", err)
	}
	p.Command = append(p.Command, "--passwords", list)
	return nil
}

// passwordSummary names the summary that tells which list was tried last on a
// scanned folder.
func passwordSummary(root int64) string { return fmt.Sprintf("passwords of %d", root) }

// tryPasswords lets everything that is locked be read anew, if the list of
// passwords is not the one that the last scan had. It gives what tells the list
// from others, to be noted when the scan is done.
func (s *scan) tryPasswords(ctx context.Context) (list string, err error) {
	if len(s.o.Passwords) == 0 {
		return "", nil
	}
	secret, err := s.d.Store.Secret(ctx, s.g)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, secret[:]) // the list itself is not kept
	mac.Write([]byte(strings.Join(s.o.Passwords, "\n")))
	list = hex.EncodeToString(mac.Sum(nil))
	var last string
	if _, err := s.d.Store.Summary(ctx, s.g, passwordSummary(s.root), &last); err != nil || last == list {
		return list, err
	}
	return list, s.d.Store.ForgetUnread(ctx, s.g, s.root, []breach.Reason{breach.PasswordNeeded, breach.DRM})
}
