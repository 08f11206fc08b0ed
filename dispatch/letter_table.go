package dispatch

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"unicode"

	"filippo.io/age"

	"github.com/klarlagt/klarlagt/breach"
)

// tableFile is the name of the table that a mail house gets.
const tableFile = "letters.csv.age"

// letterFormula is why a letter is not put into a table: a spreadsheet would
// take a cell of it for a formula (OWASP, CSV injection), or a text cannot be in
// one. A guard that changed the cell would change what was approved.
const letterFormula = "refusal.letter-formula"

// ErrHouse is a key that nothing can be sealed to.
var ErrHouse = errors.New("not the public key of a mail house")

// CheckHouse reports whether something can be sealed to a key; else [ErrHouse].
func CheckHouse(house string) error {
	if _, err := age.ParseX25519Recipient(strings.TrimSpace(house)); err != nil {
		return ErrHouse // the library's error repeats the key
	}
	return nil
}

// tableParts is how many languages one letter may be in.
const tableParts = 3

// Table writes all notices as a table for a mail house that lays the letters out
// itself, sealed to its public key (age1…): without that house's own key nobody
// reads it, whoever it is sent through. The manifest beside it is not sealed, and
// holds no names; the hash of each letter is of its line in the table. Text goes
// as it was frozen, headings marked with "# " and items with "- " included.
func (b LetterBatch) Table(dir Folder, house string, notices iter.Seq2[breach.Notice, error]) (Manifest, error) {
	if err := b.check(); err != nil {
		return Manifest{}, err
	}
	to, err := age.ParseX25519Recipient(strings.TrimSpace(house))
	if err != nil {
		return Manifest{}, ErrHouse // the library's error repeats the key
	}
	out, err := create(dir, tableFile)
	if err != nil {
		return Manifest{}, err
	}
	defer func() { _ = out.f.Close() }() // after a fault; else closed below
	sealed, err := age.Encrypt(out, to)
	if err != nil {
		return Manifest{}, fmt.Errorf("seal the table: %w", err)
	}
	run := &letterRun{b, Manifest{Batch: b.ID, Letters: []LetterRow{}, Refused: []RefusedLetter{}}, nil, map[string]bool{}}
	if err := run.table(sealed, notices); err != nil {
		return Manifest{}, err
	}
	if err := errors.Join(sealed.Close(), out.settle()); err != nil {
		return Manifest{}, fmt.Errorf("end the table: %w", err)
	}
	run.File, run.SHA256 = tableFile, out.sha256()
	return run.Manifest, run.save(dir)
}

// table writes the headings and a line for each letter.
func (run *letterRun) table(w io.Writer, notices iter.Seq2[breach.Notice, error]) error {
	heads := []string{"seq", "code", "name", "street", "postcode", "town", "country"}
	for i := 1; i <= tableParts; i++ {
		heads = append(heads, fmt.Sprint("language", i), fmt.Sprint("title", i), fmt.Sprint("text", i))
	}
	if err := writeLine(w, heads); err != nil {
		return err
	}
	for n, err := range notices {
		if err != nil {
			return fmt.Errorf("letters: %w", err)
		}
		switch {
		case n.Channel != breach.Paper:
			run.refuse(n, letterChannel)
			continue
		case !postable(n.To) || n.To.Postal.Postcode.IsZero():
			run.refuse(n, letterAddress)
			continue
		case len(n.Parts) == 0 || len(n.Parts) > tableParts:
			run.refuse(n, letterReason(""))
			continue
		}
		row := LetterRow{Seq: run.Count + 1, Dispatch: DispatchName(n), File: tableFile, Postcode: n.To.Postal.Postcode.Reveal()}
		row.Code = run.code(row.Seq)
		if run.seen[row.Dispatch] {
			return fmt.Errorf("letter %d: %s comes twice", row.Seq, row.Dispatch)
		}
		run.seen[row.Dispatch] = true
		cells := run.cells(n, row)
		if !harmless(cells) {
			run.refuse(n, letterFormula)
			continue
		}
		sum := sha256.New()
		if err := writeLine(io.MultiWriter(w, sum), cells); err != nil {
			return fmt.Errorf("letter %d: %w", row.Seq, err)
		}
		row.Content = fmt.Sprintf("%x", sum.Sum(nil))
		run.add(row)
	}
	if run.Count == 0 && len(run.Refused) == 0 {
		return errors.New("letters: none to print")
	}
	run.Pages = 0 // the house lays them out
	return nil
}

// cells is one letter as a line.
func (run *letterRun) cells(n breach.Notice, row LetterRow) []string {
	country := n.To.Country
	if country == "" {
		country = run.Country
	}
	p := n.To.Postal
	cells := []string{strconv.Itoa(row.Seq), row.Code, n.To.Name.Reveal(), p.Street.Reveal(), p.Postcode.Reveal(), p.Town.Reveal(), country}
	for i := range tableParts {
		if i < len(n.Parts) {
			cells = append(cells, n.Parts[i].Language, string(n.Parts[i].Title), string(n.Parts[i].Text))
		} else {
			cells = append(cells, "", "", "")
		}
	}
	return cells
}

// harmless reports whether no program takes a cell for anything but text.
func harmless(cells []string) bool {
	for _, cell := range cells {
		if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
			return false
		}
		if strings.ContainsFunc(cell, func(r rune) bool { return r != '\n' && unicode.IsControl(r) || r == unicode.ReplacementChar }) {
			return false
		}
	}
	return true
}

// writeLine writes one line of a table with semicolons.
func writeLine(w io.Writer, cells []string) error {
	var b bytes.Buffer
	t := csv.NewWriter(&b)
	t.Comma = ';'
	_ = t.Write(cells) // a Buffer takes everything
	t.Flush()
	_, err := w.Write(b.Bytes())
	return err
}
