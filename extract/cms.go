package extract

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// signedFormat is a signed message or file: CMS signed data, RFC 5652, in
// which what is signed stands as it is.
var signedFormat = Format{
	Name:       "cms",
	Extensions: []string{"p7m", "p7s"},
	Sniff: func(in *Input) bool {
		h := in.Head()
		return hasAnyPrefix(h, "\x30") && bytes.Contains(h[:min(len(h), 40)], []byte(signedData))
	},
	Read:    readSigned,
	Strings: true,
}

const signedData = "\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02"

// readSigned hands over what is signed, and what can be read of who signed it.
func readSigned(ctx context.Context, in *Input, out Sink) (breach.Outcome, error) {
	b := &ber{r: bufio.NewReaderSize(in.Stream(), 32<<10)}
	content, err := b.signed()
	if err != nil {
		return breach.Outcome{}, err
	}
	if content != nil {
		name := innerName(in.Name, ".p7m", ".p7s")
		if !strings.Contains(name, ".") {
			name += ".eml"
		}
		if err := out.File(name, content); err != nil {
			return breach.Outcome{}, err
		}
		if _, err := io.Copy(io.Discard, content); err != nil {
			return breach.Outcome{Missing: theRest}, err
		}
	}
	return readStrings(ctx, &Input{rest: b.r, size: -1}, out) // certificates hold names
}

var errBER = errors.New("not as signed data is written")

// ber reads elements of ASN.1 as X.690 has it, with lengths given or not.
type ber struct{ r *bufio.Reader }

// head reads the tag of an element and its length; -1 where its end is marked.
func (b *ber) head() (tag byte, size int64, err error) {
	if tag, err = b.r.ReadByte(); err != nil {
		return 0, 0, unexpected(err)
	}
	first, err := b.r.ReadByte()
	switch {
	case err != nil:
		return 0, 0, unexpected(err)
	case first < 0x80:
		return tag, int64(first), nil
	case first == 0x80:
		return tag, -1, nil
	case first > 0x86:
		return 0, 0, errBER
	}
	for range first & 0x7F {
		c, err := b.r.ReadByte()
		if err != nil {
			return 0, 0, unexpected(err)
		}
		size = size<<8 | int64(c)
	}
	return tag, size, nil
}

// enter reads the head of an element that must have a tag.
func (b *ber) enter(tags ...byte) error {
	for _, tag := range tags {
		if got, _, err := b.head(); err != nil {
			return err
		} else if got != tag {
			return errBER
		}
	}
	return nil
}

// skip passes over elements that must have these tags.
func (b *ber) skip(tags ...byte) error {
	for _, tag := range tags {
		got, size, err := b.head()
		if err != nil {
			return err
		}
		if got != tag || size < 0 {
			return errBER
		}
		if _, err := io.CopyN(io.Discard, b.r, size); err != nil {
			return unexpected(err)
		}
	}
	return nil
}

// signed goes to what is signed; nil where that is kept elsewhere.
func (b *ber) signed() (io.Reader, error) {
	const sequence, set, number, id, inner, octets, pieces = 0x30, 0x31, 0x02, 0x06, 0xA0, 0x04, 0x24
	if err := b.enter(sequence); err != nil {
		return nil, err
	}
	if err := b.skip(id); err != nil {
		return nil, err
	}
	if err := b.enter(inner, sequence); err != nil {
		return nil, err
	}
	if err := b.skip(number, set); err != nil {
		return nil, err
	}
	tag, whole, err := b.head()
	if err != nil || tag != sequence {
		return nil, errBER
	}
	kind, err := b.r.Peek(2)
	if err != nil {
		return nil, unexpected(err)
	}
	alone := whole == 2+int64(kind[1]) // the kind of content, and no content
	if err := b.skip(id); err != nil {
		return nil, err
	}
	if next, err := b.r.Peek(1); alone || err != nil || next[0] != inner {
		return nil, nil
	}
	if err := b.enter(inner); err != nil {
		return nil, err
	}
	switch tag, size, err := b.head(); {
	case err != nil:
		return nil, err
	case tag == octets && size >= 0:
		return &octetPieces{b: b, left: size}, nil
	case tag == pieces:
		return &octetPieces{b: b, more: true, all: size}, nil
	}
	return nil, errBER
}

// octetPieces reads bytes that come in pieces.
type octetPieces struct {
	b    *ber
	left int64 // of the piece at hand
	more bool  // pieces may follow
	all  int64 // bytes of all pieces with their heads; -1 where the end is marked
	err  error
}

func (o *octetPieces) Read(p []byte) (int, error) {
	for o.left == 0 && o.err == nil {
		o.err = o.next()
	}
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.b.r.Read(p[:min(int64(len(p)), o.left)])
	o.left -= int64(n)
	if err != nil {
		o.err = unexpected(err)
	}
	return n, o.err
}

func (o *octetPieces) next() error {
	if !o.more || o.all == 0 {
		return io.EOF
	}
	tag, size, err := o.b.head()
	switch {
	case err != nil:
		return err
	case tag == 0 && size == 0:
		return io.EOF
	case tag != 0x04 || size < 0:
		return errBER
	}
	o.left = size
	if o.all > 0 {
		o.all = max(0, o.all-size-int64(headLength(size)))
	}
	return nil
}

// headLength is the bytes of a tag and of a length.
func headLength(size int64) int {
	n := 2
	if size >= 0x80 {
		for ; size > 0; size >>= 8 {
			n++
		}
	}
	return n
}
