package dispatch_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/dispatch"
)

// unsealed opens a sealed table with the house's own key.
func unsealed(t *testing.T, path string, key *age.X25519Identity) []byte {
	t.Helper()
	f, err := os.Open(filepath.Join(path, "letters.csv.age"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := age.Decrypt(f, key)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

func TestATableIsForItsHouseAlone(t *testing.T) {
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	root, path := folder(t)
	odd := notice("p2", func(n *breach.Notice) { n.To.Name = breach.Hide(`Maija "Mia"; Esimerkki`) })
	m, err := batch().Table(dispatch.In(root), key.Recipient().String(), each(notice("p1", nil), odd,
		notice("p3", func(n *breach.Notice) { n.To.Name = breach.Hide("=HYPERLINK(1)") }),
		notice("p4", func(n *breach.Notice) { n.To.Postal.Street = breach.Hide("Provgatan\x00 1") }),
		notice("p5", func(n *breach.Notice) { n.Channel = breach.Envelope }),
		notice("p6", func(n *breach.Notice) { n.To.Postal.Town = breach.Personal{} })))
	if err != nil {
		t.Fatal(err)
	}
	var why []string
	for _, r := range m.Refused {
		why = append(why, string(r.Reader)+" "+r.Reason)
	}
	want := []string{"p3 refusal.letter-formula", "p4 refusal.letter-formula", "p5 refusal.letter-channel", "p6 refusal.letter-address"}
	if m.Count != 2 || !slices.Equal(why, want) {
		t.Errorf("%d letters, refused %q; want 2 and %q", m.Count, why, want)
	}
	if err := m.Verify(root); err != nil {
		t.Error(err)
	}
	plain := unsealed(t, path, key)
	r := csv.NewReader(bytes.NewReader(plain))
	r.Comma = ';'
	rows, err := r.ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatalf("%d lines, error %v", len(rows), err)
	}
	if got := rows[2]; got[1] != m.Letters[1].Code || got[2] != `Maija "Mia"; Esimerkki` || got[9] != string(odd.Parts[0].Text) || got[6] != "FI" {
		t.Errorf("the second line is %q", got)
	}
	lines := bytes.SplitAfterN(plain, []byte("\n2;"), 2)
	first := bytes.TrimSuffix(bytes.SplitAfterN(lines[0], []byte("\n"), 2)[1], []byte("2;"))
	if sum := fmt.Sprintf("%x", sha256.Sum256(first)); sum != m.Letters[0].Content {
		t.Error("the manifest's hash of the first letter is not that of its line")
	}
	for _, name := range names(t, path) {
		raw, err := os.ReadFile(filepath.Join(path, name))
		if err != nil || strings.Contains(string(raw), "Provgatan") || strings.Contains(string(raw), "Exempla") {
			t.Errorf("%s can be read by anybody (error %v)", name, err)
		}
	}
	other, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := os.ReadFile(filepath.Join(path, "letters.csv.age"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := age.Decrypt(bytes.NewReader(sealed), other); err == nil {
		t.Error("another house opened it")
	}
}

func TestATableToNobodyIsNotWritten(t *testing.T) {
	for _, house := range []string{"", "age1", "ssh-ed25519 AAAA", "AGE-SECRET-KEY-1"} {
		root, path := folder(t)
		if _, err := batch().Table(dispatch.In(root), house, each(notice("p1", nil))); !errors.Is(err, dispatch.ErrHouse) || len(names(t, path)) > 0 {
			t.Errorf("to %q: %v, files %q", house, err, names(t, path))
		}
	}
}
