package extract

import (
	"slices"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// maxMSGNames bounds what is read of the names of properties.
const maxMSGNames = 1 << 20

// others hands over what an entry that is no mail says: the fields of a
// contact, an appointment, a task.
func (m *message) others(p msgProperties) error {
	named := m.names()
	class := strings.ToUpper(p.text(mapiClass))
	mail := class == "" || strings.HasPrefix(class, "IPM.NOTE") || strings.HasPrefix(class, "REPORT")
	rec := newRecorder(m.out, breach.Place{})
	rec.Open("")
	slices.Sort(p.order)
	for _, tag := range p.order {
		id := uint16(tag >> 16)
		label := mapiLabels[id]
		if id >= 0x8000 {
			label = named[id]
		}
		kind := tag & 0xFFFF
		text := kind == mapiUnicode || kind == mapiString8
		if silent[id] || !text || mail && (id < 0x8000 || label != "Keywords") {
			continue
		}
		if value := p.text(int(id)); !strings.HasPrefix(strings.ToLower(value), "/o=") {
			rec.Value(label, []byte(value))
		}
	}
	for b := p.fixed; len(b) >= 16; b = b[16:] { // the times stand with the numbers
		id := uint16(u16(b, 2))
		label := mapiLabels[id]
		if id >= 0x8000 {
			label = named[id]
		}
		if u16(b, 0) == mapiTime && label != "" && !mail {
			rec.Value(label, []byte(fileTime(b[8:])))
		}
	}
	return rec.Flush()
}

// names reads what the properties without a fixed id are called.
func (m *message) names() map[uint16]string {
	dir := m.f.find(0, "__nameid_version1.0")
	if dir < 0 {
		return nil
	}
	var parts [2][]byte
	for i, name := range []string{"00030102", "00040102"} {
		if s := m.f.open(dir, msgStream+name); s != nil {
			parts[i] = s.bytes(0, s.size, maxMSGNames)
		}
	}
	return mapiNames(parts[0], parts[1])
}
