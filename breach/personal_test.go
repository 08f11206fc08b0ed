package breach_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
)

const secret = "Matti Mehiläinen 010594Y9032"

// holder keeps a Personal where fmt can reach it only by reflection.
type holder struct {
	Shown  breach.Personal
	hidden breach.Personal
	list   []breach.Personal
	keys   map[breach.Personal]*breach.Personal
}

func TestPersonalNeverPrints(t *testing.T) {
	p := breach.Hide(secret)
	h := holder{p, p, []breach.Personal{p}, map[breach.Personal]*breach.Personal{p: &p}}

	out := map[string]string{}
	for _, v := range []any{p, &p, h, &h, []breach.Personal{p}, map[string]any{"a": p}, breach.Finding{Value: p}, breach.Entry{Key: p}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T %v", "%10.3s"} {
			args := []any{v}
			if strings.HasPrefix(verb, "%T") {
				args = append(args, v)
			}
			out[fmt.Sprintf("%s of %T", verb, v)] = fmt.Sprintf(verb, args...)
		}
		if b, err := json.Marshal(v); err == nil {
			out[fmt.Sprintf("json of %T", v)] = string(b)
		}
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
		out[fmt.Sprintf("slog of %T", v)] = log.String()

		var page bytes.Buffer
		tmpl := template.Must(template.New("").Parse(`<a title="{{.}}">{{.}}</a><script>var x = {{.}}</script>`))
		if err := tmpl.Execute(&page, v); err == nil {
			out[fmt.Sprintf("html of %T", v)] = page.String()
		}
	}
	out["print"] = fmt.Sprint(p) + fmt.Sprintln(h)
	out["error"] = fmt.Errorf("scan %v: %w", p, errors.New(fmt.Sprint(h))).Error()
	if b, err := xml.Marshal(struct{ P breach.Personal }{p}); err == nil {
		out["xml"] = string(b)
	}

	if len(out) < 80 {
		t.Fatalf("only %d ways of printing tried", len(out))
	}
	for how, text := range out {
		for _, part := range []string{"Matti", "Mehil", "010594", "9032", fmt.Sprintf("%x", "Matti"), fmt.Sprintf("%X", "Matti")} {
			if strings.Contains(text, part) {
				t.Errorf("%s shows part of the value", how)
			}
		}
	}
}

func TestPersonalKeepsItsText(t *testing.T) {
	p := breach.Hide(secret)
	if p.Reveal() != secret {
		t.Error("Reveal does not give back what was hidden")
	}
	if p != breach.Hide(strings.Clone(secret)) {
		t.Error("equal texts are not equal")
	}
	if p == breach.Hide("somebody else") {
		t.Error("different texts are equal")
	}
}

func TestNoValue(t *testing.T) {
	var p breach.Personal
	if !p.IsZero() || p != breach.Hide("") {
		t.Error("the zero value is not the hidden empty text")
	}
	if p.Reveal() != "" || p.String() != "" || fmt.Sprintf("%#v", p) != "" {
		t.Error("no value prints as something")
	}
}
