package detect

import (
	"bytes"

	"github.com/klarlagt/klarlagt/breach"
)

// record reads lines of "label: value" that belong to one thing.
func (s *Scanner) record(p breach.Passage, emit func(breach.Mention) error) error {
	s.where.set(p.Text, p.Place)
	s.scan(p.Text)
	hits := s.text.hits
	u := s.begin(0, len(p.Text), hits)
	for from := 0; from < len(p.Text); {
		to := lineEnd(p.Text, from)
		label, at := splitLabel(p.Text[from:to])
		if f := labels().nested(label); f.kind != 0 {
			u.read(value{f, from, from + at, to})
			s.document.columns |= breach.KindsOf(f.kind)
		} else if at < to-from && len(u.hits) > u.first {
			u.smallNames(from+at, to)
			u.digitsIn(from+at, to)
		}
		from = to + 1
	}
	u.join()
	if len(u.hits) > u.first {
		for from := 0; from < len(p.Text); {
			to := lineEnd(p.Text, from)
			if label, at := splitLabel(p.Text[from:to]); labels().nested(label).kind == 0 {
				u.topicsIn(from+at, to)
			}
			from = to + 1
		}
	}
	return s.emit(emit)
}

// splitLabel parts a line into its label and where its value begins; a line
// without a colon is all value.
func splitLabel(line []byte) (label []byte, at int) {
	i := bytes.IndexByte(line[:min(len(line), 2*maxLabel)], ':')
	if i < 0 {
		return nil, 0
	}
	return line[:i], i + 1
}
