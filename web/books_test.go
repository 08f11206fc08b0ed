package web_test

import (
	"context"
	"sync"
	"time"

	"github.com/klarlagt/klarlagt/auth"
)

// books is a tenant's journal in memory.
type books struct {
	mu   sync.Mutex
	acts []auth.Act
}

func newBooks() *books { return &books{} }

func (b *books) Grant(ctx context.Context, who auth.Session, ask auth.Ask) (auth.Grant, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return auth.Check(ctx, b, who, ask)
}

func (b *books) Case(context.Context, auth.CaseID) (auth.Case, bool, error) {
	return auth.Case{}, false, nil
}
func (b *books) Approval(context.Context, string) (auth.Approval, bool, error) {
	return auth.Approval{}, false, nil
}
func (b *books) SaveApproval(context.Context, auth.Approval) error { return nil }
func (b *books) Spent(context.Context, auth.UserID, auth.CaseID, string, time.Time) (auth.Spent, error) {
	return auth.Spent{}, nil
}
func (b *books) Append(_ context.Context, a auth.Act) error {
	b.acts = append(b.acts, a)
	return nil
}
