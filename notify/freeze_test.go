package notify_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/notify"
)

// notices makes a version for so many people: every third by e-mail, one
// guardian, one protected.
func notices(n int) []breach.Notice {
	list := make([]breach.Notice, 0, n)
	for i := range n {
		id := breach.PersonID(fmt.Sprintf("p%06d", i))
		notice := breach.Notice{ID: "n1", Version: 1, Subject: id, Reader: id, Letter: "first", Channel: breach.Paper,
			To:    breach.Addressee{Name: breach.Hide(fmt.Sprintf("Person %d", i)), Postal: breach.Postal{Street: breach.Hide("Provgatan 1")}},
			Parts: []breach.Wording{{Language: []string{"fi", "sv"}[i%2], Title: breach.Content("T"), Text: breach.Content(fmt.Sprintf("text %d", i*i))}}}
		switch {
		case i%3 == 0:
			notice.Channel, notice.To.Postal, notice.To.Email = breach.Mail, breach.Postal{}, breach.Hide(fmt.Sprintf("p%d@example.com", i))
		case i == 7:
			notice.Channel = breach.Envelope
		case i == 8:
			notice.Letter, notice.Reader = "guardian", "p999999"
		}
		notice.Hash = notify.Hash(notice)
		list = append(list, notice)
	}
	return list
}

func freeze(t testing.TB, list []breach.Notice) notify.Batch {
	t.Helper()
	f := notify.NewFreezer("n1", 1, [32]byte{1})
	for i, n := range list {
		if err := f.Add(n, i%2); err != nil {
			t.Fatal(err)
		}
	}
	return f.Batch()
}

func TestTheRootIsThatOfRFC6962(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 7, 8, 100} {
		list := notices(n)
		var stored []tlog.Hash
		read := tlog.HashReaderFunc(func(at []int64) (out []tlog.Hash, err error) {
			for _, i := range at {
				out = append(out, stored[i])
			}
			return out, nil
		})
		for i, notice := range list {
			hashes, err := tlog.StoredHashes(int64(i), notice.Hash[:], read)
			if err != nil {
				t.Fatal(err)
			}
			stored = append(stored, hashes...)
		}
		want, err := tlog.TreeHash(int64(n), read)
		if err != nil {
			t.Fatal(err)
		}
		batch := freeze(t, list)
		if n > 0 && batch.Root != [32]byte(want) {
			t.Errorf("%d notices: root %x, want %x", n, batch.Root, want)
		}
		for i, notice := range list {
			proof, err := tlog.ProveRecord(int64(n), int64(i), read)
			if err != nil || tlog.CheckRecord(proof, int64(n), tlog.Hash(batch.Root), int64(i), tlog.RecordHash(notice.Hash[:])) != nil {
				t.Errorf("notice %d of %d cannot be proved: %v", i, n, err)
			}
		}
	}
}

func TestAnyChangeVoidsTheApproval(t *testing.T) {
	approved := freeze(t, notices(50))
	if again := freeze(t, notices(50)); again.Root != approved.Root {
		t.Fatal("the same list has another root")
	}
	for name, change := range map[string]func(*breach.Notice){
		"a letter of the text": func(n *breach.Notice) { n.Parts[0].Text[3] ^= 1 },
		"the title":            func(n *breach.Notice) { n.Parts[0].Title = breach.Content("U") },
		"a blank more":         func(n *breach.Notice) { n.Parts[0].Text = append(n.Parts[0].Text, ' ') },
		"from text to title": func(n *breach.Notice) {
			n.Parts[0].Title = append(n.Parts[0].Title, n.Parts[0].Text[0])
			n.Parts[0].Text = n.Parts[0].Text[1:]
		},
		"the language":   func(n *breach.Notice) { n.Parts[0].Language = "en" },
		"a part more":    func(n *breach.Notice) { n.Parts = append(n.Parts, breach.Wording{}) },
		"the letter":     func(n *breach.Notice) { n.Letter = "employee" },
		"the name":       func(n *breach.Notice) { n.To.Name = breach.Hide("Person 5") },
		"the street":     func(n *breach.Notice) { n.To.Postal.Street = breach.Hide("Provgatan 2") },
		"the country":    func(n *breach.Notice) { n.To.Country = "SE" },
		"the reader":     func(n *breach.Notice) { n.Reader = "p8" },
		"the channel":    func(n *breach.Notice) { n.Channel = breach.Envelope },
		"the wire bytes": func(n *breach.Notice) { n.Bytes = breach.Content("Subject: x") },
	} {
		list := notices(50)
		change(&list[4])
		list[4].Hash = notify.Hash(list[4])
		if freeze(t, list).Root == approved.Root {
			t.Errorf("%s: the root is the same", name)
		}
	}
	if freeze(t, notices(49)).Root == approved.Root || freeze(t, slices.Delete(notices(50), 9, 10)).Root == approved.Root {
		t.Error("without a person the root is the same")
	}
}

func TestWhatMayNotBeFrozen(t *testing.T) {
	for name, c := range map[string]struct {
		change func(list []breach.Notice)
		want   error
	}{
		"twice":                      {func(l []breach.Notice) { l[5] = l[4] }, notify.ErrOrder},
		"out of order":               {func(l []breach.Notice) { l[5], l[4] = l[4], l[5] }, notify.ErrOrder},
		"of another version":         {func(l []breach.Notice) { l[5].Version = 2 }, notify.ErrForeign},
		"changed after it was made":  {func(l []breach.Notice) { l[5].Parts[0].Text[0] = 'T' }, notify.ErrChanged},
		"two readers of one mailbox": {func(l []breach.Notice) { l[6].To.Email = breach.Hide("p3@example.com"); l[6].Hash = notify.Hash(l[6]) }, notify.ErrBox},
		"mail to the protected": {func(l []breach.Notice) {
			l[7].To.Email = breach.Hide("p7@example.com")
			l[7].Hash = notify.Hash(l[7])
		}, notify.ErrChannel},
		"a letter without a street": {func(l []breach.Notice) { l[4].To.Postal = breach.Postal{}; l[4].Hash = notify.Hash(l[4]) }, notify.ErrChannel},
		"nobody":                    {func(l []breach.Notice) { l[4].Channel = breach.Nobody; l[4].Hash = notify.Hash(l[4]) }, notify.ErrChannel},
	} {
		list := notices(12)
		c.change(list)
		f := notify.NewFreezer("n1", 1, [32]byte{1})
		var got error
		for _, n := range list {
			if got = f.Add(n, 0); got != nil {
				break
			}
		}
		if !errors.Is(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	list := notices(12)
	list[6].Reader, list[6].To.Email = list[3].Reader, list[3].To.Email
	list[6].Hash = notify.Hash(list[6])
	if freeze(t, list).Count != 12 {
		t.Error("a guardian of two children is not told of both")
	}
}

func TestTheSamplesAreOfEverySort(t *testing.T) {
	list := notices(400)
	batch := freeze(t, list)
	why := map[string]int{}
	for _, s := range batch.Samples {
		for _, w := range s.Why {
			why[w]++
		}
	}
	want := []string{"channel:email", "channel:envelope", "channel:letter", "language:fi", "language:sv", "left-out", "letter:first", "letter:guardian",
		"longest", "longest-name", "random:1", "random:2", "random:3", "random:4", "random:5"}
	if got := slices.Sorted(maps.Keys(why)); !slices.Equal(got, want) {
		t.Errorf("samples for %v, want %v", got, want)
	}
	for w, n := range why {
		if n != 1 {
			t.Errorf("%d samples for %s", n, w)
		}
	}
	if batch.Count != 400 || batch.ByChannel[breach.Mail] != 134 || batch.ByChannel[breach.Envelope] != 1 {
		t.Errorf("count %d, by channel %v", batch.Count, batch.ByChannel)
	}
	drawn := map[breach.PersonID]int{}
	for seed := range 400 {
		f := notify.NewFreezer("n1", 1, [32]byte{byte(seed), byte(seed >> 8)})
		for _, n := range list[:40] {
			if err := f.Add(n, 0); err != nil {
				t.Fatal(err)
			}
		}
		for _, s := range f.Batch().Samples {
			if slices.Contains(s.Why, "random:1") {
				drawn[s.Subject]++
			}
		}
	}
	if len(drawn) < 36 { // 40 are in the draw, each ten times on average
		t.Errorf("only %d of 40 are ever drawn", len(drawn))
	}
}
