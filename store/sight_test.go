package store_test

import (
	"slices"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// withPicture saves a content with a picture in it and one inside.
func withPicture(t *testing.T, s *store.Store, id store.CaseID, root, content int64, state breach.State) store.Item {
	t.Helper()
	it := store.Item{Root: root, Path: "a.zip", Position: 1, Size: 5, MTime: 7, State: breach.Pending, Reached: breach.Proven}
	inside := [32]byte{9}
	members := []store.Member{
		{Content: content, Ordinal: 0, Type: "zip", Outcome: breach.Outcome{State: breach.Read}},
		{Content: content, Ordinal: 1, Path: "b.png", SHA256: inside[:], Type: "image", Outcome: breach.Outcome{State: state}},
	}
	err := s.SaveMembers(t.Context(), can(t, s, id, auth.Scan), members)
	if err == nil {
		err = s.CommitContents(t.Context(), can(t, s, id, auth.Scan), "v1", []store.Content{{ID: content, SHA256: make([]byte, 32), Item: it}})
	}
	if err != nil {
		t.Fatal(err)
	}
	return it
}

func TestPicturesWaitUntilTheirContentIsReplaced(t *testing.T) {
	s, id := open(t)
	root, err := s.Root(t.Context(), can(t, s, id, auth.Scan), "/evidence")
	if err != nil {
		t.Fatal(err)
	}
	it := store.Item{Root: root, Path: "a.zip", Position: 1, Size: 5, MTime: 7, State: breach.Pending, Reached: breach.Proven}
	twin := it
	twin.Path, twin.Position = "twin.zip", 2
	if err := s.SeeItems(t.Context(), can(t, s, id, auth.Scan), 1, []store.Item{it, twin}); err != nil {
		t.Fatal(err)
	}
	withPicture(t, s, id, root, 1, breach.OCRPending)
	twin.Content, twin.SHA256 = 1, make([]byte, 32)
	if err := s.SetItems(t.Context(), can(t, s, id, auth.Scan), []store.Item{twin}); err != nil {
		t.Fatal(err)
	}

	list := func(reading string) []int64 {
		t.Helper()
		all, err := s.UnseenContents(t.Context(), can(t, s, id, auth.Scan), root, reading)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if got := list("v1"); !slices.Equal(got, []int64{1}) {
		t.Errorf("waiting: %v, want content 1", got)
	}
	if got := list("v2"); len(got) > 0 {
		t.Errorf("waiting though read otherwise: %v", got)
	}
	u, err := s.Unseen(t.Context(), can(t, s, id, auth.Scan), root, 1)
	if err != nil || u.Item.Path != "a.zip" || u.Item.Size != 5 || !slices.Equal(u.Hashes, [][32]byte{{9}}) {
		t.Errorf("waiting in it: %+v, error %v", u, err)
	}

	withPicture(t, s, id, root, 2, breach.Read)
	if got := list("v1"); len(got) > 0 {
		t.Errorf("still waiting: %v", got)
	}
	rows := 0
	for r, err := range s.Account(t.Context(), can(t, s, id, auth.ReadAccount)) {
		if err != nil {
			t.Fatal(err)
		}
		if rows++; r.Outcome.State != breach.Read && r.Outcome.State != breach.DuplicateOf {
			t.Errorf("%s!/%s is %s", r.Path, r.Member, r.Outcome.State)
		}
	}
	if rows != 4 {
		t.Errorf("%d rows in the account, want 4", rows)
	}
	other, err := s.ReadOtherwise(t.Context(), can(t, s, id, auth.Scan), "v2")
	if err != nil || !other {
		t.Errorf("read otherwise: %t, error %v", other, err)
	}
}

func TestSightsAreReplacedByNewerOnes(t *testing.T) {
	s, id := open(t)
	sha := [32]byte{1}
	first := store.Sight{SHA256: sha, Page: 2, State: breach.NotReadable, Reason: breach.OCRFailed, Text: []byte{}, Tool: "a"}
	second := store.Sight{SHA256: sha, Page: 2, State: breach.Read, Text: []byte("Bo Ek"), Tool: "b"}
	other := store.Sight{SHA256: [32]byte{2}, Page: 1, State: breach.NoText}
	for _, v := range []store.Sight{first, other, second} {
		if err := s.SaveSights(t.Context(), can(t, s, id, auth.Scan), []store.Sight{v}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Sights(t.Context(), can(t, s, id, auth.Scan), sha)
	if err != nil || len(got) != 1 || got[0].State != breach.Read || string(got[0].Text) != "Bo Ek" || got[0].Tool != "b" {
		t.Errorf("sights %+v, error %v", got, err)
	}
}
