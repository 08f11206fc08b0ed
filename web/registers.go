package web

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// registersPage lists the registers of a case, and what was sent and is not
// imported yet.
type registersPage struct {
	casePage
	Path      string
	Registers []registerLine
	Waiting   []store.Upload
	Send      bool // the visitor may send a register
	Off       bool // this server reads none
	Limit     int64
}

// registerLine is one register as it was imported last.
type registerLine struct {
	store.Register
	Source []byte // the SHA-256 of its file
}

func showRegisters(v *visit) error { return v.registersForm(nil) }

func (v *visit) registersForm(wrong error) error {
	base, err := v.theCase()
	if err != nil {
		return err
	}
	p := registersPage{casePage: base, Path: v.inCase("registers"), Off: v.Scans == nil, Limit: casework.MostUpload >> 20}
	p.Send = v.may(auth.ImportRegister) && !p.Off
	list, err := v.tenant.Registers(v.Context(), v.grant)
	if err != nil {
		return err
	}
	for _, r := range list {
		p.Registers = append(p.Registers, registerLine{r, r.Source[:]})
	}
	sent, err := v.tenant.Uploads(v.Context(), v.grant, store.ForRegister)
	if err != nil {
		return err
	}
	p.Waiting = slices.DeleteFunc(sent, func(u store.Upload) bool { return u.Done })
	return v.form("registers", p, wrong)
}

// registering is what reads registers: with workers, as a scan does.
func (v *visit) registering() (*casework.Desk, error) {
	if v.Scans == nil {
		return nil, &breach.Refusal{Key: "refusal.scans-off"}
	}
	d := v.desk()
	d.Worker = v.Scans.Worker
	return d, nil
}

// sendRegister keeps a register's file, and looks what it is taken for. What was
// imported before makes room.
func sendRegister(v *visit) error {
	d, err := v.registering()
	if err == nil {
		err = v.clearRegisters(d)
	}
	var sent store.Upload
	var n int
	if err == nil {
		n, err = v.send(store.ForRegister, func(u store.Upload) { sent = u })
	}
	if err == nil && n == 0 {
		err = &breach.Refusal{Key: "refusal.upload-none"}
	}
	if err == nil {
		_, err = d.LookAtRegister(v.Context(), v.caseID(), sent, casework.RegisterOptions{})
	}
	if isRefusal(err) {
		return v.registersForm(err)
	}
	if err != nil {
		return err
	}
	return v.redirect(v.inCase("registers/" + strconv.FormatInt(sent.Number, 10)))
}

// clearRegisters removes what is left of registers that were imported.
func (v *visit) clearRegisters(d *casework.Desk) error {
	list, err := v.tenant.Uploads(v.Context(), v.grant, store.ForRegister)
	for _, u := range list {
		if err == nil && u.Done {
			err = d.RemoveUpload(v.Context(), v.caseID(), u)
		}
	}
	return err
}

// registerPage is a register's file: what its columns are taken for and what
// importing it would come to, or came to.
type registerPage struct {
	casePage
	Path      string
	Upload    store.Upload
	Look      casework.RegisterLook
	Name      string
	Problem   string
	Columns   []columnLine
	Sheets    bool
	Fields    []string
	Countries []string
	Rejects   []rejectLine
	More      int64 // rows with something wrong beside these
}

// columnLine is a column, with what it is taken for.
type columnLine struct {
	Name           string // of the field of the form
	Sheet          int64
	Heading        string
	Values         []string
	Field, ByWords string
}

// rejectLine is a row with something wrong.
type rejectLine struct {
	Sheet, Row int64
	Column     string
	Reason     string
	Kept       bool
}

func showRegister(v *visit) error {
	u, err := v.theUpload(store.ForRegister)
	if err != nil {
		return err
	}
	base, err := v.theCase()
	if err != nil {
		return err
	}
	look, err := casework.Look(u)
	if err != nil {
		return err
	}
	p := registerPage{casePage: base, Path: v.inCase("registers/" + v.PathValue("id")), Upload: u, Look: look, Name: look.As,
		Fields: casework.RegisterFields(), Countries: []string{"SE", "FI", "NO", "DK", "IS", "EE"}}
	if p.Name == "" {
		p.Name = look.Result.Name
	}
	if look.Problem != "" {
		p.Problem = v.text.Text(look.Problem, look.Args)
	}
	p.Columns = v.columnLines(look)
	p.Sheets = len(p.Columns) > 0 && p.Columns[len(p.Columns)-1].Sheet > 1
	for _, j := range look.Result.Rejects {
		p.Rejects = append(p.Rejects, rejectLine{j.Sheet, j.Row, j.Column, v.text.T("reject."+string(j.Reason), "Other", j.Other), j.Reason.Warning()})
	}
	p.More = look.Result.Import.Rejected + look.Result.Import.Warnings - int64(len(p.Rejects))
	return v.page("register", p)
}

func (v *visit) columnLines(look casework.RegisterLook) (list []columnLine) {
	for _, c := range look.Result.Import.Columns {
		l := columnLine{Name: fmt.Sprintf("column-%d-%d", c.Sheet, c.Number), Sheet: c.Sheet, Heading: c.Heading, Field: string(c.Field)}
		if l.Heading == "" {
			l.Heading = v.text.T("web.register.column", "Number", c.Number)
		}
		if l.Field == "" {
			l.Field = "ignore"
		} else {
			l.ByWords = v.text.T("by." + string(c.By))
		}
		for _, s := range look.Samples {
			if s.Sheet == c.Sheet && s.Number == c.Number {
				l.Values = s.Values
			}
		}
		list = append(list, l)
	}
	return list
}

// takeRegister looks at a register anew as the form says, or imports it: only what
// was shown is imported.
func takeRegister(v *visit) error {
	u, err := v.theUpload(store.ForRegister)
	if err != nil {
		return err
	}
	look, err := casework.Look(u)
	if err != nil {
		return err
	}
	d, err := v.registering()
	if err != nil {
		return err
	}
	said := casework.RegisterOptions{As: oneLine(v.PostFormValue("as")), Country: v.PostFormValue("country"), Group: oneLine(v.PostFormValue("group")), MapText: look.MapText}
	if said.As == look.Result.Name {
		said.As = look.As
	}
	fields := map[casework.Column]string{}
	changed := false
	for _, c := range look.Result.Import.Columns {
		fields[c] = v.PostFormValue(fmt.Sprintf("column-%d-%d", c.Sheet, c.Number))
		changed = changed || fields[c] != "" && fields[c] != string(c.Field) && (fields[c] != "ignore" || c.Field != "")
	}
	if changed {
		said.MapText = look.Say(fields)
	}
	shown := !changed && said.As == look.As && said.Country == look.Country && said.Group == look.Group && look.Problem == ""
	if v.PostFormValue("act") == "import" && shown {
		_, err = d.ImportUpload(v.Context(), v.caseID(), u)
	} else {
		_, err = d.LookAtRegister(v.Context(), v.caseID(), u, said)
	}
	if err != nil {
		return err
	}
	return v.redirect(v.inCase("registers/" + v.PathValue("id")))
}

// oneLine is what was typed, without blanks around and breaks within, and not
// longer than any name.
func oneLine(typed string) string {
	text := []rune(strings.Join(strings.Fields(typed), " "))
	return string(text[:min(len(text), mostTitle)])
}

func removeRegister(v *visit) error {
	u, err := v.theUpload(store.ForRegister)
	if err == nil {
		err = v.desk().RemoveUpload(v.Context(), v.caseID(), u)
	}
	if err != nil {
		return err
	}
	return v.redirect(v.inCase("registers"))
}
