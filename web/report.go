// Package web shows a case: for now as a report, one HTML file that needs
// nothing else and can be printed.
package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/klarlagt/klarlagt/locale"
)

//go:embed templates/report.html templates/report-body.html static/report.css static/inter-latin.woff2
var files embed.FS

// fontName stands in the style sheet where the font is found.
const fontName = "inter-latin.woff2"

// Report writes the report of a case in a language: a single HTML file with
// its style and font inside. It refuses numbers that do not add up, and writes
// nothing unless the whole page could be made.
func Report(w io.Writer, d ReportData, lang string) error {
	if err := d.check(); err != nil {
		return err
	}
	p := locale.For(lang)
	style, err := style()
	if err != nil {
		return err
	}
	page, err := template.New("report.html").Funcs(functions(p)).ParseFS(files, "templates/report.html", "templates/report-body.html")
	if err != nil {
		return fmt.Errorf("web: report: %w", err)
	}
	v := newView(d, p)
	v.Style = template.CSS(style) // #nosec G203 -- our own file, embedded
	sum := sha256.Sum256([]byte(style))
	v.StyleHash = "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
	var buf bytes.Buffer
	if err := page.Execute(&buf, v); err != nil {
		return fmt.Errorf("web: report: %w", err)
	}
	if _, err := buf.WriteTo(w); err != nil {
		return fmt.Errorf("web: write report: %w", err)
	}
	return nil
}

// style gives the style sheet with the font inside.
func style() (string, error) {
	css, err := files.ReadFile("static/report.css")
	if err != nil {
		return "", fmt.Errorf("web: report: %w", err)
	}
	font, err := files.ReadFile("static/" + fontName)
	if err != nil {
		return "", fmt.Errorf("web: report: %w", err)
	}
	return strings.Replace(string(css), fontName, "data:font/woff2;base64,"+base64.StdEncoding.EncodeToString(font), 1), nil
}

// functions are what a template can call.
func functions(p *locale.Printer) template.FuncMap {
	return template.FuncMap{
		"lang":   p.Lang,
		"t":      p.T,
		"num":    p.Number,
		"pct":    p.Percent,
		"range_": p.Range,
		"bytes":  p.Bytes,
		"time":   p.Time,
		"title":  title,
		"icon":   icon,
		"bar":    bar,
		"print4": fingerprint,
		"form": func(form string) string {
			if key := "form." + form; p.Has(key) {
				return p.T(key)
			}
			return form
		},
		"chance": func(expected float64) string {
			if expected > 0 && expected < 0.01 {
				return "<\u00a0" + p.Decimal(0.01, 2)
			}
			return p.Decimal(expected, 2)
		},
	}
}
