package engine_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/engine"
	"github.com/klarlagt/klarlagt/register"
)

// index has one made-up pupil in it.
func index(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "index")
	elina := breach.Entry{Register: "pupils", Key: breach.Hide("17"),
		Names:  []breach.FullName{{Given: breach.Hide("Elina"), Surname: breach.Hide("Mäkinen")}},
		Emails: []breach.Personal{breach.Hide("elina.makinen@example.com")}}
	err := register.BuildIndex(path, register.Secret{1}, func(yield func(breach.Entry, error) bool) { yield(elina, nil) })
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// found lists the findings of mentions as "ordinal: place: kind value".
func found(told []string, row engine.Row) []string {
	if m, ok := row.(*engine.Mention); ok {
		for _, f := range m.Findings {
			told = append(told, fmt.Sprintf("%d: %s: %s %s", m.Ordinal, f.Place, f.Kind, f.Value.Reveal()))
		}
	}
	return told
}

func TestScanFindsPeople(t *testing.T) {
	jobs := files(t, map[string][]byte{"Elina Mäkinen.zip": archive(t)})
	var told []string
	err := realPool(t, engine.Scan, index(t)).Run(t.Context(), all(jobs), func(_ int, _ engine.Job, row engine.Row) error {
		told = found(told, row)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"1: line 3: name Elina Mäkinen",
		"1: line 3: email elina.makinen@example.com",
		"0: file name: name Elina Mäkinen",
	} {
		if !slices.Contains(told, want) {
			t.Errorf("not told: %s", want)
		}
	}
	if t.Failed() {
		t.Logf("told:\n%s", strings.Join(told, "\n"))
	}
}

func TestScanOfOneItemInsideAnother(t *testing.T) {
	// A message's text goes on after an attachment: its mentions stay its own.
	mail := "From: Elina <elina.makinen@example.com>\r\nTo: kansli@example.com\r\nSubject: Hej\r\n" +
		"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: text/plain\r\n\r\nElina Makinen, elina.makinen@example.com, kommer.\r\n" +
		"--b\r\nContent-Type: text/plain; name=a.txt\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\n" +
		"Bo, bo@example.com\r\n" +
		"--b\r\nContent-Type: text/plain\r\n\r\nEfterskrift: elina.makinen@example.com\r\n--b--\r\n"
	jobs := files(t, map[string][]byte{"brev.eml": []byte(mail)})
	var told []string
	err := realPool(t, engine.Scan, index(t)).Run(t.Context(), all(jobs), func(_ int, _ engine.Job, row engine.Row) error {
		told = found(told, row)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	byItem := map[string]int{}
	for _, line := range told {
		for _, who := range []string{"elina.makinen@", "bo@"} {
			if strings.Contains(line, who) {
				byItem[line[:2]+who]++
			}
		}
	}
	if byItem["0:elina.makinen@"] < 3 || byItem["1:bo@"] != 1 || byItem["0:bo@"]+byItem["1:elina.makinen@"] > 0 {
		t.Errorf("told:\n%s", strings.Join(told, "\n"))
	}
}

func BenchmarkScan(b *testing.B) {
	path := filepath.Join(b.TempDir(), "text")
	text := strings.Repeat("Kommunen beslutar om skolskjuts för elever i årskurs sju. "+
		"Besluten kan överklagas inom tre veckor hos förvaltningsrätten.\n", 1<<20/120)
	if err := os.WriteFile(path, []byte(letter+text), 0o600); err != nil {
		b.Fatal(err)
	}
	jobs := func(yield func(engine.Job, error) bool) {
		for b.Loop() {
			f, err := os.Open(path)
			if !yield(engine.Job{Name: breach.Hide("text"), Size: int64(len(letter + text)), File: f}, err) {
				return
			}
		}
	}
	b.SetBytes(int64(len(letter + text)))
	if err := realPool(b, engine.Scan, index(b)).Run(b.Context(), jobs, func(int, engine.Job, engine.Row) error { return nil }); err != nil {
		b.Fatal(err)
	}
}
