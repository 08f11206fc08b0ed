package register

import (
	"hash/maphash"
	"slices"

	"github.com/klarlagt/klarlagt/breach"
)

// row imports one row: an entry, a further row of somebody, or a reject.
func (im *Importer) row(t *table, r row) error {
	if t.isHeadings(r) {
		im.result.Skipped++
		return nil
	}
	if t.record && len(t.labels) > len(t.plan.columns) {
		im.learn(t)
	}
	im.result.Rows++
	if reason, column := t.broken(r); reason != "" {
		return im.apart(t, r, reason, column)
	}
	var warnings []Reject
	rd := rowReader{plan: t.plan, row: r, warn: func(reason Reason, i int) {
		warnings = append(warnings, Reject{Sheet: t.sheet(), Row: r.n, Column: t.columnName(i), Reason: reason})
	}}
	rd.entry = breach.Entry{Register: im.name, Row: r.n, Group: im.o.Group}
	rd.read()
	e := &rd.entry
	if len(e.Names)+len(e.NationalIDs)+len(e.Emails)+len(e.Phones)+len(e.Usernames)+len(e.Accounts) == 0 {
		return im.apart(t, r, Nobody, "")
	}
	if done, err := im.key(t, &rd); done || err != nil {
		return err
	}
	im.result.Restored += int64(rd.restored)
	for _, w := range warnings {
		im.result.Warnings++
		if err := im.reject(w); err != nil {
			return err
		}
	}
	im.result.Entries++
	if im.o.Entry != nil {
		if err := im.o.Entry(rd.entry); err != nil {
			return err
		}
	}
	return im.guardianOf(e.Key, rd.children)
}

// learn takes in the labels that records brought after the sample. Their words
// alone tell what they mean; a key cannot come late.
func (im *Importer) learn(t *table) {
	for i := len(t.plan.columns); i < len(t.labels); i++ {
		g := columnGuess{by: ByMap}
		var said bool
		if g.field, said = im.o.Map.field(t.labels[i], i+1); !said {
			g = readHeading(t.labels[i], true)
		}
		late := []columnGuess{{field: FieldName}, g} // the subject is settled
		settleSubject(late, own)
		if g = late[1]; g.field == FieldKey {
			g = columnGuess{}
		}
		t.plan.columns = append(t.plan.columns, reading{columnGuess: g})
		if g.field != "" {
			t.plan.of[g.field] = append(t.plan.of[g.field], i)
		}
		im.mapped[foldHeading(t.labels[i])] = true
		im.result.Columns = append(im.result.Columns, t.columnAt(i))
	}
}

// key gives the entry its key. It is done when the row makes no entry of its
// own: it has no key, or one that was there before.
func (im *Importer) key(t *table, rd *rowReader) (done bool, err error) {
	e := &rd.entry
	columns := t.plan.of[FieldKey]
	if len(columns) == 0 {
		e.Key = breach.Hide(rowKey(t.sheet(), e.Row))
		return false, nil
	}
	key := rd.row.cell(columns[0])
	if key == "" {
		return true, im.apart(t, rd.row, KeyEmpty, t.columnName(columns[0]))
	}
	e.Key = breach.Hide(key)
	print := im.print(*e)
	hash := maphash.String(im.seed, key)
	first, again := im.keys[hash]
	if !again {
		im.keys[hash] = firstRow{e.Row, print}
		return false, nil
	}
	if first.print != print {
		return true, im.apartFrom(t, rd.row, KeyTwice, t.columnName(columns[0]), first.row)
	}
	if len(e.Guardians)+len(rd.children) == 0 {
		return true, im.apartFrom(t, rd.row, RowTwice, "", first.row)
	}
	im.result.Joined++
	if err := im.guardianOf(e.Key, rd.children); err != nil {
		return true, err
	}
	for _, g := range e.Guardians {
		if im.o.Guardian != nil {
			if err := im.o.Guardian(e.Key, g); err != nil {
				return true, err
			}
		}
	}
	return true, nil
}

// print hashes an entry without what further rows of a person may change.
func (im *Importer) print(e breach.Entry) uint64 {
	e.Guardians = nil
	return maphash.Bytes(im.seed, canonical(e))
}

func (im *Importer) guardianOf(guardian breach.Personal, children []breach.Personal) error {
	if im.o.Guardian == nil {
		return nil
	}
	for _, child := range children {
		if err := im.o.Guardian(child, guardian); err != nil {
			return err
		}
	}
	return nil
}

// isHeadings reports headings that come again, as at the top of each page.
func (t *table) isHeadings(r row) bool {
	if len(t.head) == 0 {
		return false
	}
	for i, h := range t.head {
		if r.cell(i) != h {
			return false
		}
	}
	return true
}

// broken says why a row cannot be read as the others.
func (t *table) broken(r row) (Reason, string) {
	for i := range r.cells {
		if len(r.cells[i]) > maxCell {
			return TooLong, t.columnName(i)
		}
	}
	if t.record {
		return "", ""
	}
	width := t.plan.width
	beyond := len(r.cells) > width && slices.ContainsFunc(r.cells[width:], func(c string) bool { return c != "" })
	if beyond || t.plan.full && len(r.cells) < width {
		return WrongCells, ""
	}
	return "", ""
}

// rowKey is the key of a row in a register without keys.
func rowKey(sheet, n int64) string {
	if sheet > 1 {
		return decimal(int(sheet)) + "-" + decimal(int(n))
	}
	return decimal(int(n))
}

// apart keeps a row apart.
func (im *Importer) apart(t *table, r row, reason Reason, column string) error {
	return im.apartFrom(t, r, reason, column, 0)
}

func (im *Importer) apartFrom(t *table, r row, reason Reason, column string, other int64) error {
	im.result.Rejected++
	return im.reject(Reject{Sheet: t.sheet(), Row: r.n, Other: other, Column: column, Reason: reason})
}

func (im *Importer) reject(r Reject) error {
	if im.o.Reject == nil {
		return nil
	}
	return im.o.Reject(r)
}
