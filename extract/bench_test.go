package extract_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

// discard is a sink and a visitor that takes everything.
type discard struct{}

func (discard) Text(breach.Place, []byte) error { return nil }

func (discard) File(_ string, r io.Reader) error {
	_, _ = io.Copy(io.Discard, r)
	return nil
}

type quiet struct{}

func (quiet) Open(extract.Item) error                                  { return nil }
func (quiet) Text(int, breach.Place, []byte) error                     { return nil }
func (quiet) Close(int, breach.Outcome, [32]byte, string, int64) error { return nil }

// BenchmarkWalk reads a megabyte or so of each format that is text: the
// samples, each over and over.
func BenchmarkWalk(b *testing.B) {
	for _, name := range []string{"utf-8.csv", "quoted.csv", "cp850.csv", "log.txt", "windows-1252.txt", "utf-16.txt", "page.html", "people.json", "lines.ndjson", "people.xml", "mail.eml", "box.mbox", "card.vcf", "dump.sql", "unknown.bin"} {
		b.Run(name, func(b *testing.B) {
			content, err := os.ReadFile(filepath.Join("testdata/samples", name))
			if err != nil {
				b.Fatal(err)
			}
			bench(b, name, bytes.Repeat(content, 1+1<<20/len(content)))
		})
	}
	files := make([]file, 200)
	for i := range files {
		files[i] = file{fmt.Sprintf("mapp/%d.txt", i), noisyText(4000)}
	}
	b.Run("zip", func(b *testing.B) { bench(b, "a.zip", packZip(b, files...)) })
	b.Run("tgz", func(b *testing.B) { bench(b, "a.tgz", packGzip(b, packTar(b, files...))) })
	b.Run("small", func(b *testing.B) { bench(b, "a.txt", []byte("Åsa Öberg 19121212-1212\n")) })
}

func bench(b *testing.B, name string, content []byte) {
	b.SetBytes(int64(len(content)))
	b.ReportAllocs()
	for b.Loop() {
		if err := extract.Walk(context.Background(), bytes.NewReader(content), int64(len(content)), name, extract.Limits{Hashed: true}, quiet{}); err != nil {
			b.Fatal(err)
		}
	}
}
