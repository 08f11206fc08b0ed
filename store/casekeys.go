package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"github.com/klarlagt/klarlagt/auth"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/seal"
)

// caseKeys seals and opens what belongs to one case.
type caseKeys struct {
	tenant, id string
	ring       seal.Ring
	rows       *seal.Rows
	blind      seal.Blind
	account    keptAccount
	forGood    keptForGood
}

// keysOf gives the keys of a case, which stay in memory until Close.
func (s *Store) keysOf(ctx context.Context, id CaseID) (*caseKeys, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.refreshKeys(ctx); err != nil {
		return nil, err
	}
	if k := s.cases[id]; k != nil {
		return k, nil
	}
	ring, err := s.keys.Case(ctx, s.tenant, s.tenantKey, id)
	if err != nil {
		return nil, err
	}
	k, err := newCaseKeys(s.tenant, id, ring)
	if err == nil {
		s.cases[id] = k
	}
	return k, err
}

func newCaseKeys(t auth.TenantID, id CaseID, ring seal.Ring) (k *caseKeys, err error) {
	k = &caseKeys{tenant: string(t), id: string(id), ring: ring}
	if k.rows, err = seal.NewRows(ring); err != nil {
		return nil, err
	}
	// What is looked up has one key for all generations: the first.
	k.blind, err = seal.NewBlind(ring[1])
	return k, err
}

// refreshKeys forgets the keys that were read before another process changed
// keys.db: nothing is to be sealed under one that is on its way out. They are not
// destroyed, for somebody may be using them.
func (s *Store) refreshKeys(ctx context.Context) error {
	var version int64
	if err := s.keys.db.QueryRowContext(ctx, `PRAGMA data_version`).Scan(&version); err != nil {
		return fmt.Errorf("look at the keys: %w", explain(err))
	}
	if version == s.keysVersion {
		return nil
	}
	clear(s.cases)
	s.kept.forgetAll()
	s.keysVersion = version
	tenant, err := s.keys.tenant(ctx, s.tenant)
	var refusal *breach.Refusal
	if errors.As(err, &refusal) { // there is another master key: the tenant's is what it was
		return nil
	}
	if err == nil && !tenant.Equal(s.tenantKey) {
		s.tenantKey = tenant
	}
	return err
}

// forgetKeys overwrites every key in memory.
func (s *Store) forgetKeys() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.cases {
		k.destroy()
	}
	clear(s.cases)
	s.kept.forgetAll()
	s.tenantKey.Destroy()
}

func (k *caseKeys) destroy() {
	k.account.drop()
	k.forGood.drop()
	for _, key := range k.ring {
		key.Destroy()
	}
}

// cell is where a sealed value lies: the column data of a row.
type cell struct {
	table   string
	row     string // its key within the case
	version int64  // 0 where rows are not changed
}

// rowKey joins the parts of a row's key: numbers in decimal, bytes in
// hexadecimal.
func rowKey(parts ...any) string {
	var b strings.Builder
	for i, p := range parts {
		if i > 0 {
			b.WriteByte('/')
		}
		switch p := p.(type) {
		case []byte:
			fmt.Fprintf(&b, "%x", p)
		default:
			fmt.Fprint(&b, p)
		}
	}
	return b.String()
}

func (k *caseKeys) where(c cell) seal.Where {
	return seal.Where{Tenant: k.tenant, Case: k.id, Table: c.table, Column: "data", Row: c.row, Version: uint64(c.version)}
}

func (k *caseKeys) seal(c cell, plain []byte) []byte { return k.rows.Seal(k.where(c), plain) }

func (k *caseKeys) open(c cell, sealed []byte) ([]byte, error) {
	return k.rows.Open(k.where(c), sealed)
}

// What is looked up by its value, and in which index it stands.
const (
	blindKey      = "entries.key" // guardians are found by it too
	blindRegister = "registers.name"
	blindRoot     = "roots.path"
	blindPath     = "items.path"
	blindHash     = "contents.sha256" // of items, members and sights too
	blindValue    = "identifiers.value"
)

// look is what a value is looked up by.
func (k *caseKeys) look(index, value string) []byte {
	of := k.blind.Of(index, breach.Hide(value))
	return of[:]
}

// hash is what a content is looked up by; empty if its hash is not known.
func (k *caseKeys) hash(sha []byte) []byte {
	if len(sha) == 0 {
		return []byte{}
	}
	return k.look(blindHash, string(sha))
}

// part is where a part file lies.
func (k *caseKeys) part(kind, name string) seal.Where {
	return seal.Where{Tenant: k.tenant, Case: k.id, Table: kind, Row: name}
}

// Secret is the key of the case's register index.
func (s *Store) Secret(ctx context.Context, g auth.Grant) ([seal.KeySize]byte, error) {
	k, err := s.under(ctx, g, toWork...)
	if err != nil {
		return [seal.KeySize]byte{}, err
	}
	key := k.ring[1].For(seal.ForRegister)
	defer key.Destroy()
	return [seal.KeySize]byte(key.Reveal()), nil
}

var errPacked = errors.New("a sealed row is broken")

// pack puts several values into one.
func pack(values ...[]byte) []byte {
	size := 0
	for _, v := range values {
		size += binary.MaxVarintLen32 + len(v)
	}
	b := make([]byte, 0, size)
	for _, v := range values {
		b = append(binary.AppendUvarint(b, uint64(len(v))), v...)
	}
	return b
}

// unpack takes them apart again.
func unpack(b []byte, values ...*[]byte) error {
	rest, err := unpackSome(b, values...)
	if err == nil && len(rest) > 0 {
		err = errPacked
	}
	return err
}

// unpackSome takes the first of them, and gives the rest.
func unpackSome(b []byte, values ...*[]byte) (rest []byte, err error) {
	for _, v := range values {
		n, size := binary.Uvarint(b)
		if size <= 0 || n > uint64(len(b)-size) {
			return nil, errPacked
		}
		end := size + int(n)
		*v, b = b[size:end:end], b[end:] // whoever appends to one does not write into the next
	}
	return b, nil
}
