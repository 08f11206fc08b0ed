package extract_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

// lying is a file that lies in a folder.
type lying struct {
	name    string
	content []byte
}

// setOf makes a set of files that stand by number; the volumes in the order in
// which they are read.
func setOf(t testing.TB, files []lying) []extract.Volume {
	t.Helper()
	var names []extract.VolumeName
	var sizes []int64
	for _, f := range files {
		v, ok := extract.VolumeOf(f.name)
		if !ok {
			t.Fatalf("%q is no volume by its name", f.name)
		}
		names, sizes = append(names, v), append(sizes, int64(len(f.content)))
	}
	var set []extract.Volume
	for i, n := range extract.VolumeSet(names, sizes) {
		r := bytes.NewReader(files[n.File].content)
		if names[n.File].Fits(i == 0, r, r.Size()) {
			set = append(set, extract.Volume{File: r, Size: r.Size(), Number: n.Number})
		}
	}
	return set
}

// walkSet reads a set, and says of each item how it ended.
func walkSet(t testing.TB, set []extract.Volume, name string) (a *account, ends []string) {
	t.Helper()
	a = &account{keepText: true}
	if err := extract.WalkVolumes(context.Background(), set, name, extract.Limits{}, a); err != nil {
		t.Fatal(err)
	}
	a.check(t)
	for _, e := range a.items[1:] {
		ends = append(ends, strings.TrimSpace(e.Item.Name.Reveal()+" "+string(e.State)+" "+string(e.Reason)))
	}
	return a, ends
}

// cut cuts content into pieces.
func cut(name func(i int) string, content []byte, size int) (files []lying) {
	for i, part := range slices.Collect(slices.Chunk(content, size)) {
		files = append(files, lying{name(i), part})
	}
	return files
}

// TestJoined reads volumes that lie together as the one archive that they are.
func TestJoined(t *testing.T) {
	people := archive(t, "solid.7z")
	whole := walk(t, "solid.7z", people, extract.Limits{})
	numbers := func(i int) string { return fmt.Sprintf("klass.7z.%03d", i+1) }
	zeros := func(i int) string { return fmt.Sprintf("klass.7z.%02d", i) }
	letters := func(i int) string { return "klass.7z.a" + string(rune('a'+i)) }
	for name, files := range map[string][]lying{
		"by number":      cut(numbers, people, len(people)/4),
		"by number of 0": cut(zeros, people, len(people)/3),
		"by letters":     cut(letters, people, len(people)/5),
		"in tiny pieces": cut(numbers, people, 7),
	} {
		t.Run(name, func(t *testing.T) {
			a, _ := walkSet(t, setOf(t, files), files[0].name)
			if a.items[0].State != breach.Read || len(a.items) != len(whole.items) {
				t.Fatalf("%d items, %+v; want %d", len(a.items), a.items[0], len(whole.items))
			}
			for i, e := range a.items[1:] {
				if w := whole.items[i+1]; e.SHA256 != w.SHA256 || e.State != w.State {
					t.Errorf("%q is %s, want %s and the same bytes", e.Item.Name.Reveal(), e.State, w.State)
				}
			}
		})
	}
}

// TestVolumeSets reads sets of volumes that are whole, and that are not.
func TestVolumeSets(t *testing.T) {
	span, rest := lying{"x.z01", archive(t, "span.z01")}, lying{"x.zip", archive(t, "span.zip")}
	one, two := lying{"x.part1.rar", archive(t, "klass.part1.rar")}, lying{"x.part2.rar", archive(t, "klass.part2.rar")}
	alien := lying{"x.part2.rar", archive(t, "gammal.r00")}
	far := lying{"x.part4.rar", two.content}
	high, higher := lying{"x.part1500.rar", one.content}, lying{"x.part1501.rar", two.content}
	tests := []struct {
		name  string
		files []lying
		want  string // of the archive
		items []string
	}{
		{"a ZIP", []lying{rest, span}, "read", []string{"forst.csv read", "lang.txt read", "sist.csv read"}},
		{"a RAR", []lying{one, two}, "read", []string{"först.txt read", "klass 7A.csv read", "sist.txt read"}},
		{"a hole in a RAR", []lying{one, far}, "partly missing_volume volumes 2-3",
			[]string{"först.txt read", "klass 7A.csv partly missing_volume", "sist.txt read"}},
		{"the high numbers of a RAR", []lying{high, higher}, "partly missing_volume volumes 1-1499",
			[]string{"först.txt read", "klass 7A.csv read", "sist.txt read"}},
		{"a volume of another RAR", []lying{one, alien}, "partly missing_volume what lies in other volumes",
			[]string{"först.txt read", "klass 7A.csv partly missing_volume", "åk/klass.csv not_readable missing_volume", "efter.txt read"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, ends := walkSet(t, setOf(t, tt.files), "x")
			top := a.items[0]
			if got := strings.TrimSpace(fmt.Sprint(top.State, " ", top.Reason, " ", top.Missing)); strings.Join(strings.Fields(got), " ") != tt.want {
				t.Errorf("the archive is %s, want %s", got, tt.want)
			}
			if !slices.Equal(ends, tt.items) {
				t.Errorf("got %q, want %q", ends, tt.items)
			}
		})
	}
}

// TestHoles reads what is left of archives that were cut.
func TestHoles(t *testing.T) {
	content := archive(t, "copy.7z")
	numbers := func(i int) string { return fmt.Sprintf("k.7z.%03d", i+1) }
	files := cut(numbers, content, len(content)/5)
	for gone := 1; gone < len(files); gone++ {
		left := slices.Delete(slices.Clone(files), gone, gone+1)
		a, _ := walkSet(t, setOf(t, left), "k.7z.001")
		top := a.items[0]
		want := fmt.Sprintf("volumes %d", gone+1)
		if top.Reason != breach.MissingVolume || !strings.HasPrefix(top.Missing, want) {
			t.Errorf("without %s: %s, %s, %q; want %q", files[gone].name, top.State, top.Reason, top.Missing, want)
		}
	}
}

// TestNoSets are files that look like volumes by their names and are none.
func TestNoSets(t *testing.T) {
	packed := archive(t, "copy.7z")
	letter := []byte("Ett brev.\n")
	for name, files := range map[string][]lying{
		"numbered letters":     {{"a.001", letter}, {"a.002", letter}},
		"numbered archives":    {{"a.001", packed}, {"a.002", packed}},
		"one file":             {{"a.zip", archive(t, "aes128.zip")}},
		"of several sizes":     {{"a.001", packed[:50]}, {"a.002", packed[50:60]}, {"a.003", packed[60:]}},
		"without a beginning":  {{"a.002", packed[:50]}, {"a.003", packed[50:100]}},
		"one number twice":     {{"a.part1.rar", archive(t, "klass.part1.rar")}, {"a.part01.rar", archive(t, "klass.part1.rar")}},
		"a ZIP without a z01":  {{"a.zip", archive(t, "span.zip")}, {"a.z02", archive(t, "span.z01")}},
		"an empty one":         {{"a.001", packed}, {"a.002", nil}},
		"numbers a world away": {{"a.part1.rar", archive(t, "klass.part1.rar")}, {"a.part999999.rar", archive(t, "klass.part2.rar")}},
	} {
		if set := setOf(t, files); len(set) > 1 {
			t.Errorf("%s: %d volumes", name, len(set))
		}
	}
}

// TestVolumeNames tells volumes by their names.
func TestVolumeNames(t *testing.T) {
	for path, want := range map[string]string{
		"a/x.part1.rar": "a/x.part\x00p 1", "a/X.PART012.RAR": "a/X.PART\x00p 12", "x.rar": "x.\x00r 1", "x.r00": "x.\x00r 2", "x.s07": "x.\x00r 109",
		"x.zip": "x.\x00z 0", "x.z01": "x.\x00z 1", "x.7z.001": "x.7z.\x00n3 1", "x.tar.gz.00": "x.tar.gz.\x00n2 0",
		"a.b/xaa": "a.b/x\x00a 1", "t.tar.ba": "t.tar.\x00a 27",
		"x.z00": "", "x.docx": "", "x.1": "", "x": "", ".rar": "", "rar": "", "x.123456": "", "xaaa": "", "": "",
	} {
		got := ""
		if v, ok := extract.VolumeOf(path); ok {
			got = fmt.Sprintf("%s %d", v.Set, v.Number)
		}
		if got != want {
			t.Errorf("%q is %q, want %q", path, got, want)
		}
	}
}

// TestVolumesOnABadDisk are in the account like any other.
func TestVolumesOnABadDisk(t *testing.T) {
	set := setOf(t, []lying{{"x.zip", archive(t, "span.zip")}, {"x.z01", archive(t, "span.z01")}})
	set[0].File = badDisk{}
	a, _ := walkSet(t, set, "x.zip")
	if e := a.items[0]; e.State != breach.NotReadable || e.Reason != breach.IOError {
		t.Errorf("got %s, %s", e.State, e.Reason)
	}
}

type badDisk struct{}

func (badDisk) ReadAt([]byte, int64) (int, error) { return 0, errors.New("disk") }

// FuzzVolumes reads whatever lies together as volumes: numbers, sizes and
// contents may say anything.
func FuzzVolumes(f *testing.F) {
	for _, names := range [][2]string{{"span.z01", "span.zip"}, {"klass.part1.rar", "klass.part2.rar"}, {"klass.part2.rar", "gammal.r00"}} {
		one, err := os.ReadFile("testdata/archives/" + names[0])
		two, err2 := os.ReadFile("testdata/archives/" + names[1])
		if err = errors.Join(err, err2); err != nil {
			f.Fatal(err)
		}
		f.Add(one, two, uint16(2), "x.part1.rar", "x.part2.rar")
	}
	f.Fuzz(func(t *testing.T, one, two []byte, second uint16, first, next string) {
		var names []extract.VolumeName
		for _, path := range []string{first, next} {
			if v, ok := extract.VolumeOf(path); ok {
				names = append(names, v)
			}
		}
		if len(names) == 2 && names[0].Set == names[1].Set {
			extract.VolumeSet(names, []int64{int64(len(one)), int64(len(two))})
		}
		set := []extract.Volume{
			{File: bytes.NewReader(one), Size: int64(len(one)), Number: 1},
			{File: bytes.NewReader(two), Size: int64(len(two)), Number: int(second)},
			{File: bytes.NewReader(one), Size: int64(len(one)), Number: int(second) + 1},
		}
		began := time.Now()
		walkSet(t, set, first)
		if took := time.Since(began); took > hang {
			t.Errorf("took %v", took)
		}
	})
}
