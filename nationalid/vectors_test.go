package nationalid_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/nationalid"
)

// corpus reads a file of the shared test vectors.
func corpus(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "shared", "corpus", "ids", name))
	if err != nil {
		t.Skipf("the shared vectors %s are not here", name)
	}
	return b
}

func TestFinnishAndNorwegianVectors(t *testing.T) {
	checked := 0
	for line := range strings.Lines(string(corpus(t, "vectors.tsv"))) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if f[0] == "kind" {
			continue
		}
		n, ok := nationalid.Parse(f[0][:2], f[1])
		if got := ok && !n.Failed; got != (f[2] == "valid") {
			t.Errorf("%s %s holds: %v, want %s", f[0], f[1], got, f[2])
		}
		checked++
	}
	if checked < 50 {
		t.Errorf("only %d vectors", checked)
	}
}

// swedishVector is one row of the vectors of personnummer/meta.
type swedishVector struct {
	Long       string `json:"long_format"`
	Short      string `json:"short_format"`
	Separated  string `json:"separated_format"`
	LongSep    string `json:"separated_long"`
	Valid      bool
	Type       string
	wholeForms []string
}

func swedishVectors(t *testing.T, name string) []swedishVector {
	t.Helper()
	var rows []swedishVector
	if err := json.Unmarshal(corpus(t, filepath.Join("personnummer-meta", "testdata", name)), &rows); err != nil {
		t.Fatal(err)
	}
	for i, r := range rows {
		for _, s := range []string{r.Long, r.Short, r.Separated, r.LongSep} {
			if s != "" {
				rows[i].wholeForms = append(rows[i].wholeForms, s)
			}
		}
	}
	return rows
}

func TestSwedishVectors(t *testing.T) {
	for _, name := range []string{"list.json", "interim.json", "orgnumber.json"} {
		for _, r := range swedishVectors(t, name) {
			for _, text := range r.wholeForms {
				if strings.Contains(text, " ") {
					continue // the vectors refuse a blank; people write one, so we read it
				}
				n, ok := nationalid.Parse("SE", text)
				if got := ok && !n.Failed; got != r.Valid {
					t.Errorf("%s: %q holds: %v, want %v", name, text, got, r.Valid)
				}
				if got := nationalid.IsOrganisation(text); got != (r.Type == "org") {
					t.Errorf("%s: %q is an organisation: %v, want %v", name, text, got, r.Type == "org")
				}
				if r.Type == "con" && r.Valid && n.Form != "se-samordningsnummer" {
					t.Errorf("%s: %q has form %s, want a samordningsnummer", name, text, n.Form)
				}
			}
		}
	}
}

func TestPublishedSwedishTestNumbers(t *testing.T) {
	for name, form := range map[string]string{"allPins.json": "se-personnummer", "allCoords.json": "se-samordningsnummer"} {
		var pins []string
		if err := json.Unmarshal(corpus(t, filepath.Join("personnummer-meta", "testdata", name)), &pins); err != nil {
			t.Fatal(err)
		}
		bad := 0
		for _, pin := range pins {
			if n, ok := nationalid.Parse("SE", pin); !ok || n.Failed || n.Form != form || n.Canonical != pin {
				bad++
			}
		}
		if bad > 0 || len(pins) < 1000 {
			t.Errorf("%s: %d of %d numbers are not read as a %s", name, bad, len(pins), form)
		}
	}
}
