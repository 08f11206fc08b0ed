package extract

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/klarlagt/klarlagt/breach"
)

// dbTable hands over the rows of a table of a database under its headings.
type dbTable struct {
	rows    *batch
	columns []string
	begun   bool
}

// newDBTable makes a table at a place; there may be no columns known.
func newDBTable(out Sink, at breach.Place, columns []string) *dbTable {
	return &dbTable{rows: newBatch(out, at, breach.Row), columns: columns}
}

// add hands over a row.
func (t *dbTable) add(row []byte) error {
	if !t.begun {
		t.begun = true
		if len(t.columns) > 0 {
			var head []byte
			for i, c := range t.columns {
				if i > 0 {
					head = append(head, '\t')
				}
				head = appendCell(head, []byte(c))
			}
			if err := t.rows.Add(head); err != nil {
				return err
			}
		}
	}
	return t.rows.Add(row)
}

func (t *dbTable) flush() error { return t.rows.Flush() }

// tableAt is the place of a table.
func tableAt(n int, name string) breach.Place {
	return breach.At(breach.Step{Unit: breach.Table, N: int64(n), Name: breach.Hide(name)})
}

// deletedPart is what a database has let go of and not yet written over: it
// leaked like the rest, and whoever decides has to see that it is no live row.
var deletedPart = breach.Step{Unit: breach.Part, N: 1, Name: breach.Hide("deleted")}

// lostPart is what lies in a damaged database where no table leads to.
var lostPart = breach.Step{Unit: breach.Part, N: 2, Name: breach.Hide("lost")}

// longestValue is the longest value that is kept in its row; longer ones are
// files of their own.
const longestValue = 256 << 10

// longestBinary is the longest binary value that is searched in its row.
const longestBinary = 16 << 10

// appendBinary appends what can be read in a binary value that is no file.
func appendBinary(row, value []byte) []byte {
	if utf8.Valid(value) && controls(value) == 0 {
		return appendCell(row, value)
	}
	var s scavenger
	_ = s.scan(value[:min(len(value), longestBinary)], true)
	return appendCell(row, s.text)
}

// fileHeads are how the files begin that people keep in databases.
var fileHeads = []string{
	"%PDF-", "\x89PNG\r\n", "\xFF\xD8\xFF", "GIF8", "II*\x00", "MM\x00*", "PK\x03\x04", "\x1F\x8B\x08", `{\rtf`,
	"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "7z\xBC\xAF\x27\x1C", "Rar!\x1A\x07", "SQLite format 3\x00", "<?xml", "<!DOCTYPE", "<html", "BEGIN:V", "BZh9", "\x28\xB5\x2F\xFD",
}

// isFile reports whether a value is a file.
func isFile(head []byte) bool { return hasAnyPrefix(head, fileHeads...) }

// nameSeparators would make a path of a name.
var nameSeparators = strings.NewReplacer("/", "_", `\`, "_")

// valueName names the file in a column of a row.
func valueName(table, column, row string) string {
	return nameSeparators.Replace(strings.TrimSpace(table + " " + row + " " + column))
}

// under is a sink that puts passages below a place.
type under struct {
	Sink
	at breach.Place
}

func (u under) Text(p breach.Place, text []byte) error { return u.Sink.Text(u.at.Down(p.Last()), text) }

// readableRuns hands over the readable runs of bytes that stand at an offset.
func readableRuns(out Sink, at breach.Place, data []byte, offset int64) error {
	if len(bytes.Trim(data, "\x00\xFF")) < shortestRun {
		return nil
	}
	s := scavenger{out: under{out, at}, at: offset}
	_ = s.scan(data, true)
	if s.err != nil {
		return s.err
	}
	return s.flush()
}

// pageSet is a set of page numbers.
type pageSet []uint64

func newPageSet(pages int64) pageSet { return make(pageSet, pages/64+1) }

func (s pageSet) has(n int64) bool { return s[n/64]&(1<<(n%64)) != 0 }

// add reports whether n was not there before.
func (s pageSet) add(n int64) bool {
	fresh := !s.has(n)
	s[n/64] |= 1 << (n % 64)
	return fresh
}

// String is the numbers, kept short.
func (s pageSet) String() string {
	var r ranges
	for i, word := range s {
		for b := int64(0); word != 0 && b < 64; b++ {
			if word&(1<<b) != 0 {
				r.add(int64(i)*64 + b)
			}
		}
	}
	return r.String()
}
