package extract_test

import (
	"bytes"
	"crypto/rc4"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

// mdbColumn is a column of a database made here, as Access 2000 would.
type mdbColumn struct {
	name  string
	kind  byte
	fixed int // bytes; 0 for a length that varies
	scale byte
}

func mdbWide(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// mdbDefinition is the page that defines a table.
func mdbDefinition(columns []mdbColumn) []byte {
	p := make([]byte, 4096)
	p[0], p[1] = 2, 1
	le := binary.LittleEndian
	varied, fixed, at := 0, 0, 63
	names := at + 25*len(columns)
	for i, c := range columns {
		e := p[at+25*i:]
		e[0], e[12] = c.kind, c.scale
		le.PutUint16(e[5:], uint16(i))
		if c.fixed > 0 || c.kind == 1 {
			e[15] = 1
			le.PutUint16(e[21:], uint16(fixed))
			fixed += c.fixed
		} else {
			le.PutUint16(e[7:], uint16(varied))
			varied++
		}
		name := mdbWide(c.name)
		le.PutUint16(p[names:], uint16(len(name)))
		names += 2 + copy(p[names+2:], name)
	}
	le.PutUint16(p[43:], uint16(varied))
	le.PutUint16(p[45:], uint16(len(columns)))
	return p
}

// mdbRow is one row; a nil value is none.
func mdbRow(columns []mdbColumn, values ...[]byte) []byte {
	le := binary.LittleEndian
	row := le.AppendUint16(nil, uint16(len(columns)))
	nulls := make([]byte, (len(columns)+7)/8)
	for i, c := range columns {
		if values[i] != nil {
			nulls[i/8] |= 1 << (i % 8)
		}
		if c.fixed > 0 {
			row = append(row, append(values[i], make([]byte, c.fixed-len(values[i]))...)...)
		}
	}
	ends := []uint16{}
	for i, c := range columns {
		if c.fixed == 0 && c.kind != 1 {
			ends = append(ends, uint16(len(row)))
			row = append(row, values[i]...)
		}
	}
	row = le.AppendUint16(row, uint16(len(row)))
	for i := len(ends) - 1; i >= 0; i-- {
		row = le.AppendUint16(row, ends[i])
	}
	row = le.AppendUint16(row, uint16(len(ends)))
	return append(row, nulls...)
}

// mdbPage is a page of rows, each with flags.
func mdbPage(owner string, flags []uint16, rows ...[]byte) []byte {
	p := make([]byte, 4096)
	p[0], p[1] = 1, 1
	copy(p[4:], owner)
	le := binary.LittleEndian
	le.PutUint16(p[12:], uint16(len(rows)))
	end := len(p)
	for i, r := range rows {
		end -= len(r)
		copy(p[end:], r)
		le.PutUint16(p[14+2*i:], uint16(end)|flags[i])
	}
	return p
}

func le32(v uint32) []byte { return binary.LittleEndian.AppendUint32(nil, v) }

func le64(v uint64) []byte { return binary.LittleEndian.AppendUint64(nil, v) }

// madeMDB is a database of one table, encrypted with a key that stands in it,
// where the key is not zero.
func madeMDB(t testing.TB, key uint32) []byte {
	t.Helper()
	catalog := []mdbColumn{{"Id", 4, 4, 0}, {"Name", 10, 0, 0}, {"Type", 3, 2, 0}, {"Flags", 4, 4, 0}}
	pupils := []mdbColumn{{"Namn", 10, 0, 0}, {"Pnr", 10, 0, 0}, {"Född", 8, 8, 0}, {"Aktiv", 1, 0, 0}, {"Anm", 12, 0, 0}, {"Avgift", 5, 8, 0}, {"Tal", 16, 17, 2}}
	date := le64(math.Float64bits(4730)) // 1912-12-12
	memo := func(flag byte, at uint32, size int, inside string) []byte {
		b := le32(uint32(size))
		b[3] |= flag
		return append(append(append(b, le32(at)...), 0, 0, 0, 0), inside...)
	}
	number := make([]byte, 17)
	number[0] = 0x80
	binary.LittleEndian.PutUint32(number[13:], 12345)
	long := mdbWide(strings.Repeat("Lång anmärkning. ", 200) + "Slut.")
	narrow := func(s string) []byte { return append([]byte{0xFF, 0xFE}, s...) }
	rows := [][]byte{
		mdbRow(pupils, narrow("\xC5sa \xD6berg"), mdbWide("19121212-1212"), date, []byte{}, memo(0x80, 0, 16, "\xFF\xFEEtt minne till"), le64(125000), number),
		mdbRow(pupils, mdbWide("Raderad Ek"), narrow("x"), nil, nil, nil, nil, nil),
		mdbRow(pupils, narrow("Bo \x00\x41\x26\x00 Ek"), nil, nil, nil, memo(0, 6<<8, len(long), ""), nil, nil),
		le32(7 << 8),
	}
	list := mdbPage("\x02\x00\x00\x00", make([]uint16, 1), mdbRow(catalog, le32(4), mdbWide("Elever"), []byte{1, 0}, le32(0)))
	piece := mdbPage("LVAL", make([]uint16, 2), append(le32(6<<8|1), long[:3500]...), append(le32(8<<8), long[3500:3502]...))
	last := mdbPage("LVAL", make([]uint16, 1), append(le32(0), long[3502:]...))
	pages := [][]byte{
		make([]byte, 4096), make([]byte, 4096), mdbDefinition(catalog), list, mdbDefinition(pupils),
		mdbPage("\x04\x00\x00\x00", []uint16{0, 0x8000, 0, 0x4000}, rows...), piece,
		mdbPage("\x04\x00\x00\x00", []uint16{0}, mdbRow(pupils, narrow("Flyttad Lind"), nil, nil, nil, nil, nil, nil)), last,
	}
	for i, p := range pages {
		if key != 0 && i > 0 {
			c, err := rc4.NewCipher(le32(key ^ uint32(i)))
			if err != nil {
				t.Fatal(err)
			}
			c.XORKeyStream(p, p)
		}
	}
	copy(pages[0], "\x00\x01\x00\x00Standard Jet DB\x00\x01")
	copy(pages[0][0x3E:], le32(key))
	c, err := rc4.NewCipher([]byte{0xC7, 0xDA, 0x39, 0x6B})
	if err != nil {
		t.Fatal(err)
	}
	c.XORKeyStream(pages[0][0x18:0x98], pages[0][0x18:0x98])
	return bytes.Join(pages, nil)
}

func TestMDB(t *testing.T) {
	want := "table Elever row 1: Namn\tPnr\tFödd\tAktiv\tAnm\tAvgift\tTal\n" +
		"Åsa Öberg\t19121212-1212\t1912-12-12\ttrue\tEtt minne till\t12.5\t-123.45\n" +
		"Bo ♁ Ek\t\t\tfalse\t" + strings.Repeat("Lång anmärkning. ", 200) + "Slut.\t\t\n" +
		"Flyttad Lind\t\t\tfalse\t\t\t\n" +
		"table Elever part deleted row 1: Namn\tPnr\tFödd\tAktiv\tAnm\tAvgift\tTal\nRaderad Ek\tx\t\tfalse\t\t\t\n"
	for name, key := range map[string]uint32{"plain": 0, "with a key inside": 0x12345678} {
		a := walk(t, "a.mdb", madeMDB(t, key), extract.Limits{})
		if got := strings.Join(a.items[0].Passages, ""); got != want || a.items[0].State != breach.Read {
			t.Errorf("%s: %s, %q; want %q", name, a.items[0].State, got, want)
		}
	}
	short := walk(t, "a.mdb", madeMDB(t, 0)[:6*4096+100], extract.Limits{}).items[0]
	if short.State != breach.Partly || short.Reason != breach.Truncated || !strings.Contains(strings.Join(short.Passages, ""), "Åsa Öberg") {
		t.Errorf("cut short: %s, %s, %q", short.State, short.Reason, short.Passages)
	}
	lost := madeMDB(t, 0)
	clear(lost[2*4096 : 3*4096])
	got := walk(t, "a.mdb", lost, extract.Limits{}).items[0]
	if got.State != breach.Partly || !strings.Contains(strings.Join(got.Passages, ""), "part deleted row 1: Namn\tPnr") {
		t.Errorf("without its list of tables: %s, %q", got.State, got.Passages)
	}
}

// TestDamagedMDB reads databases with bytes changed, cut out and repeated.
func TestDamagedMDB(t *testing.T) {
	limits := extract.Limits{PDF: testPDFium(t)}
	seeds := [][]byte{madeMDB(t, 0)}
	for _, s := range samples(t, "mdb") {
		content, err := os.ReadFile(s.path)
		if err != nil {
			t.Fatal(err)
		}
		seeds = append(seeds, content)
	}
	r := rand.New(rand.NewPCG(13, 34))
	for _, seed := range seeds {
		for range 25 {
			content := damage(r, seed)
			for range r.IntN(60) {
				content[r.IntN(len(content))] = byte(r.Uint32())
			}
			content = append(bytes.Clone(seed[:0x99]), content[min(len(content), 0x99):]...)
			endure(t, "a.mdb", content, limits)
		}
	}
}

// FuzzMDB reads anything that begins as a database of Access.
func FuzzMDB(f *testing.F) {
	f.Add(madeMDB(f, 0))
	f.Add(madeMDB(f, 0x12345678))
	f.Fuzz(func(t *testing.T, content []byte) {
		endure(t, "a.mdb", content, extract.Limits{Text: 1 << 20})
	})
}
