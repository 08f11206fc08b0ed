package extract_test

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

// manyPasswords is a list as long as one may be, without the right one.
func manyPasswords() []string {
	list := make([]string, 10_000)
	for i := range list {
		list[i] = fmt.Sprintf("fel %d", i)
	}
	return list
}

// TestCostlyPasswords has files that ask for so many rounds of hashing that a
// list of passwords would keep a core busy for hours: they stay locked.
func TestCostlyPasswords(t *testing.T) {
	edit := func(file, old, new string) []byte {
		content := locked(t, file)
		if !strings.Contains(string(content), old) || len(old) != len(new) {
			t.Fatalf("%s has no %q", file, old)
		}
		return []byte(strings.Replace(string(content), old, new, 1))
	}
	for name, content := range map[string][]byte{
		"a.docx": edit("agile.docx", `spinCount="100000"`, `spinCount="999999"`),
		"b.docx": locked(t, "standard.docx"),
		"c.odt":  locked(t, "aes.odt"),
		"d.7z":   archive(t, "locked.7z"),
		"e.7z":   archive(t, "hidden.7z"),
		"f.zip":  archive(t, "aes256.zip"),
		"g.rar":  fiveLocked(24, 3),
		"h.rar":  fiveLocked(15, 3),
		"i.pdf":  locked(t, "user.pdf"),
	} {
		t.Run(name, func(t *testing.T) {
			a := walk(t, name, content, extract.Limits{PDF: testPDFium(t), Passwords: manyPasswords(), Rounds: 1 << 20})
			last := a.items[len(a.items)-1]
			if last.State != breach.Encrypted || last.Reason != breach.PasswordNeeded {
				t.Errorf("it is %s %s, want encrypted by password", last.State, last.Reason)
			}
		})
	}
}

func locked(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile("testdata/locked/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// fiveLocked is a RAR 5 archive of files that are locked with keys of two to
// the power of rounds.
func fiveLocked(power byte, files int) []byte {
	block := func(body []byte) []byte {
		size := binary.AppendUvarint(nil, uint64(len(body)))
		body = append(size, body...)
		return append(binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(body)), body...)
	}
	b := append([]byte("Rar!\x1A\x07\x01\x00"), block([]byte{1, 0, 0})...)
	for i := range files {
		lock := append([]byte{1, 0, 1, power}, make([]byte, 16+16+12)...)
		lock[4] = byte(i) // of the salt
		extra := append([]byte{byte(len(lock))}, lock...)
		head := append([]byte{2, 3, byte(len(extra)), 16, 0, 16, 32, 0, 0, 5}, "x.txt"...)
		b = append(append(b, block(append(head, extra...))...), make([]byte, 16)...)
	}
	return append(b, block([]byte{5, 0, 0})...)
}

// TestGreedyModel has an archive whose data asks for a model of text of 256 MiB.
func TestGreedyModel(t *testing.T) {
	for megabytes, want := range map[byte]breach.Reason{255: breach.Memory, 1: ""} {
		if e := walk(t, "a.rar", fourModel(megabytes), extract.Limits{}).items[0]; e.Reason != want {
			t.Errorf("a model of %d MiB: %s %s", int(megabytes)+1, e.State, e.Reason)
		}
	}
}

// fourModel is a RAR 4 archive of one file packed by a model of text.
func fourModel(megabytes byte) []byte {
	le := binary.LittleEndian
	block := func(body []byte) []byte {
		return append(le.AppendUint16(nil, uint16(crc32.ChecksumIEEE(body))), body...)
	}
	b := append([]byte("Rar!\x1A\x07\x00"), block([]byte{0x73, 0, 0, 13, 0, 0, 0, 0, 0, 0, 0})...)
	data := append([]byte{0xA5, megabytes}, make([]byte, 60)...)
	head := []byte{0x74, 0, 0x80, 37, 0}
	head = le.AppendUint32(head, uint32(len(data)))
	head = le.AppendUint32(head, 1000)
	head = append(head, make([]byte, 9)...)
	head = append(head, 29, 0x33, 5, 0)
	head = le.AppendUint32(head, 0)
	return append(append(b, block(append(head, "x.txt"...))...), data...)
}
