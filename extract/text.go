package extract

import (
	"bytes"
	"context"
	"io"

	"github.com/klarlagt/klarlagt/breach"
)

var textFormat = Format{
	Name:       "text",
	Extensions: []string{"txt", "log", "md"},
	Sniff:      isText,
	Read:       readText,
}

// notText is how much doubt is too much.
const notText = 0.02

// isText reports whether the head reads as text in some charset.
func isText(in *Input) bool { return len(in.Head()) > 0 && in.charset().doubt < notText }

// charset is what the head is written in.
func (in *Input) charset() charset {
	if in.set == nil {
		c := charset{doubt: 1}
		if !isBinary(in.Head()) {
			c = detect(in.Head())
		}
		in.set = &c
	}
	return *in.set
}

// TextHead is the head decoded to UTF-8, without its byte order mark and with
// "\n" ending lines; nil where it is not text. Formats written in text sniff it.
func (in *Input) TextHead() []byte {
	if in.text == nil && isText(in) {
		in.text, _ = io.ReadAll(newDecoder(bytes.NewReader(in.Head()), "")) // at most headSize
	}
	return in.text
}

// readText hands over the lines of a text in any charset.
func readText(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
	d := newDecoder(in.Stream(), "")
	err := emitLines(d, out, breach.Place{}, 1)
	return textOutcome(d), err
}

// textOutcome says what charset a text was read in.
func textOutcome(d *decoder) breach.Outcome {
	c := d.Charset()
	o := breach.Outcome{State: breach.Read, Charset: c.name}
	if c.guessed {
		o.Reason = breach.CharsetGuess
	}
	return o
}

// emitLines passes on text as lines from number n on, without looking at each.
func emitLines(r io.Reader, out Sink, at breach.Place, n int64) error {
	return chunks(r, '\n', func(text []byte) error {
		var err error
		if len(bytes.TrimSpace(text)) > 0 {
			err = out.Text(at.Down(breach.Step{Unit: breach.Line, N: n}), text)
		}
		n += int64(bytes.Count(text, []byte{'\n'}))
		return err
	})
}

// emitProse passes on text whose paragraphs are parted by blank lines.
func emitProse(r io.Reader, out Sink, at breach.Place) error {
	return chunks(r, '\n', func(text []byte) error {
		if len(bytes.TrimSpace(text)) == 0 {
			return nil
		}
		return out.Text(at, text)
	})
}

// chunks gives text in pieces of about 64 KiB that end with an end byte, or
// where that is too far off, between words.
func chunks(r io.Reader, end byte, give func([]byte) error) error {
	buf := make([]byte, 4<<10) // most texts are short
	kept := 0
	for {
		n, err := readFull(r, buf[kept:])
		text := buf[:kept+n]
		if err == nil && len(buf) < batchSize {
			buf = append(buf, make([]byte, batchSize-len(buf))...)
			kept = len(text)
			continue
		}
		if err != nil {
			if len(text) > 0 {
				if e := give(text); e != nil {
					return e
				}
			}
			if err == io.EOF {
				return nil
			}
			return err
		}
		cut := bytes.LastIndexByte(text, end) + 1
		if cut == 0 {
			cut = cutPoint(text)
		}
		if err := give(text[:cut]); err != nil {
			return err
		}
		kept = copy(buf, text[cut:])
	}
}
