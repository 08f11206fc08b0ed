package casework_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/specimen"
	"github.com/klarlagt/klarlagt/store"
)

// tarOf packs a folder.
func tarOf(t testing.TB, dir string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.AddFS(os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// packed packs members as they are given: a content is a file's.
func packed(t testing.TB, members ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range members {
		content := h.Uname // carries it here
		h.Uname, h.Mode = "", 0o600
		if h.Typeflag == tar.TypeReg {
			h.Size = int64(len(content))
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, content); err != nil && h.Typeflag == tar.TypeReg {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func file(name, content string) tar.Header {
	return tar.Header{Typeflag: tar.TypeReg, Name: name, Uname: content}
}

// pipe scans what comes on standard input, and tells how many mentions were
// found in what was read.
func pipe(t testing.TB, d *casework.Desk, id store.CaseID, stream []byte) (mentions int64) {
	t.Helper()
	scan(t, d, id, casework.ScanOptions{Evidence: "-", Stdin: bytes.NewReader(stream), Progress: func(p casework.Progress) { mentions = p.Mentions }})
	return mentions
}

func TestTarIsReadAsTheFolderIs(t *testing.T) {
	dir := town(t, specimen.Options{Seed: 22, People: 100, Files: 60})
	evidence := filepath.Join(dir, "evidence")
	folder := desk(t, t.TempDir())
	id := openCase(t, folder, dir)
	scan(t, folder, id, casework.ScanOptions{Evidence: evidence})
	want := export(t, folder, id)

	stream := tarOf(t, evidence)
	d := desk(t, t.TempDir())
	other := openCase(t, d, dir)
	pipe(t, d, other, stream[:len(stream)/2+100])
	_, items, sum := lines(t, export(t, d, other))
	if sum.Reasons["truncated"] == 0 {
		t.Errorf("of half a stream the account tells %v, want what is cut off", sum.Reasons)
	}
	rest := 0
	for _, e := range items {
		if strings.HasPrefix(e.Evidence, "members from ") && e.State == "partly" {
			rest++
		}
	}
	if rest != 1 {
		t.Errorf("the rest of the stream is named %d times in the account, want once", rest)
	}

	if pipe(t, d, other, stream) == 0 {
		t.Error("nothing was found in the second half of the stream")
	}
	if got := export(t, d, other); !bytes.Equal(got, want) {
		t.Errorf("the tar gives %d bytes of export, the folder %d", len(got), len(want))
	}
	nothingHeld(t, d, other)
	if n := pipe(t, d, other, stream); n != 0 {
		t.Errorf("the same stream once more was read again: %d mentions found", n)
	}
	if got := export(t, d, other); !bytes.Equal(got, want) {
		t.Error("the same stream once more gives another export")
	}
}

func TestMembersOfATar(t *testing.T) {
	hole := tar.Header{Typeflag: tar.TypeReg, Name: "hole.img", Format: tar.FormatPAX}
	tests := []struct {
		name   string
		stream []byte
		want   map[string]string
	}{
		{"links and devices are told and not read", packed(t,
			file("a.txt", "text"),
			tar.Header{Typeflag: tar.TypeDir, Name: "folder/"},
			tar.Header{Typeflag: tar.TypeSymlink, Name: "soft", Linkname: "/etc/passwd"},
			tar.Header{Typeflag: tar.TypeLink, Name: "hard", Linkname: "a.txt"},
			tar.Header{Typeflag: tar.TypeFifo, Name: "pipe"},
			tar.Header{Typeflag: tar.TypeBlock, Name: "disk"},
		), map[string]string{"a.txt": "read ", "soft": "excluded link_not_followed", "hard": "excluded link_not_followed",
			"pipe": "excluded special_file", "disk": "excluded special_file"}},
		{"names are only names", packed(t,
			file("../../up.txt", "one"), file("/etc/made-up", "two"), file("./here.txt", "three"), file("n\xe5 me\n.txt", "four"),
		), map[string]string{"../../up.txt": "read ", "/etc/made-up": "read ", "here.txt": "read ", "n\xe5 me\n.txt": "read "}},
		{"members of one name stay apart", packed(t, file("a.txt", "one"), file("a.txt", "two"), file("a.txt", "one")),
			map[string]string{"a.txt": "read ", "a.txt (2)": "read ", "a.txt (3)": "duplicate_of "}},
		{"one tar after the other", append(packed(t, file("a.txt", "one")), packed(t, file("b.txt", "two"))...),
			map[string]string{"a.txt": "read ", "b.txt": "read "}},
		{"no end mark", packed(t, file("a.txt", "one"))[:1024],
			map[string]string{"a.txt": "read ", "members from 2 on": "partly truncated"}},
		{"cut in a member", packed(t, file("a.txt", "one"), file("b.txt", strings.Repeat("b", 600)))[:2100],
			map[string]string{"a.txt": "read ", "b.txt": "not_readable truncated", "members from 3 on": "partly truncated"}},
		{"noise after a member", append(packed(t, file("a.txt", "one"))[:1024], bytes.Repeat([]byte("noise"), 1000)...),
			map[string]string{"a.txt": "read ", "members from 2 on": "partly malformed"}},
		{"a rule leaves out", packed(t, file("a.iso", "one"), hole), map[string]string{"a.iso": "excluded ", "hole.img": "empty "}},
	}
	d := desk(t, t.TempDir())
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			id := newCase(t, d)
			for range 2 { // the same stream again changes nothing
				o := casework.ScanOptions{Evidence: "-", Stdin: bytes.NewReader(test.stream), Exclude: []string{"*.iso"}}
				if err := d.Scan(t.Context(), id, o); err != nil {
					t.Fatal(err)
				}
				check(t, d, id, test.want)
			}
			nothingHeld(t, d, id)
		})
	}
}

func TestStreamsThatBeginAlikeKeepWhatTheyHeld(t *testing.T) {
	first := file("first.txt", strings.Repeat("the same in both\n", 500))
	monday := packed(t, first, file("list.txt", "on Monday"), file("gone.txt", "removed on Tuesday"))
	friday := packed(t, first, file("list.txt", "on Friday"))
	d := desk(t, t.TempDir())
	id := newCase(t, d)
	for range 2 {
		pipe(t, d, id, monday)
		pipe(t, d, id, friday)
	}
	check(t, d, id, map[string]string{"first.txt": "read ", "list.txt": "read ", "list.txt (2)": "read ", "gone.txt": "read "})
}

// brokenPipe ends in an error that is not the end of the stream.
type brokenPipe struct{ r io.Reader }

func (b brokenPipe) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if err == io.EOF {
		err = fs.ErrClosed
	}
	return n, err
}

func TestPipeThatFailsIsAGap(t *testing.T) {
	stream := packed(t, file("a.txt", strings.Repeat("a", 100_000)), file("b.txt", strings.Repeat("b", 100_000)))
	d := desk(t, t.TempDir())
	id := newCase(t, d)
	scan(t, d, id, casework.ScanOptions{Evidence: "-", Stdin: brokenPipe{bytes.NewReader(stream[:150_000])}})
	check(t, d, id, map[string]string{"a.txt": "read ", "b.txt": "not_readable io_error", "members from 3 on": "partly io_error"})
}

func TestPicturesOfAStreamWaitForWhoeverReadsThem(t *testing.T) {
	if !casework.CanOCR() {
		t.Skip("tesseract is not installed")
	}
	picture := encoded(t, paper(t, "Postadress: kim@example.com"))
	d := desk(t, t.TempDir())
	id := newCase(t, d)
	stream := packed(t, file("page.png", string(picture)), file("note.txt", "no picture"))
	for range 2 {
		pipe(t, d, id, stream)
		check(t, d, id, map[string]string{"page.png": "ocr_pending ", "note.txt": "read "})
		held, err := os.ReadDir(filepath.Join(d.Store.CaseDir(id), "held"))
		if err != nil || len(held) != 1 {
			t.Fatalf("%d copies are held, error %v; want that of the picture", len(held), err)
		}
		copied, err := os.ReadFile(filepath.Join(d.Store.CaseDir(id), "held", held[0].Name()))
		if err != nil || len(copied) < len(picture) || bytes.Contains(copied, picture[8:40]) {
			t.Errorf("the copy has %d bytes and is in the open, error %v", len(copied), err)
		}
	}
	if err := d.OCR(t.Context(), id, casework.OCROptions{}); err != nil {
		t.Fatal(err)
	}
	check(t, d, id, map[string]string{"page.png": "read ", "note.txt": "read "})
	nothingHeld(t, d, id)
}

func TestStandardInputThatIsNeither(t *testing.T) {
	tests := []struct{ name, in, key string }{
		{"nothing", "", "refusal.stdin-empty"},
		{"empty lines", "\n\n", "refusal.stdin-empty"},
		{"only zeros, as an empty tar is", strings.Repeat("\x00", 10240), "refusal.stdin-empty"},
		{"a packed tar", "\x1f\x8b\x08\x00", "refusal.stdin-unknown"},
		{"a line without end", strings.Repeat("x", 1<<20), "refusal.stdin-unknown"},
	}
	d := desk(t, t.TempDir())
	id := newCase(t, d)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := d.Scan(t.Context(), id, casework.ScanOptions{Evidence: "-", Stdin: strings.NewReader(test.in)})
			var refusal *breach.Refusal
			if !errors.As(err, &refusal) || refusal.Key != test.key {
				t.Errorf("got %v, want %s", err, test.key)
			}
		})
	}
}

func TestStreamIsReadAsItComes(t *testing.T) {
	r, w := io.Pipe()
	d := desk(t, t.TempDir())
	id := newCase(t, d)
	one := packed(t, file("a.txt", strings.Repeat("kim@example.com\n", 8<<10)))
	read := make(chan bool)
	go func() {
		_, _ = w.Write(one[:len(one)-1024])
		select { // the rest comes when the first is read
		case <-read:
		case <-time.After(2 * time.Minute):
		}
		_, _ = w.Write(packed(t, file("b.txt", "b")))
		_ = w.Close()
	}()
	early := false
	scan(t, d, id, casework.ScanOptions{Evidence: "-", Stdin: r, Progress: func(p casework.Progress) {
		if p.Mentions > 0 && !early {
			early = true
			close(read)
		}
	}})
	if !early {
		t.Error("nothing was read before the stream ended")
	}
}
