package extract

import (
	"context"
	"crypto/sha256"
	"fmt"
	"image"
	"io"

	"github.com/klarlagt/klarlagt/breach"
)

// Picture names text in pixels by what it is part of, not by where that lies:
// the same scan in many mails is one picture.
type Picture struct {
	Item [32]byte // SHA-256 of the document or image
	Page int64    // counted from 1: a page of a document, a frame of an image; 0 for all that are not told apart
}

// Sight is what came of looking at a picture.
type Sight struct {
	State  breach.State // Read, NoText where no text was found in it, Partly where its text is unsure, NotReadable, or OCRPending
	Reason breach.Reason
	Text   []byte
}

// Looker tells what a picture says. draw gives the picture as it would be shown
// to a reader of pixels, at most MaxSide by MaxSide; its error is one of the
// item, of which no more pictures are drawn when it wraps a *breach.Gap. The
// Looker's own errors end the walk.
type Looker func(p Picture, draw func() (*image.Gray, error)) (Sight, error)

// How pictures are drawn: enough for letters on paper to be told apart, and no
// more, for the time it takes grows with the pixels.
const (
	drawnDPI = 200
	MaxSide  = 2600
)

// looker looks at the pictures of one item, and sums up what came of it.
type looker struct {
	in   *Input
	out  Sink
	look Looker
	sum  *[32]byte

	looked, pending, failed, unsure int  // pictures
	words                           bool // some said something
	missing                         ranges
}

// page looks at one picture, hands over its text, and says whether all is well.
func (l *looker) page(n int64, draw func() (*image.Gray, error)) error {
	sight := Sight{State: breach.OCRPending}
	if l.look != nil {
		if l.sum == nil {
			if err := l.hash(); err != nil {
				return err
			}
		}
		var err error
		if sight, err = l.look(Picture{*l.sum, n}, draw); err != nil {
			return err
		}
	}
	l.looked++
	l.words = l.words || len(sight.Text) > 0
	switch sight.State {
	case breach.Read: // or there is nothing on it
	case breach.NoText, breach.Partly:
		l.unsure++
	case breach.NotReadable:
		l.failed++
	default:
		l.pending++
	}
	if sight.State != breach.Read {
		l.missing.add(n)
	}
	return prose(l.out, breach.At(breach.Step{Unit: breach.Page, N: n}), sight.Text)
}

// outcome is how an item ended whose pictures were looked at; text says that
// it has text beside them.
func (l *looker) outcome(text bool) breach.Outcome {
	switch {
	case l.pending > 0:
		return breach.Outcome{State: breach.OCRPending}
	case l.failed > 0:
		return breach.Outcome{State: breach.Partly, Reason: breach.OCRFailed}
	case l.looked > 0 && !text && !l.words:
		return breach.Outcome{State: breach.NoText}
	case l.unsure > 0:
		return breach.Outcome{State: breach.Partly, Reason: breach.LowOCRConfidence}
	}
	return breach.Outcome{}
}

// hash names the item that the pictures are in.
func (l *looker) hash() error {
	file, size, err := l.in.Random()
	if err != nil {
		return err
	}
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(file, 0, size)); err != nil {
		return err
	}
	l.sum = (*[32]byte)(h.Sum(nil))
	return nil
}

// lookAt looks at every frame of an image.
func lookAt(ctx context.Context, in *Input, out Sink) (breach.Outcome, error) {
	l := looker{in: in, out: out, look: in.Limits.Look}
	if l.look == nil {
		return breach.Outcome{State: breach.OCRPending}, nil
	}
	file, size, err := in.Random()
	if err != nil {
		return breach.Outcome{}, err
	}
	for n, frame := range frames(file, size) {
		if err := ctx.Err(); err != nil {
			return breach.Outcome{}, err
		}
		if err := l.page(n, frame); err != nil {
			return breach.Outcome{}, err
		}
	}
	o := l.outcome(false)
	switch {
	case o.State == breach.Partly && !l.words:
		return breach.Outcome{}, gap(o.Reason)
	case o.State == breach.Partly:
		o.Missing = fmt.Sprintf("pages %s of %d", &l.missing, l.looked)
	}
	return o, nil
}
