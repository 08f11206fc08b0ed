package pdfium

import (
	"context"
	"encoding/binary"
	"math"

	"github.com/klarlagt/klarlagt/extract/pdftext"
)

// AppendText appends the page's text as UTF-8, with its lines as on the page.
func (p *Page) AppendText(ctx context.Context, to []byte) ([]byte, error) {
	t, err := p.d.i.call(ctx, "FPDFText_LoadPage", p.handle)
	if err == nil && t == 0 {
		err = ErrFormat
	}
	if err != nil {
		return to, err
	}
	w := pdftext.Writer{Text: to}
	if err := p.chars(ctx, t, &w); err != nil {
		return w.Text, err
	}
	_, err = p.d.i.call(ctx, "FPDFText_ClosePage", t)
	return w.Text, err
}

// chars hands the characters of a text to w.
func (p *Page) chars(ctx context.Context, t uint64, w *pdftext.Writer) error {
	i := p.d.i
	n, err := i.call(ctx, "FPDFText_CountChars", t)
	if err != nil {
		return err
	}
	unicodeOf, err := i.function("FPDFText_GetUnicode")
	if err != nil {
		return err
	}
	boxOf, err := i.function("FPDFText_GetLooseCharBox")
	if err != nil {
		return err
	}
	at, err := i.buffer(ctx, boxBytes)
	if err != nil {
		return err
	}
	for k := range uint64(max(0, int32(n))) {
		r, err := i.run(ctx, unicodeOf, t, k)
		if err != nil {
			return err
		}
		var b pdftext.Box
		if r > ' ' {
			there, err := i.run(ctx, boxOf, t, k, uint64(at))
			if err != nil {
				return err
			}
			if there != 0 {
				b = i.box(at)
			}
		}
		w.Write(rune(uint32(r)), b)
	}
	return nil
}

const boxBytes = 16

// box reads a box from memory.
func (i *instance) box(at uint32) pdftext.Box {
	b, ok := i.module.Memory().Read(at, boxBytes)
	if !ok {
		return pdftext.Box{}
	}
	edge := func(n int) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b[4*n:])) }
	return pdftext.Box{Left: edge(0), Top: edge(1), Right: edge(2), Bottom: edge(3)}
}
