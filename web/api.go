package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/locale"
	"github.com/klarlagt/klarlagt/store"
)

// apiPath is where the API is. Its promise is kept within a version: fields and
// operations are added, and none is taken away or changed.
const apiPath = "/api/v1"

// api is the table of what programs can ask for. It is huma's adapter: every
// operation becomes a route, which asks for its grant like one of the browser's
// before huma reads anything of the request.
type api struct {
	huma.API
	server *Server
	mux    *http.ServeMux // nil where the table alone is wanted
	routes []Route
}

// newAPI makes the table, and with a server serves it on a mux.
func newAPI(s *Server, mux *http.ServeMux) *api {
	a := &api{server: s, mux: mux}
	a.API = huma.NewAPI(huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{Title: "Klarlagt", Version: "1", License: &huma.License{Name: "EUPL-1.2", Identifier: "EUPL-1.2"},
				Description: "What a case's desk does, for programs. A token is made under \"Your account\" by its owner, for the actions it is to do. " +
					"It does nothing that the owner's roles do not allow, and nothing for which a person has to prove anew who they are: " +
					"values of people are never shown to a program."},
			Components: &huma.Components{SecuritySchemes: map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer"}},
				Schemas: huma.NewMapRegistry("#/components/schemas/", schemaName)},
		},
		Formats:                      map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{withoutValues},
	}, a)
	for _, add := range []func(*api){caseOperations, factOperations, assessmentOperations, paperOperations, registerOperations, scanOperations,
		accountOperations, exposureOperations, reviewOperations, reviewPeopleOperations, listOperations, noticeOperations, approvalOperations} {
		add(a)
	}
	return a
}

// schemaName is what clients know a type by.
func schemaName(t reflect.Type, hint string) string {
	return strings.TrimPrefix(huma.DefaultSchemaNamer(t, hint), "Api")
}

// OpenAPI is the description of the API: OpenAPI 3.1 as JSON.
func OpenAPI() ([]byte, error) { return json.MarshalIndent(newAPI(nil, nil).API.OpenAPI(), "", "\t") }

func showOpenAPI(v *visit) error {
	raw, err := OpenAPI()
	v.body.Write(raw)
	v.out.Header().Set("Content-Type", "application/vnd.oai.openapi+json")
	return err
}

// withoutValues takes out of a problem what was sent: it may be personal, and
// problems are written into logs.
func withoutValues(_ huma.Context, _ string, value any) (any, error) {
	if problem, ok := value.(*huma.ErrorModel); ok {
		for _, d := range problem.Errors {
			d.Value = nil
		}
	}
	return value, nil
}

// Handle makes a route of an operation.
func (a *api) Handle(op *huma.Operation, answer func(huma.Context)) {
	d, _ := op.Metadata["doing"].(doing)
	r := Route{Method: op.Method, Pattern: op.Path, Action: d.action, Too: d.too, Allowance: d.allowance, Program: true}
	a.routes = append(a.routes, r)
	if a.mux == nil {
		return
	}
	a.mux.HandleFunc(r.Method+" "+r.Pattern, func(w http.ResponseWriter, req *http.Request) {
		v := &visit{Request: req, Server: a.server, out: w, now: a.server.Now(), status: http.StatusOK, release: func() {}}
		v.text = locale.For(v.language())
		if err := v.admit(r); err != nil {
			v.writeProblem(err)
			return
		}
		defer v.release()
		v.once(r.Allowance.Body > 0, func(w http.ResponseWriter) {
			ctx := context.WithValue(v.Context(), visitKey{}, v)
			answer(humago.NewContext(op, v.WithContext(ctx), w))
		})
	})
}

// ServeHTTP is there for huma alone: requests come through the mux.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.ServeHTTP(w, r) }

// visitKey finds the visit of an operation in its context.
type visitKey struct{}

// caseIn is what every operation on a case takes.
type caseIn struct {
	Case string `path:"case" doc:"The case's number." example:"7f3a90c2"`
}

// reply is an answer with a body.
type reply[T any] struct{ Body T }

// doing is one operation as it is described.
type doing struct {
	method, path string
	action       auth.Action
	id, summary  string
	too          []auth.Action // see [Route]
	allowance    Allowance
	file         bool // it is sent a file in a form
}

// reads adds an operation that changes nothing.
func reads[In, Out any](a *api, path string, action auth.Action, id, summary string, f func(*visit, *In) (Out, error)) {
	operation(a, doing{method: http.MethodGet, path: path, action: action, id: id, summary: summary}, f)
}

// acts adds an operation that does something. A key lets a program ask again,
// when it does not know whether its request has come through, without anything
// being done twice.
func acts[In, Out any](a *api, path string, action auth.Action, id, summary string, f func(*visit, *In) (Out, error)) {
	operation(a, doing{method: http.MethodPost, path: path, action: action, id: id, summary: summary}, f)
}

func operation[In, Out any](a *api, d doing, f func(*visit, *In) (Out, error)) {
	op := d.described()
	huma.Register(a.API, op, func(ctx context.Context, in *In) (*reply[Out], error) {
		v, _ := ctx.Value(visitKey{}).(*visit)
		out, err := f(v, in)
		if err != nil {
			return nil, v.problem(err)
		}
		return &reply[Out]{out}, nil
	})
	if d.file { // said afterwards: huma would read it whole
		a.OpenAPI().Paths[op.Path].Post.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: &huma.Schema{Type: "object",
			Properties: map[string]*huma.Schema{"file": {Type: "string", Format: "binary", Description: "One file, with its name."}}, Required: []string{"file"}}}}}
	}
}

// described is what huma knows of an operation beside its types.
func (d doing) described() huma.Operation {
	asks := "Asks for the action `" + string(d.action) + "`"
	for _, too := range d.too {
		asks += ", and for `" + string(too) + "` too"
	}
	op := huma.Operation{Method: d.method, Path: apiPath + d.path, OperationID: d.id, Summary: d.summary, Tags: []string{strings.Split(d.id, "-")[0]},
		Description: asks + ".", MaxBodyBytes: mostBody,
		Metadata: map[string]any{"doing": d}, Security: []map[string][]string{{"token": {}}},
		Errors: []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusConflict}}
	if d.method == http.MethodPost {
		op.Parameters = []*huma.Param{{Name: idempotencyHeader, In: "header", Schema: &huma.Schema{Type: "string", MaxLength: new(mostKey)},
			Description: "A text of your own for this act, such as a UUID. Sent again within 24 hours with the same request, nothing is done anew and the first answer is given again."}}
	}
	return op
}

// writeProblem answers a request that was not let in.
func (v *visit) writeProblem(err error) {
	p := v.problem(err)
	if p.Status == http.StatusUnauthorized {
		v.out.Header().Set("WWW-Authenticate", `Bearer realm="klarlagt"`)
	}
	v.out.Header().Set("Content-Type", "application/problem+json")
	v.out.WriteHeader(p.Status)
	_ = json.NewEncoder(v.out).Encode(p) // the client has gone
}

// problem is what went wrong, as RFC 9457 has it. Its type names the verdict of
// the check, or the refusal, for programs; its detail says it to people.
func (v *visit) problem(err error) *huma.ErrorModel {
	err = store.Explain(err)
	var refused *auth.Refused
	var refusal *breach.Refusal
	var both *store.Conflict
	var tooBig *http.MaxBytesError
	say := func(status int, kind, detail string) *huma.ErrorModel {
		return &huma.ErrorModel{Status: status, Title: http.StatusText(status), Type: "urn:klarlagt:" + kind, Detail: detail}
	}
	switch {
	case errors.Is(err, errSignedOut):
		return say(http.StatusUnauthorized, "verdict:"+string(auth.SignedOut), v.text.T("web.api.no-token"))
	case errors.Is(err, errNotThere), errors.Is(err, store.ErrNoUser):
		return say(http.StatusNotFound, "verdict:"+string(auth.NoSuchCase), v.text.T("web.not-there"))
	case errors.As(err, &tooBig):
		return say(http.StatusRequestEntityTooLarge, "too-big", v.text.T("web.too-big"))
	case errors.As(err, &refused) && errors.As(err, &refusal):
		status := http.StatusForbidden
		switch refused.Verdict {
		case auth.SignedOut:
			status = http.StatusUnauthorized
		case auth.NoSuchCase:
			return say(http.StatusNotFound, "verdict:"+string(auth.NoSuchCase), v.text.T("web.not-there"))
		}
		return say(status, "verdict:"+string(refused.Verdict), v.text.Text(refusal.Key, refusal.Args))
	case errors.As(err, &refusal):
		status := http.StatusUnprocessableEntity
		if errors.As(err, &both) || slices.Contains([]*breach.Refusal{store.ErrKeyTaken, store.ErrKeyUsed}, refusal) {
			status = http.StatusConflict
		}
		return say(status, "refusal:"+strings.TrimPrefix(refusal.Key, "refusal."), v.text.Text(refusal.Key, refusal.Args))
	}
	v.Log.Error("request failed", "request", v.id(), "route", v.Pattern, "error", err.Error())
	return say(http.StatusInternalServerError, "failed", v.text.T("web.error", "Number", v.id()))
}
