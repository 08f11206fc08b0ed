package casework

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/store"
)

// Certificate says what was destroyed when a case was closed. It names nobody
// that the case was about.
type Certificate struct {
	Tenant   auth.TenantID `json:"tenant"`
	Case     store.CaseID  `json:"case"`
	OpenedAt time.Time     `json:"opened_at"`
	ClosedAt time.Time     `json:"closed_at"`
	EndedAt  time.Time     `json:"ended_at"`
	By       auth.UserID   `json:"by"`
	Origin   auth.Origin   `json:"origin"`

	Keys   int             `json:"keys_destroyed"`
	Files  []DestroyedFile `json:"files_destroyed"`
	Tables []DestroyedRows `json:"rows_destroyed"`
	Left   Left            `json:"left"` // counted when all was done

	Manifest      string `json:"manifest_sha256"` // of what was kept
	JournalBefore Tree   `json:"journal_before"`
	JournalAfter  Tree   `json:"journal_after"`
}

// DestroyedFile is a file that was deleted.
type DestroyedFile struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"` // before
}

// DestroyedRows are the rows that were deleted from one table.
type DestroyedRows struct {
	Table string `json:"table"`
	Rows  int64  `json:"rows"`
	Sum   string `json:"sum"` // before: the SHA-256 of each row, added up
}

// Left is what was found of a case when it had been destroyed.
type Left struct {
	Keys  int   `json:"keys"`
	Files int   `json:"files"`
	Rows  int64 `json:"rows"`
}

// Tree is how the journal stood.
type Tree struct {
	Size int64  `json:"size"`
	Root string `json:"root"`
}

// The steps of closing, in their order.
const (
	StepKept  = "kept"  // what the law wants kept lies in a folder of its own
	StepShut  = "shut"  // the case is marked as closed
	StepKeys  = "keys"  // its keys are destroyed: from here on it is lost
	StepFiles = "files" // its files are deleted
	StepRows  = "rows"
	StepDisk  = "disk" // the database is written anew
	StepDone  = "done"
)

// CloseOptions say how a case is closed.
type CloseOptions struct {
	Approval string                // by which it is done; "" at the console, which needs none
	Report   func(io.Writer) error // writes the report, without names; nil for none
	Step     func(step string) error
}

// Files in the folder of what stays of a case.
const (
	certificateFile = "certificate.json"
	begunFile       = "closing.json" // the certificate while it is not yet true
	manifestFile    = "manifest.json"
)

// Closing tells what closing a case would destroy.
func (d *Desk) Closing(ctx context.Context, id store.CaseID) (store.Holdings, error) {
	g, err := d.grant(ctx, id, auth.Close)
	if err != nil {
		return store.Holdings{}, err
	}
	return d.Store.Holdings(ctx, g)
}

// Close closes a case for good: it keeps what the law wants kept, destroys the
// keys and then all else, and gives the certificate. Where it was stopped, it
// goes on when it is called again; of a case that is closed it gives the
// certificate once more.
//
// Who closes by an approval takes one step by each: the first closes the case,
// and the certificate has not ended; the second, of the closed case, destroys.
func (d *Desk) Close(ctx context.Context, c store.Case, o CloseOptions) (cert Certificate, err error) {
	if o.Step == nil {
		o.Step = func(string) error { return nil }
	}
	dir := d.Store.ClosedDir(c.ID)
	if c.Closed && readJSON(filepath.Join(dir, certificateFile), &cert) == nil {
		_, err := d.grant(ctx, c.ID, auth.ReadReport)
		return cert, err
	}
	g, err := d.closingGrant(ctx, c, o.Approval)
	if err != nil {
		return cert, err
	}
	closing, working, err := d.Store.LockClosing(ctx, g)
	if err != nil {
		return cert, err
	}
	defer func() { err = errors.Join(err, closing.Close()) }()
	err = d.shut(ctx, g, c, o, dir, &cert)
	if working != nil { // nobody gets leave to work on it any more; its lock goes with its files
		err = errors.Join(err, working.Close())
	}
	if err == nil && (c.Closed || o.Approval == "") {
		err = d.destroy(ctx, g, o, dir, &cert)
	}
	return cert, err
}

// shut keeps what is to be kept, and lets nobody work on the case any more.
func (d *Desk) shut(ctx context.Context, g auth.Grant, c store.Case, o CloseOptions, dir string, cert *Certificate) error {
	if c.Closed && readJSON(filepath.Join(dir, begunFile), cert) == nil {
		return nil
	}
	if err := d.begin(ctx, g, c, dir, cert); err != nil {
		return err
	}
	if err := d.keep(ctx, c, o, dir); err != nil {
		return err
	}
	if err := d.keepDossier(ctx, g, dir); err != nil {
		return err
	}
	if err := writeJSON(filepath.Join(dir, begunFile), cert); err != nil {
		return err
	}
	if err := o.Step(StepKept); err != nil || c.Closed {
		return err
	}
	if err := d.Store.CloseCase(ctx, g); err != nil {
		return err
	}
	return o.Step(StepShut)
}

// begin counts and hashes what there is.
func (d *Desk) begin(ctx context.Context, g auth.Grant, c store.Case, dir string, cert *Certificate) error {
	if err := os.RemoveAll(dir); err != nil { // of a closing that was stopped before it closed anything
		return fmt.Errorf("close case: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("close case: %w", err)
	}
	held, err := d.Store.Holdings(ctx, g)
	if err != nil {
		return err
	}
	*cert = Certificate{Tenant: g.Tenant(), Case: c.ID, OpenedAt: c.OpenedAt, By: d.Who.User, Origin: d.Who.Origin, Keys: held.Keys,
		Files: []DestroyedFile{}, Tables: []DestroyedRows{}}
	for _, f := range held.Files {
		cert.Files = append(cert.Files, DestroyedFile(f))
	}
	for _, t := range held.Tables {
		cert.Tables = append(cert.Tables, DestroyedRows{t.Table, t.Rows, t.Sum.String()})
	}
	cert.JournalBefore, err = d.tree(ctx)
	return err
}

func (d *Desk) tree(ctx context.Context) (Tree, error) {
	head, err := d.Store.JournalHead(ctx, d.instant())
	return Tree{head.Size, head.Root.String()}, err
}

// destroy does what cannot be undone. Each step may be done twice.
func (d *Desk) destroy(ctx context.Context, g auth.Grant, o CloseOptions, dir string, cert *Certificate) (err error) {
	if g.Action() != auth.Destroy {
		if g, err = d.Store.Grant(ctx, d.Who, auth.Ask{Action: auth.Destroy, Case: g.Case(), Object: "case:" + string(g.Case()), Now: d.instant()}); err != nil {
			return err
		}
	}
	for _, step := range []struct {
		name string
		do   func(context.Context, auth.Grant) error
	}{
		{StepKeys, d.Store.DestroyKeys}, {StepFiles, d.Store.DestroyFiles}, {StepRows, d.Store.DestroyRows}, {StepDisk, d.Store.Compact},
	} {
		if err := step.do(ctx, g); err != nil {
			return err
		}
		if err := o.Step(step.name); err != nil {
			return err
		}
	}
	if err := d.certify(ctx, g, dir, cert); err != nil {
		return err
	}
	return o.Step(StepDone)
}

// certify looks what is left, and writes the certificate.
func (d *Desk) certify(ctx context.Context, g auth.Grant, dir string, cert *Certificate) error {
	held, err := d.Store.Holdings(ctx, g)
	if err != nil {
		return err
	}
	if cert.Left = (Left{held.Keys, len(held.Files), held.Rows()}); cert.Left != (Left{}) {
		return fmt.Errorf("close case %s: %d keys, %d files and %d rows are left", g.Case(), held.Keys, len(held.Files), held.Rows())
	}
	if cert.JournalAfter, err = d.tree(ctx); err != nil {
		return err
	}
	if err := d.keepJournal(ctx, g, dir); err != nil {
		return err
	}
	if cert.Manifest, err = writeManifest(dir); err != nil {
		return err
	}
	if _, cert.ClosedAt, err = d.Store.ClosedAt(ctx, g); err != nil {
		return err
	}
	cert.EndedAt = d.now()
	path := filepath.Join(dir, certificateFile)
	if err := writeJSON(path+".tmp", cert); err != nil {
		return err
	}
	_, sum, err := store.HashFile(path + ".tmp")
	if err == nil {
		err = d.Store.CertifyClosing(ctx, g, sum)
	}
	if err == nil {
		err = os.Rename(path+".tmp", path)
	}
	if err == nil {
		err = os.Remove(filepath.Join(dir, begunFile))
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("certify the closing: %w", err)
	}
	return nil
}

func readJSON(path string, to any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, to)
}
