package store

import (
	"context"
	"fmt"
	"github.com/klarlagt/klarlagt/auth"
	"iter"
	"path/filepath"

	"github.com/klarlagt/klarlagt/breach"
)

// memberBits is how many bits of an EvidenceID number the member; the rest
// number the content. A container may have a million members (extract.Limits).
const memberBits = 24

// EvidenceOf numbers a member of a content.
func EvidenceOf(content, ordinal int64) breach.EvidenceID {
	return breach.EvidenceID(content<<memberBits | ordinal)
}

// MemberOf gives the content and the ordinal that EvidenceOf was made from.
func MemberOf(e breach.EvidenceID) (content, ordinal int64) {
	return int64(e) >> memberBits, int64(e) & (1<<memberBits - 1)
}

// findingRow is one finding as it lies in a part.
type findingRow struct {
	Evidence int64 `parquet:"evidence,delta"`
	Mention  int64 `parquet:"mention,delta"` // counts the mentions of a content
	Document bool  `parquet:"document"`
	placeRow
	Kind     string `parquet:"kind,dict"`
	Form     string `parquet:"form,dict"`
	Value    string `parquet:"value"`
	Strength uint8  `parquet:"strength"`
	Labelled bool   `parquet:"labelled"`
	Failed   bool   `parquet:"failed"`
}

// FindingsWriter writes the findings of whole contents into one part. The
// mentions of one content have to be written one after the other.
type FindingsWriter struct {
	Part    int64
	part    *partFile[findingRow]
	content int64
	mention int64
	rows    []findingRow
}

func (s *Store) findingsPath(id CaseID, part int64) string {
	return filepath.Join(s.CaseDir(id), fmt.Sprintf("findings-%06d.part", part))
}

// CreateFindings begins a findings part.
func (s *Store) CreateFindings(ctx context.Context, g auth.Grant, part int64) (*FindingsWriter, error) {
	id := g.Case()
	k, err := s.under(ctx, g, toScan...)
	if err != nil {
		return nil, err
	}
	p, err := createPart[findingRow](k, "findings", s.findingsPath(id, part))
	if err != nil {
		return nil, err
	}
	return &FindingsWriter{Part: part, part: p}, nil
}

// LastPart is the highest number of a findings part in use.
func (s *Store) LastPart(ctx context.Context, g auth.Grant) (int64, error) {
	if err := s.allow(g, toScan...); err != nil {
		return 0, err
	}
	id := g.Case()
	parts, err := s.parts(ctx, id)
	if err != nil || len(parts) == 0 {
		return 0, err
	}
	return parts[len(parts)-1], nil
}

// Mention writes one mention of a content.
func (w *FindingsWriter) Mention(content, ordinal int64, m breach.Mention) error {
	if content != w.content {
		w.content, w.mention = content, 0
	}
	w.mention++
	w.rows = w.rows[:0]
	for _, f := range m.Findings {
		w.rows = append(w.rows, findingRow{
			Evidence: int64(EvidenceOf(content, ordinal)), Mention: w.mention, Document: m.Document,
			placeRow: rowOfPlace(f.Place), Kind: f.Kind.String(), Form: f.Form, Value: f.Value.Reveal(),
			Strength: uint8(f.Strength), Labelled: f.Labelled, Failed: f.Failed,
		})
	}
	return w.part.write(w.rows)
}

// Rows is how many findings were written.
func (w *FindingsWriter) Rows() int64 { return w.part.rows }

// Commit makes the part durable. It counts only when contents that point to it
// are committed.
func (w *FindingsWriter) Commit() error { return w.part.commit() }

// Abandon forgets the part.
func (w *FindingsWriter) Abandon() { w.part.abandon() }

// Mentions yields the mentions of every committed content: those of one
// content together and in order, the contents in no order to rely on.
// Place.Evidence tells the content and the member.
func (s *Store) Mentions(ctx context.Context, g auth.Grant) iter.Seq2[breach.Mention, error] {
	id := g.Case()
	return func(yield func(breach.Mention, error) bool) {
		k, err := s.under(ctx, g, auth.Resolve)
		var parts []int64
		if err == nil {
			parts, err = s.parts(ctx, id)
		}
		if err != nil {
			yield(breach.Mention{}, err)
			return
		}
		for _, n := range parts {
			committed, err := s.contentsIn(ctx, id, n)
			if err != nil {
				yield(breach.Mention{}, err)
				return
			}
			if more, err := mentionsOf(k, s.findingsPath(id, n), committed, yield); err != nil {
				yield(breach.Mention{}, fmt.Errorf("findings part %d: %w", n, err))
				return
			} else if !more {
				return
			}
		}
	}
}

// contentsIn lists the committed contents of a part.
func (s *Store) contentsIn(ctx context.Context, id CaseID, part int64) (map[int64]bool, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT id FROM contents WHERE case_id = $1 AND part = $2`, id, part)
	if err != nil {
		return nil, fmt.Errorf("list contents of a part: %w", err)
	}
	defer rows.Close()
	contents := map[int64]bool{}
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, fmt.Errorf("list contents of a part: %w", err)
		}
		contents[n] = true
	}
	return contents, rows.Err()
}

func mentionsOf(k *caseKeys, path string, committed map[int64]bool, yield func(breach.Mention, error) bool) (more bool, err error) {
	var m breach.Mention
	var evidence, number int64
	more = true
	err = readPart(k, "findings", path, 0, func(r *findingRow) (bool, error) {
		if content, _ := MemberOf(breach.EvidenceID(r.Evidence)); !committed[content] {
			return true, nil
		}
		if (r.Evidence != evidence || r.Mention != number) && len(m.Findings) > 0 {
			if more = yield(m, nil); !more {
				m = breach.Mention{}
				return false, nil
			}
			m = breach.Mention{}
		}
		evidence, number = r.Evidence, r.Mention
		f, err := r.finding()
		if err != nil {
			return false, err
		}
		if len(m.Findings) == 0 {
			m.Place, m.Document = mentionPlace(f.Place), r.Document
		}
		m.Findings = append(m.Findings, f)
		return true, nil
	})
	if err == nil && more && len(m.Findings) > 0 {
		more = yield(m, nil)
	}
	return more, err
}

func (r *findingRow) finding() (breach.Finding, error) {
	kind, ok := breach.ParseKind(r.Kind)
	if !ok {
		return breach.Finding{}, fmt.Errorf("unknown kind of data")
	}
	return breach.Finding{
		Place: r.place(breach.EvidenceID(r.Evidence)), Kind: kind, Form: r.Form, Value: breach.Hide(r.Value),
		Strength: breach.Strength(r.Strength), Labelled: r.Labelled, Failed: r.Failed,
	}, nil
}

// mentionPlace is where a mention stands, from its first finding: the row, not
// the cell.
func mentionPlace(p breach.Place) breach.Place {
	if d := p.Depth(); d > 0 && p.Path[d-1].Unit == breach.Column {
		p.Path[d-1] = breach.Step{}
	}
	return p
}
