package register

import (
	"hash/maphash"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// Options say how a register is imported. The zero value recognises everything
// by itself and tells nobody.
type Options struct {
	Map     Map    // what the user says of columns; see ParseMap
	Country string // ISO 3166, of phone numbers without a country code; "" to go by what the register shows
	Group   string // the group of people where no column says; "" is the register's name

	// Columns is called for each table before its first entry, so that what
	// was recognised can be confirmed; an error stops the import.
	Columns func([]Column) error
	// Entry is called for each person. ID is not set.
	Entry func(breach.Entry) error
	// Guardian is called for what an entry cannot carry: the children that a
	// register of guardians names, and the guardians that a second row of the
	// same person adds. Both are keys or national identity numbers.
	Guardian func(child, guardian breach.Personal) error
	// Reject is called for each row kept apart and for each warning.
	Reject func(Reject) error
}

// Result is what an import came to. Rows is Entries, Rejected and Joined together.
type Result struct {
	Columns  []Column
	Rows     int64 // rows of people, whatever became of them
	Entries  int64
	Rejected int64 // rows kept apart
	Joined   int64 // further rows of a person, which add guardians or children
	Skipped  int64 // not rows of people: above the headings, headings again, other sheets
	Warnings int64
	Restored int64 // numbers given back the zeros that a spreadsheet took
	KeyByRow bool  // no column of keys: the row number is the key
}

// Limits of one register. What is beyond them is kept apart, not cut.
const (
	sampleRows  = 200
	sampleBytes = 1 << 20
	maxColumns  = 1024
	maxCell     = 4096 // bytes
	maxValues   = 32   // in one cell
	maxTables   = 1024
)

// Importer turns the passages of one register file into entries. It streams:
// it keeps a sample of rows until the columns are recognised, and of each key
// a hash.
type Importer struct {
	name   string
	o      Options
	cur    *table
	tables map[breach.Place]*table
	seed   maphash.Seed
	keys   map[uint64]firstRow
	mapped map[string]bool // entries of o.Map that met their column
	usable bool            // some table holds people
	result Result
}

// firstRow is where a key stood first, and a hash of what stood there.
type firstRow struct {
	row   int64
	print uint64
}

// New prepares the import of a register with a name, such as "pupils".
func New(name string, o Options) *Importer {
	if o.Group == "" {
		o.Group = name
	}
	return &Importer{name: name, o: o, tables: map[breach.Place]*table{}, seed: maphash.MakeSeed(),
		keys: map[uint64]firstRow{}, mapped: map[string]bool{}}
}

// Add takes the next passage. Rows, records and lines are read; whatever else
// a file holds (comments, properties) is passed over. An error is the
// callbacks' own.
func (im *Importer) Add(p breach.Passage) error {
	last := p.Place.Last()
	switch last.Unit {
	case breach.Row, breach.Line, breach.Record:
	default:
		return nil
	}
	t, err := im.table(p.Place, last.Unit == breach.Record)
	if err != nil || t == nil {
		return err
	}
	if t.record {
		return im.take(t, t.parseRecord(last.N, string(p.Text)))
	}
	n := last.N
	for line := range strings.Lines(string(p.Text)) {
		cells := strings.SplitN(strings.TrimRight(line, "\r\n"), "\t", maxColumns+1)
		if err := im.take(t, row{n: n, cells: cells}); err != nil {
			return err
		}
		n++
	}
	return nil
}

// table finds the table that a passage belongs to. When another begins, the
// sample of the one before is settled.
func (im *Importer) table(p breach.Place, record bool) (*table, error) {
	key := p
	key.Offset = 0
	key.Path[p.Depth()-1] = breach.Step{}
	if im.cur != nil && im.cur.place == key {
		return im.cur, nil
	}
	if im.cur != nil && im.cur.plan == nil {
		if err := im.settle(im.cur); err != nil {
			return nil, err
		}
	}
	t := im.tables[key]
	if t == nil {
		if len(im.tables) == maxTables {
			im.result.Skipped++
			return nil, nil
		}
		t = &table{place: key, record: record, at: map[string]int{}}
		im.tables[key] = t
	}
	im.cur = t
	return t, nil
}

// take samples a row, or imports it once the columns are known.
func (im *Importer) take(t *table, r row) error {
	if r.blank() {
		return nil
	}
	if t.plan != nil {
		return im.row(t, r)
	}
	t.rows = append(t.rows, r)
	t.bytes += r.bytes()
	if len(t.rows) < sampleRows && t.bytes < sampleBytes {
		return nil
	}
	return im.settle(t)
}

// settle recognises a table's columns from its sample and imports the sample.
func (im *Importer) settle(t *table) error {
	above := t.findHeadings(im.o.Map)
	im.result.Skipped += int64(above)
	guesses := recognise(t, im.o.Map, im.name)
	t.plan = newPlan(t, guesses, im.o.Country)
	for i := range guesses {
		im.mapped[foldHeading(t.heading(i))] = true
		im.mapped[decimal(i+1)] = true
	}
	sample := t.rows
	t.rows = nil
	if !t.plan.people() {
		im.result.Skipped += int64(len(sample))
		return im.reject(Reject{Sheet: t.sheet(), Reason: NoColumns})
	}
	im.usable = true
	im.result.KeyByRow = im.result.KeyByRow || len(t.plan.of[FieldKey]) == 0
	columns := t.columns()
	im.result.Columns = append(im.result.Columns, columns...)
	if im.o.Columns != nil {
		if err := im.o.Columns(columns); err != nil {
			return err
		}
	}
	for _, r := range sample {
		if err := im.row(t, r); err != nil {
			return err
		}
	}
	return nil
}

// Close imports what is still sampled and gives the result. It refuses a file
// in which no table lists people, and a map that names columns that are not
// there.
func (im *Importer) Close() (Result, error) {
	if im.cur != nil && im.cur.plan == nil {
		if err := im.settle(im.cur); err != nil {
			return im.result, err
		}
	}
	if len(im.tables) == 0 {
		return im.result, &breach.Refusal{Key: "register.empty", Args: map[string]any{"Register": im.name}}
	}
	for heading := range im.o.Map {
		if !im.mapped[heading] {
			return im.result, &breach.Refusal{Key: "register.map-heading", Args: map[string]any{"Heading": heading, "Register": im.name}}
		}
	}
	if !im.usable {
		return im.result, &breach.Refusal{Key: "register.no-columns", Args: map[string]any{"Register": im.name}}
	}
	return im.result, nil
}
