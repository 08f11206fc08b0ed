package casework

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// ExportOptions say what an export shows.
type ExportOptions struct {
	Format Format
	Reveal auth.Purpose // for which identifiers of strangers are shown; "" hides them
}

// Format is the shape of an export.
type Format string

// The formats. Their contents are described in docs/formats.md.
const (
	JSONL Format = "jsonl"
	CSV   Format = "csv"
	XLSX  Format = "xlsx"
)

// Formats lists the formats.
func Formats() []Format { return []Format{JSONL, CSV, XLSX} }

// PersonLine is one entry of an exposed person, or one person in no register.
// The names of its fields are those of the JSON lines format.
type PersonLine struct {
	Type        string            `json:"type"`
	ID          breach.PersonID   `json:"id"`
	Register    *string           `json:"register"`
	Key         *string           `json:"key"`
	Grade       string            `json:"grade"`
	Probability float64           `json:"probability"`
	Kinds       []string          `json:"kinds"`
	Grades      map[string]string `json:"grades"`
	Identifiers map[string]string `json:"identifiers,omitempty"`
	Files       []FileLine        `json:"files"`
}

// FileLine is what one item of evidence tells of a person.
type FileLine struct {
	Evidence string   `json:"evidence"`
	Root     string   `json:"root,omitempty"`
	Kinds    []string `json:"kinds"`
	Places   []string `json:"places"`
	OneOf    int32    `json:"one_of,omitempty"`

	kinds breach.Kinds
}

// EvidenceLine is one item of the account.
type EvidenceLine struct {
	Type     string `json:"type"`
	Evidence string `json:"evidence"`
	Root     string `json:"root,omitempty"`
	State    string `json:"state"`
	Reason   string `json:"reason"`
	Missing  string `json:"missing,omitempty"`
	Of       string `json:"of,omitempty"`
	Format   string `json:"format,omitempty"`
	Size     int64  `json:"size"`
	Reached  string `json:"reached"`
}

// AccountLine is the sum of the account.
type AccountLine struct {
	Type    string           `json:"type"`
	Items   int64            `json:"items"`
	Files   int64            `json:"files"`   // met by the walk
	Members int64            `json:"members"` // found inside files
	States  map[string]int64 `json:"states"`
	Reasons map[string]int64 `json:"reasons"`
	People  map[string]int64 `json:"people"` // by grade
	Parts   []PartLine       `json:"parts"`

	rows []tableRow // the same as Parts
}

// exposureWriter is one format under way.
type exposureWriter interface {
	person(PersonLine) error
	evidence(EvidenceLine) error
	account(AccountLine) error
	close() error
}

// ExportExposures writes the exposures of the latest resolve: a line for each
// entry of each exposed person, a line for every item of the account, and the
// sum. The same case gives the same bytes.
func (d *Desk) ExportExposures(ctx context.Context, id store.CaseID, o ExportOptions, w io.Writer) error {
	ask := auth.Ask{Action: auth.ExportMasked, Case: id, Object: "exposures", Now: d.instant()}
	if o.Reveal != "" {
		ask.Action, ask.Purpose = auth.ExportValues, o.Reveal
	}
	g, err := d.Store.Grant(ctx, d.Who, ask)
	if err != nil {
		return err
	}
	if err := d.resolved(ctx, g); err != nil {
		return err
	}
	var out exposureWriter
	switch o.Format {
	case CSV:
		out = newCSVExport(w)
	case XLSX:
		out, err = newXLSXExport(w)
	default:
		out = newJSONLExport(w)
	}
	if err != nil {
		return err
	}
	e := &exporter{d: d, g: g, o: o, out: out, sum: newAccountLine()}
	if err := e.run(ctx); err != nil {
		return fmt.Errorf("export exposures: %w", err)
	}
	return nil
}

func newAccountLine() AccountLine {
	return AccountLine{Type: "account", States: map[string]int64{}, Reasons: map[string]int64{}, People: map[string]int64{}}
}

// exporter writes one export.
type exporter struct {
	d     *Desk
	g     auth.Grant
	o     ExportOptions
	out   exposureWriter
	roots map[int64]string // only where there are several
	sum   AccountLine
}

func (e *exporter) run(ctx context.Context) error {
	roots, err := e.d.Store.Roots(ctx, e.g)
	if err != nil {
		return err
	}
	if len(roots) > 1 {
		e.roots = roots
	}
	if err := e.people(ctx); err != nil {
		return err
	}
	if err := e.evidence(ctx); err != nil {
		return err
	}
	if err := e.out.account(e.sum); err != nil {
		return err
	}
	return e.out.close()
}

// people writes the people: their rows and the links part stand in the same
// order, so both are read once.
func (e *exporter) people(ctx context.Context) error {
	x, err := e.d.openIndex(ctx, e.g)
	if err != nil {
		return err
	}
	defer x.Close()
	links := pullLinks(ctx, e.d.Store, e.g)
	defer links.stop()
	for p, err := range e.d.Store.People(ctx, e.g) {
		if err != nil {
			return err
		}
		files, err := e.files(links, p)
		if err != nil {
			return err
		}
		e.sum.People[p.Grade.String()]++
		line := e.personLine(p, files)
		if p.Stranger {
			if err := e.out.person(line); err != nil {
				return err
			}
		}
		for _, id := range p.Entries {
			entry := x.Entry(id)
			register, key := entry.Register, entry.Key.Reveal()
			line.Register, line.Key = &register, &key
			if err := e.out.person(line); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *exporter) personLine(p store.Person, files []FileLine) PersonLine {
	line := PersonLine{Type: "person", ID: p.ID(), Grade: p.Grade.String(), Probability: rounded(p.Probability),
		Kinds: p.Kinds.Strings(), Grades: map[string]string{}, Files: files}
	for _, x := range p.Exposures {
		line.Grades[x.Kind.String()] = x.Grade.String()
	}
	if e.o.Reveal != "" && p.Stranger {
		line.Identifiers = map[string]string{}
		for _, f := range p.Identifiers {
			if _, ok := line.Identifiers[f.Kind.String()]; !ok {
				line.Identifiers[f.Kind.String()] = f.Value.Reveal()
			}
		}
	}
	return line
}

// files gathers a person's links by item. The links come sorted by path and
// place.
func (e *exporter) files(links *linkPuller, p store.Person) ([]FileLine, error) {
	files := []FileLine{}
	for range p.Links {
		l, err := links.next()
		if err != nil {
			return nil, err
		}
		name := displayName(l.Path)
		if n := len(files); n == 0 || files[n-1].Evidence != name || files[n-1].Root != e.roots[l.Root] {
			files = append(files, FileLine{Evidence: name, Root: e.roots[l.Root], Places: []string{}})
		}
		f := &files[len(files)-1]
		f.kinds |= l.Kinds()
		if l.Candidates > 1 {
			f.OneOf = max(f.OneOf, l.Candidates)
		}
		if place := l.Place.Follow("en"); place != "" && !slices.Contains(f.Places, place) {
			f.Places = append(f.Places, place)
		}
	}
	for i := range files {
		files[i].Kinds = files[i].kinds.Strings()
	}
	return files, nil
}

// evidence writes the account.
func (e *exporter) evidence(ctx context.Context) error {
	a, err := e.d.account(ctx, e.g, 1, func(r store.AccountRow) error { return e.out.evidence(evidenceLine(r, e.roots)) })
	if err != nil {
		return err
	}
	e.sum.Items, e.sum.Files, e.sum.Members = a.Items, a.Files, a.Members
	for _, s := range a.States {
		e.sum.States[string(s.State)] = s.Items
		for _, r := range s.Reasons {
			e.sum.Reasons[string(r.Reason)] += r.Items
		}
	}
	e.sum.Parts, e.sum.rows = PartLines(a), partRows(a)
	return nil
}

func evidenceLine(r store.AccountRow, roots map[int64]string) EvidenceLine {
	name, of := r.Path, r.First
	if r.Member != "" {
		name += "!/" + r.Member
		if of != "" {
			of += "!/" + r.Member
		}
	}
	return EvidenceLine{Type: "evidence", Evidence: displayName(name), Root: roots[r.Root],
		State: string(r.Outcome.State), Reason: string(r.Outcome.Reason), Missing: r.Outcome.Missing, Of: displayName(of),
		Format: r.Type, Size: r.Size, Reached: r.Reached.String()}
}

// rounded keeps four digits, and never claims certainty: more would be more
// than we know.
func rounded(p float64) float64 { return min(math.Round(p*1e4)/1e4, 0.9999) }
