package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/journal"
	"github.com/klarlagt/klarlagt/seal"
)

// Checkpoint signs the tenant's journal as it stands. It tells the public half
// of the key too, which is made at the first one and kept for good.
func (s *Store) Checkpoint(ctx context.Context, now auth.Instant) (signed []byte, key string, err error) {
	signer, key, err := s.signer(ctx)
	if err != nil {
		return nil, "", fmt.Errorf("sign a checkpoint: %w", err)
	}
	head, err := s.JournalHead(ctx, now)
	if err == nil {
		signed, err = journal.Sign(head, signer)
	}
	if err != nil {
		return nil, "", fmt.Errorf("sign a checkpoint: %w", err)
	}
	return signed, key, nil
}

// JournalKey is the public half of the key that signs the tenant's checkpoints.
func (s *Store) JournalKey(ctx context.Context) (string, error) {
	_, key, err := s.signer(ctx)
	if err != nil {
		return "", fmt.Errorf("find the journal's key: %w", err)
	}
	return key, nil
}

func (s *Store) signer(ctx context.Context) (signer journal.Signer, public string, err error) {
	err = s.keys.tx(ctx, func(tx *sql.Tx) error {
		tenant, err := s.keys.tenantIn(ctx, tx, s.tenant)
		if err != nil {
			return err
		}
		defer tenant.Destroy()
		var sealed []byte
		err = tx.QueryRowContext(ctx, `SELECT public, data FROM signers WHERE tenant = $1`, s.tenant).Scan(&public, &sealed)
		if errors.Is(err, sql.ErrNoRows) {
			public, sealed, err = newSigner(ctx, tx, s.tenant, tenant)
		}
		if err != nil {
			return err
		}
		signer, err = openSigner(s.tenant, tenant, sealed)
		return err
	})
	return signer, public, err
}

func newSigner(ctx context.Context, tx *sql.Tx, t auth.TenantID, tenant seal.Key) (public string, sealed []byte, err error) {
	private, public, err := journal.NewSigner(journal.Origin(string(t)))
	if err == nil {
		sealed, err = sealSigner(t, tenant, private)
	}
	if err == nil {
		_, err = tx.ExecContext(ctx, `INSERT INTO signers (tenant, public, data) VALUES ($1, $2, $3)`, t, public, sealed)
	}
	return public, sealed, err
}

func signerAt(t auth.TenantID) seal.Where { return seal.Where{Tenant: string(t), Table: "signers"} }

func sealSigner(t auth.TenantID, tenant seal.Key, private breach.Personal) ([]byte, error) {
	rows, err := seal.NewRows(seal.Ring{1: tenant})
	if err != nil {
		return nil, err
	}
	return rows.Seal(signerAt(t), []byte(private.Reveal())), nil
}

func privateSigner(t auth.TenantID, tenant seal.Key, sealed []byte) (private breach.Personal, err error) {
	rows, err := seal.NewRows(seal.Ring{1: tenant})
	if err != nil {
		return private, err
	}
	text, err := rows.Open(signerAt(t), sealed)
	return breach.Hide(string(text)), err
}

func openSigner(t auth.TenantID, tenant seal.Key, sealed []byte) (journal.Signer, error) {
	private, err := privateSigner(t, tenant, sealed)
	if err != nil {
		return nil, err
	}
	return journal.LoadSigner(private)
}

// CaseProofs yields the records of a case, each with the text that proves it to
// be in the journal that the checkpoint was signed of. Records after the
// checkpoint are left out.
func (s *Store) CaseProofs(ctx context.Context, g auth.Grant, signed []byte, key string) iter.Seq2[Proven, error] {
	return func(yield func(Proven, error) bool) {
		err := s.allow(g, auth.ReadCaseJournal, auth.Destroy)
		head, _, wrong := journal.Open(signed, key)
		for after := int64(-1); err == nil && wrong == nil; {
			var page []Proven
			if page, err = s.provePage(ctx, g.Case(), after, head.Size, signed, key); err != nil || len(page) == 0 {
				break
			}
			for _, p := range page {
				if !yield(p, nil) {
					return
				}
			}
			after = page[len(page)-1].Seq
		}
		if err = errors.Join(wrong, err); err != nil {
			yield(Proven{}, fmt.Errorf("prove the records of the case: %w", err))
		}
	}
}

// Proven is a record with its proof.
type Proven struct {
	Seq   int64
	Line  []byte
	Proof []byte
}

func (s *Store) provePage(ctx context.Context, id CaseID, after, size int64, signed []byte, key string) (page []Proven, err error) {
	err = s.each(ctx, `SELECT seq, data FROM journal_records WHERE case_id = $1 AND seq > $2 AND seq < $3 ORDER BY seq LIMIT 500`,
		[]any{id, after, size}, func(rows *sql.Rows) error {
			var p Proven
			err := rows.Scan(&p.Seq, &p.Line)
			page = append(page, p)
			return err
		})
	if err != nil {
		return nil, err
	}
	return page, s.tx(ctx, func(tx *sql.Tx) error {
		for i := range page {
			if page[i].Proof, err = journal.Prove(ctx, journalTx{tx}, page[i].Line, signed, key); err != nil {
				return err
			}
		}
		return nil
	})
}
