package web

import (
	"encoding/hex"
	"net/http"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

type (
	apiRegister struct {
		Name     string    `json:"name"`
		People   int64     `json:"people"`
		Gone     int64     `json:"gone" doc:"Who was in an earlier version, and is not in this one."`
		Rejected int64     `json:"rejected" doc:"Rows that are nobody's."`
		At       time.Time `json:"imported_at"`
		Source   string    `json:"sha256" doc:"Of its file."`
	}
	apiRegisters struct {
		Registers []apiRegister `json:"registers" nullable:"false"`
		Waiting   []apiUpload   `json:"waiting" nullable:"false" doc:"Files that were sent, and are not imported."`
	}
	apiColumn struct {
		Sheet   int64    `json:"sheet" doc:"From 1; 0 where the file has no sheets."`
		Number  int      `json:"number" doc:"From 1."`
		Heading string   `json:"heading,omitempty"`
		Field   string   `json:"field" doc:"What it is taken for: key, name, national-id and so on; ignore for nothing."`
		By      string   `json:"by,omitempty" doc:"How it was recognised: heading, content or map; missing where it was not."`
		Samples []string `json:"samples" nullable:"false" doc:"Its first values, masked."`
	}
	apiReject struct {
		Sheet  int64  `json:"sheet"`
		Row    int64  `json:"row" doc:"0 for a whole sheet."`
		Other  int64  `json:"other,omitempty" doc:"The row that has the same key."`
		Column string `json:"column,omitempty"`
		Reason string `json:"reason"`
		Kept   bool   `json:"kept" doc:"It is a warning: the row is used."`
	}
	apiLook struct {
		Number   int64       `json:"number" doc:"Of the file."`
		Register string      `json:"register" doc:"The name of the register."`
		Imported bool        `json:"imported" doc:"False: this is what an import would come to."`
		Same     bool        `json:"same" doc:"The very file, read the very way, was imported before."`
		Problem  string      `json:"problem,omitempty" doc:"Why it cannot be imported so, for people; the rest is then of the look before."`
		Charset  string      `json:"charset,omitempty"`
		Dialect  string      `json:"dialect,omitempty"`
		Columns  []apiColumn `json:"columns" nullable:"false"`
		Rows     int64       `json:"rows"`
		Entries  int64       `json:"entries"`
		Rejected int64       `json:"rejected"`
		Warnings int64       `json:"warnings"`
		Restored int64       `json:"restored" doc:"Numbers given back the zeros that a spreadsheet took."`
		ByRow    bool        `json:"key_by_row" doc:"No column of keys: the number of the row is the key."`
		New      int64       `json:"new"`
		Changed  int64       `json:"changed"`
		Gone     int64       `json:"gone"`
		Unmoved  int64       `json:"unchanged"`
		Rejects  []apiReject `json:"rejects" nullable:"false" doc:"The first of the rows with something wrong."`
	}
)

// A register is sent, looked at until its columns are right, and then imported as
// it was looked at last. Acts answer with its number alone, for answers are kept
// outside of the case: see [given].
func registerOperations(a *api) {
	reads(a, "/cases/{case}/registers", auth.ReadAccount, "registers-list", "The registers of a case, and files that wait to be imported", apiListRegisters)
	operation(a, doing{method: http.MethodPost, path: "/cases/{case}/registers", action: auth.ImportRegister, id: "registers-send", allowance: sending, file: true,
		summary: "Send a register; registers-show tells what its columns are taken for"}, apiSendRegister)
	reads(a, "/cases/{case}/registers/{id}", auth.ImportRegister, "registers-show", "What a register's columns are taken for, and what an import would come to, or came to", apiShowRegister)
	operation(a, doing{method: http.MethodPost, path: "/cases/{case}/registers/{id}/look", action: auth.ImportRegister, id: "registers-look", allowance: reading,
		summary: "Look at a register anew, with what you say of its columns"}, apiLookAtRegister)
	operation(a, doing{method: http.MethodPost, path: "/cases/{case}/registers/{id}/import", action: auth.ImportRegister, id: "registers-import", allowance: reading,
		summary: "Import a register as it was looked at last"}, apiImportRegister)
	acts(a, "/cases/{case}/registers/{id}/remove", auth.ImportRegister, "registers-take-back", "Take back a file that waits to be imported", apiRemoveRegister)
}

func apiListRegisters(v *visit, _ *caseIn) (apiRegisters, error) {
	out := apiRegisters{Registers: []apiRegister{}, Waiting: []apiUpload{}}
	list, err := v.tenant.Registers(v.Context(), v.grant)
	if err != nil {
		return out, err
	}
	for _, r := range list {
		out.Registers = append(out.Registers, apiRegister{r.Name, r.Entries, r.Gone, r.Rejected, r.ImportedAt, hex.EncodeToString(r.Source[:])})
	}
	sent, err := v.tenant.Uploads(v.Context(), v.grant, store.ForRegister)
	for _, u := range sent {
		if !u.Done {
			out.Waiting = append(out.Waiting, apiUploadOf(u))
		}
	}
	return out, err
}

func apiSendRegister(v *visit, _ *caseIn) (apiNumber, error) {
	d, err := v.registering()
	if err == nil {
		err = v.clearRegisters(d)
	}
	var u store.Upload
	if err == nil {
		u, err = v.apiSend(store.ForRegister)
	}
	if err == nil {
		u, err = d.LookAtRegister(v.Context(), v.caseID(), u, casework.RegisterOptions{})
	}
	return apiNumber{u.Number}, err
}

// apiLookOf is what was noted of a register's file.
func (v *visit) apiLookOf(u store.Upload) (apiLook, error) {
	look, err := casework.Look(u)
	r, im := look.Result, look.Result.Import
	out := apiLook{Number: u.Number, Register: r.Name, Imported: u.Done, Same: r.Same, Charset: r.Charset, Dialect: r.Dialect, Columns: []apiColumn{},
		Rows: im.Rows, Entries: im.Entries, Rejected: im.Rejected, Warnings: im.Warnings, Restored: im.Restored, ByRow: im.KeyByRow,
		New: r.Diff.New, Changed: r.Diff.Changed, Gone: r.Diff.Gone, Unmoved: r.Diff.Same, Rejects: []apiReject{}}
	if look.Problem != "" {
		out.Problem = v.text.Text(look.Problem, look.Args)
	}
	for _, l := range look.Result.Import.Columns {
		c := apiColumn{Sheet: l.Sheet, Number: l.Number, Heading: l.Heading, Field: fieldOf(l), By: string(l.By), Samples: []string{}}
		for _, s := range look.Samples {
			if s.Sheet == l.Sheet && s.Number == l.Number {
				c.Samples = append(c.Samples, s.Values...)
			}
		}
		out.Columns = append(out.Columns, c)
	}
	for _, j := range r.Rejects {
		out.Rejects = append(out.Rejects, apiReject{j.Sheet, j.Row, j.Other, j.Column, string(j.Reason), j.Reason.Warning()})
	}
	return out, err
}

// fieldOf is what a column is taken for, in the word by which it is said.
func fieldOf(c casework.Column) string {
	if c.Field == "" {
		return "ignore"
	}
	return string(c.Field)
}

type registerIn struct {
	Case string `path:"case" doc:"The case's number."`
	ID   string `path:"id" doc:"The number of the file."`
}

func apiShowRegister(v *visit, _ *registerIn) (apiLook, error) {
	u, err := v.theUpload(store.ForRegister)
	if err != nil {
		return apiLook{}, err
	}
	return v.apiLookOf(u)
}

// apiField is what somebody says of a column.
type apiField struct {
	Sheet  int64  `json:"sheet,omitempty"`
	Number int    `json:"number"`
	Field  string `json:"field"`
}

type lookIn struct {
	Case string `path:"case" doc:"The case's number."`
	ID   string `path:"id" doc:"The number of the file."`
	Body struct {
		As      string     `json:"as,omitempty" maxLength:"200" doc:"The register's name; that of its file where it is missing."`
		Country string     `json:"country,omitempty" maxLength:"2" doc:"Of phone numbers without a country code, as ISO 3166 has it."`
		Group   string     `json:"group,omitempty" maxLength:"200" doc:"The group of people, where no column says."`
		Map     string     `json:"map,omitempty" maxLength:"10000" doc:"What columns hold, as the command takes it: HEADING=FIELD,NUMBER=FIELD. What was said before holds where neither this nor columns says anything."`
		Columns []apiField `json:"columns,omitempty" maxItems:"1000" doc:"The same by sheet and number: those that are taken for something else than they are."`
	}
}

func apiLookAtRegister(v *visit, in *lookIn) (apiNumber, error) {
	u, look, d, err := v.register()
	if err != nil {
		return apiNumber{}, err
	}
	b := in.Body
	said := casework.RegisterOptions{As: oneLine(b.As), Country: b.Country, Group: oneLine(b.Group), MapText: look.MapText}
	if b.Map != "" {
		said.MapText = b.Map
	}
	if len(b.Columns) > 0 {
		fields := map[casework.Column]string{}
		for _, c := range look.Result.Import.Columns {
			if fields[c] = fieldOf(c); c.By != "map" && c.Field == "" {
				fields[c] = ""
			}
			for _, says := range b.Columns {
				if says.Sheet == c.Sheet && says.Number == c.Number {
					fields[c] = says.Field
				}
			}
		}
		said.MapText = look.Say(fields)
	}
	_, err = d.LookAtRegister(v.Context(), v.caseID(), u, said)
	return apiNumber{u.Number}, err
}

// register finds the register's file that the path names, what was noted of it,
// and what reads registers.
func (v *visit) register() (store.Upload, casework.RegisterLook, *casework.Desk, error) {
	u, err := v.theUpload(store.ForRegister)
	if err != nil {
		return u, casework.RegisterLook{}, nil, err
	}
	look, err := casework.Look(u)
	if err != nil {
		return u, look, nil, err
	}
	d, err := v.registering()
	return u, look, d, err
}

type importIn struct {
	Case string `path:"case" doc:"The case's number."`
	ID   string `path:"id" doc:"The number of the file."`
	Body struct {
		Columns []apiField `json:"columns" maxItems:"1000" doc:"What every column is taken for, as the latest look says it: it confirms that somebody, or something, has seen it."`
	}
}

// errColumns says that a register is not as whoever imports it believes.
var errColumns = &breach.Refusal{Key: "refusal.register-columns"}

func apiImportRegister(v *visit, in *importIn) (apiNumber, error) {
	u, look, d, err := v.register()
	if err != nil {
		return apiNumber{}, err
	}
	if look.Problem != "" {
		return apiNumber{}, &breach.Refusal{Key: look.Problem, Args: look.Args}
	}
	columns := look.Result.Import.Columns
	if len(in.Body.Columns) != len(columns) {
		return apiNumber{}, errColumns
	}
	said := map[apiField]bool{}
	for _, f := range in.Body.Columns {
		said[f] = true
	}
	for _, c := range columns {
		if !said[apiField{c.Sheet, c.Number, fieldOf(c)}] {
			return apiNumber{}, errColumns
		}
	}
	if u, err = d.ImportUpload(v.Context(), v.caseID(), u); err != nil {
		return apiNumber{}, err
	}
	if look, err = casework.Look(u); err == nil && look.Problem != "" {
		err = &breach.Refusal{Key: look.Problem, Args: look.Args}
	}
	return apiNumber{u.Number}, err
}

func apiRemoveRegister(v *visit, _ *registerIn) (apiNumber, error) {
	u, err := v.theUpload(store.ForRegister)
	if err == nil {
		err = v.desk().RemoveUpload(v.Context(), v.caseID(), u)
	}
	return apiNumber{u.Number}, err
}
