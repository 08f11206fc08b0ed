package extract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// oleFormat is a compound file of a program we have no reader for: what is
// told of all of them is read, and of the rest the readable runs.
var oleFormat = Format{
	Name:    "ole",
	Sniff:   func(in *Input) bool { return hasAnyPrefix(in.Head(), oleMagic) },
	Read:    readOLE,
	Strings: true,
}

func readOLE(ctx context.Context, in *Input, out Sink) (breach.Outcome, error) {
	d, err := newOLEDoc(in, out)
	if err != nil {
		return breach.Outcome{}, err
	}
	if err := oleProperties(d.f, 0, d.out); err != nil {
		return breach.Outcome{}, err
	}
	known, err := d.content(0)
	if err != nil {
		return breach.Outcome{}, err
	}
	if known {
		return breach.Outcome{}, nil
	}
	part := int64(0)
	for i, e := range d.f.entries {
		if e.storage || i == 0 || e.name == "" || strings.ContainsAny(e.name[:1], "\x01\x02\x03\x05") {
			continue
		}
		part++
		s := scavenger{out: placed{d.out, breach.Step{Unit: breach.Part, N: part, Name: breach.Hide(e.name)}}}
		err := s.all(in.Unpacked(d.f.stream(i).Reader(0)))
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return breach.Outcome{}, err
		}
	}
	return breach.Outcome{State: breach.Partly, Reason: breach.UnknownType, Missing: "strings only"}, nil
}

// placed puts the text of a part into its place.
type placed struct {
	Sink
	step breach.Step
}

func (s placed) Text(p breach.Place, text []byte) error {
	return s.Sink.Text(breach.At(s.step, p.Path[0]), text)
}

// oleDoc is a document in a compound file while it is read.
type oleDoc struct {
	in      *Input
	f       *oleFile
	out     *steady
	objects int

	pictures   int
	artRecords int // looked at so far
}

func newOLEDoc(in *Input, out Sink) (*oleDoc, error) {
	f, err := in.OLE()
	if err != nil {
		return nil, err
	}
	return &oleDoc{in: in, f: f, out: &steady{Sink: out}}, nil
}

// sniffOLE makes the test for a compound file with one of the streams.
func sniffOLE(streams ...string) func(in *Input) bool {
	return func(in *Input) bool {
		if !hasAnyPrefix(in.Head(), oleMagic) {
			return false
		}
		if f, err := in.OLE(); err == nil && len(f.entries[0].kids) > 0 {
			for _, s := range streams {
				if f.find(0, s) >= 0 {
					return true
				}
			}
			return false
		}
		dir := oleDirectory(in) // damaged: by what there is
		for _, s := range streams {
			if bytes.Contains(dir, wide(s)) {
				return true
			}
		}
		return false
	}
}

// embedded hands over the objects in the storages of dir, except those named.
func (d *oleDoc) embedded(dir int, except ...string) error {
	for _, kid := range d.f.entries[dir].kids {
		e := d.f.entries[kid]
		if !e.storage || isOLEMachinery(e.name) || contains(except, e.name) {
			continue
		}
		if err := d.object(kid); err != nil {
			return err
		}
	}
	return nil
}

func contains(list []string, name string) bool {
	for _, s := range list {
		if strings.EqualFold(s, name) {
			return true
		}
	}
	return false
}

// isOLEMachinery reports whether a storage holds nothing a person wrote as
// text: programs, signatures, the layout of forms.
func isOLEMachinery(name string) bool {
	switch strings.ToLower(name) {
	case "macros", "_vba_project_cur", "vba", "msodatastore", "_xmlsignatures", "_signatures", "\x06dataspaces", "_sx_db_cur":
		return true
	}
	return false
}

// object hands over what is embedded in a storage: the file in it, or the
// storage as a file of its own.
func (d *oleDoc) object(dir int) error {
	d.objects++
	if done, err := d.content(dir); done || err != nil {
		return err
	}
	if d.onlyPicture(dir) {
		return nil
	}
	name := fmt.Sprintf("object %d", d.objects)
	r, size, err := d.f.save(dir)
	if err != nil {
		return d.out.File(name, errReader{err})
	}
	return d.out.File(name, sized{d.in.Unpacked(r), size})
}

// content hands over the file that an object is wrapped around, and reports
// whether there is one.
func (d *oleDoc) content(dir int) (bool, error) {
	if s := d.f.open(dir, "\x01Ole10Native"); s != nil {
		return true, d.native(s)
	}
	for _, name := range []string{"Package", "CONTENTS", "EmbeddedOdf"} {
		i := d.f.find(dir, name)
		if i < 0 || d.f.entries[i].storage || d.f.entries[i].name != name {
			continue
		}
		s := d.f.stream(i)
		return true, d.out.File(fmt.Sprintf("object %d", max(1, d.objects)), sized{d.in.Unpacked(s.Reader(0)), s.size})
	}
	return false, nil
}

// native hands over a file that was put into a document as it is.
func (d *oleDoc) native(s *oleStream) error {
	name, at, size := packageIn(s.bytes(4, s.size, 4<<10))
	if name == "" {
		name, at, size = fmt.Sprintf("object %d", max(1, d.objects)), 0, max(0, s.size-4)
	}
	r := io.Reader(io.NewSectionReader(s, 4+at, min(size, s.size-4-at)))
	if size > s.size-4-at {
		r = io.MultiReader(r, errReader{io.ErrUnexpectedEOF})
	}
	return d.out.File(name, sized{d.in.Unpacked(r), size})
}

// packageIn reads the head of a package: its name, and where its content is.
func packageIn(b []byte) (name string, at, size int64) {
	full := b
	if u16(b, 0) != 2 {
		return "", 0, 0
	}
	b = b[2:]
	var names [3][]byte
	for i := range names {
		if i == 2 { // two numbers and the length of the path on the way
			if len(b) < 8 || u16(b, 2) != 3 {
				return "", 0, 0
			}
			b = b[8:]
		}
		n := bytes.IndexByte(b, 0)
		if n < 0 {
			return "", 0, 0
		}
		names[i], b = b[:n], b[n+1:]
	}
	if len(b) < 4 {
		return "", 0, 0
	}
	// The label is what people see; the path tells where it came from.
	name = decodeName(names[0])
	if name == "" {
		name = decodeName(names[2][bytes.LastIndexAny(names[2], `/\`)+1:])
	}
	if name == "" {
		name = "package"
	}
	return name, int64(len(full) - len(b) + 4), int64(u32(b, 0))
}

// onlyPicture reports whether an object holds no more than how it looks: that
// is a picture of what its program would show.
func (d *oleDoc) onlyPicture(dir int) bool {
	for _, kid := range d.f.entries[dir].kids {
		e := d.f.entries[kid]
		plain := e.name == "" || strings.ContainsAny(e.name[:1], "\x01\x02\x03") || e.name == "Equation Native" || e.name == "LinkInfo"
		if e.storage || !plain {
			return false
		}
	}
	return true
}

// lostOutcome is the outcome of a document whose text is not all there.
func lostOutcome(missing string) breach.Outcome {
	return breach.Outcome{State: breach.Partly, Reason: breach.Truncated, Missing: missing}
}

// lockedOutcome is that of a document of which a password hides all but its
// properties.
func lockedOutcome() breach.Outcome {
	return breach.Outcome{State: breach.Encrypted, Reason: breach.PasswordNeeded}
}
