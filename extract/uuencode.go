package extract

import (
	"bufio"
	"bytes"
	"io"
)

// uuText passes on text up to a file that is written into it as uuencode does:
// between "begin 644 name" and "end".
type uuText struct {
	r    *bufio.Reader
	left []byte // of the line at hand
	name string // of the file at which the text stops; "" before
	file bool   // it stops at a file
	cut  bool   // the line at hand has no beginning
}

func newUUText(r io.Reader) *uuText { return &uuText{r: bufio.NewReaderSize(r, 4<<10)} }

func (u *uuText) Read(p []byte) (int, error) {
	if u.file {
		return 0, io.EOF
	}
	if len(u.left) == 0 {
		line, err := u.r.ReadSlice('\n')
		if len(line) == 0 {
			return 0, err
		}
		if !u.cut && len(line) < 300 && bytes.HasPrefix(line, []byte("begin ")) {
			u.name, u.file = uuBegin(line)
			if u.file {
				line = bytes.Clone(line)
				next, _ := u.r.Peek(1)
				u.file = len(next) == 1 && next[0] >= ' ' && next[0] <= '`'
			}
			if u.file {
				return 0, io.EOF
			}
		}
		u.cut = line[len(line)-1] != '\n'
		u.left = line
	}
	n := copy(p, u.left)
	u.left = u.left[n:]
	return n, nil
}

// member gives the file, after which the text goes on.
func (u *uuText) member() io.Reader {
	u.file = false
	return &uuFile{r: u.r}
}

// uuBegin reads the line before a file: "begin 644 klass.csv".
func uuBegin(line []byte) (string, bool) {
	fields := bytes.SplitN(bytes.TrimSpace(line), []byte(" "), 3)
	if len(fields) < 3 || len(fields[1]) < 3 || len(fields[1]) > 4 {
		return "", false
	}
	for _, c := range fields[1] {
		if c < '0' || c > '7' {
			return "", false
		}
	}
	return decodeName(fields[2]), true
}

// uuFile decodes lines whose first letter tells how many bytes they hold.
type uuFile struct {
	r   *bufio.Reader
	out [63]byte
	buf []byte
	end bool
}

func (u *uuFile) Read(p []byte) (int, error) {
	for len(u.buf) == 0 {
		if u.end {
			return 0, io.EOF
		}
		line, err := u.r.ReadSlice('\n')
		if err != nil && len(line) == 0 {
			u.end = true
			return 0, unexpected(err)
		}
		line = bytes.TrimRight(line, "\r\n")
		if bytes.Equal(line, []byte("end")) {
			u.end = true
			continue
		}
		u.decode(line)
	}
	n := copy(p, u.buf)
	u.buf = u.buf[n:]
	return n, nil
}

func (u *uuFile) decode(line []byte) {
	if len(line) == 0 || line[0] < ' ' || line[0] > '`' {
		return
	}
	n := int(line[0]-' ') & 63
	out := u.out[:0]
	at := func(i int) byte { // blanks at the end of a line are lost on the way
		if i < len(line) {
			return (line[i] - ' ') & 63
		}
		return 0
	}
	for i := 1; len(out)+3 <= len(u.out) && len(out) < n; i += 4 {
		a, b, c, d := at(i), at(i+1), at(i+2), at(i+3)
		out = append(out, a<<2|b>>4, b<<4|c>>2, c<<6|d)
	}
	u.buf = out[:min(n, len(out))]
}
