package store_test

import (
	"io"
	"os"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/store"
)

// index keeps an index that says something, and opens it.
func index(t *testing.T, s *store.Store, id store.CaseID, says string) {
	t.Helper()
	err := s.SaveIndex(t.Context(), can(t, s, id, auth.ImportRegister), func(f *os.File, _ string) error {
		_, err := f.WriteString(says)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// said is what an open index says.
func said(t *testing.T, o *store.Opened) string {
	t.Helper()
	f, err := os.Open(o.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestIndexIsOpenForAllWhoAskAndAnewWhenItIsAnother(t *testing.T) {
	s := opened(t, lite(t))
	c, err := s.OpenCase(t.Context(), console(), "a case", moment(0))
	if err != nil {
		t.Fatal(err)
	}
	open := func() *store.Opened {
		t.Helper()
		o, err := s.OpenIndex(t.Context(), can(t, s, c.ID, auth.Explain))
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	index(t, s, c.ID, "the first")
	first, again := open(), open()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	_ = first.Close() // twice is once
	if got := said(t, again); got != "the first" {
		t.Errorf("after another closed it, it says %q", got)
	}
	index(t, s, c.ID, "the other")
	newer := open()
	if got, old := said(t, newer), said(t, again); got != "the other" || old != "the first" {
		t.Errorf("the new one says %q, the one that is still open %q", got, old)
	}
	_, _ = again.Close(), newer.Close()
	if got := said(t, open()); got != "the other" {
		t.Errorf("kept, it says %q", got)
	}
}
