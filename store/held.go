package store

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/seal"
)

// heldParts is what evidence that is held is sealed as. It is not bound to its
// name, which nobody knows before its end: who opens it knows its hash.
const heldParts = "held"

// SealHeld seals evidence that is kept because it passes by only once.
func (s *Store) SealHeld(ctx context.Context, g auth.Grant, to io.Writer) (*seal.Writer, error) {
	k, err := s.under(ctx, g, toScan...)
	if err != nil {
		return nil, err
	}
	return seal.NewWriter(to, k.ring, k.part(heldParts, ""))
}

// OpenHeld opens what SealHeld has sealed.
func (s *Store) OpenHeld(ctx context.Context, g auth.Grant, from io.Reader) (io.Reader, error) {
	k, err := s.under(ctx, g, toScan...)
	if err != nil {
		return nil, err
	}
	return seal.NewStream(from, k.ring, k.part(heldParts, ""))
}

// HeldName is what a file of held evidence is called: a keyed hash of the hash of
// its content.
func (s *Store) HeldName(ctx context.Context, g auth.Grant, sha []byte) (string, error) {
	k, err := s.under(ctx, g, toScan...)
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(k.hash(sha)), nil
}

// HeldWaits reports whether a content with such a name has pictures that nobody
// has looked at.
func (s *Store) HeldWaits(ctx context.Context, g auth.Grant, name string) (bool, error) {
	if err := s.allow(g, toScan...); err != nil {
		return false, err
	}
	hash, err := hex.DecodeString(name)
	if err != nil {
		return false, nil // a copy that was broken off
	}
	var waits bool
	err = s.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM contents c JOIN members m ON m.case_id = c.case_id AND m.content = c.id
		WHERE c.case_id = $1 AND c.hash = $2 AND m.state = $3)`, g.Case(), hash, breach.OCRPending).Scan(&waits)
	if err != nil {
		return false, fmt.Errorf("look for unseen pictures: %w", err)
	}
	return waits, nil
}
