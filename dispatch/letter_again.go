package dispatch

import (
	"fmt"
	"io"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/pdfletter"
)

// Again writes one letter of a batch once more, as a file of its own. An error
// that wraps [ErrChanged] means that its pages are not those that were printed:
// then what was written is not the letter.
func (b LetterBatch) Again(w io.Writer, n breach.Notice, row LetterRow) error {
	press, err := pdfletter.New(b.Fold)
	if err != nil {
		return err
	}
	var address []string
	if n.To.NationalID.IsZero() {
		address = b.address(n.To)
	}
	laid, err := press.Lay(b.letter(n, row.Seq, address))
	if err != nil {
		return fmt.Errorf("letter %s again: %w", row.Code, err)
	}
	printed, err := press.File(w, laid)
	if err != nil {
		return fmt.Errorf("letter %s again: %w", row.Code, err)
	}
	if fmt.Sprintf("%x", printed.Content) != row.Content {
		return fmt.Errorf("letter %s %w", row.Code, ErrChanged)
	}
	return nil
}
