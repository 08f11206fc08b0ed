package extract_test

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash/crc32"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

// localMember is a member of a ZIP file as it stands before the table of
// contents.
func localMember(name string, method, flags uint16, packed []byte, sum uint32, size int) []byte {
	h := []byte("PK\x03\x04")
	for _, v := range []uint16{20, flags, method, 0, 0} {
		h = binary.LittleEndian.AppendUint16(h, v)
	}
	for _, v := range []uint32{sum, uint32(len(packed)), uint32(size)} {
		h = binary.LittleEndian.AppendUint32(h, v)
	}
	h = binary.LittleEndian.AppendUint16(h, uint16(len(name)))
	h = binary.LittleEndian.AppendUint16(h, 0)
	return append(append(h, name...), packed...)
}

func TestZipMembers(t *testing.T) {
	text := []byte("Åsa Öberg 19121212-1212\n")
	var deflated bytes.Buffer
	w, err := flate.NewWriter(&deflated, 9)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = w.Write(text)
	_ = w.Close()
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	sum, size := crc32.ChecksumIEEE(text), len(text)
	later := localMember("a.txt", 8, 1<<3, deflated.Bytes(), 0, 0)
	binary.LittleEndian.PutUint32(later[18:], 0)
	tests := []struct {
		name   string
		member []byte
		item   string
		state  breach.State
		reason breach.Reason
	}{
		{"stored", localMember("a.txt", 0, 0, text, sum, size), "a.txt", breach.Read, ""},
		{"deflated", localMember("a.txt", 8, 0, deflated.Bytes(), sum, size), "a.txt", breach.Read, ""},
		{"sizes after the data", append(later, "PK\x07\x08abcdefghijkl"...), "a.txt", breach.Read, ""},
		{"zstd", localMember("a.txt", 93, 0, z.EncodeAll(text, nil), sum, size), "a.txt", breach.Read, ""},
		{"checksum that does not hold", localMember("a.txt", 0, 0, text, sum+1, size), "a.txt", breach.Partly, breach.Malformed},
		{"encrypted", localMember("Åsa.txt", 0, 1, text, sum, size), "Åsa.txt", breach.Encrypted, breach.PasswordNeeded},
		{"packed in a way unknown", localMember("a.txt", 98, 0, text, sum, size), "a.txt", breach.Unsupported, breach.UnknownType},
		{"name of an old machine", localMember("\x8Fsa \x99berg.txt", 0, 0, text, sum, size), "Åsa Öberg.txt", breach.Read, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := walk(t, "a.zip", tt.member, extract.Limits{})
			if len(a.items) != 2 {
				t.Fatalf("got %v", a)
			}
			e := a.items[1]
			if e.Item.Name.Reveal() != tt.item || e.State != tt.state || e.Reason != tt.reason {
				t.Errorf("got %q, %s, %s; want %q, %s, %s", e.Item.Name.Reveal(), e.State, e.Reason, tt.item, tt.state, tt.reason)
			}
			if tt.state == breach.Read && strings.Join(e.Passages, "") != "line 1: "+string(text) {
				t.Errorf("got %q", e.Passages)
			}
			if top := a.items[0]; top.State != breach.Partly || top.Reason != breach.Malformed {
				t.Errorf("the archive without a table of contents is %s, %s", top.State, top.Reason)
			}
		})
	}
}

func TestBytesAfterGzip(t *testing.T) {
	packed := append(packGzip(t, []byte("Åsa Öberg\n")), "something else"...)
	a := walk(t, "a.txt.gz", packed, extract.Limits{})
	if a.items[0].State != breach.Partly || a.items[1].State != breach.Read {
		t.Errorf("got %v", a)
	}
}
