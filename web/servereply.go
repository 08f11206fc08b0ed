package web

import (
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/locale"
	"github.com/klarlagt/klarlagt/store"
)

//go:embed templates/*.html static/*.css static/*.js static/*.svg static/*.woff2
var served embed.FS

// frame is what a template is filled with: the page's own data, and what stands
// around it on every page.
type frame struct {
	Page     any
	Lang     string
	Langs    []string
	Path     string // of this page, to come back to when the language was changed
	Signed   bool
	Nav      []link
	Problem  string // what is wrong with the form that was sent
	Passkeys bool
	Live     bool        // a script keeps the page up to date
	Glasses  []openGlass // emergency access that the visitor has
	Demo     bool
	Tampered bool // the journal was not as it was written when it was last verified
}

// link is a place in the navigation.
type link struct {
	Key, Path string
	Here      bool
}

// parsePages reads the templates, for each language.
func parsePages(loaded map[string]file) (map[string]*template.Template, error) {
	pages := map[string]*template.Template{}
	names, err := fs.Glob(served, "templates/*.html")
	if err != nil {
		return nil, err
	}
	for _, lang := range locale.Languages() {
		p := locale.For(lang)
		base, err := template.New("layout.html").Funcs(functions(p)).Funcs(pageFunctions(p, loaded)).ParseFS(served, "templates/layout.html", "templates/report-body.html")
		if err != nil {
			return nil, fmt.Errorf("web: templates: %w", err)
		}
		for _, name := range names {
			if slices.Contains([]string{"layout.html", "report.html", "report-body.html"}, path.Base(name)) {
				continue
			}
			page, err := base.Clone()
			if err == nil {
				page, err = page.ParseFS(served, name)
			}
			if err != nil {
				return nil, fmt.Errorf("web: templates: %w", err)
			}
			pages[lang+"/"+strings.TrimSuffix(path.Base(name), ".html")] = page
		}
	}
	return pages, nil
}

// pageFunctions are what a page's template can call beside those of the report.
func pageFunctions(p *locale.Printer, loaded map[string]file) template.FuncMap {
	return template.FuncMap{
		"wording": wording,
		"asset":   func(name string) string { return "/static/" + name + "?v=" + loaded[name].version },
		"shown":   func(text breach.Personal) string { return text.Reveal() }, // of users: their own names
		"role":    func(r auth.Role) string { return p.T("role." + string(r)) },
		"word":    func(family, name string) string { return p.T(family + name) },
		"text":    func(key string) string { return p.T(key) },
		"yes":     func(yes bool) string { return p.T(map[bool]string{true: "likeness.yes", false: "likeness.no"}[yes]) },
		"kinds":   func(kinds []breach.Kind) string { return p.Text("web.kinds", map[string]any{"Kinds": kinds}) },

		"formats": casework.FormFormats,
		"decision": func(page assessmentPage, about, group, name string) decisionForm {
			return page.decision(p, about, group, name)
		},
	}
}

// page renders a page into the answer.
func (v *visit) page(name string, data any) error { return v.form(name, data, nil) }

// form renders a page with what is wrong with the form that was sent; an error
// that nobody can mend there it gives back.
func (v *visit) form(name string, data any, wrong error) error {
	f := frame{Page: data, Lang: v.text.Lang(), Langs: locale.Languages(), Path: v.here(), Signed: v.session.User != "", Nav: v.nav(), Passkeys: v.passkeys != nil, Live: slices.Contains([]string{"scans", "notice", "notice-rehearsal", "notice-letters", "notice-mailboxes"}, name), Demo: v.Demo != nil, Tampered: v.tampered()}
	if store.IsSecret(wrong) && !v.unlocked {
		return wrong
	}
	if wrong != nil {
		var refusal *breach.Refusal
		if !errors.As(wrong, &refusal) {
			return wrong
		}
		f.Problem = v.text.Text(refusal.Key, refusal.Args)
		v.status = http.StatusUnprocessableEntity
	}
	var err error
	if f.Glasses, err = v.openGlasses(); err != nil {
		return err
	}
	v.body.Reset()
	if err := v.pages[v.text.Lang()+"/"+name].ExecuteTemplate(&v.body, "layout.html", f); err != nil {
		v.body.Reset()
		return fmt.Errorf("render %s: %w", name, err)
	}
	v.out.Header().Set("Content-Type", "text/html; charset=utf-8")
	return nil
}

// nav is where the visitor may go.
func (v *visit) nav() []link {
	if v.session.User == "" {
		return nil
	}
	var list []link
	for _, l := range []struct {
		key, path string
		action    auth.Action
	}{
		{"web.cases", "/cases", auth.ListCases},
		{"web.users", "/users", auth.ManageUsers},
		{"web.approvals", "/approvals", auth.ListApprovals},
		{"web.glasses", "/glasses", auth.ListGlasses},
		{"web.hooks", "/webhooks", auth.ManageHooks},
		{"web.journal", "/journal", auth.VerifyJournal},
		{"web.account", "/account", auth.OwnSignIn},
	} {
		if v.may(l.action) || l.action == auth.OwnSignIn {
			list = append(list, link{l.key, l.path, v.URL.Path == l.path || strings.HasPrefix(v.URL.Path, l.path+"/")})
		}
	}
	return list
}

// json answers a script of ours.
func (v *visit) json(value any) error {
	v.body.Reset()
	v.out.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(&v.body).Encode(value)
}

// file is one that pages load, as it is sent.
type file struct {
	raw, small    []byte // small: compressed; nil where that gains nothing
	kind, version string
}

// loadFiles reads what pages load.
func loadFiles() (map[string]file, error) {
	all := map[string]file{}
	names, err := fs.Glob(served, "static/*")
	for _, name := range names {
		f := file{kind: map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".woff2": "font/woff2"}[path.Ext(name)]}
		if f.raw, err = served.ReadFile(name); err != nil {
			break
		}
		f.version = version(f.raw)
		if path.Ext(name) != ".woff2" { // which is compressed in itself
			f.small = compressed(f.raw, gzip.BestCompression)
		}
		all[path.Base(name)] = f
	}
	if err != nil {
		return nil, fmt.Errorf("web: files: %w", err)
	}
	return all, nil
}

// static serves the files that pages load. Their addresses change with their
// bytes, so a browser may keep them.
func (s *Server) static(all map[string]file) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, ok := all[path.Base(r.URL.Path)]
		if !ok || r.URL.Path != "/static/"+path.Base(r.URL.Path) {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", f.kind)
		w.Header().Set("Cache-Control", "public, max-age=3600")
		if r.URL.Query().Get("v") == f.version {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		w.Header().Set("Vary", "Accept-Encoding")
		out := f.raw
		if f.small != nil && accepts(r, "gzip") {
			w.Header().Set("Content-Encoding", "gzip")
			out = f.small
		}
		_, _ = w.Write(out) // the client has gone
	})
}

func version(raw []byte) string { sum := sha256.Sum256(raw); return hex.EncodeToString(sum[:6]) }
