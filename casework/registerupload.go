package casework

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/register"
	"github.com/klarlagt/klarlagt/store"
)

// RegisterLook is what a register file that was sent was taken for, and after it
// was imported what came of it. It holds nothing of the cells but masked samples.
type RegisterLook struct {
	As, MapText, Country, Group string

	Result  RegisterResult
	Samples []ColumnSample
	Problem string         // the key of a text that says why it cannot be imported so
	Args    map[string]any // what fills the text
}

// ColumnSample is the first values of a column, masked.
type ColumnSample struct {
	Sheet  int64
	Number int
	Values []string
}

// Look reads back what was noted of a register file that was sent.
func Look(u store.Upload) (look RegisterLook, err error) {
	if len(u.Note) == 0 {
		return look, nil
	}
	if err := json.Unmarshal(u.Note, &look); err != nil {
		return look, fmt.Errorf("read what a register was taken for: %w", err)
	}
	return look, nil
}

// LookAtRegister reads a register file that was sent and notes what its columns
// are taken for, and what an import would come to. It changes nothing else. What
// is wrong with the file, or with what was said of it, is noted too.
func (d *Desk) LookAtRegister(ctx context.Context, id store.CaseID, u store.Upload, o RegisterOptions) (store.Upload, error) {
	o.Dry = true
	return d.uploadedRegister(ctx, id, u, o)
}

// ImportUpload imports a register file that was sent, as it was looked at last.
// Then its content is destroyed.
func (d *Desk) ImportUpload(ctx context.Context, id store.CaseID, u store.Upload) (store.Upload, error) {
	look, err := Look(u)
	if err != nil {
		return u, err
	}
	if look.Problem != "" || u.Done {
		return u, nil
	}
	return d.uploadedRegister(ctx, id, u, RegisterOptions{As: look.As, MapText: look.MapText, Country: look.Country, Group: look.Group})
}

func (d *Desk) uploadedRegister(ctx context.Context, id store.CaseID, u store.Upload, o RegisterOptions) (store.Upload, error) {
	g, err := d.grant(ctx, id, auth.ImportRegister)
	if err != nil {
		return u, err
	}
	look := RegisterLook{As: o.As, MapText: o.MapText, Country: o.Country, Group: o.Group}
	o.sample = &samples{rows: map[int64][][]string{}}
	o.Map, err = register.ParseMap(o.MapText)
	if err == nil {
		var file registerFile
		var done func()
		file, done = d.uploadFile(g, u)
		look.Result, err = d.register(ctx, g, o, file)
		done()
	}
	var refusal *breach.Refusal
	if errors.As(store.Explain(err), &refusal) {
		look.Problem, look.Args, err = refusal.Key, refusal.Args, nil
	}
	if err != nil {
		return u, err
	}
	if look.Samples = o.sample.masked(look.Result.Import.Columns); look.Problem != "" { // the columns of before can be put right
		old, err := Look(u)
		if err != nil {
			return u, err
		}
		look.Result, look.Samples = old.Result, old.Samples
	}
	u.Done = !o.Dry && look.Problem == ""
	if u.Note, err = json.Marshal(look); err != nil {
		return u, fmt.Errorf("note what a register was taken for: %w", err)
	}
	return d.Store.KeepUpload(ctx, g, u)
}

// uploadFile is the content of an upload, opened in memory, and what is to be
// called when nobody reads it any more.
func (d *Desk) uploadFile(g auth.Grant, u store.Upload) (_ registerFile, done func()) {
	var all []*store.Opened
	open := func(ctx context.Context) (*os.File, int64, error) {
		opened, err := d.Store.OpenUpload(ctx, g, u)
		if err != nil {
			return nil, 0, err
		}
		all = append(all, opened)
		return opened.File, u.Size, nil
	}
	return registerFile{u.Name.Reveal(), open}, func() {
		for _, o := range all {
			_ = o.Close() // its file was closed by whoever read it
		}
	}
}

// Column is a column of a register, as [register.Column] tells it.
type Column = register.Column

// Say puts what somebody says of a column beside what was said of others: by its
// heading where that is one column's alone, else by its number.
func (l RegisterLook) Say(said map[Column]string) string {
	columns := l.Result.Import.Columns
	var pairs []string
	for _, c := range columns {
		field := said[c]
		if field == "" || field == string(c.Field) && c.By != register.ByMap || field == string(register.FieldIgnore) && c.Field == "" {
			continue
		}
		name := strconv.Itoa(c.Number)
		alike := slices.ContainsFunc(columns, func(o register.Column) bool { return o != c && strings.EqualFold(o.Heading, c.Heading) })
		if c.Heading != "" && !alike && !strings.ContainsAny(c.Heading, "=,\r\n") {
			name = c.Heading
		}
		pairs = append(pairs, name+"="+field)
	}
	return strings.Join(pairs, ",")
}

// RegisterFields lists what a column can be said to hold.
func RegisterFields() (names []string) {
	for _, f := range register.Fields() {
		names = append(names, string(f))
	}
	return names
}

// samples are the first rows of each sheet, while a register is looked at.
type samples struct{ rows map[int64][][]string }

// sampledRows is how many rows are looked at for samples, and how many values are
// shown of a column.
const (
	sampledRows   = 20
	sampledValues = 2
)

// take takes the rows of a passage.
func (s *samples) take(p breach.Passage) {
	last := p.Place.Last()
	if s == nil || last.Unit != breach.Row && last.Unit != breach.Line {
		return
	}
	sheet := int64(0)
	for _, step := range p.Place.Path {
		if step.Unit == breach.Sheet {
			sheet = max(step.N, 1)
		}
	}
	for line := range strings.Lines(string(p.Text)) {
		if len(s.rows[sheet]) == sampledRows {
			return
		}
		s.rows[sheet] = append(s.rows[sheet], strings.Split(strings.TrimRight(line, "\r\n"), "\t"))
	}
}

// masked gives the first values of each column that are not its heading.
func (s *samples) masked(columns []register.Column) (list []ColumnSample) {
	for _, c := range columns {
		x := ColumnSample{Sheet: c.Sheet, Number: c.Number}
		for _, row := range s.rows[c.Sheet] {
			if c.Number > len(row) || len(x.Values) == sampledValues {
				continue
			}
			if value := strings.TrimSpace(row[c.Number-1]); value != "" && value != c.Heading {
				x.Values = append(x.Values, masked(value))
			}
		}
		list = append(list, x)
	}
	return list
}

// mostMasked is how long a masked value is, in characters.
const mostMasked = 24

// masked shows how a value is made, and not what it is: its first character, and
// what parts words and numbers.
func masked(value string) string {
	var b strings.Builder
	first, n := true, 0
	for _, r := range value {
		if n++; n > mostMasked {
			b.WriteRune('…')
			break
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			if !first {
				r = '•'
			}
			first = false
		}
		b.WriteRune(r)
	}
	return b.String()
}
