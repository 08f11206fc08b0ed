package extract

import (
	"bytes"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/transform"
)

// decoder reads text in any charset as UTF-8 with "\n" ending its lines. It
// decides the charset at the first bytes that are not ASCII, and bytes that
// are not UTF-8 in a text that is are read as what they most likely are:
// files put together from several sources are common.
type decoder struct {
	r       io.Reader
	charset charset
	decided bool
	stated  charset // what a header says, used where the bytes do not contradict
	raw     []byte  // read, not decoded; carries a cut sequence to the next chunk
	out     []byte  // decoded, from pos on not yet given
	pos     int
	cr      bool // the last byte was a carriage return
	err     error
}

const decodeChunk = 32 << 10

// newDecoder decodes r. The name is what a header or document says of its
// charset; "" if nothing.
func newDecoder(r io.Reader, name string) *decoder {
	d := &decoder{r: r, raw: make([]byte, 0, 2<<10)} // most texts are short
	d.stated, _ = declared(name)
	return d
}

// Charset is what the text was decoded from; known once something was read.
func (d *decoder) Charset() charset {
	if !d.decided {
		return utf8Charset
	}
	return d.charset
}

func (d *decoder) Read(p []byte) (int, error) {
	for d.pos == len(d.out) {
		if d.err != nil {
			return 0, d.err
		}
		d.fill()
	}
	n := copy(p, d.out[d.pos:])
	d.pos += n
	return n, nil
}

// fill decodes the next chunk.
func (d *decoder) fill() {
	d.out, d.pos = d.out[:0], 0
	n, err := readFull(d.r, d.raw[len(d.raw):cap(d.raw)])
	d.raw = d.raw[:len(d.raw)+n]
	if err == nil && cap(d.raw) < decodeChunk {
		d.raw = append(make([]byte, 0, decodeChunk), d.raw...)
		n, err = readFull(d.r, d.raw[len(d.raw):cap(d.raw)])
		d.raw = d.raw[:len(d.raw)+n]
	}
	d.err = err
	if !d.decided {
		d.decide(d.raw)
		if d.err == nil && d.charset.other != nil {
			d.switchReader()
			return
		}
	}
	switch {
	case d.charset.other != nil:
		d.whole()
	case d.charset.table != nil:
		d.out = appendTable(d.out, d.raw, d.charset.table)
		d.raw = d.raw[:0]
	default:
		d.utf8()
	}
	d.out = d.lines(d.out)
}

// decide settles the charset, unless all is ASCII so far.
func (d *decoder) decide(raw []byte) {
	if d.stated.other == nil && isASCII(raw) && bytes.IndexByte(raw, 0) < 0 {
		return
	}
	c := detect(raw)
	d.decided = true
	switch {
	case c.mark > 0 || c.other != nil:
	case c.name == "utf-8" && !isASCII(raw):
	case d.stated.name != "" && d.stated.name != "utf-8":
		c = d.stated
	}
	d.charset = c
	rest := raw[c.mark:]
	d.raw = d.raw[:copy(d.raw[:cap(d.raw)], rest)]
}

// switchReader goes on with a decoder of x/text, for charsets of more than one
// byte a letter.
func (d *decoder) switchReader() {
	begin := bytes.Clone(d.raw)
	t := transform.NewReader(io.MultiReader(bytes.NewReader(begin), d.r), d.charset.other.NewDecoder())
	d.r, d.raw = t, d.raw[:0]
	d.charset.other = nil // what now comes is UTF-8
}

// whole decodes a text that ended within the first chunk.
func (d *decoder) whole() {
	out, _, err := transform.Bytes(d.charset.other.NewDecoder(), d.raw)
	if err != nil && d.err == io.EOF {
		d.err = err
	}
	d.out, d.raw = out, d.raw[:0]
	d.charset.other = nil
}

// utf8 passes on valid text, and reads what is not as a one-byte charset.
func (d *decoder) utf8() {
	raw := d.raw
	if utf8.Valid(raw) {
		d.out, d.raw = append(d.out, raw...), raw[:0]
		return
	}
	for len(raw) > 0 {
		r, n := rune(0), 0
		valid := 0
		for valid < len(raw) {
			if raw[valid] < utf8.RuneSelf {
				valid++
				continue
			}
			if r, n = utf8.DecodeRune(raw[valid:]); r == utf8.RuneError && n <= 1 {
				break
			}
			valid += n
		}
		d.out = append(d.out, raw[:valid]...)
		raw = raw[valid:]
		if len(raw) == 0 || d.err == nil && !utf8.FullRune(raw) {
			break
		}
		d.out = appendTable(d.out, raw[:1], charmap.Windows1252)
		raw = raw[1:]
	}
	d.raw = d.raw[:copy(d.raw, raw)]
}

// lines makes every line end a newline, in place.
func (d *decoder) lines(text []byte) []byte {
	if !d.cr && bytes.IndexByte(text, '\r') < 0 {
		return text
	}
	out := text[:0]
	for _, c := range text {
		switch {
		case c == '\r':
			out = append(out, '\n')
		case c == '\n' && d.cr:
		default:
			out = append(out, c)
		}
		d.cr = c == '\r'
	}
	return out
}

// appendTable decodes bytes that stand for a letter each.
func appendTable(out, raw []byte, table *charmap.Charmap) []byte {
	for _, c := range raw {
		if c < utf8.RuneSelf {
			out = append(out, c)
			continue
		}
		out = utf8.AppendRune(out, table.DecodeByte(c))
	}
	return out
}

func isASCII(text []byte) bool {
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
