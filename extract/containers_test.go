package extract_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

// TestContainers reads small archives that the common tools have made, of the
// same two files each.
func TestContainers(t *testing.T) {
	paths, err := filepath.Glob("testdata/containers/*")
	if err != nil || len(paths) < 12 {
		t.Fatalf("%d archives", len(paths))
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			a := walk(t, filepath.Base(path), content, extract.Limits{})
			last := "\t59\n"
			if strings.HasSuffix(path, "people.csv.Z") {
				last = "\t6000\n"
			}
			text := ""
			for _, e := range a.items {
				if e.State != breach.Read {
					t.Errorf("%v", a)
				}
				text += strings.Join(e.Passages, "")
			}
			if !strings.Contains(text, "Åsa Öberg\t19121212-1212\t42") || !strings.Contains(text, last) {
				t.Errorf("got %v", a)
			}
		})
	}
}

// TestContainersCutShort reads them without their ends: what came before has
// to be there, and the account has to say that something is missing.
func TestContainersCutShort(t *testing.T) {
	paths, _ := filepath.Glob("testdata/containers/*")
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		a := walk(t, filepath.Base(path), content[:len(content)*2/3], extract.Limits{})
		whole := true
		for _, e := range a.items {
			whole = whole && e.State == breach.Read
		}
		// compress marks no end, so a cut is seen inside a tar alone.
		if whole && !strings.HasSuffix(path, ".csv.Z") {
			t.Errorf("%s cut short is %v", path, a)
		}
	}
}

// TestDictionaries refuses packed files that ask for gigabytes of memory.
func TestDictionaries(t *testing.T) {
	xz, err := os.ReadFile("testdata/containers/people.tar.xz")
	if err != nil {
		t.Fatal(err)
	}
	block := xz[12 : 12+int(xz[12]+1)*4]
	i := bytes.Index(block, []byte{0x21, 1})
	block[i+2] = 40 // 4 GiB
	sum := checksum(block[:len(block)-4])
	copy(block[len(block)-4:], sum)
	lz := []byte("LZIP\x01\x1F" + strings.Repeat("\x00", 60))
	for name, content := range map[string][]byte{"a.xz": xz, "a.lz": lz} {
		if a := walk(t, name, content, extract.Limits{}); a.items[len(a.items)-1].Reason != breach.Memory {
			t.Errorf("%s: got %v", name, a)
		}
	}
}

func checksum(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(b))
}
