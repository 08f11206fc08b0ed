package dispatch

import (
	"errors"
	"fmt"
	"io"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/pdfletter"
)

// Handed writes letters that somebody hands over as one file, each on sheets of
// its own, without an address in the window and without a number of a batch. What
// the press cannot print is a Refusal.
func (b LetterBatch) Handed(w io.Writer, notices ...breach.Notice) error {
	press, err := pdfletter.New(b.Fold)
	if err != nil {
		return err
	}
	bundle, err := press.Bundle(w, pdfletter.Info{Title: b.Title, Lang: b.Lang, Duplex: len(notices) > 1})
	if err != nil {
		return fmt.Errorf("letters by hand: %w", err)
	}
	for _, n := range notices {
		letter := b.letter(n, 0, nil)
		letter.Code = ""
		laid, err := press.Lay(letter)
		if r, ok := errors.AsType[*pdfletter.Refused](err); ok {
			return RefusedLetter{Dispatch: DispatchName(n), Reader: n.Reader, Reason: letterReason(r.Reason), Part: r.Part, Line: r.Line, Char: r.Char}.Refusal()
		}
		if err == nil {
			_, err = bundle.Add(laid)
		}
		if err != nil {
			return fmt.Errorf("letters by hand: %w", err)
		}
	}
	return bundle.Close()
}
