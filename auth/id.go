package auth

import (
	"crypto/rand"
	"encoding/hex"
)

// UserID names an account. It is random and says nothing of the person.
type UserID string

// TenantID names a tenant. It comes from the session, never from a request.
type TenantID string

// CaseID names a case.
type CaseID string

// SessionID names a session in lists and in the journal. It opens nothing: the
// [Token] does.
type SessionID string

// NewID makes a random id of 128 bits, for accounts, sessions and approvals.
func NewID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand
	return hex.EncodeToString(b[:])
}
