package dispatch

import (
	"errors"
	"fmt"
	"iter"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/pdfletter"
)

// Files writes each notice as a letter in a file of its own, and the manifest
// beside them: last, so that a folder with a manifest is complete. A folder
// that holds letters already is left as it is. All notices go by paper; those
// of protected people are no part of a batch, and are refused.
func (b LetterBatch) Files(dir Folder, notices iter.Seq2[breach.Notice, error]) (Manifest, error) {
	run, err := b.begin()
	if err != nil {
		return Manifest{}, err
	}
	err = run.each(notices, func(_ breach.Notice, l pdfletter.Laid, row *LetterRow) (pdfletter.Printed, error) {
		return run.file(dir, l, row)
	})
	if err != nil {
		return Manifest{}, err
	}
	return run.Manifest, run.save(dir)
}

// Bundle writes all notices as letters into one file, batch.pdf, and the
// manifest beside it; and what Posti wants to be told of them, if it prints.
func (b LetterBatch) Bundle(dir Folder, posti *Posti, notices iter.Seq2[breach.Notice, error]) (Manifest, error) {
	const name = "batch.pdf"
	run, err := b.begin()
	if err != nil {
		return Manifest{}, err
	}
	out, err := create(dir, name)
	if err != nil {
		return Manifest{}, err
	}
	defer func() { _ = out.f.Close() }() // after a fault; else closed below
	bundle, err := run.press.Bundle(out, pdfletter.Info{Title: b.Title, Lang: b.Lang, Duplex: b.Duplex})
	if err != nil {
		return Manifest{}, fmt.Errorf("begin the batch: %w", err)
	}
	var letters []postiLetter
	err = run.each(notices, func(n breach.Notice, l pdfletter.Laid, row *LetterRow) (pdfletter.Printed, error) {
		row.File = name
		printed, err := bundle.Add(l)
		if err == nil && posti != nil {
			letters = append(letters, b.postiLetter(n.To, printed))
		}
		return printed, err
	})
	if err != nil {
		return Manifest{}, err
	}
	if err := errors.Join(bundle.Close(), out.close()); err != nil {
		return Manifest{}, fmt.Errorf("end the batch: %w", err)
	}
	run.File, run.SHA256 = name, out.sha256()
	if posti != nil {
		if err := posti.save(dir, b, name, letters); err != nil {
			return Manifest{}, err
		}
	}
	return run.Manifest, run.save(dir)
}

// letterRun is a batch being written.
type letterRun struct {
	LetterBatch
	Manifest
	press *pdfletter.Press
	seen  map[string]bool
}

func (b LetterBatch) begin() (*letterRun, error) {
	if err := b.check(); err != nil {
		return nil, err
	}
	press, err := pdfletter.New(b.Fold)
	if err != nil {
		return nil, err
	}
	return &letterRun{b, Manifest{Batch: b.ID, Letters: []LetterRow{}, Refused: []RefusedLetter{}}, press, map[string]bool{}}, nil
}

// printer writes one letter that is laid out, and says in its row where it is.
type printer func(n breach.Notice, l pdfletter.Laid, row *LetterRow) (pdfletter.Printed, error)

// each gives each paper notice a sequence number and has it printed; what is
// refused gets none and is listed.
func (run *letterRun) each(notices iter.Seq2[breach.Notice, error], one printer) error {
	for n, err := range notices {
		if err != nil {
			return fmt.Errorf("letters: %w", err)
		}
		row := LetterRow{Postcode: n.To.Postal.Postcode.Reveal()}
		switch {
		case n.Channel != breach.Paper:
			run.refuse(n, letterChannel)
		case !postable(n.To):
			run.refuse(n, letterAddress)
		default:
			if err := run.print(n, run.address(n.To), row, one); err != nil {
				return err
			}
		}
	}
	if run.Count == 0 && len(run.Refused) == 0 {
		return errors.New("letters: none to print")
	}
	return nil
}

func (run *letterRun) refuse(n breach.Notice, key string) {
	run.Refused = append(run.Refused, RefusedLetter{Dispatch: DispatchName(n), Reader: n.Reader, Reason: key})
}

// print has one notice printed, with the next number.
func (run *letterRun) print(n breach.Notice, address []string, row LetterRow, one printer) error {
	row.Seq, row.Dispatch = run.Count+1, DispatchName(n)
	row.Code = run.code(row.Seq)
	if run.seen[row.Dispatch] {
		return fmt.Errorf("letter %d: %s comes twice", row.Seq, row.Dispatch)
	}
	run.seen[row.Dispatch] = true
	laid, err := run.press.Lay(run.letter(n, row.Seq, address))
	var r *pdfletter.Refused
	if errors.As(err, &r) {
		run.refuse(n, letterReason(r.Reason))
		last := &run.Refused[len(run.Refused)-1]
		last.Part, last.Line, last.Char = r.Part, r.Line, r.Char
		return nil
	}
	if err != nil {
		return fmt.Errorf("letter %d: %w", row.Seq, err)
	}
	if row.Sheets = run.sheets(laid.Pages()); row.Sheets > run.maxSheets() {
		run.refuse(n, letterSheets)
		return nil
	}
	printed, err := one(n, laid, &row)
	if err != nil {
		return fmt.Errorf("letter %d (%s): %w", row.Seq, row.Dispatch, err)
	}
	row.First, row.Last = printed.First, printed.First+printed.Pages-1
	row.Content = fmt.Sprintf("%x", printed.Content)
	run.add(row)
	return nil
}

// file writes one letter as a file.
func (run *letterRun) file(dir Folder, l pdfletter.Laid, row *LetterRow) (pdfletter.Printed, error) {
	row.File = fmt.Sprintf("%06d.pdf", row.Seq)
	out, err := create(dir, row.File)
	if err != nil {
		return pdfletter.Printed{}, err
	}
	printed, err := run.press.File(out, l)
	if err := errors.Join(err, out.close()); err != nil {
		return pdfletter.Printed{}, err
	}
	row.SHA256 = out.sha256()
	return printed, nil
}

// sheets is how many sheets so many pages take.
func (b LetterBatch) sheets(pages int) int {
	if b.Duplex {
		return (pages + 1) / 2
	}
	return pages
}

func (b LetterBatch) maxSheets() int {
	if b.MaxSheets > 0 {
		return b.MaxSheets
	}
	return 9
}
