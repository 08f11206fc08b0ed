package dispatch

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/pdfletter"
)

// Envelopes is how letters to protected people go: printed by a named handler,
// never by a print house. Where the notice has a postal address it is a contact
// address, free of the restriction (Finland), and stands in the window. Where it
// has an identity number, an authority forwards the letter (Sweden): inside an
// envelope with the number alone on its front, inside another to the authority.
type Envelopes struct {
	LetterBatch
	Forwarder []string // nil: Skatteverket
	PerOuter  int      // inner envelopes in one outer; 0: twenty. Registered letters go one by one
}

// skatteverket forwards letters to people with a protected identity.
// Source: Skatteverket, "Sending mail to someone with protected identity".
func skatteverket() []string { return []string{"Skatteverket", "Box 2820", "403 20 Göteborg"} }

// Write writes each letter as a file of its own, the envelopes of those that
// are forwarded as inner.pdf and outer.pdf, in the order of the letters, and
// packing.csv, by which the handler puts the one into the other. Inner
// envelopes bear nothing by which to tell them apart but the number, so their
// order is all: packing.csv counts them.
func (e Envelopes) Write(dir Folder, notices iter.Seq2[breach.Notice, error]) (Manifest, error) {
	run, err := e.begin()
	if err != nil {
		return Manifest{}, err
	}
	var inner []pdfletter.Envelope
	one := func(_ breach.Notice, l pdfletter.Laid, row *LetterRow) (pdfletter.Printed, error) {
		return run.file(dir, l, row)
	}
	for n, err := range notices {
		if err != nil {
			return Manifest{}, fmt.Errorf("letters: %w", err)
		}
		to := n.To
		forwarded := !to.NationalID.IsZero()
		switch {
		case n.Channel != breach.Envelope:
			run.refuse(n, letterChannel)
			continue
		case forwarded && (to.Postal != breach.Postal{} || !to.Email.IsZero()), !forwarded && !postable(to):
			run.refuse(n, letterAddress)
			continue
		}
		row, address, before := LetterRow{}, run.address(to), run.Count
		if forwarded {
			row.Outer, address = len(inner)/e.perOuter()+1, nil
		}
		if err := run.print(n, address, row, one); err != nil {
			return Manifest{}, err
		}
		if forwarded && run.Count > before {
			inner = append(inner, pdfletter.Envelope{ID: DispatchName(n), Front: []string{to.NationalID.Reveal()}, Back: e.Sender})
		}
	}
	if run.Count == 0 && len(run.Refused) == 0 {
		return Manifest{}, errors.New("letters: none to print")
	}
	if err := e.envelopes(run, dir, inner); err != nil {
		return Manifest{}, err
	}
	return run.Manifest, run.save(dir)
}

func (e Envelopes) perOuter() int {
	if e.PerOuter > 0 {
		return e.PerOuter
	}
	return 20
}

// envelopes writes the inner and the outer envelopes, and how they are packed.
func (e Envelopes) envelopes(run *letterRun, dir Folder, inner []pdfletter.Envelope) error {
	if len(inner) == 0 {
		return nil
	}
	to := e.Forwarder
	if to == nil {
		to = skatteverket()
	}
	outer := make([]pdfletter.Envelope, (len(inner)-1)/e.perOuter()+1)
	for i := range outer {
		outer[i] = pdfletter.Envelope{ID: "outer " + strconv.Itoa(i+1), Front: to, Back: e.Sender}
	}
	return errors.Join(
		e.bundle(run, dir, "inner.pdf", inner),
		e.bundle(run, dir, "outer.pdf", outer),
		save(dir, "packing.csv", run.packing))
}

func (e Envelopes) bundle(run *letterRun, dir Folder, name string, envelopes []pdfletter.Envelope) error {
	return save(dir, name, func(w io.Writer) error {
		bundle, err := run.press.Bundle(w, pdfletter.Info{Title: e.Title, Lang: e.Lang})
		if err != nil {
			return err
		}
		for _, envelope := range envelopes {
			laid, err := run.press.LayEnvelope(envelope)
			if err != nil {
				return err
			}
			if _, err := bundle.Add(laid); err != nil {
				return err
			}
		}
		return bundle.Close()
	})
}

// packing lists which letter goes into which inner envelope, counted from 1 in
// the order printed, and that into which outer.
func (m Manifest) packing(w io.Writer) error {
	t := csv.NewWriter(w)
	t.Comma, t.UseCRLF = ';', true
	_ = t.Write([]string{"seq", "code", "inner", "outer"}) // Error tells
	inner := 0
	for _, r := range m.Letters {
		if r.Outer == 0 {
			continue
		}
		inner++
		_ = t.Write([]string{strconv.Itoa(r.Seq), r.Code, strconv.Itoa(inner), strconv.Itoa(r.Outer)})
	}
	t.Flush()
	return t.Error()
}
