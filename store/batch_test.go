package store_test

import (
	"errors"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

func TestABatchAndItsDispatchesGoTogether(t *testing.T) {
	s, id := open(t)
	n := frozen(t, s, id, 4)
	g := can(t, s, id, auth.ReleaseWave)
	take := []store.Outcome{{Seq: 4, Was: breach.Planned, Becomes: breach.Handing}}
	if _, err := s.NewBatch(t.Context(), g, n, store.Batch{ID: "B1"}, clock, take); refusalOf(err) != "refusal.notice-not-approved" {
		t.Errorf("what nobody has approved was printed: %v", err)
	}
	n = approvedNotice(t, s, id, n)
	if _, err := s.NewBatch(t.Context(), g, n, store.Batch{ID: "B1"}, clock, append(take, take...)); !errors.Is(err, store.ErrMoved) {
		t.Errorf("one dispatch was taken twice: %v", err)
	}
	b, p := printed(t, s, id, n, 4)
	if _, err := s.NewBatch(t.Context(), g, n, store.Batch{ID: "B2"}, clock, take); !errors.Is(err, store.ErrMoved) {
		t.Errorf("a dispatch went into a second batch: %v", err)
	}
	list, err := s.Batches(t.Context(), g, n)
	if err != nil || len(list) != 1 || !list[0].Made || string(list[0].Data) != "how it is printed" {
		t.Errorf("batches %+v, error %v", list, err)
	}
	if p.Number != 1 || p.Seq != 4 || p.State != store.PieceMade || string(p.Data) != "where" {
		t.Errorf("the piece is %+v", p)
	}
	posted := p
	posted.State = store.PiecePosted
	done := []store.Outcome{{Seq: 4, Attempt: 1, Was: breach.Handing, Becomes: breach.Accepted, Detail: breach.Hide("posted: B4-000001")}}
	if _, err := s.ChangeBatch(t.Context(), g, n, b, clock, []store.Piece{posted}, done); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ChangeBatch(t.Context(), g, n, b, clock, []store.Piece{posted}, nil); !errors.Is(err, store.ErrMoved) {
		t.Errorf("an old state of the batch was kept: %v", err)
	}
	all, err := s.Standings(t.Context(), g, n)
	if err != nil || all[4] != (store.Standing{State: breach.Accepted, Attempt: 1}) || len(all) != 4 {
		t.Errorf("standings %v, error %v", all, err)
	}
	if steps, err := audited(t, s, id); steps != 2 || err != nil {
		t.Errorf("%d steps, error %v", steps, err)
	}
}

func TestAHaltedVersionIsNotPrinted(t *testing.T) {
	s, id := open(t)
	n := approvedNotice(t, s, id, frozen(t, s, id, 4))
	if _, err := s.Halt(t.Context(), can(t, s, id, auth.HaltNotice), n, "somebody"); err != nil {
		t.Fatal(err)
	}
	_, err := s.NewBatch(t.Context(), can(t, s, id, auth.ReleaseWave), n, store.Batch{ID: "B1"}, clock, []store.Outcome{{Seq: 4, Was: breach.Planned, Becomes: breach.Handing}})
	if refusalOf(err) != "refusal.notice-halted" {
		t.Errorf("printed though halted: %v", err)
	}
}
