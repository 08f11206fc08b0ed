package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/register"
	"github.com/klarlagt/klarlagt/store"
)

// remoteLook is a register's file as the API tells of it.
type remoteLook struct {
	Register, Problem, Charset, Dialect         string
	Same                                        bool
	Columns                                     []remoteColumn
	Rows, Entries, Rejected, Warnings, Restored int64
	ByRow                                       bool `json:"key_by_row"`
	New, Changed, Gone, Unchanged               int64
	Rejects                                     []struct {
		Sheet, Row, Other int64
		Column            string
		Reason            string
	}
}

// remoteColumn is one of its columns.
type remoteColumn struct {
	Sheet   int64  `json:"sheet"`
	Number  int    `json:"number"`
	Heading string `json:"heading,omitempty"`
	Field   string `json:"field"`
	By      string `json:"by,omitempty"`
}

// Register sends a register to the server, looks at it there, and has it imported.
func (r *remote) Register(ctx context.Context, id store.CaseID, file string, o casework.RegisterOptions) (casework.RegisterResult, error) {
	var sent struct{ Number int64 }
	if err := r.send(ctx, caseAt(id, "/registers"), file, &sent); err != nil {
		return casework.RegisterResult{}, err
	}
	at := caseAt(id, fmt.Sprintf("/registers/%d", sent.Number))
	res, err := r.register(ctx, at, o)
	if err != nil || o.Dry {
		err = errors.Join(err, r.ask(ctx, http.MethodPost, at+"/remove", map[string]any{}, &sent))
	}
	return res, err
}

func (r *remote) register(ctx context.Context, at string, o casework.RegisterOptions) (casework.RegisterResult, error) {
	var done struct{ Number int64 }
	if o.As != "" || o.MapText != "" || o.Country != "" || o.Group != "" {
		said := map[string]any{"as": o.As, "map": o.MapText, "country": o.Country, "group": o.Group}
		if err := r.ask(ctx, http.MethodPost, at+"/look", said, &done); err != nil {
			return casework.RegisterResult{}, err
		}
	}
	look, err := r.look(ctx, at)
	if err != nil {
		return casework.RegisterResult{}, err
	}
	if look.Problem != "" {
		return casework.RegisterResult{}, &breach.Refusal{Key: "cmd.remote.said", Args: map[string]any{"Why": look.Problem}}
	}
	res := look.result()
	if o.Confirm != nil {
		if err := o.Confirm(res.Import.Columns); err != nil {
			return res, err
		}
	}
	if o.Dry {
		return res, nil
	}
	columns := []map[string]any{}
	for _, c := range look.Columns {
		columns = append(columns, map[string]any{"sheet": c.Sheet, "number": c.Number, "field": c.Field})
	}
	if err := r.ask(ctx, http.MethodPost, at+"/import", map[string]any{"columns": columns}, &done); err != nil {
		return res, err
	}
	look, err = r.look(ctx, at)
	return look.result(), err
}

func (r *remote) look(ctx context.Context, at string) (look remoteLook, err error) {
	err = r.ask(ctx, http.MethodGet, at, nil, &look)
	return look, err
}

// result is what an import came to, or would, as the desk tells it.
func (l remoteLook) result() casework.RegisterResult {
	res := casework.RegisterResult{Name: l.Register, Same: l.Same, Charset: l.Charset, Dialect: l.Dialect,
		Diff:   store.Diff{New: l.New, Changed: l.Changed, Gone: l.Gone, Same: l.Unchanged},
		Import: register.Result{Rows: l.Rows, Entries: l.Entries, Rejected: l.Rejected, Warnings: l.Warnings, Restored: l.Restored, KeyByRow: l.ByRow}}
	for _, c := range l.Columns {
		column := register.Column{Sheet: c.Sheet, Number: c.Number, Heading: c.Heading, By: register.By(c.By)}
		if c.By != "" {
			column.Field = register.Field(c.Field)
		}
		res.Import.Columns = append(res.Import.Columns, column)
	}
	for _, j := range l.Rejects {
		res.Rejects = append(res.Rejects, register.Reject{Sheet: j.Sheet, Row: j.Row, Other: j.Other, Column: j.Column, Reason: register.Reason(j.Reason)})
	}
	return res
}

// send sends a file in a form. It is read anew for each try.
func (r *remote) send(ctx context.Context, path, name string, answer any) error {
	unread := func(err error) error {
		return &breach.Refusal{Key: "cmd.cannot-read", Args: map[string]any{"Path": name}, Err: err}
	}
	info, err := os.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = errNoFile
	}
	if err != nil {
		return unread(err)
	}
	var around bytes.Buffer
	form := multipart.NewWriter(&around)
	_, err = form.CreateFormFile("file", filepath.Base(name))
	before := around.Len()
	if err = errors.Join(err, form.Close()); err != nil {
		return fmt.Errorf("send a file: %w", err)
	}
	head, tail := around.Bytes()[:before], around.Bytes()[before:]
	open := func() (io.ReadCloser, error) {
		f, err := os.Open(name)
		if err != nil {
			return nil, unread(err)
		}
		return struct {
			io.Reader
			io.Closer
		}{io.MultiReader(bytes.NewReader(head), f, bytes.NewReader(tail)), f}, nil
	}
	return r.answered(ctx, request{method: http.MethodPost, path: path, kind: form.FormDataContentType(), body: open, size: info.Size() + int64(around.Len())}, answer)
}

// errNoFile says that what was named is a folder, or what is none.
var errNoFile = errors.New("no file")
