package extract_test

import (
	"bytes"
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

// le makes bytes of numbers, little end first, and of texts as they are.
func le(parts ...any) []byte {
	var b []byte
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			b = append(b, p...)
		case []byte:
			b = append(b, p...)
		default:
			var err error
			if b, err = binary.Append(b, binary.LittleEndian, p); err != nil {
				panic(err)
			}
		}
	}
	return b
}

// utf16Bytes is a text in UTF-16, little end first.
func utf16Bytes(s string) []byte { return le(utf16.Encode([]rune(s))) }

// streams are the contents of a compound file by their names; a slash parts
// the name of a storage from what is in it.
type streams map[string][]byte

// compoundFile makes a compound file. All its streams lie in large sectors, so
// that a fuzzer reaches them.
func compoundFile(content streams) []byte {
	const end, none, sector = 0xFFFFFFFE, 0xFFFFFFFF, 512
	type node struct {
		name    string
		content []byte
		kids    []int
		storage bool
	}
	nodes := []node{{name: "Root Entry", storage: true}}
	find := func(in int, name string) int {
		for _, kid := range nodes[in].kids {
			if nodes[kid].name == name {
				return kid
			}
		}
		nodes = append(nodes, node{name: name})
		nodes[in].kids = append(nodes[in].kids, len(nodes)-1)
		return len(nodes) - 1
	}
	for _, name := range slices.Sorted(maps.Keys(content)) {
		at := 0
		for _, step := range strings.Split(name, "/") {
			nodes[at].storage = true
			at = find(at, step)
		}
		nodes[at].content = content[name]
	}
	var data, directory []byte
	var fat []uint32
	put := func(b []byte) (first uint32) {
		if len(b) == 0 {
			return end
		}
		first = uint32(len(fat))
		for i := 0; i < len(b); i += sector {
			fat = append(fat, uint32(len(fat)+1))
		}
		fat[len(fat)-1] = end
		data = append(append(data, b...), make([]byte, -len(b)&(sector-1))...)
		return first
	}
	next := make([]uint32, len(nodes))
	child := make([]uint32, len(nodes))
	for i := range nodes {
		next[i], child[i] = none, none
	}
	for i, n := range nodes {
		for j, kid := range n.kids {
			if j == 0 {
				child[i] = uint32(kid)
			} else {
				next[n.kids[j-1]] = uint32(kid)
			}
		}
	}
	for i, n := range nodes {
		name := append(utf16Bytes(n.name), 0, 0)
		kind, start := byte(2), uint32(end)
		switch {
		case i == 0:
			kind = 5
		case n.storage:
			kind = 1
		default:
			start = put(n.content)
		}
		directory = append(directory, le(name, make([]byte, 64-len(name)), uint16(len(name)), kind, byte(1),
			uint32(none), next[i], child[i], make([]byte, 36), start, uint64(len(n.content)))...)
	}
	dir := put(directory)
	table := uint32(len(fat))
	fats := uint32(1)
	for fats*128 < table+fats {
		fats++
	}
	fat = append(fat, slices.Repeat([]uint32{0xFFFFFFFD}, int(fats))...)
	header := le("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", make([]byte, 16), uint16(0x3E), uint16(3), uint16(0xFFFE), uint16(9), uint16(6), make([]byte, 10),
		fats, dir, uint32(0), uint32(0), uint32(end), uint32(0), uint32(end), uint32(0))
	for i := range uint32(109) {
		if i < fats {
			header = append(header, le(table+i)...)
		} else {
			header = append(header, le(uint32(none))...)
		}
	}
	b := le(fat)
	return le(header, data, b, bytes.Repeat([]byte{0xFF}, -len(b)&(sector-1)))
}

// packageOf is a file as it stands in a document.
func packageOf(name, content string) []byte {
	b := le(uint16(2), name, byte(0), `C:\temp\`, name, byte(0), uint16(0), uint16(3), uint32(len(name)+9), `C:\temp\`, name, byte(0), uint32(len(content)), content)
	return le(uint32(len(b)), b)
}

func TestWhatIsEmbeddedInCompoundFiles(t *testing.T) {
	inner := sheetOf(cellRecord(0x204, 0, 0, le(uint16(3), byte(0), "Ask")))
	a := walk(t, "x.doc", compoundFile(streams{
		"WordDocument":                  oldWord("Text\r", nil),
		"ObjectPool/_1/\x01Ole10Native": packageOf("lista.csv", "namn;klass\nAnna Ask;3B\n"),
		"ObjectPool/_2/Workbook":        inner,
		"ObjectPool/_2/\x01CompObj":     []byte("x"),
		"ObjectPool/_3/CONTENTS":        []byte("Bo Berg, 19121212-1212"),
		"ObjectPool/_4/\x03ObjInfo":     []byte("only how it looks"),
	}), extract.Limits{})
	var got []string
	for _, e := range a.items {
		got = append(got, e.Item.Name.Reveal()+" "+e.Type+" "+string(e.State))
	}
	want := []string{"x.doc doc read", "lista.csv csv read", "object 2 xls read", "object 3 text read"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	expect(t, a.items[2].Passages, "sheet 1 row 1: Ask")
}

func TestUnknownCompoundFile(t *testing.T) {
	got, e := passagesOf(t, "plan.pub", compoundFile(streams{"Contents": []byte("\x00\x01\xC5sa \xD6berg, 040 000 0000\x00\x00"), "\x05SummaryInformation": properties("Eva Ek")}))
	expect(t, got, "property: author: Eva Ek", "part Contents bytes 3: Åsa Öberg, 040 000 0000")
	if e.Type != "ole" || e.State != breach.Partly || e.Missing != "strings only" {
		t.Errorf("%s %s %q", e.Type, e.State, e.Missing)
	}
}

// properties is a property set with an author.
func properties(author string) []byte {
	return le(uint16(0xFFFE), uint16(0), uint32(0), make([]byte, 16), uint32(1), make([]byte, 16), uint32(48),
		uint32(64), uint32(2), uint32(1), uint32(24), uint32(4), uint32(32), uint32(2), uint16(1252), uint16(0), uint32(30), uint32(len(author)+1), author, byte(0))
}

func TestLockedOldOffice(t *testing.T) {
	locked := oldWord("Text\r", nil)
	locked[11] |= 1
	for name, file := range map[string]streams{
		"doc": {"WordDocument": locked},
		"xls": {"Workbook": le(record(0x809, le(uint16(0x600), uint16(5), make([]byte, 12))), record(0x2F, make([]byte, 54)), "\xFF\xFF\xFF\xFF")},
		"ppt": {"PowerPoint Document": make([]byte, 16), "Current User": le(make([]byte, 12), uint32(0xF3D1C4DF), make([]byte, 16))},
	} {
		file["\x05SummaryInformation"] = properties("Eva Ek")
		got, e := passagesOf(t, "x", compoundFile(file))
		expect(t, got, "property: author: Eva Ek") // stands outside what is locked
		if e.Type != name || e.State != breach.Encrypted || e.Reason != breach.PasswordNeeded {
			t.Errorf("%s is %s, %s %s", name, e.Type, e.State, e.Reason)
		}
	}
}

func TestCompoundFileThatGoesInCircles(t *testing.T) {
	file := compoundFile(streams{"WordDocument": oldWord("Text\r", nil), "ObjectPool/_1/Workbook": sheetOf(nil), "Data": make([]byte, 2000)})
	for i := 0; i < len(file); i += 2 { // every other byte in turn points somewhere else
		for _, v := range []byte{0, 0xFF} {
			if file[i] == v {
				continue
			}
			bent := bytes.Clone(file)
			bent[i] = v
			walk(t, "x.doc", bent, extract.Limits{})
		}
	}
}

func TestCompoundFileWithSharedSectors(t *testing.T) {
	content := streams{}
	for i := range 200 {
		content["o"+string(rune('A'+i))+"/Workbook"] = []byte("x")
	}
	content["Workbook"] = sheetOf(cellRecord(0x204, 0, 0, le(uint16(4000), byte(0), strings.Repeat("x", 4000))))
	content["big"] = bytes.Repeat([]byte("Åsa Öberg "), 50_000)
	file := compoundFile(content)
	at := bytes.Index(file, utf16Bytes("big"))
	for i := at % 128; i+128 <= len(file); i += 128 { // all streams are the big one
		if bytes.HasPrefix(file[i:], utf16Bytes("Workbook")) && file[i+120] == 1 {
			copy(file[i+116:i+128], file[at+116:at+128])
		}
	}
	a := walk(t, "x.xls", file, extract.Limits{Free: 1 << 20, Ratio: 10})
	if e := a.items[0]; e.State != breach.Partly || e.Reason != breach.BombRatio {
		t.Errorf("%d items; state %s %s", len(a.items), e.State, e.Reason)
	}
}

func FuzzOldOffice(f *testing.F) {
	f.Add(oldWord("Text\r", nil), sheetOf(nil), []byte("x"), properties("Eva Ek"))
	f.Add(le(record(0x809, le(uint16(0x600), uint16(5)))), slide("x"), packageOf("a", "b"), []byte{})
	f.Fuzz(func(t *testing.T, main, second, third, props []byte) {
		for _, names := range [][3]string{
			{"WordDocument", "1Table", "Data"}, {"Workbook", "_SX_DB_CUR/1", "MBD1/\x01Ole10Native"}, {"PowerPoint Document", "Current User", "Pictures"},
			{"__substg1.0_10090102", "__properties_version1.0", "__nameid_version1.0/__substg1.0_00030102"}, {"x", "y/\x01Ole10Native", "z"},
		} {
			file := compoundFile(streams{names[0]: main, names[1]: second, names[2]: third, "\x05SummaryInformation": props})
			walk(t, "x", file, extract.Limits{Text: 1 << 20, Free: 1 << 20})
		}
	})
}
