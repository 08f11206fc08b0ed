package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/seal"
	"github.com/klarlagt/klarlagt/store"
)

// members makes keys of people, and registers their public halves.
func members(t *testing.T, s *store.Store, names ...string) map[string]seal.Key {
	t.Helper()
	private := map[string]seal.Key{}
	for _, name := range names {
		key, public, err := seal.NewMember()
		if err == nil {
			err = s.AddMember(t.Context(), can(t, s, "", auth.ManageKeys), name, public)
		}
		if err != nil {
			t.Fatal(err)
		}
		private[name] = key
	}
	return private
}

// reads opens the store as somebody, and gives how many entries of the case they
// can read.
func reads(t *testing.T, c store.Config, key seal.Key, id store.CaseID) (int, error) {
	t.Helper()
	c.Member = key
	s := opened(t, c)
	defer s.Close()
	n := 0
	for _, err := range s.Entries(t.Context(), can(t, s, id, auth.Resolve)) {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func TestCaseInSecretModeIsReadByItsMembersAlone(t *testing.T) {
	c := config(t)
	s := opened(t, c)
	id := fill(t, s)
	open := fill(t, s)
	private := members(t, s, "aino", "kalle", "maija")
	sets := func(s *store.Store, names ...string) error {
		return s.SetSecret(t.Context(), can(t, s, id, auth.SetSecret), names, clock, nil)
	}
	if err := sets(s, "aino", "nobody"); refusalOf(err) != "refusal.no-such-member" {
		t.Errorf("somebody without a key: %v", err)
	}
	before, err := reads(t, c, seal.Key{}, id)
	if err != nil || before == 0 {
		t.Fatalf("before: %d entries, error %v", before, err)
	}
	if err := sets(s, "aino", "kalle"); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	expect := func(step string, want map[string]bool) {
		t.Helper()
		private[""] = seal.Key{} // who has the machine and the master key alone
		for name, key := range private {
			n, err := reads(t, c, key, id)
			if can := err == nil && n == before; can != want[name] || !can && refusalOf(err) != "refusal.case-secret" {
				t.Errorf("%s: %q reads %d entries, error %v", step, name, n, err)
			}
			if n, err := reads(t, c, key, open); n != before || err != nil {
				t.Errorf("%s: %q reads %d entries of the other case, error %v", step, name, n, err)
			}
		}
	}
	expect("two members", map[string]bool{"aino": true, "kalle": true})
	as := func(name string) *store.Store {
		c := c
		c.Member = private[name]
		return opened(t, c)
	}
	s = as("aino")
	if err := sets(s, "aino", "maija"); err != nil {
		t.Fatal(err)
	}
	load(t, s, id, "pupils", false, map[string]string{"P-1": "a", "P-2": "b", "p-3": "c", "Ä": "d"}) // can be written, too
	_ = s.Close()
	expect("one in another's place", map[string]bool{"aino": true, "maija": true})
	s = as("kalle")
	if err := sets(s, "kalle"); refusalOf(err) != "refusal.case-secret" {
		t.Errorf("who is no member any more lets themselves in: %v", err)
	}
	s = as("maija")
	g, err := s.RotateCase(t.Context(), can(t, s, "", auth.ManageKeys), id, clock)
	if err != nil || g != 4 {
		t.Fatalf("rotated to generation %d, error %v", g, err)
	}
	_ = s.Close()
	expect("rotated", map[string]bool{"aino": true, "maija": true})
	s = as("aino")
	if err := sets(s); err != nil {
		t.Fatal(err)
	}
	expect("ended", map[string]bool{"": true, "aino": true, "kalle": true, "maija": true})
}

func TestCaseInSecretModeIsListedWithoutItsTitle(t *testing.T) {
	c := config(t)
	s := opened(t, c)
	opened, err := s.OpenCase(t.Context(), console(), "a case", moment(0))
	if err != nil {
		t.Fatal(err)
	}
	id := opened.ID
	private := members(t, s, "aino")
	if err := s.SetSecret(t.Context(), can(t, s, id, auth.SetSecret), []string{"aino"}, clock, nil); err != nil {
		t.Fatal(err)
	}
	list, err := s.Cases(t.Context(), can(t, s, "", auth.ListCases))
	if err != nil || len(list) != 1 || list[0].Title != "" || !list[0].Secret || list[0].KeyLost {
		t.Errorf("listed: %+v, error %v", list, err)
	}
	states, err := s.KeyStates(t.Context(), can(t, s, "", auth.ManageKeys))
	last := states.Keys[len(states.Keys)-1]
	if err != nil || last.Case != id || last.Members != 1 || last.Generations != 2 || last.Opens {
		t.Errorf("keys: %+v, error %v", last, err)
	}
	if _, err := s.Propose(t.Context(), can(t, s, id, auth.Propose), proposal); refusalOf(err) != "refusal.case-secret" {
		t.Errorf("proposing as no member: %v", err)
	}
	if err := s.DestroyKeys(t.Context(), can(t, s, id, auth.Destroy)); err != nil {
		t.Errorf("destroying as no member: %v", err)
	}
	if _, err := reads(t, c, private["aino"], id); refusalOf(err) != "refusal.case-key-lost" {
		t.Errorf("reading what was destroyed: %v", err)
	}
}

// TestWrapsOfSecretCasesAreBound moves wraps past the store.
func TestWrapsOfSecretCasesAreBound(t *testing.T) {
	c := config(t)
	s := opened(t, c)
	id, other := fill(t, s), fill(t, s)
	private := members(t, s, "aino", "kalle")
	err := errors.Join(s.SetSecret(t.Context(), can(t, s, id, auth.SetSecret), []string{"aino"}, clock, nil),
		s.SetSecret(t.Context(), can(t, s, other, auth.SetSecret), []string{"aino", "kalle"}, clock, nil))
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	db := file(t, filepath.Join(c.Dir, "keys.db"))
	for n, move := range []string{
		fmt.Sprintf(`INSERT INTO secrets SELECT tenant, case_id, generation, 'kalle', wrap FROM secrets WHERE case_id = '%s' AND member = 'aino'`, id),
		fmt.Sprintf(`UPDATE secrets SET wrap = (SELECT o.wrap FROM secrets o WHERE o.case_id = '%s' AND o.member = 'kalle' AND o.generation = secrets.generation) WHERE case_id = '%s' AND member = 'kalle'`, other, id),
	} {
		if _, err := db.Exec(move); err != nil {
			t.Fatal(err)
		}
		if _, err := reads(t, c, private["kalle"], id); !errors.Is(err, seal.ErrForged) {
			t.Errorf("move %d: %v", n, err)
		}
	}
}

func TestNothingOfTheTenantsWrapStaysInTheFile(t *testing.T) {
	c := config(t)
	s := opened(t, c)
	id := fill(t, s)
	db := file(t, filepath.Join(c.Dir, "keys.db"))
	var wrap []byte
	if err := db.QueryRow(`SELECT wrap FROM wraps WHERE case_id = $1`, id).Scan(&wrap); err != nil {
		t.Fatal(err)
	}
	_ = db.Close()
	members(t, s, "aino")
	if err := s.SetSecret(t.Context(), can(t, s, id, auth.SetSecret), []string{"aino"}, clock.Add(time.Minute), nil); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	paths, err := filepath.Glob(filepath.Join(c.Dir, "keys.db*"))
	if err != nil || len(paths) == 0 {
		t.Fatal(err)
	}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(raw, wrap) {
			t.Errorf("%s still holds it", filepath.Base(path))
		}
	}
}

func TestMembersAreNamedOnce(t *testing.T) {
	s, _ := open(t)
	members(t, s, "aino")
	_, public, err := seal.NewMember()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"aino": "refusal.member-taken", "Aino Koivunen": "refusal.member-name", "": "refusal.member-name"} {
		if err := s.AddMember(t.Context(), can(t, s, "", auth.ManageKeys), name, public); refusalOf(err) != want {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestCopyTakesAlongWhatOthersAloneCanRead copies to another folder, whose keys
// are its own.
func TestCopyTakesAlongWhatOthersAloneCanRead(t *testing.T) {
	from, to := lite(t), lite(t)
	s := opened(t, from)
	id := fill(t, s)
	private := members(t, s, "aino")
	if err := s.SetSecret(t.Context(), can(t, s, id, auth.SetSecret), []string{"aino"}, clock, nil); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	for _, who := range []seal.Key{{}, private["aino"]} { // whoever copies, the target has no other wrap
		from.Member = who
		if _, err := store.CopyDatabase(t.Context(), from, to, false, clock, nil); err != nil {
			t.Fatal(err)
		}
		if n, err := reads(t, to, private["aino"], id); err != nil || n == 0 {
			t.Errorf("a member reads %d entries of the copy, error %v", n, err)
		}
		if _, err := reads(t, to, seal.Key{}, id); refusalOf(err) != "refusal.case-secret" {
			t.Errorf("who is no member: %v", err)
		}
		target := opened(t, to)
		list, err := target.Approvals(t.Context(), can(t, target, id, auth.ListApprovals))
		if err != nil || len(list) == 0 {
			t.Errorf("%d approvals in the copy, error %v", len(list), err)
		}
		_ = target.Close()
		to = lite(t)
	}
}
