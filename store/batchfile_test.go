package store_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/store"
)

func TestBatchFileLiesSealedIsSealedAnewAndGivenOut(t *testing.T) {
	s := opened(t, lite(t))
	c, err := s.OpenCase(t.Context(), console(), "Letters", moment(0))
	if err != nil {
		t.Fatal(err)
	}
	g := can(t, s, c.ID, auth.ReleaseWave)
	b := store.Batch{ID: "K7F3A2", Notice: "n1", Version: 1}
	if _, err := s.OpenBatchFile(t.Context(), g, b); err == nil || s.BatchFile(c.ID, b) != 0 {
		t.Error("a file that is not there opens")
	}
	text := strings.Repeat("Provgatan 1\n", 20_000)
	if err := s.SaveBatchFile(t.Context(), g, b, strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(s.CaseDir(c.ID), "batches", b.ID)
	sealed, err := os.ReadFile(path)
	if err != nil || bytes.Contains(sealed, []byte("Provgatan")) || s.BatchFile(c.ID, b) != int64(len(sealed)) {
		t.Errorf("it lies in the open, or is of another size (error %v)", err)
	}
	rotated(t, s, c.ID)
	if r, err := s.Reseal(t.Context(), can(t, s, "", auth.ManageKeys), c.ID, clock, nil); err != nil || r.Files != 1 {
		t.Errorf("%d files sealed anew, error %v", r.Files, err)
	}
	read := func() (string, error) {
		f, err := s.OpenBatchFile(t.Context(), g, b)
		if err != nil {
			return "", err
		}
		defer f.Close()
		raw, err := io.ReadAll(f)
		return string(raw), err
	}
	if got, err := read(); err != nil || got != text {
		t.Errorf("%d bytes, error %v", len(got), err)
	}
	if _, err := s.OpenBatchFile(t.Context(), can(t, s, c.ID, auth.ReadNotices), b); err == nil {
		t.Error("whoever may read notices takes letters out")
	}
	if sealed, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	for name, forged := range map[string][]byte{"cut": sealed[:len(sealed)/2], "a bit turned": append(bytes.Clone(sealed[:len(sealed)-1]), sealed[len(sealed)-1]^1)} {
		if err := os.WriteFile(path, forged, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := read(); err == nil {
			t.Errorf("%s: it opens", name)
		}
	}
}
