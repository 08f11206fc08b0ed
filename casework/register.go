package casework

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/engine"
	"github.com/klarlagt/klarlagt/register"
	"github.com/klarlagt/klarlagt/store"
)

// RegisterOptions say how a register file is imported. The zero value
// recognises everything by itself.
type RegisterOptions struct {
	As      string       // the register's name; "" is the file's base name
	Map     register.Map // what the user says of columns
	MapText string       // the same, as it was written
	Country string       // ISO 3166, of phone numbers without a country code
	Group   string       // the group of people where no column says
	Dry     bool         // show what would be, and change nothing

	// Confirm is shown what each table's columns were taken for; an error
	// stops the import. May be nil.
	Confirm func([]register.Column) error

	sample *samples // of cells, for whoever confirms; nil for none
}

// RegisterResult is what an import came to.
type RegisterResult struct {
	Name    string
	Same    bool // the very file, read the very way, was imported before
	Charset string
	Dialect string
	Diff    store.Diff
	Import  register.Result
	Rejects []register.Reject // the first of them; the store has all
}

// maxShown bounds how many rejects a result carries.
const maxShown = 50

// Register imports a register file into a case, all of it or nothing.
func (d *Desk) Register(ctx context.Context, id store.CaseID, file string, o RegisterOptions) (res RegisterResult, err error) {
	g, err := d.grant(ctx, id, auth.ImportRegister)
	if err != nil {
		return RegisterResult{}, err
	}
	src, err := openFolder(file)
	if err != nil {
		return RegisterResult{}, err
	}
	defer closing(&err, src)
	if src.only == "" {
		return RegisterResult{}, &breach.Refusal{Key: "refusal.register-folder", Args: map[string]any{"Path": file}}
	}
	return d.register(ctx, g, o, registerFile{src.only, func(context.Context) (*os.File, int64, error) {
		f, info, err := src.file(src.only)
		if err != nil {
			return nil, 0, err
		}
		return f, info.Size(), nil
	}})
}

// register imports a file with a grant that was given already.
func (d *Desk) register(ctx context.Context, g auth.Grant, o RegisterOptions, src registerFile) (res RegisterResult, err error) {
	lock, err := d.Store.Lock(ctx, g, "register", d.now())
	if err != nil {
		return RegisterResult{}, err
	}
	defer closing(&err, lock)

	secret, err := d.Store.Secret(ctx, g)
	if err != nil {
		return RegisterResult{}, err
	}
	im := &registerImport{d: d, g: g, o: o, src: src, secret: secret, res: &res}
	res.Name = o.As
	if res.Name == "" {
		res.Name = strings.TrimSuffix(src.name, filepath.Ext(src.name))
	}
	if err := im.run(ctx); err != nil {
		return RegisterResult{}, err
	}
	return res, nil
}

// registerFile is a register's file, wherever it lies.
type registerFile struct {
	name string
	open func(ctx context.Context) (*os.File, int64, error) // with its size
}

// registerImport is one import under way.
type registerImport struct {
	d   *Desk
	g   auth.Grant
	o   RegisterOptions
	src registerFile
	res *RegisterResult

	secret register.Secret
}

func (im *registerImport) run(ctx context.Context) error {
	r := store.Register{
		Name: im.res.Name, ImportedAt: im.d.now(),
		Settings: fmt.Sprintf("map=%s country=%s group=%s", im.o.MapText, im.o.Country, im.o.Group),
	}
	var err error
	if r.Source, err = im.hash(ctx); err != nil {
		return err
	}
	known, err := im.d.Store.Registers(ctx, im.g)
	if err != nil {
		return err
	}
	for _, k := range known {
		if k.Name == r.Name && k.Source == r.Source && k.Settings == r.Settings {
			im.res.Same, im.res.Charset, im.res.Dialect = true, k.Charset, k.Dialect
			im.res.Diff = store.Diff{Same: k.Entries}
			im.res.Import = register.Result{Rows: k.Rows, Entries: k.Entries, Rejected: k.Rejected}
			return json.Unmarshal([]byte(k.Columns), &im.res.Import.Columns)
		}
	}
	im.res.Diff, err = im.d.Store.ImportRegister(ctx, im.g, &r, im.o.Dry, func(to *store.Import) error { return im.fill(ctx, &r, to) })
	return err
}

// hash reads the file once for its SHA-256.
func (im *registerImport) hash(ctx context.Context) (sum [32]byte, err error) {
	f, _, err := im.src.open(ctx)
	if err != nil {
		return sum, fmt.Errorf("open register: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return sum, fmt.Errorf("read register: %w", err)
	}
	return [32]byte(h.Sum(nil)), nil
}

// fill has the file read by a worker and hands its rows over.
func (im *registerImport) fill(ctx context.Context, r *store.Register, to *store.Import) error {
	imp := register.New(r.Name, register.Options{
		Map: im.o.Map, Country: im.o.Country, Group: im.o.Group, Columns: im.o.Confirm,
		Entry: func(e breach.Entry) error {
			print := register.Fingerprint(e, im.secret)
			return to.Entry(e, print[:])
		},
		Guardian: to.Guardian,
		Reject: func(j register.Reject) error {
			if len(im.res.Rejects) < maxShown {
				im.res.Rejects = append(im.res.Rejects, j)
			}
			return to.Reject(store.Reject{Sheet: j.Sheet, Row: j.Row, Reason: string(j.Reason), Heading: j.Column, Other: j.Other, Kept: j.Reason.Warning()})
		},
	})
	outcome, err := im.read(ctx, imp.Add)
	if err != nil {
		return err
	}
	if outcome.State != breach.Read {
		return &breach.Refusal{Key: "refusal.register-unreadable", Args: map[string]any{
			"Register": r.Name, "State": string(outcome.State), "Reason": string(outcome.Reason)}}
	}
	if im.res.Import, err = imp.Close(); err != nil {
		return err
	}
	columns, err := json.Marshal(im.res.Import.Columns)
	if err != nil {
		return fmt.Errorf("keep columns: %w", err)
	}
	im.res.Charset, im.res.Dialect = outcome.Charset, outcome.Dialect
	r.Charset, r.Dialect, r.Columns, r.Rows = outcome.Charset, outcome.Dialect, string(columns), im.res.Import.Rows
	return nil
}

// read hands the text of the file itself to add. Files inside it are no rows
// of people.
func (im *registerImport) read(ctx context.Context, add func(breach.Passage) error) (breach.Outcome, error) {
	f, size, err := im.src.open(ctx)
	if err != nil {
		return breach.Outcome{}, fmt.Errorf("open register: %w", err)
	}
	job := engine.Job{ID: 1, Name: breach.Hide(im.src.name), Size: size, File: f}
	var outcome breach.Outcome
	pool, err := im.d.pool(ctx, im.g, engine.Text, 1)
	if err != nil {
		return breach.Outcome{}, err
	}
	defer pool.clean()
	err = pool.Run(ctx, one(job), func(_ int, _ engine.Job, row engine.Row) error {
		switch row := row.(type) {
		case *engine.Passage:
			if row.Ordinal == 0 {
				im.o.sample.take(row.Passage)
				return add(row.Passage)
			}
		case *engine.Close:
			if row.Ordinal == 0 {
				outcome = row.Outcome
			}
		case *engine.End:
			if row.Again || row.Reason != "" {
				return &breach.Refusal{Key: "refusal.register-unreadable", Args: map[string]any{
					"Register": im.res.Name, "State": string(breach.NotReadable), "Reason": string(row.Reason)}}
			}
		}
		return nil
	})
	return outcome, err
}

// one yields a single job.
func one(job engine.Job) iter.Seq2[engine.Job, error] {
	return func(yield func(engine.Job, error) bool) { yield(job, nil) }
}
