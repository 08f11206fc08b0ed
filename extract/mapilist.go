package extract

import "encoding/binary"

// mapiValue is a property as TNEF writes it.
type mapiValue struct {
	id, kind uint16
	number   uint32 // of a property without a fixed id
	name     string // the same, where it has one
	value    []byte
}

// label is what the property is called; "" where it says nothing of anybody.
func (q mapiValue) label() string {
	switch {
	case q.name != "":
		return q.name
	case q.id >= 0x8000:
		return mapiNamed[q.number]
	}
	return mapiLabels[q.id]
}

// readMAPI reads a list of properties: [MS-OXTNEF] 2.1.3.4.
func readMAPI(raw []byte) ([]mapiValue, error) {
	list, _, err := nextMAPI(raw)
	return list, err
}

// nextMAPI reads a list of properties, and tells what follows it.
func nextMAPI(raw []byte) ([]mapiValue, []byte, error) {
	s := &mapiReader{b: raw}
	var list []mapiValue
	for n := s.number(); n > 0 && !s.short; n-- {
		q := s.next()
		if s.short {
			break
		}
		list = append(list, q)
	}
	if s.short {
		return list, nil, errTNEF
	}
	return list, s.b, nil
}

// mapiReader reads what TNEF writes, in steps of four bytes.
type mapiReader struct {
	b     []byte
	short bool
}

func (s *mapiReader) take(n int64) []byte {
	if n < 0 || n > int64(len(s.b)) {
		s.short, s.b = true, nil
		return nil
	}
	part := s.b[:n]
	s.b = s.b[min((n+3)&^3, int64(len(s.b))):]
	return part
}

func (s *mapiReader) number() uint32 {
	if b := s.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

// next reads one property.
func (s *mapiReader) next() mapiValue {
	tag := s.number()
	q := mapiValue{kind: uint16(tag), id: uint16(tag >> 16)}
	if q.id >= 0x8000 {
		s.take(16) // the set
		if s.number() == 0 {
			q.number = s.number()
		} else {
			q.name = utf16Text(s.take(int64(s.number())))
		}
	}
	if q.kind&mapiMany == 0 && !ownLength(q.kind) {
		q.value = s.take(mapiSize(q.kind))
		return q
	}
	many := q.kind&mapiMany != 0
	var texts [][]byte
	for n := s.number(); n > 0 && !s.short; n-- {
		one := q.kind &^ mapiMany
		if ownLength(one) {
			texts = append(texts, s.take(int64(s.number())))
		} else {
			texts = append(texts, s.take(mapiSize(one)))
		}
		if len(texts) > maxMany {
			s.short = true
		}
	}
	if !many && len(texts) > 0 {
		q.value = texts[0]
		return q
	}
	q.value = packTexts(texts)
	return q
}

const maxMany = 10_000

// ownLength reports whether a value tells its own length.
func ownLength(kind uint16) bool {
	return kind == mapiString8 || kind == mapiUnicode || kind == mapiBinary || kind == mapiObject
}

// mapiSize is the bytes of a value whose type says it.
func mapiSize(kind uint16) int64 {
	switch kind {
	case 5, 6, 7, 0x14, mapiTime:
		return 8
	case 0x48:
		return 16
	}
	return 4
}

// packTexts writes a list of values as mailbox files do.
func packTexts(texts [][]byte) []byte {
	le := binary.LittleEndian
	out := le.AppendUint32(nil, uint32(len(texts)))
	at := 4 + 4*len(texts)
	for _, t := range texts {
		out = le.AppendUint32(out, uint32(at))
		at += len(t)
	}
	for _, t := range texts {
		out = append(out, t...)
	}
	return out
}
