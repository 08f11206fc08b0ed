package extract_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

// pgArchive writes an archive of one table as pg_dump of a version does.
type pgArchive struct {
	bytes.Buffer
	version int
}

func (a *pgArchive) int(v int) {
	a.WriteByte(0)
	_ = binary.Write(a, binary.LittleEndian, uint32(v))
}

func (a *pgArchive) text(s string) {
	a.int(len(s))
	a.WriteString(s)
}

func (a *pgArchive) none() {
	a.WriteByte(1)
	_ = binary.Write(a, binary.LittleEndian, uint32(1))
}

func (a *pgArchive) head(packing byte) {
	a.WriteString("PGDMP\x01")
	a.Write([]byte{byte(a.version), 0, 4, 8, 1})
	if a.version >= 15 {
		a.WriteByte(packing)
	} else {
		a.int(int(packing))
	}
	for range 7 {
		a.int(1)
	}
	a.text("skola")
	a.text("17")
	a.text("17")
	a.int(1) // entries
	a.int(7)
	a.int(1)
	a.text("0")
	a.text("0")
	a.text("Elever")
	a.text("TABLE DATA")
	if a.version >= 11 {
		a.int(3)
	}
	a.text("")
	a.none()
	a.text(`COPY public."Elever" (id, namn) FROM stdin;` + "\n")
	a.text("public")
	a.text("")
	if a.version >= 14 {
		a.text("")
	}
	if a.version >= 16 {
		a.int(0)
	}
	a.text("skolan")
	a.text("false")
	a.none()
	a.WriteByte(2)
	a.Write(make([]byte, 8))
}

func (a *pgArchive) data(packed []byte) {
	a.WriteByte(1)
	a.int(7)
	for len(packed) > 0 {
		n := min(len(packed), 40)
		a.int(n)
		a.Write(packed[:n])
		packed = packed[n:]
	}
	a.int(0)
}

func pgPack(t *testing.T, packing byte, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch packing {
	case 0:
		b.WriteString(text)
	case 1:
		w := zlib.NewWriter(&b)
		_, err = w.Write([]byte(text))
		_ = w.Close()
	case 2:
		w := lz4.NewWriter(&b)
		_, err = w.Write([]byte(text))
		_ = w.Close()
	case 3:
		w, e := zstd.NewWriter(&b)
		if e != nil {
			t.Fatal(e)
		}
		_, err = w.Write([]byte(text))
		_ = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPGDumpVersions(t *testing.T) {
	rows := "1\tÅsa Öberg\n2\tBo\\tEk \\\\ x\n3\t\\N\n" + strings.Repeat("4\tNamn\n", 100) + "\\.\n\n\n"
	for _, version := range []int{10, 11, 13, 14, 15, 16} {
		for packing := range byte(4) {
			if version < 15 && packing > 1 {
				continue
			}
			t.Run(fmt.Sprintf("1.%d packed by %d", version, packing), func(t *testing.T) {
				a := &pgArchive{version: version}
				a.head(packing)
				a.data(pgPack(t, packing, rows))
				got := walk(t, "a.dump", a.Bytes(), extract.Limits{})
				text := strings.Join(got.items[0].Passages, "")
				if got.items[0].State != breach.Read || !strings.Contains(text, "table Elever row 1: id\tnamn\n1\tÅsa Öberg\n2\tBo Ek \\ x\n3\t\n4\tNamn\n") {
					t.Errorf("got %v", got)
				}
				cut := walk(t, "a.dump", a.Bytes()[:a.Len()-30], extract.Limits{}).items[0]
				if cut.State != breach.Partly || cut.Missing != "data blocks 1 on" {
					t.Errorf("cut short it is %s, %s, %q", cut.State, cut.Reason, cut.Missing)
				}
			})
		}
	}
}
