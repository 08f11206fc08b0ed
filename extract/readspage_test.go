package extract_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

// formatWords is what the page says of one format.
type formatWords struct{ reads, leaves string }

// formatPage reads what is said of each format.
func formatPage(t testing.TB) map[string]formatWords {
	t.Helper()
	content, err := os.ReadFile("testdata/reads.tsv")
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]formatWords{}
	for i, line := range strings.Split(strings.TrimSpace(string(content)), "\n") {
		c := strings.Split(line, "\t")
		if len(c) != 3 || c[1] == "" {
			t.Fatalf("testdata/reads.tsv line %d: want format, what is read, what is not", i+1)
		}
		said[c[0]] = formatWords{c[1], c[2]}
	}
	return said
}

func TestEveryFormatSaysWhatIsRead(t *testing.T) {
	said := formatPage(t)
	for _, f := range extract.All {
		if _, ok := said[f.Name]; !ok {
			t.Errorf("testdata/reads.tsv does not say what is read of %s", f.Name)
		}
		delete(said, f.Name)
	}
	for name := range said {
		t.Errorf("testdata/reads.tsv tells of %s, which is no format", name)
	}
}

// page is docs/formats-read.md.
func (s *survey) page(t *testing.T) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, pageHead, s.files, s.items)
	for _, g := range goals {
		r := s.recalls[g.name]
		if r == nil {
			continue
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %.3f | %.2f | %.3f | %.2f | %.3f | %s |\n", g.name, r.files, r.wanted, r.micro(), g.micro, r.mean(), g.mean, s.plain[g.name].micro(), g.by)
	}
	b.WriteString("\n")
	for _, g := range goals {
		if g.note != "" {
			fmt.Fprintf(&b, "- %s: %s\n", g.name, g.note)
		}
	}
	b.WriteString(pageFormats)
	said, counted := formatPage(t), 0
	for _, f := range extract.All {
		tally := s.formats[f.Name]
		counted += tally.sum()
		fmt.Fprintf(&b, "| %s | %d | %s | %s | %s |\n", f.Name, tally.sum(), tally, said[f.Name].reads, said[f.Name].leaves)
		delete(s.formats, f.Name) // some are asked for twice
	}
	rest := tally{}
	for _, y := range s.formats {
		for state, n := range y {
			rest[state] += n
		}
	}
	fmt.Fprintf(&b, "| (others) | %d | %s | readable runs of bytes | what no reader knows, and what could not be read far enough to tell |\n", rest.sum(), rest)
	if counted += rest.sum(); counted != s.items {
		t.Errorf("the states of all formats sum to %d, and there are %d items", counted, s.items)
	}
	return b.Bytes()
}

// sum is how many items there are in all states.
func (y tally) sum() (n int) {
	for _, of := range y {
		n += of
	}
	return n
}

// String lists the states that occur, with their counts.
func (y tally) String() string {
	var parts []string
	for _, state := range breach.States() {
		if n := y[state]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", state, n))
		}
	}
	return strings.Join(parts, ", ")
}

const pageHead = `# What is read, format by format

This page is written by ` + "`scripts/recall.sh`" + `. Do not edit it.

It comes of one run over a corpus of real files from the test sets of open-source projects, damaged and hostile ones among them: %d files, %d items with what lies inside them. Each item was closed once, with a state from the list in [formats.md](formats.md).

## Recall

How many of the words that another program reads in the same files are found. *Micro* counts all words of all files together, *mean* is the mean of the files with at least five words. A word is a run of letters, marks and digits of at least two bytes, after NFKC and in small letters, without soft hyphens; the same word twice counts twice. The text of embedded files counts. Locked files, and those that wait for OCR, do not. The notes below the table say what of a reference is no text of the file and does not count; *as it is* is micro where all of it counts.

| Format | Files | Words | Micro | Goal | Mean | Goal | As it is | Reference |
|---|---|---|---|---|---|---|---|---|
`

const pageFormats = `
## Formats

*Items* are the files of the corpus and all that lies inside them, by what they are by their content, whatever they are called. The states sum to all items.

| Format | Items | States | Is read | Is not read |
|---|---|---|---|---|
`
