package seal_test

import (
	"bytes"
	"crypto/aes"
	"encoding/base64"
	"encoding/binary"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/seal"
)

// holder keeps keys where fmt can reach them only by reflection.
type holder struct {
	Shown  seal.Key
	hidden seal.Key
	ring   seal.Ring
	list   []seal.Key
	any    any
	keys   map[seal.Key]*seal.Key
	rows   *seal.Rows
	blind  seal.Blind
	writer *seal.Writer
}

// shows reports whether a text holds a run of a secret in any form that fmt or
// an encoder gives bytes.
func shows(text string, secret []byte) bool {
	part := secret[8:14]
	var decimal, hexes []string
	for _, b := range part {
		decimal = append(decimal, fmt.Sprint(b))
		hexes = append(hexes, fmt.Sprintf("%#x", b))
	}
	forms := []string{
		string(part), fmt.Sprintf("%x", part), fmt.Sprintf("%X", part), fmt.Sprintf("% x", part),
		strings.Join(decimal, " "), strings.Join(decimal, ","), strings.Join(hexes, ", "),
		fmt.Sprint(binary.LittleEndian.Uint32(secret[8:])), // as AES keeps its first round keys
		fmt.Sprint(binary.BigEndian.Uint32(secret[8:])),
		base64.StdEncoding.EncodeToString(secret[6:15])[2:10], // 6 is a multiple of 3
	}
	for _, f := range forms {
		if strings.Contains(text, f) {
			return true
		}
	}
	return false
}

func TestKeysNeverPrint(t *testing.T) {
	k := seal.NewKey()
	secret := k.Reveal()
	rows, err := seal.NewRows(seal.Ring{1: k})
	if err != nil {
		t.Fatal(err)
	}
	blind, err := seal.NewBlind(k)
	if err != nil {
		t.Fatal(err)
	}
	rows.Seal(here(), nil) // so that it holds a cipher
	var part bytes.Buffer
	writer, err := seal.NewWriter(&part, seal.Ring{1: k}, here())
	if err != nil {
		t.Fatal(err)
	}
	h := holder{k, k, seal.Ring{1: k}, []seal.Key{k}, k, map[seal.Key]*seal.Key{k: &k}, rows, blind, writer}
	table := k.For(seal.ForRows).For(seal.ForRows, here().Table).Reveal()
	out := map[string]string{}
	for _, v := range []any{k, &k, h, &h, []seal.Key{k}, seal.Ring{1: k}, map[string]any{"a": k}, rows, blind, writer, []any{rows, blind, writer}, [1]seal.Key{k}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%o", "%c", "%U", "%p", "%10.3s"} {
			out[fmt.Sprintf("%s of %T", verb, v)] = fmt.Sprintf(verb, v)
		}
		if b, err := json.Marshal(v); err == nil {
			out[fmt.Sprintf("json of %T", v)] = string(b)
		}
		if b, err := xml.Marshal(v); err == nil {
			out[fmt.Sprintf("xml of %T", v)] = string(b)
		}
		var b bytes.Buffer
		if gob.NewEncoder(&b).Encode(v) == nil {
			out[fmt.Sprintf("gob of %T", v)] = b.String()
		}
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
		out[fmt.Sprintf("slog of %T", v)] = log.String()
		var page bytes.Buffer
		if template.Must(template.New("").Parse(`<a title="{{.}}">{{.}}</a>`)).Execute(&page, v) == nil {
			out[fmt.Sprintf("html of %T", v)] = page.String()
		}
	}
	out["error"] = fmt.Errorf("with %v: %w", k, errors.New(fmt.Sprint(h))).Error()
	if len(out) < 150 {
		t.Fatalf("only %d ways of printing tried", len(out))
	}
	for how, text := range out {
		if shows(text, secret) || shows(text, k.For(seal.ForRows).Reveal()) || shows(text, k.For(seal.ForBlind).Reveal()) || shows(text, table) {
			t.Errorf("%s shows the key", how)
		}
	}
	block, err := aes.NewCipher(secret)
	if err != nil || !shows(fmt.Sprintf("%+v", block), secret) {
		t.Errorf("a printed cipher is not told: %v", err)
	}
	for _, leak := range []any{secret, *(*[32]byte)(secret), string(secret)} { // the net itself must catch
		if !shows(fmt.Sprint(leak), secret) || !shows(fmt.Sprintf("%x", leak), secret) {
			t.Errorf("a printed %T is not told", leak)
		}
	}
	if j, _ := json.Marshal(secret); !shows(string(j), secret) {
		t.Error("a marshalled secret is not told")
	}
}

func TestDestroyEndsEveryCopy(t *testing.T) {
	k := seal.NewKey()
	copied, kept := k, k.Reveal()
	if k.IsZero() || !k.Equal(copied) || k.Equal(seal.NewKey()) {
		t.Fatal("a new key is not a key, or equals another")
	}
	k.Destroy()
	if !copied.IsZero() || copied.String() != "" || copied.Reveal() != nil {
		t.Error("a copy outlives the key")
	}
	if bytes.Equal(kept, make([]byte, seal.KeySize)) {
		t.Error("what Reveal gave is the key itself and no copy")
	}
	if !copied.For(seal.ForRows).IsZero() {
		t.Error("a key is derived from none")
	}
	if !copied.Equal(seal.Key{}) {
		t.Error("no key differs from no key")
	}
}

func TestNothingIsSealedWithoutAKey(t *testing.T) {
	gone := seal.NewKey()
	gone.Destroy()
	w := seal.Where{Tenant: "t", Table: "x"}
	for name, none := range map[string]seal.Key{"zero value": {}, "destroyed": gone} {
		tries := map[string]func() error{
			"rows":        func() error { _, err := seal.NewRows(seal.Ring{1: none}); return err },
			"blind":       func() error { _, err := seal.NewBlind(none); return err },
			"part":        func() error { _, err := seal.NewWriter(&bytes.Buffer{}, seal.Ring{1: none}, w); return err },
			"wrap it":     func() error { _, err := seal.Wrap(seal.NewKey(), w, none); return err },
			"wrap under":  func() error { _, err := seal.Wrap(none, w, seal.NewKey()); return err },
			"unwrap":      func() error { _, err := seal.Unwrap(none, w, make([]byte, seal.WrapSize)); return err },
			"unwrap as":   func() error { _, err := seal.UnwrapAs(none, w, []byte{1}); return err },
			"split":       func() error { _, _, err := seal.Split(none); return err },
			"public half": func() error { _, err := seal.Public(none); return err },
			"bytes":       func() error { _, err := seal.KeyFrom(make([]byte, seal.KeySize)); return err },
			"wrap to": func() error {
				_, public, err := seal.NewMember()
				if err == nil {
					_, err = seal.WrapTo(public, w, none)
				}
				return err
			},
		}
		for what, try := range tries {
			if err := try(); !errors.Is(err, seal.ErrNoKey) {
				t.Errorf("%s with %s: %v, not ErrNoKey", what, name, err)
			}
		}
	}
}

func TestPurposesHaveKeysOfTheirOwn(t *testing.T) {
	k := seal.NewKey()
	seen := map[string]string{string(k.Reveal()): "the key itself"}
	add := func(name string, k seal.Key) {
		if before, ok := seen[string(k.Reveal())]; ok {
			t.Errorf("%s has the key of %s", name, before)
		}
		seen[string(k.Reveal())] = name
	}
	for _, p := range seal.Purposes() {
		add(string(p), k.For(p))
		add(string(p)+" people", k.For(p, "people"))
		add(string(p)+" peo ple", k.For(p, "peo", "ple"))
		add(string(p)+" peop le", k.For(p, "peop", "le"))
		add(string(p)+" empty", k.For(p, ""))
		if !k.For(p, "a").Equal(k.For(p, "a")) {
			t.Errorf("%s: two derivations differ", p)
		}
	}
	if len(seen) != 1+5*6 {
		t.Errorf("%d keys", len(seen))
	}
}

func TestKeyFromClearsWhatItGets(t *testing.T) {
	b := bytes.Repeat([]byte{7}, seal.KeySize)
	if _, err := seal.KeyFrom(b); err != nil || b[0] != 0 {
		t.Errorf("err %v, first byte %d", err, b[0])
	}
	if _, err := seal.KeyFrom([]byte("short")); err == nil || strings.Contains(err.Error(), "short") {
		t.Errorf("five bytes: %v", err)
	}
}
