package extract_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/extract"
)

// FuzzWalk reads anything under any name: the account must add up, and what
// comes of it must be text within the limits.
func FuzzWalk(f *testing.F) {
	for _, dir := range []string{"testdata/samples/*", filepath.Join(corpus, "_hostile/*")} {
		files, _ := filepath.Glob(dir)
		for _, path := range files {
			content, err := os.ReadFile(path)
			if err != nil || len(content) > 16<<10 || strings.HasSuffix(path, ".pdf") {
				continue
			}
			f.Add(filepath.Base(path), content)
		}
	}
	text := []byte("Åsa Öberg;19121212-1212\n")
	f.Add("a.zip", packZip(f, file{"a.csv", text}))
	f.Add("a.tgz", packGzip(f, packTar(f, file{"a.csv", text})))
	limits := extract.Limits{Member: 1 << 20, Free: 1 << 20, Text: 1 << 20, AllText: 2 << 20, Entries: 1000, Memory: 1 << 20}
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		if bytes.HasPrefix(content, []byte("%PDF")) {
			t.Skip("its reader has its own")
		}
		a := &account{}
		if err := extract.Walk(context.Background(), bytes.NewReader(content), int64(len(content)), name, limits, a); err != nil {
			t.Fatal(err)
		}
		a.check(t)
		if a.text > limits.AllText {
			t.Errorf("%d bytes of text, more than the limit", a.text)
		}
	})
}

// FuzzFormats reads anything as each format in turn, past its own test.
func FuzzFormats(f *testing.F) {
	f.Add([]byte("a;\"b\nc\"\n<p>x<table><td>{\"a\":[1,{\"b\":[[2,3]]}]}\nFrom: a@example.se\n\nx"))
	files, _ := filepath.Glob("testdata/samples/*")
	for _, path := range files {
		if content, err := os.ReadFile(path); err == nil && !strings.HasSuffix(path, ".golden") {
			f.Add(content)
		}
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, format := range extract.All {
			if format.Read == nil || format.Name == "pdf" {
				continue
			}
			in := extract.NewInput("x."+format.Name, content, extract.Limits{Text: 1 << 20})
			if _, err := format.Read(context.Background(), in, discard{}); err != nil {
				continue // it must end, and not panic
			}
		}
	})
}
