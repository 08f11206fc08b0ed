package web_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// testFunc finds the tests of a file.
var testFunc = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)

// tests lists every test of the tree as package.Test; those of the root are of
// klarlagt.
func tests(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for _, pattern := range []string{"../*_test.go", "../*/*_test.go", "../*/*/*_test.go"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			room := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(path)), "../")
			if room == ".." {
				room = "klarlagt"
			}
			for _, found := range testFunc.FindAllStringSubmatch(string(text), -1) {
				all[room+"."+found[1]] = true
			}
		}
	}
	return all
}

// TestWhatProvesEachRequirementIsThere reads docs/asvs.csv, the requirements of
// OWASP ASVS 5.0.0 that we hold ourselves against: each applies or does not for
// a reason, and is proved by tests and papers that there are, or is open.
func TestWhatProvesEachRequirementIsThere(t *testing.T) {
	f, err := os.Open("../docs/asvs.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	there, seen, count := tests(t), map[string]bool{}, map[string]int{}
	for _, row := range rows[1:] {
		id, level, what, applies, proof := row[0], row[1], row[2], row[3], row[4]
		if seen[id] || what == "" || !strings.Contains("123", level) {
			t.Errorf("%s: twice, or not whole", id)
		}
		seen[id] = true
		reason, no := strings.CutPrefix(applies, "no: ")
		switch {
		case no && reason != "" && proof == "":
			count["not applicable"]++
		case applies == "yes" && strings.HasPrefix(proof, "open: "):
			count["open"]++
		case applies == "yes" && proof != "":
			kind := "paper"
			for one := range strings.FieldsSeq(proof) {
				if strings.HasSuffix(one, ".md") {
					if _, err := os.Stat(filepath.Join("..", one)); err != nil {
						t.Errorf("%s: %s is not there", id, one)
					}
				} else if kind = "test"; !there[one] {
					t.Errorf("%s: there is no test %s", id, one)
				}
			}
			count[kind]++
		default:
			t.Errorf("%s: applies %q, proof %q", id, applies, proof)
		}
	}
	if len(rows) != 245 {
		t.Errorf("%d requirements, want 244", len(rows)-1)
	}
	t.Logf("asvs: requirements: %d, by tests: %d, by papers: %d, open: %d, not applicable: %d", len(seen), count["test"], count["paper"], count["open"], count["not applicable"])
}
