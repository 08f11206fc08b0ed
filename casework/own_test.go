package casework_test

import (
	"bufio"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/nationalid"
)

// TestNobodyRealIsInTheTree scans this repository with the product itself.
func TestNobodyRealIsInTheTree(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	d := desk(t, t.TempDir())
	c, err := d.Open(context.Background(), "own repository")
	if err != nil {
		t.Fatal(err)
	}
	scan(t, d, c.ID, casework.ScanOptions{Evidence: root, Exclude: []string{".git", "build", "demo", "LICENSE*"}})
	people, items, _ := lines(t, export(t, d, c.ID))
	if len(items) < 100 || len(people) < 10 {
		t.Fatalf("%d items and %d people: this is not the repository", len(items), len(people))
	}
	published := publishedNumbers(t)
	for _, p := range people {
		where := p.Files[0].Evidence
		if number := p.Identifiers["national-id"]; number != "" && !published[number] && !artificial(number) {
			t.Errorf("%s, %s: an identity number that may be somebody's", where, p.Files[0].Places[0])
		}
		if address := p.Identifiers["email"]; address != "" && !nobodys(address) {
			t.Errorf("%s, %s: an e-mail address that may be somebody's", where, p.Files[0].Places[0])
		}
	}
}

// artificial reports whether a number's form says that it is nobody's: Finnish
// serials from 900, Norwegian test numbers, and the Swedish serials 238 and 239
// on dates on which both are published test numbers (see specimen/number.go).
func artificial(number string) bool {
	for _, n := range nationalid.Readings(number) {
		if n.Artificial {
			return true
		}
		if n.Country == "SE" {
			serial := n.Canonical[len(n.Canonical)-4 : len(n.Canonical)-1]
			return serial == "238" || serial == "239"
		}
	}
	return false
}

// nobodys reports whether an address is under a name set aside for examples
// (RFC 2606), or one that this repository writes in its stead.
func nobodys(address string) bool {
	_, domain, _ := strings.Cut(address, "@")
	for label := range strings.SplitSeq(domain, ".") {
		if label == "example" || label == "invalid" || label == "test" {
			return true
		}
	}
	return false
}

func publishedNumbers(t *testing.T) map[string]bool {
	t.Helper()
	f, err := os.Open("testdata/published-numbers.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	numbers := map[string]bool{}
	for s := bufio.NewScanner(f); s.Scan(); {
		if line := strings.TrimSpace(s.Text()); line != "" && line[0] != '#' {
			numbers[line] = true
		}
	}
	return numbers
}
