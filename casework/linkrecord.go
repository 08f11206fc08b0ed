package casework

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// A link record is a store.Link as bytes whose order is that of the links part:
// by person, path and place. It begins with a key of keySize bytes: 0 and the
// number of somebody known, or 1 and a hash of a stranger's surest identifier.
// The hash orders strangers the same way in every run of every case.

const keySize = 17

func known(person int64) []byte {
	key := make([]byte, keySize)
	binary.BigEndian.PutUint64(key[1:], uint64(person))
	return key
}

func stranger(identifier breach.Personal) []byte {
	sum := sha256.Sum256([]byte(identifier.Reveal()))
	return append([]byte{1}, sum[:keySize-1]...)
}

// encodeLink makes a record. Trace says that the link links to nobody.
func encodeLink(l store.Link, key []byte, trace bool, ids []breach.Finding) []byte {
	b := append(make([]byte, 0, 160+len(l.Path)), key...)
	b = append(append(b, l.Path...), 0) // no path holds a NUL
	b = binary.BigEndian.AppendUint64(b, uint64(l.Root))
	for _, s := range l.Place.Path {
		b = append(b, byte(s.Unit))
		b = binary.BigEndian.AppendUint64(b, uint64(s.N))
	}
	b = binary.BigEndian.AppendUint64(b, uint64(l.Place.Offset))
	for _, s := range l.Place.Path {
		b = appendText(b, s.Name.Reveal())
	}
	for _, n := range []uint64{uint64(l.Proven), uint64(l.Likely), uint64(l.Possible), math.Float64bits(l.Probability), uint64(l.WhyKinds)} {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	b = binary.BigEndian.AppendUint32(b, uint32(l.Candidates))
	b = appendText(b, l.Why)
	b = append(b, bit(trace))
	b = append(b, byte(min(len(ids), 255)))
	for _, f := range ids[:min(len(ids), 255)] {
		b = append(b, byte(f.Kind))
		b = appendText(appendText(b, f.Form), f.Value.Reveal())
	}
	return binary.BigEndian.AppendUint64(b, uint64(l.Place.Evidence)) // last: it differs from run to run
}

func bit(b bool) byte {
	if b {
		return 1
	}
	return 0
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// linkRecord is a record read back.
type linkRecord struct {
	key   string
	link  store.Link // Person is not set for strangers
	trace bool
	ids   []breach.Finding
}

var errRecord = errors.New("a record is broken")

func decodeLink(rec []byte) (linkRecord, error) {
	if len(rec) < keySize {
		return linkRecord{}, errRecord
	}
	r := linkRecord{key: string(rec[:keySize])}
	d := recordReader{rest: rec[keySize:]}
	l := &r.link
	if rec[0] == 0 {
		l.Person = int64(binary.BigEndian.Uint64(rec[1:]))
	}
	l.Path = d.path()
	l.Root = int64(d.uint64())
	for i := range l.Place.Path {
		l.Place.Path[i].Unit = breach.Unit(d.byte())
		l.Place.Path[i].N = int64(d.uint64())
	}
	l.Place.Offset = int64(d.uint64())
	for i := range l.Place.Path {
		l.Place.Path[i].Name = breach.Hide(d.text())
	}
	l.Proven, l.Likely, l.Possible = breach.Kinds(d.uint64()), breach.Kinds(d.uint64()), breach.Kinds(d.uint64())
	l.Probability = math.Float64frombits(d.uint64())
	l.WhyKinds = breach.Kinds(d.uint64())
	l.Candidates = int32(d.uint32())
	l.Why = d.text()
	r.trace = d.byte() != 0
	for range d.byte() {
		f := breach.Finding{Kind: breach.Kind(d.byte())}
		f.Form, f.Value = d.text(), breach.Hide(d.text())
		r.ids = append(r.ids, f)
	}
	l.Place.Evidence = breach.EvidenceID(d.uint64())
	if d.short {
		return linkRecord{}, errRecord
	}
	return r, nil
}

// recordReader takes a record apart; short says that it ended too early.
type recordReader struct {
	rest  []byte
	short bool
}

func (d *recordReader) take(n int) []byte {
	if n < 0 || n > len(d.rest) {
		d.short, d.rest = true, nil
		return make([]byte, min(max(n, 0), 8))
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

func (d *recordReader) byte() byte     { return d.take(1)[0] }
func (d *recordReader) uint32() uint32 { return binary.BigEndian.Uint32(d.take(4)) }
func (d *recordReader) uint64() uint64 { return binary.BigEndian.Uint64(d.take(8)) }

func (d *recordReader) text() string {
	n, size := binary.Uvarint(d.rest)
	if size <= 0 || n > uint64(len(d.rest)) {
		d.short, d.rest = true, nil
		return ""
	}
	d.take(size)
	return string(d.take(int(n)))
}

func (d *recordReader) path() string {
	i := bytes.IndexByte(d.rest, 0)
	if i < 0 {
		d.short, d.rest = true, nil
		return ""
	}
	p := string(d.rest[:i])
	d.take(i + 1)
	return p
}
