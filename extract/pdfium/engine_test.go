package pdfium_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/extract/pdfium"
)

// settings keep the compiled module between tests.
func settings() pdfium.Settings {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	return pdfium.Settings{CacheDir: filepath.Join(dir, "klarlagt-test")}
}

func engine(t testing.TB) *pdfium.Engine {
	t.Helper()
	e, err := pdfium.New(context.Background(), settings())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return e
}

// document is a PDF of one page with a content stream. It has no table of its
// objects: PDFium finds them all the same.
func document(content string) *strings.Reader {
	return strings.NewReader(`%PDF-1.7
1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>> endobj
4 0 obj <</Length ` + fmt.Sprint(len(content)) + ">>\nstream\n" + content + "\nendstream endobj\ntrailer <</Root 1 0 R>>\n")
}

func shown(text string) *strings.Reader {
	return document("BT /F 12 Tf 72 700 Td (" + text + ") Tj ET")
}

// read gives the text of the first page.
func read(t testing.TB, d *pdfium.Document) string {
	t.Helper()
	ctx := context.Background()
	p, err := d.Page(ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	text, err := p.AppendText(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Close(ctx); err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestDocumentsSideBySide(t *testing.T) {
	ctx, e := context.Background(), engine(t)
	var open []*pdfium.Document
	for _, text := range []string{"Anna", "Bo", "Eva"} {
		r := shown(text)
		d, err := e.Open(ctx, r, r.Size(), "")
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, d)
	}
	for i, text := range []string{"Anna", "Bo", "Eva"} {
		if got := read(t, open[i]); got != text {
			t.Errorf("document %d reads %q, want %q", i, got, text)
		}
		if err := open[i].Close(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhatIsNoDocument(t *testing.T) {
	ctx, e := context.Background(), engine(t)
	for name, content := range map[string]string{"nothing": "", "a text": "Anna Ask", "a header alone": "%PDF-1.7\n"} {
		if _, err := e.Open(ctx, strings.NewReader(content), int64(len(content)), ""); !errors.Is(err, pdfium.ErrFormat) {
			t.Errorf("%s: %v, want ErrFormat", name, err)
		}
	}
	// The engine is good for the next.
	r := shown("Anna")
	d, err := e.Open(ctx, r, r.Size(), "")
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, d); got != "Anna" {
		t.Errorf("reads %q after what is no document", got)
	}
	if err := d.Close(ctx); err != nil {
		t.Error(err)
	}
}

// broken fails beyond its first bytes.
type broken struct {
	io.ReaderAt
	good int64
}

var errDisk = errors.New("disk on fire")

func (b broken) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > b.good {
		return 0, errDisk
	}
	return b.ReaderAt.ReadAt(p, off)
}

func TestFileThatFails(t *testing.T) {
	r := shown("Anna")
	if _, err := engine(t).Open(context.Background(), broken{r, 64}, r.Size(), ""); !errors.Is(err, errDisk) {
		t.Errorf("%v, want the file's own error", err)
	}
}

func TestBrokenPage(t *testing.T) {
	ctx, r := context.Background(), shown("Anna")
	d, err := engine(t).Open(ctx, r, r.Size(), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Page(ctx, 7); !errors.Is(err, pdfium.ErrFormat) {
		t.Errorf("page 8 of 1: %v, want ErrFormat", err)
	}
	if d.Pages() != 1 || d.Err() != nil || read(t, d) != "Anna" {
		t.Errorf("%d pages, error %v", d.Pages(), d.Err())
	}
	if err := d.Close(ctx); err != nil {
		t.Error(err)
	}
}

func TestWordsBrokenAtTheEndOfALine(t *testing.T) {
	ctx, e := context.Background(), engine(t)
	for in, want := range map[string]string{
		"Mehi-) Tj 0 -14 Td (leinen":   "Mehileinen",
		"Anna-) Tj 0 -14 Td (Liisa":    "Anna-Liisa",
		"010594-) Tj 0 -14 Td (9032":   "010594-9032",
		"Anna) Tj 0 -14 Td (Ask":       "Anna\nAsk",
		"Anna) Tj 60 0 Td (Ask":        "Anna Ask",
		"Anna ) Tj 31 0 Td (Ask":       "Anna Ask",
		`\001Anna\002) Tj 0 -14 Td (x`: "Anna",
	} {
		r := shown(in)
		d, err := e.Open(ctx, r, r.Size(), "")
		if err != nil {
			t.Fatal(err)
		}
		if got := read(t, d); !strings.Contains(got, want) {
			t.Errorf("%q reads %q, want %q", in, got, want)
		}
		if err := d.Close(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

func BenchmarkPage(b *testing.B) {
	ctx, e := context.Background(), engine(b)
	r := document("BT /F 9 Tf 10 TL 40 800 Td " + strings.Repeat("(Anna Ask, klass 3B, Storgatan 12, 10100 Exempelstad) Tj T* ", 70) + "ET")
	for b.Loop() {
		d, err := e.Open(ctx, r, r.Size(), "")
		if err != nil {
			b.Fatal(err)
		}
		read(b, d)
		if err := d.Close(ctx); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleEngine_Open() {
	ctx := context.Background()
	dir, _ := os.UserCacheDir()
	e, err := pdfium.New(ctx, pdfium.Settings{CacheDir: filepath.Join(dir, "klarlagt-test")})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer e.Close(ctx)
	r := bytes.NewReader([]byte("%PDF-1.7\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj 2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj 3 0 obj <</Type/Page/Parent 2 0 R>> endobj trailer <</Root 1 0 R>>"))
	d, err := e.Open(ctx, r, r.Size(), "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer d.Close(ctx)
	fmt.Println(d.Pages(), "page")
	// Output: 1 page
}
