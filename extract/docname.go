package extract

import "github.com/klarlagt/klarlagt/breach"

// Word keeps the names of all who had a hand in a document.

const (
	maxNames     = 10_000
	maxNameBytes = 1 << 20
)

// commenters gives the author of each comment, in order.
func (w *docReader) commenters() []string {
	if w.old {
		return nil
	}
	names := docStrings(w.pair(36, maxNameBytes))
	const size = 30 // of what is kept of a comment
	b := w.pair(4, maxClx)
	n := min((len(b)-4)/(4+size), maxNames)
	var authors []string
	for i := range n {
		name := ""
		if k := u16(b, 4*(n+1)+size*i+20); k < len(names) {
			name = names[k]
		}
		authors = append(authors, name)
	}
	return authors
}

// docStrings reads texts that follow each other, each after its length.
func docStrings(b []byte) []string {
	var list []string
	for len(b) >= 2 && len(list) < maxNames {
		n := 2 + 2*u16(b, 0)
		if n > len(b) {
			break
		}
		list = append(list, utf16le(b[2:n]))
		b = b[n:]
	}
	return list
}

// names hands over who saved the document, to which files, and who changed it.
func (w *docReader) names() error {
	if w.old {
		return nil
	}
	var l labels
	for _, list := range []struct {
		label string
		pair  int
	}{{"reviser", 51}, {"saved by", 71}} {
		b := w.pair(list.pair, maxNameBytes)
		if u16(b, 0) != 0xFFFF {
			continue
		}
		for _, name := range docStrings(b[min(len(b), 6):]) {
			if name != "Unknown" {
				l.add(list.label, name)
			}
		}
	}
	return l.flush(w.out, breach.At(breach.Step{Unit: breach.Property}))
}
