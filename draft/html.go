package draft

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"sync"

	"github.com/klarlagt/klarlagt/locale"
)

//go:embed form.html
var page string

var parsed = sync.OnceValues(func() (*template.Template, error) {
	return template.New("form").Funcs(template.FuncMap{
		"t": func(lang, key string) string { return locale.For(lang).T(key) },
	}).Parse(page)
})

// HTML writes the form as one page that needs nothing else: headings in order,
// a list of questions and answers under each, a style for paper.
func (f Form) HTML(w io.Writer) error {
	t, err := parsed()
	if err != nil {
		return fmt.Errorf("draft: page: %w", err)
	}
	var buf bytes.Buffer
	if err := t.Execute(&buf, f); err != nil {
		return fmt.Errorf("draft: page: %w", err)
	}
	if _, err := buf.WriteTo(w); err != nil {
		return fmt.Errorf("draft: write page: %w", err)
	}
	return nil
}
