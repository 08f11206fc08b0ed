package extract_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

// TestPacked reads one table of people and one of rows, packed in every way.
func TestPacked(t *testing.T) {
	const people = "row 1: Namn\tPersonnummer\nÅsa Öberg\t19121212-1212\n"
	tests := []struct {
		file      string
		passwords []string
		state     breach.State // of both files
		top       breach.State
	}{
		{"deflate64.zip", nil, breach.Read, breach.Read},
		{"bzip2.zip", nil, breach.Read, breach.Read},
		{"lzma.zip", nil, breach.Read, breach.Read},
		{"xz.zip", nil, breach.Read, breach.Read},
		{"ppmd.zip", nil, breach.Unsupported, breach.Read},
		{"pkzip.zip", []string{"fel", "", "hemlig"}, breach.Read, breach.Read},
		{"pkzip.zip", []string{"fel"}, breach.Encrypted, breach.Read},
		{"pkzip.zip", nil, breach.Encrypted, breach.Read},
		{"aes256.zip", []string{"fel", "hemlig"}, breach.Read, breach.Read},
		{"aes128.zip", []string{"hemlig"}, breach.Read, breach.Read},
		{"aes256.zip", []string{"fel"}, breach.Encrypted, breach.Read},
		{"mszip.cab", nil, breach.Read, breach.Read},
		{"stored.cab", nil, breach.Read, breach.Read},
		{"solid.7z", nil, breach.Read, breach.Read},
		{"apart.7z", nil, breach.Read, breach.Read},
		{"copy.7z", nil, breach.Read, breach.Read},
		{"ppmd.7z", nil, breach.Read, breach.Read},
		{"locked.7z", []string{"fel", "hemlig"}, breach.Read, breach.Read},
		{"locked.7z", []string{"fel"}, breach.Encrypted, breach.Read},
		{"locked.7z", nil, breach.Encrypted, breach.Read},
		{"hidden.7z", []string{"", "fel", "hemlig"}, breach.Read, breach.Read},
		{"hidden.7z", []string{"fel"}, "", breach.Encrypted},
		{"hidden.7z", nil, "", breach.Encrypted},
	}
	for _, tt := range tests {
		t.Run(tt.file+" "+strings.Join(tt.passwords, ","), func(t *testing.T) {
			a := walk(t, tt.file, archive(t, tt.file), extract.Limits{Passwords: tt.passwords})
			if a.items[0].State != tt.top {
				t.Errorf("the archive is %s, want %s", a.items[0].State, tt.top)
			}
			if tt.state == "" {
				return
			}
			if len(a.items) != 3 {
				t.Fatalf("got %v", a)
			}
			for _, e := range a.items[1:] {
				if e.State != tt.state {
					t.Errorf("%q is %s, want %s", e.Item.Name.Reveal(), e.State, tt.state)
				}
			}
			if e := a.items[1]; e.Item.Name.Reveal() != "klass 7A.csv" || tt.state == breach.Read && strings.Join(e.Passages, "") != people {
				t.Errorf("got %q: %q", e.Item.Name.Reveal(), e.Passages)
			}
		})
	}
}

func archive(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile("testdata/archives/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// TestSmallPicturesOfAFolder are left out by their name, and by it alone.
func TestSmallPicturesOfAFolder(t *testing.T) {
	content := append([]byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), make([]byte, 2000)...)
	for name, want := range map[string]bool{"Thumbs.db": true, "ehthumbs.db": true, "people.db": false} {
		if e := walk(t, name, content, extract.Limits{}).items[0]; (e.State == breach.LeftOut) != want {
			t.Errorf("%s is %s", name, e.State)
		}
	}
	if e := walk(t, "thumbs.db", []byte("Namn;Ort\nBo Ek;Exempelstad\n"), extract.Limits{}).items[0]; e.State != breach.Read {
		t.Errorf("a table of people by that name is %s", e.State)
	}
}

// TestVolumes reads each volume of an archive by itself.
func TestVolumes(t *testing.T) {
	tests := []struct {
		file, missing string
		items         []string
	}{
		{"klass.part1.rar", "what lies in the volumes after", []string{"först.txt read", "klass 7A.csv partly missing_volume"}},
		{"klass.part2.rar", "what lies in the volumes before", []string{"klass 7A.csv not_readable missing_volume", "sist.txt read"}},
		{"gammal.r00", "what lies in the volumes before", []string{"åk/klass.csv not_readable missing_volume", "efter.txt read"}},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			a := walk(t, tt.file, archive(t, tt.file), extract.Limits{})
			if top := a.items[0]; top.State != breach.Partly || top.Reason != breach.MissingVolume || top.Missing != tt.missing {
				t.Errorf("the volume is %s, %s, %q", top.State, top.Reason, top.Missing)
			}
			var got []string
			for _, e := range a.items[1:] {
				got = append(got, strings.TrimSpace(e.Item.Name.Reveal()+" "+string(e.State)+" "+string(e.Reason)))
			}
			if strings.Join(got, "; ") != strings.Join(tt.items, "; ") {
				t.Errorf("got %q, want %q", got, tt.items)
			}
		})
	}
	a := walk(t, "klass.7z.001", archive(t, "solid.7z")[:100], extract.Limits{})
	if e := a.items[0]; e.State != breach.NotReadable || e.Reason != breach.MissingVolume {
		t.Errorf("the beginning of a 7z is %s, %s", e.State, e.Reason)
	}
	a = walk(t, "klass.7z.002", noise(500), extract.Limits{})
	if e := a.items[0]; e.State != breach.NotReadable && e.State != breach.Partly || e.Reason != breach.MissingVolume {
		t.Errorf("the rest of a 7z is %s, %s", e.State, e.Reason)
	}
}

// TestDamagedArchives reads archives with bytes changed: each must end in
// time, and add up.
func TestDamagedArchives(t *testing.T) {
	rounds := 150
	if testing.Short() {
		rounds = 10
	}
	files, _ := filepath.Glob("testdata/archives/*")
	if len(files) == 0 {
		t.Fatal("no archives")
	}
	r := rand.New(rand.NewPCG(7, 17))
	for _, path := range files {
		name := filepath.Base(path)
		seed := archive(t, name)
		for range rounds {
			content := damage(r, seed)
			a := &account{}
			start := time.Now()
			limits := extract.Limits{Free: 1 << 20, Passwords: []string{"hemlig"}}
			if err := extract.Walk(context.Background(), bytes.NewReader(content), int64(len(content)), name, limits, a); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(start); took > hang {
				t.Errorf("%s damaged took %v", name, took)
			}
			a.check(t)
		}
	}
}

// TestHugeTables reads 7z archives whose tables claim what cannot be: the
// checksums hold, so that nothing but the claim is wrong.
func TestHugeTables(t *testing.T) {
	files := func(n ...byte) []byte { return append([]byte{0x01, 0x05}, append(n, 0, 0)...) }
	for name, tables := range map[string][]byte{
		"four thousand million files": files(0xF0, 0xFF, 0xFF, 0xFF, 0xFF),
		"a million files":             files(0xC0, 0x40, 0x42, 0x0F),
		"as many streams":             {0x01, 0x04, 0x06, 0, 0xF0, 0xFF, 0xFF, 0xFF, 0xFF, 0x09, 0, 0},
		"as many folders":             {0x01, 0x04, 0x07, 0x0B, 0xF0, 0xFF, 0xFF, 0xFF, 0x7F, 0, 0, 0},
		"a coder of 2 GiB":            {0x01, 0x04, 0x07, 0x0B, 1, 0, 1, 0x23, 3, 1, 1, 5, 0x5D, 0, 0, 0, 0x80, 0x0C, 1, 0, 0, 0x05, 1, 0x11, 5, 0, 'x', 0, 0, 0, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			e := walk(t, "a.7z", sevenOf(tables), extract.Limits{}).items[0]
			if name == "a coder of 2 GiB" {
				return // its one file is too large
			}
			if e.State != breach.NotReadable && e.State != breach.TooLarge {
				t.Errorf("it is %s, %s", e.State, e.Reason)
			}
		})
	}
}

// sevenOf is a 7z archive of nothing but tables.
func sevenOf(tables []byte) []byte {
	le := binary.LittleEndian
	b := append([]byte("7z\xBC\xAF\x27\x1C\x00\x04"), make([]byte, 12)...)
	b = le.AppendUint64(b, uint64(len(tables)))
	b = le.AppendUint32(b, crc32.ChecksumIEEE(tables))
	le.PutUint32(b[8:], crc32.ChecksumIEEE(b[12:]))
	return append(b, tables...)
}

// FuzzArchives reads anything as an archive that may need a password.
func FuzzArchives(f *testing.F) {
	files, _ := filepath.Glob("testdata/archives/*")
	for _, path := range files {
		f.Add(filepath.Base(path), archive(f, filepath.Base(path)))
	}
	limits := extract.Limits{Member: 1 << 20, Free: 1 << 20, Text: 1 << 20, AllText: 2 << 20, Entries: 1000, Memory: 1 << 20, Passwords: []string{"hemlig"}}
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		if bytes.HasPrefix(content, []byte("%PDF")) {
			t.Skip("its reader has its own")
		}
		a := &account{}
		if err := extract.Walk(context.Background(), bytes.NewReader(content), int64(len(content)), name, limits, a); err != nil {
			t.Fatal(err)
		}
		a.check(t)
	})
}
