package store_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/seal"
	"github.com/klarlagt/klarlagt/store"
)

func TestALetterIsReadAsItWasFrozenWhateverTheWording(t *testing.T) {
	long := strings.Repeat("It says much of what all are told, and some of one. ", 2000)
	for name, wording := range map[string]string{
		"no wording":             "",
		"nearly none":            "A text.",
		"of another letter":      "Nothing of this stands in it anywhere.",
		"the letter's":           "A title\nA text.\n" + long[:5000],
		"longer than is used":    strings.Repeat("something else ", 6000) + long[:5000],
		"with bytes of any sort": string([]byte{0, 255, 254, 128, 13, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}),
	} {
		t.Run(name, func(t *testing.T) {
			s, id := open(t)
			n, err := s.NewNotice(t.Context(), can(t, s, id, auth.WriteNotice), "", []byte("what was written"))
			if err != nil {
				t.Fatal(err)
			}
			x, err := s.DispatchSealer(t.Context(), can(t, s, id, auth.FreezeNotice), n, []byte(wording))
			if err != nil {
				t.Fatal(err)
			}
			list := func(yield func(store.Dispatch, error) bool) {
				for d := range dispatches(n, 20) {
					d.Notice.Parts = append(d.Notice.Parts, breach.Wording{Language: "sv", Text: breach.Content(long + string(d.Notice.Subject))})
					if !yield(d, nil) {
						return
					}
				}
			}
			if n, err = s.FreezeNotice(t.Context(), can(t, s, id, auth.FreezeNotice), x, sealed(x, list), func() ([]byte, error) { return []byte("what was frozen"), nil }); err != nil {
				t.Fatal(err)
			}
			count := 0
			for d, err := range s.Dispatches(t.Context(), can(t, s, id, auth.FreezeNotice), n, "") {
				if err != nil {
					t.Fatal(err)
				}
				if got, want := string(d.Notice.Parts[1].Text), long+string(d.Notice.Subject); got != want {
					t.Errorf("dispatch %d: %d bytes are not the %d that were frozen", d.Seq, len(got), len(want))
				}
				count++
			}
			if count != 20 {
				t.Errorf("%d of 20 are read", count)
			}
		})
	}
}

func TestAWordingThatIsAnothersIsRefused(t *testing.T) {
	c := lite(t)
	s := opened(t, c)
	id := fill(t, s)
	n, other := frozen(t, s, id, 5), frozen(t, s, id, 5)
	_ = s.Close()
	_, err := file(t, database(c)).Exec(`UPDATE summaries SET data = (SELECT data FROM summaries WHERE name = $1) WHERE name = $2`,
		"wording-"+string(other.ID)+"-1", "wording-"+string(n.ID)+"-1")
	if err != nil {
		t.Fatal(err)
	}
	s = opened(t, c)
	for _, err := range s.Dispatches(t.Context(), can(t, s, id, auth.FreezeNotice), n, "") {
		if !errors.Is(err, seal.ErrForged) {
			t.Errorf("got %v", err)
		}
	}
}
