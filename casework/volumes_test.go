package casework_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/engine"
	"github.com/klarlagt/klarlagt/store"
)

// leak is a folder of files that come and go.
type leak struct {
	t    *testing.T
	d    *casework.Desk
	id   store.CaseID
	dir  string
	time time.Time
}

func newLeak(t *testing.T) *leak {
	t.Helper()
	d := desk(t, t.TempDir())
	return &leak{t: t, d: d, id: newCase(t, d), dir: t.TempDir(), time: time.Date(2023, 9, 1, 0, 0, 0, 0, time.UTC)}
}

// put writes a file, which gets a time of its own.
func (l *leak) put(name string, content []byte) {
	l.t.Helper()
	path := filepath.Join(l.dir, filepath.FromSlash(name))
	l.time = l.time.Add(time.Minute)
	for _, err := range []error{os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, content, 0o600), os.Chtimes(path, l.time, l.time)} {
		if err != nil {
			l.t.Fatal(err)
		}
	}
}

// scan scans the folder and says how many files had to be looked at.
func (l *leak) scan(o casework.ScanOptions) (looked int64) {
	l.t.Helper()
	o.Evidence = l.dir
	o.Progress = func(p casework.Progress) {
		if p.Phase == casework.Reading {
			looked = p.Items
		}
	}
	if err := l.d.Scan(context.Background(), l.id, o); err != nil {
		l.t.Fatal(err)
	}
	return looked
}

// members are the files inside, with how they ended.
func (l *leak) members() (list []string) {
	l.t.Helper()
	_, err := l.d.Account(context.Background(), l.id, func(r store.AccountRow) error {
		if r.Member != "" {
			list = append(list, fmt.Sprintf("%s!/%s %s", r.Path, r.Member, r.Outcome.State))
		}
		return nil
	})
	if err != nil {
		l.t.Fatal(err)
	}
	return list
}

func (l *leak) wantMembers(want ...string) {
	l.t.Helper()
	if got := l.members(); !slices.Equal(got, want) {
		l.t.Errorf("inside are %q, want %q", got, want)
	}
}

// zipped is an archive of two files that are not packed.
func zipped(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range []string{"ett.txt", "två.txt"} {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name})
		if err == nil {
			_, err = io.WriteString(w, "Brev till "+name+"\n")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestVolumesThatComeAndGo reads a set anew whenever it is another, and never
// else; each volume is in the account once.
func TestVolumesThatComeAndGo(t *testing.T) {
	l := newLeak(t)
	content := zipped(t)
	third := (len(content) + 2) / 3
	one, two, three := content[:third], content[third:2*third], content[2*third:]

	l.put("x.zip.001", one)
	l.put("x.zip.003", three)
	l.put("x.zip.003.txt", []byte("Bredvid.\n"))
	l.scan(casework.ScanOptions{})
	check(t, l.d, l.id, map[string]string{"x.zip.001": "partly missing_volume", "x.zip.003": "volume_of ", "x.zip.003.txt": "read "})

	l.put("x.zip.002", two)
	l.scan(casework.ScanOptions{})
	whole := map[string]string{"x.zip.001": "read ", "x.zip.002": "volume_of ", "x.zip.003": "volume_of ", "x.zip.003.txt": "read "}
	check(t, l.d, l.id, whole)
	inside := []string{"x.zip.001!/ett.txt read", "x.zip.001!/två.txt read"}
	l.wantMembers(inside...)
	if looked := l.scan(casework.ScanOptions{}); looked != 0 {
		t.Errorf("%d files were looked at though nothing had changed", looked)
	}
	check(t, l.d, l.id, whole)

	l.put("x.zip.003", append(bytes.Clone(three[:len(three)-1]), 'x')) // the comment of nothing
	if looked := l.scan(casework.ScanOptions{}); looked == 0 {
		t.Error("a volume that changed was not looked at")
	}
	if err := os.Remove(filepath.Join(l.dir, "x.zip.001")); err != nil {
		t.Fatal(err)
	}
	l.scan(casework.ScanOptions{})
	_, err := l.d.Account(t.Context(), l.id, func(r store.AccountRow) error {
		if r.Outcome.State == "volume_of" || r.Outcome.State == "pending" {
			t.Errorf("%s is %s without the first volume", r.Path, r.Outcome.State)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestVolumesThatLieTogether reads sets of several kinds in several folders.
func TestVolumesThatLieTogether(t *testing.T) {
	l := newLeak(t)
	for _, name := range []string{"klass.part1.rar", "klass.part2.rar", "span.z01", "span.zip"} {
		content, err := os.ReadFile("../extract/testdata/archives/" + name)
		if err != nil {
			t.Fatal(err)
		}
		l.put("a/"+name, content)
		l.put("b/"+name, content)
	}
	l.put("c/brev.001", []byte("Ett brev.\n"))
	l.put("c/brev.002", []byte("Två brev.\n"))
	l.put("c/ensam.zip", zipped(t))
	l.scan(casework.ScanOptions{Exclude: []string{"b/klass.part2.rar"}})
	check(t, l.d, l.id, map[string]string{
		"a/klass.part1.rar": "read ", "a/klass.part2.rar": "volume_of ", "a/span.zip": "read ", "a/span.z01": "volume_of ",
		"b/klass.part1.rar": "partly missing_volume", "b/klass.part2.rar": "excluded ", "b/span.zip": "duplicate_of ", "b/span.z01": "volume_of ",
		"c/brev.001": "read ", "c/brev.002": "read ", "c/ensam.zip": "read ",
	})
	l.wantMembers("a/klass.part1.rar!/först.txt read", "a/klass.part1.rar!/klass 7A.csv read", "a/klass.part1.rar!/sist.txt read",
		"a/span.zip!/forst.csv read", "a/span.zip!/lang.txt read", "a/span.zip!/sist.csv read",
		"b/klass.part1.rar!/först.txt read", "b/klass.part1.rar!/klass 7A.csv partly",
		"b/span.zip!/forst.csv duplicate_of", "b/span.zip!/lang.txt duplicate_of", "b/span.zip!/sist.csv duplicate_of",
		"c/ensam.zip!/ett.txt read", "c/ensam.zip!/två.txt read")
	of := map[string]string{}
	if _, err := l.d.Account(t.Context(), l.id, func(r store.AccountRow) error {
		of[r.Path] = r.First
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for volume, first := range map[string]string{"a/klass.part2.rar": "a/klass.part1.rar", "a/span.z01": "a/span.zip", "b/span.z01": "b/span.zip", "b/span.zip": "a/span.zip"} {
		if of[volume] != first {
			t.Errorf("%s is of %q, want %q", volume, of[volume], first)
		}
	}
	if looked := l.scan(casework.ScanOptions{Exclude: []string{"b/klass.part2.rar"}}); looked != 0 {
		t.Errorf("%d files were looked at though nothing had changed", looked)
	}
}

// TestTextOfVolumes reads the others with the file that a user names, where
// that is the first.
func TestTextOfVolumes(t *testing.T) {
	l := newLeak(t)
	content := zipped(t)
	l.put("x.zip.001", content[:200])
	l.put("x.zip.002", content[200:])
	var texts []string
	files := []string{filepath.Join(l.dir, "x.zip.001"), filepath.Join(l.dir, "x.zip.002")}
	err := l.d.Text(t.Context(), files, casework.TextOptions{}, func(file string, row engine.Row) error {
		if c, ok := row.(*engine.Close); ok && c.Ordinal == 0 {
			texts = append(texts, filepath.Base(file)+" "+string(c.State))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"x.zip.001 read", "x.zip.002 not_readable"}; !slices.Equal(texts, want) {
		t.Errorf("got %q, want %q", texts, want)
	}
}
