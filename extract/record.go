package extract

import (
	"bytes"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// recorder makes records of a tree of objects that is told as it is met:
// each object becomes "label: value" lines. What belongs to one thing stays
// together: an object inside another is part of it, with its key before its
// labels; but objects in a list are records of their own, unless they are few
// and small, like the addresses of a person.
type recorder struct {
	out   Sink
	at    breach.Place
	n     int64 // records so far
	stack []frame
	over  int // objects open beyond maxFrames
	err   error
}

// frame is an object that is open.
type frame struct {
	part
	inside []part // closed objects that may become part of this one
	list   string // the key of a list whose objects are records of their own
	listed bool
}

// part is lines of an object: "label: value\n".
type part struct {
	key    string
	lines  []byte
	values int
}

const (
	maxFrames  = 64
	maxLines   = 48 << 10 // of one record; it goes on in another
	maxInside  = 16
	fewInList  = 4
	smallValue = 2
	maxLabel   = 120
)

func newRecorder(out Sink, at breach.Place) *recorder {
	return &recorder{out: out, at: at, stack: []frame{{}}}
}

// Open begins an object.
func (r *recorder) Open(key string) {
	if len(r.stack) > maxFrames {
		r.over++
		return
	}
	key = key[:min(len(key), maxLabel)]
	f := frame{part: part{key: key}}
	if isData(key) { // a map by number or address: the key is a value
		f.key = ""
		f.add("key", []byte(key))
	}
	r.stack = append(r.stack, f)
}

// Value adds a value to the object that is open.
func (r *recorder) Value(label string, value []byte) {
	value = bytes.TrimSpace(value)
	if len(value) == 0 {
		return
	}
	label = label[:min(len(label), maxLabel)]
	f := &r.stack[len(r.stack)-1]
	for len(value) > maxLines {
		cut := cutPoint(value[:maxLines])
		r.emit(part{lines: appendLine(nil, label, value[:cut])})
		value = value[cut:]
	}
	if len(f.lines)+len(value) > maxLines {
		r.emit(f.part)
		f.lines = f.lines[:0]
	}
	f.add(label, value)
}

func (p *part) add(label string, value []byte) {
	p.lines = appendLine(p.lines, label, value)
	p.values++
}

func appendLine(to []byte, label string, value []byte) []byte {
	if label != "" {
		to = appendFlat(to, label)
		to = append(to, ": "...)
	}
	return append(appendFlat(to, value), '\n')
}

// appendFlat appends text with newlines made blanks.
func appendFlat[T string | []byte](to []byte, text T) []byte {
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '\n' {
			c = ' '
		}
		to = append(to, c)
	}
	return to
}

// Close ends the object. Where it holds nothing but text, it is a value of the
// object around it.
func (r *recorder) Close(text []byte) {
	if r.over > 0 {
		r.over--
		r.Value("", text)
		return
	}
	if len(r.stack) == 1 {
		return
	}
	f := r.stack[len(r.stack)-1]
	r.stack = r.stack[:len(r.stack)-1]
	if f.values == 0 && len(f.inside) == 0 {
		r.Value(f.key, text)
		return
	}
	if text = bytes.TrimSpace(text); len(text) > 0 && len(text) < maxLines {
		f.add("", text)
	}
	whole := r.join(f)
	if len(r.stack) == 1 {
		r.emit(whole) // at the top, all are records
		return
	}
	r.stack[len(r.stack)-1].take(whole, r.emit)
}

// take keeps a closed object inside the frame, or lets it go as a record.
func (f *frame) take(p part, emit func(part)) {
	if f.listed && f.list == p.key {
		emit(p)
		return
	}
	same, small := 0, p.values <= smallValue
	for _, q := range f.inside {
		if q.key == p.key {
			same++
			small = small && q.values <= smallValue
		}
	}
	f.inside = append(f.inside, p)
	if same > 0 && (!small || same >= fewInList) {
		f.list, f.listed = p.key, true
		kept := f.inside[:0]
		for _, q := range f.inside {
			if q.key == p.key {
				emit(q)
			} else {
				kept = append(kept, q)
			}
		}
		f.inside = kept
	}
	if len(f.inside) > maxInside {
		for _, q := range f.inside {
			if q.key != "" {
				q.lines = append(appendLine(nil, "key", []byte(q.key)), q.lines...)
			}
			emit(q)
		}
		f.inside = f.inside[:0]
	}
}

// join makes one of an object and the objects inside it.
func (r *recorder) join(f frame) part {
	p := f.part
	for _, q := range f.inside {
		for line := range bytes.Lines(q.lines) {
			if len(p.lines)+len(line) > maxLines {
				r.emit(p)
				p.lines = nil
			}
			switch label, _, ok := bytes.Cut(line, []byte(": ")); {
			case q.key == "":
			case !ok: // no label of its own
				p.lines = append(append(p.lines, q.key...), ": "...)
			case len(label) < maxLabel:
				p.lines = append(append(p.lines, q.key...), ' ')
			}
			p.lines = append(p.lines, line...)
		}
		p.values += q.values
	}
	return p
}

// emit hands over a record.
func (r *recorder) emit(p part) {
	if len(p.lines) == 0 || r.err != nil {
		return
	}
	r.n++
	r.err = r.out.Text(r.at.Down(breach.Step{Unit: breach.Record, N: r.n}), p.lines)
}

// Flush ends the objects that are open and hands over the values that stand
// outside any.
func (r *recorder) Flush() error {
	for len(r.stack) > 1 {
		r.over = 0
		r.Close(nil)
	}
	top := r.stack[0]
	r.stack[0] = frame{}
	r.emit(r.join(top))
	return r.err
}

// isData reports whether a key is somebody's value and no label: it has an
// at sign or a number as long as a birth date.
func isData(key string) bool {
	if strings.Contains(key, "@") {
		return true
	}
	digits := 0
	for i := range len(key) {
		if isDigit(key[i]) {
			digits++
		}
	}
	return digits >= 6
}
