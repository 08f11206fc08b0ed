package web

import (
	"bytes"
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/casework"
)

// apiFile is an answer that is a file.
type apiFile struct {
	Type        string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

// hands adds an operation that hands out a file, as one of some formats.
func hands[In any](a *api, d doing, formats []string, f func(*visit, *In) (*apiFile, error)) {
	d.method = http.MethodGet
	op := d.described()
	content := map[string]*huma.MediaType{}
	for _, format := range formats {
		content[fileKind(format)] = &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
	}
	op.Responses = map[string]*huma.Response{"200": {Description: "The file", Content: content}}
	huma.Register(a.API, op, func(ctx context.Context, in *In) (*apiFile, error) {
		v, _ := ctx.Value(visitKey{}).(*visit)
		out, err := f(v, in)
		if err != nil {
			return nil, v.problem(err)
		}
		return out, nil
	})
}

// handed is a file with a name of ours.
func handed(name, format string, write func(*bytes.Buffer) error) (*apiFile, error) {
	var b bytes.Buffer
	err := write(&b)
	return &apiFile{fileKind(format), `attachment; filename="klarlagt-` + name + "." + format + `"`, b.Bytes()}, err
}

// The language of a file is that of Accept-Language.
func paperOperations(a *api) {
	formats := casework.FormFormats()
	hands(a, doing{path: "/cases/{case}/report", action: auth.ReadReport, id: "papers-report", too: []auth.Action{auth.ReadAccount}, allowance: reading,
		summary: "The report, as one page to read and print; without paths it asks for no more than the first"}, []string{"html"}, apiShowReport)
	hands(a, doing{path: "/cases/{case}/papers/{paper}", action: auth.ReadFacts, id: "papers-show", summary: "The entry in the register of breaches (GDPR art. 33(5)), or the paper for the board"}, formats, apiShowPaper)
	hands(a, doing{path: "/cases/{case}/drafts/{form}/file", action: auth.ReadFacts, id: "drafts-file", summary: "One form as it stands, as a file"}, append(formats, "json"), apiShowDraftFile)
}

type reportIn struct {
	Case  string `path:"case" doc:"The case's number."`
	Paths bool   `query:"paths" doc:"With what files are called, which may hold names."`
}

func apiShowReport(v *visit, in *reportIn) (*apiFile, error) {
	base, err := v.theCase()
	if err != nil {
		return nil, err
	}
	data, err := v.Report(v.Context(), v.session, v.tenant, base.Case, in.Paths && !base.Case.Closed)
	if err != nil {
		return nil, err
	}
	return handed("report", "html", func(b *bytes.Buffer) error { return Report(b, data, v.text.Lang()) })
}

type paperIn struct {
	Case   string    `path:"case" doc:"The case's number."`
	Paper  string    `path:"paper" enum:"register,board"`
	Format string    `query:"format" enum:"html,odt,docx" default:"html"`
	At     time.Time `query:"at" doc:"As known at this time; now where it is missing."`
}

func apiShowPaper(v *visit, in *paperIn) (*apiFile, error) {
	x, err := v.dossierOf(v.Context(), in.At)
	if err != nil {
		return nil, err
	}
	form, err := x.Paper(in.Paper, v.text)
	if err != nil {
		return nil, err
	}
	names, err := v.colleagues()
	if err != nil {
		return nil, err
	}
	return handed(in.Paper, in.Format, func(b *bytes.Buffer) error { return casework.WriteForm(b, names.in(form), in.Format) })
}

type draftFileIn struct {
	Case     string `path:"case" doc:"The case's number."`
	Form     string `path:"form" doc:"A form of drafts-list."`
	Complete bool   `query:"complete" doc:"Nothing follows: GDPR art. 33(4)."`
	Why      string `query:"why" maxLength:"2000" doc:"Why it follows up what was sent before."`
	Withdraw string `query:"withdraw" maxLength:"2000" doc:"Why what was sent before is withdrawn."`
	Format   string `query:"format" enum:"html,odt,docx,json" default:"html"`
	Sources  bool   `query:"sources" doc:"With where each answer comes from: for your own eyes, and not for the authority."`
}

func apiShowDraftFile(v *visit, in *draftFileIn) (*apiFile, error) {
	d, err := v.desk().Draft(v.Context(), v.grant.Case(), draftIn{in.Case, in.Form, in.Complete, in.Why, in.Withdraw}.drafting(v))
	if err != nil {
		return nil, err
	}
	names, err := v.colleagues()
	if err != nil {
		return nil, err
	}
	return handed(cmp.Or(d.Shape, in.Form), in.Format, func(b *bytes.Buffer) error {
		switch {
		case in.Format == "json":
			raw, err := d.JSON()
			b.Write(raw)
			return err
		case in.Sources:
			return casework.WriteForm(b, names.in(d.Form), in.Format)
		}
		return casework.WriteForm(b, d.Form.Bare(), in.Format)
	})
}
