package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/seal"
)

// Unlocked is the store as somebody sees it who has brought a member's private
// key, or that of the recovery: cases in secret mode that are wrapped to it open
// too. The keys are in the memory of what is given back alone, until it is told to
// [Store.Forget]; the database is the one of the store, which has to outlive it. That
// somebody did, and with whose key, is in the journal; so is a key that is
// nobody's, which is refused.
func (s *Store) Unlocked(ctx context.Context, g auth.Grant, private seal.Key) (*Store, error) {
	if err := s.allow(g, auth.OwnSignIn); err != nil {
		return nil, err
	}
	public, err := seal.Public(private)
	if err != nil {
		return nil, err
	}
	all, err := s.keys.members(ctx, `SELECT member, public, made_at FROM members WHERE tenant = $1`, s.tenant)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(m KeyMember) bool { return bytes.Equal(m.public, public) })
	if i < 0 {
		if err := s.note(ctx, g, "unlock:nobody"); err != nil {
			return nil, err
		}
		return nil, &breach.Refusal{Key: "refusal.member-key"}
	}
	if err := s.note(ctx, g, "unlock:"+all[i].Name); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	keys := &Keys{database: s.keys.database, path: s.keys.path, master: s.keys.master, from: s.keys.from, member: private}
	return &Store{database: s.database, dir: s.dir, home: s.home, tenant: s.tenant, keys: keys, tenantKey: s.tenantKey,
		cases: map[CaseID]*caseKeys{}, keysVersion: s.keysVersion}, nil
}

// Forget destroys the member's key of an unlocked store, and every key that it has
// opened. Nothing of it may be in use any more.
func (s *Store) Forget() {
	s.kept.forgetAll()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.cases {
		k.destroy()
	}
	clear(s.cases)
	s.keys.member.Destroy()
}

// RecoveryMember is what the recovery key is called among members.
const RecoveryMember = "recovery"

// AddRecovery lets cases in secret mode be wrapped to the recovery key too, whose
// two halves two people keep: as the member called recovery.
func (s *Store) AddRecovery(ctx context.Context, g auth.Grant) error {
	if err := s.allow(g, auth.ManageKeys); err != nil {
		return err
	}
	var public []byte
	err := s.keys.db.QueryRowContext(ctx, `SELECT public FROM recovery WHERE id = 1`).Scan(&public)
	if errors.Is(err, sql.ErrNoRows) {
		return &breach.Refusal{Key: "refusal.no-recovery", Args: map[string]any{"Path": s.keys.path}}
	}
	if err != nil {
		return fmt.Errorf("find the recovery key: %w", explain(err))
	}
	return s.addMember(ctx, g, RecoveryMember, public)
}

// IsSecret reports whether an error says that a case opens with its members' keys
// alone.
func IsSecret(err error) bool {
	var refusal *breach.Refusal
	return errors.As(err, &refusal) && refusal.Key == secretRefusal
}
