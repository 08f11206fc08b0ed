package extract

import (
	"bytes"
	"compress/zlib"
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/klarlagt/klarlagt/breach"
)

// ppt is a presentation of PowerPoint 97 to 2003: [MS-PPT].
var ppt = Format{
	Name:       "ppt",
	Extensions: []string{"ppt", "pps", "pot"},
	Sniff:      sniffOLE("PowerPoint Document", "PP97_DUALSTORAGE"),
	Read:       readPPT,
	Strings:    true,
}

func readPPT(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
	d, err := newOLEDoc(in, out)
	if err != nil {
		return breach.Outcome{}, err
	}
	if err := oleProperties(d.f, 0, d.out); err != nil {
		return breach.Outcome{}, err
	}
	dir := 0
	if inside := d.f.find(0, "PP97_DUALSTORAGE"); inside >= 0 {
		dir = inside // kept for PowerPoint 95 too
	}
	s := d.f.open(dir, "PowerPoint Document")
	if s == nil {
		return breach.Outcome{}, gap(breach.Malformed)
	}
	p := &slides{oleDoc: d, s: s, said: map[string]bool{}, at: map[int64]slideRef{}, ids: map[uint32]int64{}}
	if p.lockedBy(dir) && !p.unlock(dir) {
		return lockedOutcome(), nil
	}
	p.directory(dir)
	err = p.walk()
	if d.out.err != nil {
		return breach.Outcome{}, d.out.err
	}
	if pictures := d.f.open(dir, "Pictures"); pictures != nil && p.lock == nil {
		if err := d.art(pictures, 0, pictures.size, nil); err != nil {
			return breach.Outcome{}, err
		}
	}
	if err := d.embedded(dir, "PP97_DUALSTORAGE"); err != nil {
		return breach.Outcome{}, err
	}
	if err != nil && p.count > 0 {
		o := lostOutcome(fmt.Sprintf("bytes %d to %d", p.read+1, s.size+s.lost))
		o.Reason = reasonOf(err)
		return o, nil
	}
	if err == nil && p.lock != nil && d.f.find(dir, "Pictures") >= 0 {
		return breach.Outcome{State: breach.Partly, Reason: breach.PasswordNeeded, Missing: "pictures"}, nil
	}
	return breach.Outcome{}, err
}

// slides is a presentation while it is read. Its records are written one after
// another, and what was changed is written anew at the end: what is no longer
// part of it stays, and is read as an earlier version where it says more.
type slides struct {
	*oleDoc
	s     *oleStream
	ids   map[uint32]int64   // where each object lies
	at    map[int64]slideRef // the objects of the newest version
	said  map[string]bool    // what has been handed over, so that old versions do not say it again
	lock  *slideLock         // nil where nothing is locked
	count int64              // slides, notes and texts met
	read  int64              // bytes

	place breach.Place
	text  []byte
	old   int64 // of earlier versions
}

// slideRef is a slide, or the notes of one.
type slideRef struct {
	n    int64
	note bool
}

const (
	maxSlides  = 100_000
	maxSaid    = 100_000
	maxSlide   = 8 << 20 // bytes of text kept of one
	pptHeader  = 8
	pptNesting = 64
)

// lockedBy reports whether the presentation needs a password.
func (p *slides) lockedBy(dir int) bool {
	if user := p.f.open(dir, "Current User"); user != nil {
		return u32(user.bytes(0, 64, 64), 12) == 0xF3D1C4DF
	}
	return p.f.find(dir, "EncryptedSummary") >= 0
}

// pptRecord is the header of a record.
type pptRecord struct {
	at       int64 // of what follows the header
	kind     int
	instance int
	size     int64
	inside   bool // it holds records
}

// record reads the header at an offset.
func (p *slides) record(at int64) (pptRecord, bool) {
	var h [pptHeader]byte
	if n, _ := p.s.ReadAt(h[:], at); n < len(h) {
		return pptRecord{}, false
	}
	v := u16(h[:], 0)
	r := pptRecord{at + pptHeader, u16(h[:], 2), v >> 4, int64(u32(h[:], 4)), v&0xF == 0xF}
	r.size = min(r.size, p.s.size-r.at)
	return r, true
}

// directory finds the objects of the newest version, and which slide each is.
func (p *slides) directory(dir int) {
	user := p.f.open(dir, "Current User")
	if user == nil {
		return
	}
	document := uint32(0)
	edit := int64(u32(user.bytes(0, 64, 64), 16))
	for i := 0; i < maxSlides; i++ {
		r, ok := p.record(edit)
		if !ok || r.kind != 0x0FF5 {
			break
		}
		b := p.s.bytes(r.at, r.size, 64)
		if i == 0 {
			document = u32(b, 16)
		}
		p.persisted(int64(u32(b, 12)))
		before := int64(u32(b, 8))
		if before == 0 || before >= edit {
			break
		}
		edit = before
	}
	at, ok := p.ids[document]
	if !ok {
		return
	}
	if r, ok := p.record(at); ok && r.kind == 0x03E8 {
		p.at[at] = slideRef{}
		p.order(r)
	}
}

// persisted reads one table of where objects lie; newer ones come first.
func (p *slides) persisted(at int64) {
	r, ok := p.record(at)
	if !ok || r.kind != 0x1772 {
		return
	}
	b := p.s.bytes(r.at, r.size, 4*maxSlides)
	for i := 0; i+4 <= len(b); {
		v := u32(b, i)
		id, n := v&0xFFFFF, int(v>>20)
		for i += 4; n > 0 && i+4 <= len(b); n, i, id = n-1, i+4, id+1 {
			if _, newer := p.ids[id]; !newer && len(p.ids) < maxSlides {
				p.ids[id] = int64(u32(b, i))
			}
		}
	}
}

// order reads the lists of slides and of notes in the document.
func (p *slides) order(document pptRecord) {
	numbers := map[uint32]int64{} // of slides, by their ids
	for at, end := document.at, document.at+document.size; at < end; {
		list, ok := p.record(at)
		if !ok {
			return
		}
		at = list.at + list.size
		if list.kind != 0x0FF0 || list.instance == 1 {
			continue
		}
		n := int64(0)
		for inner := list.at; inner < at; {
			r, ok := p.record(inner)
			if !ok {
				return
			}
			inner = r.at + r.size
			if r.kind != 0x03F3 || len(p.at) > maxSlides {
				continue
			}
			n++
			b := p.s.bytes(r.at, r.size, 20)
			where, ok := p.ids[u32(b, 0)]
			if !ok {
				continue
			}
			if list.instance == 0 {
				numbers[u32(b, 12)] = n
				p.at[where] = slideRef{n: n}
			} else {
				p.at[where] = slideRef{n: numbers[p.noted(where)], note: true}
			}
		}
	}
}

// noted is the id of the slide that notes belong to.
func (p *slides) noted(at int64) uint32 {
	r, ok := p.record(at)
	if !ok {
		return 0
	}
	if r, ok = p.record(r.at); !ok || r.kind != 0x03F1 {
		return 0
	}
	return u32(p.s.bytes(r.at, 4, 4), 0)
}

// walk reads all records: the newest version first, then what is left of
// earlier ones.
func (p *slides) walk() error {
	for _, old := range []bool{false, true} {
		n := int64(0)
		for at := int64(0); at+pptHeader <= p.s.size; {
			r, ok := p.record(at)
			if !ok {
				return unexpected(io.ErrUnexpectedEOF)
			}
			ref, current := p.at[at]
			if len(p.at) == 0 { // no directory: in the order they lie
				if current = true; r.kind == 0x03EE {
					n++
					ref.n = n
				}
			}
			at, p.read = r.at+r.size, max(p.read, at)
			if current == old {
				continue
			}
			if err := p.object(r, ref, old); err != nil {
				return err
			}
		}
	}
	if p.s.lost > 0 {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// object reads a slide, notes, a master, or the document.
func (p *slides) object(r pptRecord, ref slideRef, old bool) error {
	switch {
	case r.kind == 0x1011:
		return p.embeddedObject(r)
	case !r.inside:
		return nil
	case old:
		p.old++
		p.place = breach.At(breach.Step{Unit: breach.Part, N: p.old})
	case r.kind == 0x03EE && ref.n > 0:
		p.place = breach.At(breach.Step{Unit: breach.Slide, N: ref.n})
	case r.kind == 0x03F0 && ref.n > 0:
		p.place = breach.At(breach.Step{Unit: breach.Slide, N: ref.n}, breach.Step{Unit: breach.Comment, N: 1})
	default:
		p.place = breach.At(breach.Step{Unit: breach.Part})
	}
	p.count++
	if err := p.texts(r, pptNesting); err != nil {
		return err
	}
	return p.flush()
}

// texts gathers the texts in a record.
func (p *slides) texts(in pptRecord, depth int) error {
	n := int64(0)
	for at, end := in.at, in.at+in.size; at+pptHeader <= end && len(p.text) < maxSlide; {
		r, ok := p.record(at)
		if !ok {
			return nil
		}
		r.size = min(r.size, end-r.at)
		at = r.at + r.size
		switch {
		case r.kind == 0x03F3 && in.kind == 0x0FF0: // the texts of a slide follow
			n++
			if err := p.outline(in, r, n); err != nil {
				return err
			}
		case r.inside && r.kind != 0x03F8 && depth > 0:
			if err := p.texts(r, depth-1); err != nil {
				return err
			}
		case r.kind == 0x0FA0, r.kind == 0x0FBA: // text; names, links, comments
			b := p.s.bytes(r.at, r.size, maxParagraph)
			if r.kind == 0x0FBA && in.kind != 0x2EE0 && in.kind != 0x0FD7 && in.kind != 0x0FD9 {
				continue // names of fonts and programs
			}
			p.text, _ = appendUTF16(p.text, b, 0)
			p.text = append(p.text, '\n')
		case r.kind == 0x0FA8:
			p.text = appendLatin1(p.text, p.s.bytes(r.at, r.size, maxParagraph))
			p.text = append(p.text, '\n')
		}
	}
	if in.kind == 0x0FF0 {
		return p.outline(in, pptRecord{}, 0)
	}
	return nil
}

// outline goes on to the texts that the document keeps of slide n or its
// notes; 0 ends them.
func (p *slides) outline(list, slide pptRecord, n int64) error {
	if p.old > 0 {
		return nil
	}
	if err := p.flush(); err != nil {
		return err
	}
	switch p.place = breach.At(breach.Step{Unit: breach.Part}); {
	case n == 0 || list.instance == 1:
	case list.instance == 0:
		p.place = breach.At(breach.Step{Unit: breach.Slide, N: n})
	default:
		ref := p.at[p.ids[u32(p.s.bytes(slide.at, 4, 4), 0)]]
		p.place = breach.At(breach.Step{Unit: breach.Slide, N: ref.n}, breach.Step{Unit: breach.Comment, N: 1})
	}
	return nil
}

// flush hands over the lines that have not been said yet.
func (p *slides) flush() error {
	text := p.text
	p.text = p.text[:0]
	lines := bytes.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
	b := newBatch(p.out, p.place, breach.Paragraph)
	for _, line := range lines {
		line = bytes.TrimSpace(bytes.ReplaceAll(line, []byte{0x0B}, []byte{' '}))
		if len(line) == 0 || slices.Equal(line, []byte{'*'}) {
			continue
		}
		if p.old > 0 && p.said[string(line)] {
			continue
		}
		if len(p.said) < maxSaid && len(line) < maxLabel*4 {
			p.said[string(line)] = true
		}
		if err := b.Add(line); err != nil {
			return err
		}
	}
	return b.Flush()
}

// embeddedObject hands over a document inside the presentation.
func (p *slides) embeddedObject(r pptRecord) error {
	p.objects++
	name := fmt.Sprintf("object %d", p.objects)
	content := io.Reader(io.NewSectionReader(p.s, r.at, r.size))
	if r.instance == 1 { // packed, after its size
		z, err := zlib.NewReader(io.NewSectionReader(p.s, r.at+4, max(0, r.size-4)))
		if err != nil {
			return p.out.File(name, errReader{err})
		}
		content = z
	}
	return p.out.File(name, p.in.Unpacked(content))
}
