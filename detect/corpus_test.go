package detect_test

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/detect"
)

const corpus = "../../shared/corpus/"

// corpusLines reads a file of the shared corpus, or skips the test.
func corpusLines(t *testing.T, name string) []string {
	t.Helper()
	f, err := os.Open(corpus + name)
	if err != nil {
		t.Skip("without the corpus: " + corpus + name + " is not there")
	}
	defer f.Close()
	var lines []string
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		lines = append(lines, in.Text())
	}
	return lines
}

// holds reports whether a text holds a national number of a country, by the
// beginning of its form, whose check is right.
func holds(t *testing.T, s *detect.Scanner, country, text string) bool {
	for _, m := range read(t, s, "", passage(breach.Page, 1, text)) {
		for _, f := range m.Findings {
			if f.Kind == breach.NationalID && !f.Failed && strings.HasPrefix(f.Form, country) {
				return true
			}
		}
	}
	return false
}

func TestFinnishAndNorwegianVectors(t *testing.T) {
	s := detect.New(nil)
	tried := 0
	for _, line := range corpusLines(t, "ids/vectors.tsv") {
		cells := strings.Split(line, "\t")
		if len(cells) < 3 || cells[0] == "kind" || len(strings.TrimRight(cells[1], " ")) < 10 {
			continue
		}
		country := map[string]string{"FI": "fi-", "NO": "no-"}[cells[0][:2]]
		tried++
		right := holds(t, s, country, "x ("+cells[1]+") y anna@example.se")
		if want := cells[2] == "valid"; right != want {
			t.Errorf("%s %s: found %v, want %v", cells[0], cells[1], right, want)
		}
	}
	if tried < 40 {
		t.Errorf("only %d vectors", tried)
	}
}

func TestSwedishVectors(t *testing.T) {
	raw, err := os.ReadFile(corpus + "ids/personnummer-meta/testdata/list.json")
	if err != nil {
		t.Skip("without the corpus: personnummer-meta is not there")
	}
	var rows []struct {
		Long          string `json:"long_format"`
		Short         string `json:"short_format"`
		Separated     string `json:"separated_format"`
		SeparatedLong string `json:"separated_long"`
		Valid         bool
	}
	if err := json.Unmarshal(raw, &rows); err != nil {
		t.Fatal(err)
	}
	s := detect.New(nil)
	for _, row := range rows {
		for _, number := range []string{row.Long, row.Short, row.Separated, row.SeparatedLong} {
			if strings.Contains(number, " ") {
				continue // the list calls a blank for a hyphen wrong; people write it
			}
			if got := holds(t, s, "se-", "(Personnummer: "+number+")"); got != row.Valid {
				t.Errorf("%s: found %v, want %v", number, got, row.Valid)
			}
		}
	}
}

// TestTreebanksHoldNobody counts what is found in newspapers and official
// texts, without registers: hardly anything.
func TestTreebanksHoldNobody(t *testing.T) {
	for _, name := range []string{"text/sv_talbanken-ud-dev.conllu", "text/fi_tdt-ud-dev.conllu"} {
		var text strings.Builder
		for _, line := range corpusLines(t, name) {
			if sentence, ok := strings.CutPrefix(line, "# text = "); ok {
				text.WriteString(sentence + "\n")
			}
		}
		counts := map[breach.Kind]int{}
		for _, m := range read(t, detect.New(nil), "treebank.txt", passage(breach.Line, 1, text.String())) {
			for _, f := range m.Findings {
				counts[f.Kind]++
			}
		}
		t.Logf("%s, %d bytes: %v", name, text.Len(), counts)
		for _, k := range []breach.Kind{breach.NationalID, breach.BankAccount, breach.PaymentCard, breach.Passport, breach.Password} {
			if counts[k] > 0 {
				t.Errorf("%s: %d findings of %v in text without any", name, counts[k], k)
			}
		}
		if n := counts[breach.Phone] + counts[breach.Name] + counts[breach.Email]; n > 20 {
			t.Errorf("%s: %d findings of phones, names and addresses", name, n)
		}
	}
}
