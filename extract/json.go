package extract

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/klarlagt/klarlagt/breach"
)

var jsonFormat = Format{
	Name:       "json",
	Extensions: []string{"json", "jsonl", "ndjson", "geojson"},
	Sniff:      isJSON,
	Read:       readJSON,
}

func isJSON(in *Input) bool {
	head := bytes.TrimLeft(in.TextHead(), " \t\n")
	if len(head) == 0 || head[0] != '{' && head[0] != '[' {
		return false
	}
	if in.HasExtension(jsonExtensions...) {
		return true
	}
	next := bytes.TrimLeft(head[1:], " \t\n")
	if len(next) == 0 {
		return false
	}
	if head[0] == '{' {
		return next[0] == '"' && bytes.Contains(next[:min(len(next), 4096)], []byte(":"))
	}
	return next[0] == '{' || next[0] == '[' || next[0] == '"'
}

var jsonExtensions = []string{"json", "jsonl", "ndjson", "geojson"}

// readJSON hands over objects as records and arrays of arrays as rows. It
// takes what is not quite JSON too, one value after another among it.
func readJSON(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
	d := newDecoder(in.Stream(), "")
	err := readObjects(d, out, breach.Place{})
	o := textOutcome(d)
	if err == io.ErrUnexpectedEOF {
		return breach.Outcome{Charset: o.Charset, Missing: "what was cut off"}, err
	}
	return o, err
}

// readObjects reads JSON from r.
func readObjects(r io.Reader, out Sink, at breach.Place) error {
	j := &objects{
		r:    bufio.NewReaderSize(r, 32<<10),
		rec:  newRecorder(out, at),
		rows: newBatch(out, at, breach.Row),
	}
	err := j.read()
	if e := j.rec.Flush(); e != nil {
		return e
	}
	if e := j.rows.Flush(); e != nil {
		return e
	}
	return err
}

// objects reads JSON as it comes, without recursion.
type objects struct {
	r     *bufio.Reader
	rec   *recorder
	rows  *batch
	row   []byte // the row that is open: scalars of an array in an array
	cells int
	stack []level
	text  []byte
}

// level is an object or array that is open.
type level struct {
	array bool
	key   string // of the value that comes next
	named bool   // an object's key has been read
}

// maxLevels is how deep we go; nothing that means anything is deeper.
const maxLevels = 1 << 20

func (j *objects) read() error {
	for j.rec.err == nil {
		c, err := j.r.ReadByte()
		if err == io.EOF && len(j.stack) > 0 {
			return io.ErrUnexpectedEOF
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch c {
		case ' ', '\t', '\n', '\r', ':':
		case ',':
			if top := j.top(); !top.array {
				top.named = false
			}
		case '{', '[':
			err = j.open(c == '[')
		case '}', ']':
			err = j.close()
		case '"':
			err = j.str()
		default:
			err = j.bare(c)
		}
		if err != nil {
			return err
		}
	}
	return j.rec.err
}

// top is the level that is open; what is outside all counts as an array.
func (j *objects) top() *level {
	if len(j.stack) == 0 {
		return &level{array: true}
	}
	return &j.stack[len(j.stack)-1]
}

// rowOpen reports whether scalars now are cells: in an array in an array.
func (j *objects) rowOpen() bool {
	n := len(j.stack)
	return n >= 2 && j.stack[n-1].array && j.stack[n-2].array
}

func (j *objects) open(array bool) error {
	if len(j.stack) >= maxLevels {
		return gap(breach.Nesting)
	}
	if err := j.endRow(); err != nil {
		return err
	}
	top := j.top()
	key := top.key
	top.named = false
	j.stack = append(j.stack, level{array: array, key: key})
	if !array {
		j.stack[len(j.stack)-1].key = ""
		j.rec.Open(key)
	}
	return nil
}

func (j *objects) close() error {
	if len(j.stack) == 0 {
		return nil
	}
	if err := j.endRow(); err != nil {
		return err
	}
	if !j.top().array {
		j.rec.Close(nil)
	}
	j.stack = j.stack[:len(j.stack)-1]
	return nil
}

func (j *objects) endRow() error {
	if j.cells == 0 {
		return nil
	}
	j.cells = 0
	row := j.row
	j.row = j.row[:0]
	return j.rows.Add(row)
}

// scalar takes a value, or the key of one.
func (j *objects) scalar(text []byte) error {
	top := j.top()
	switch {
	case !top.array && !top.named:
		top.key, top.named = string(text[:min(len(text), 256)]), true
		return nil
	case j.rowOpen():
		if j.cells++; j.cells > 1 {
			j.row = append(j.row, '\t')
		}
		j.row = appendCell(j.row, text)
		if len(j.row) > batchSize {
			return j.endRow()
		}
	default:
		j.rec.Value(top.key, text)
	}
	return nil
}

// bare takes what stands without quotes: numbers, true, and what is no JSON.
func (j *objects) bare(c byte) error {
	j.text = append(j.text[:0], c)
	for len(j.text) < maxLines {
		c, err := j.r.ReadByte()
		if err != nil {
			break // the next read meets it again
		}
		if bytes.IndexByte([]byte(" \t\n,:{}[]\""), c) >= 0 {
			_ = j.r.UnreadByte()
			break
		}
		j.text = append(j.text, c)
	}
	if string(j.text) == "null" {
		j.text = j.text[:0]
	}
	return j.scalar(j.text)
}

// str takes a string. A long one is handed over piece by piece.
func (j *objects) str() error {
	j.text = j.text[:0]
	for {
		c, err := j.r.ReadByte()
		if err != nil {
			_ = j.scalar(j.text)
			return unexpected(err)
		}
		switch c {
		case '"':
			return j.scalar(j.text)
		case '\\':
			j.escape()
		default:
			j.text = append(j.text, c)
		}
		if len(j.text) >= maxLines && (j.top().array || j.top().named) {
			cut := cutPoint(j.text)
			if err := j.scalar(j.text[:cut]); err != nil || j.rec.err != nil {
				return err
			}
			j.text = j.text[:copy(j.text, j.text[cut:])]
		} else if len(j.text) > 1<<20 { // a key
			j.text = j.text[:256]
		}
	}
}

func (j *objects) escape() {
	c, _ := j.r.ReadByte()
	switch c {
	case 'n', 'r':
		j.text = append(j.text, '\n')
	case 't', 'b', 'f':
		j.text = append(j.text, ' ')
	case 'u':
		r := j.hex()
		if utf16.IsSurrogate(r) {
			if next, _ := j.r.Peek(2); string(next) == `\u` {
				_, _ = j.r.Discard(2)
				r = utf16.DecodeRune(r, j.hex())
			}
		}
		j.text = utf8.AppendRune(j.text, r)
	default:
		j.text = append(j.text, c)
	}
}

func (j *objects) hex() rune {
	digits, _ := j.r.Peek(4)
	n, err := strconv.ParseUint(string(digits), 16, 32)
	if err != nil {
		return utf8.RuneError
	}
	_, _ = j.r.Discard(4)
	return rune(n)
}
