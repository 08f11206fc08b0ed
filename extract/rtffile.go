package extract

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Files inside RTF are digits, two a byte. They are handed over as they are
// met, without being kept.

// rtfBytes reads the bytes that are written as digits up to the end of the
// group.
type rtfBytes struct {
	x    *rtfReader
	bin  int64 // bytes that follow as they are
	deep int   // groups inside that say something else
	done bool
}

func (b *rtfBytes) Read(p []byte) (n int, err error) {
	for n < len(p) && !b.done {
		if b.bin > 0 {
			m, err := b.x.r.Read(p[n:min(int64(len(p)), int64(n)+b.bin)])
			b.bin -= int64(m)
			if n += m; err != nil {
				return n, b.end(err)
			}
			continue
		}
		c, err := b.x.r.ReadByte()
		if err != nil {
			return n, b.end(err)
		}
		high := hexDigit(c)
		switch {
		case c == '{':
			b.deep++
		case c == '}' && b.deep > 0:
			b.deep--
		case c == '}':
			b.done = true
			_ = b.x.r.UnreadByte()
		case c == '\\':
			b.word()
		case b.deep == 0 && high >= 0:
			low, err := b.x.r.ReadByte()
			for err == nil && (low == '\r' || low == '\n' || low == ' ') {
				low, err = b.x.r.ReadByte()
			}
			if err != nil {
				return n, b.end(err)
			}
			if hexDigit(low) < 0 {
				_ = b.x.r.UnreadByte()
				continue
			}
			p[n] = byte(16*high + hexDigit(low))
			n++
		}
	}
	if n == 0 && b.done {
		return 0, io.EOF
	}
	return n, nil
}

// end ends the bytes where the document ends.
func (b *rtfBytes) end(err error) error {
	b.done = true
	b.x.fail(err)
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// word passes over a control word; one of them says that bytes follow.
func (b *rtfBytes) word() {
	var name []byte
	n := int64(0)
	for {
		c, err := b.x.r.ReadByte()
		switch {
		case err != nil:
			return
		case isAlpha(c) && n == 0 && len(name) < 32:
			name = append(name, c)
			continue
		case isDigit(c) && len(name) > 0:
			n = min(10*n+int64(c-'0'), 1<<31)
			continue
		case c == '-' && len(name) > 0 && n == 0:
			continue
		case c == '*' && len(name) == 0:
			return
		case c != ' ':
			_ = b.x.r.UnreadByte()
		}
		if string(name) == "bin" && b.deep == 0 {
			b.bin = n
		}
		return
	}
}

// picture hands over a picture.
func (x *rtfReader) picture() {
	x.file("picture", &rtfBytes{x: x})
}

// file hands over bytes, if there are any, and goes to the end of the group.
func (x *rtfReader) file(what string, b *rtfBytes) {
	r := bufio.NewReaderSize(b, 512)
	if head, _ := r.Peek(1); len(head) > 0 {
		x.files++
		x.check(x.out.File(fmt.Sprintf("%s %d", what, x.files), x.in.Unpacked(r)))
	}
	_, _ = io.Copy(io.Discard, b)
	x.group.to = rtfNowhere
}

// object hands over an embedded object: [MS-OLEDS] 2.2.
func (x *rtfReader) object() {
	b := &rtfBytes{x: x}
	r := bufio.NewReaderSize(b, 4096)
	name, size, err := objectHead(r)
	if err == nil {
		x.files++
		if name == "" {
			name = fmt.Sprintf("object %d", x.files)
		}
		x.check(x.out.File(name, x.in.Unpacked(io.LimitReader(r, size))))
	}
	_, _ = io.Copy(io.Discard, b)
	x.group.to = rtfNowhere
}

// objectHead reads what stands before the content of an object: its name, if
// it is a file that was put in as it is, and the size of the content.
func objectHead(r *bufio.Reader) (name string, size int64, err error) {
	var h [8]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return "", 0, err
	}
	if u32(h[:], 4) != 2 { // only linked to
		return "", 0, io.ErrUnexpectedEOF
	}
	var class []byte
	for i := range 3 { // its class, and two names that nobody uses
		if _, err := io.ReadFull(r, h[:4]); err != nil {
			return "", 0, err
		}
		n := u32(h[:], 0)
		if n > 1024 {
			return "", 0, io.ErrUnexpectedEOF
		}
		text := make([]byte, n)
		if _, err := io.ReadFull(r, text); err != nil {
			return "", 0, err
		}
		if i == 0 {
			class = bytes.TrimRight(text, "\x00")
		}
	}
	if _, err := io.ReadFull(r, h[:4]); err != nil {
		return "", 0, err
	}
	size = int64(binary.LittleEndian.Uint32(h[:]))
	if string(class) != "Package" {
		return "", size, nil
	}
	head, _ := r.Peek(int(min(size, 4096)))
	name, at, inside := packageIn(head)
	if name == "" {
		return "", size, nil
	}
	_, err = r.Discard(int(at))
	return name, inside, err
}
