package extract_test

import (
	"testing"

	"github.com/klarlagt/klarlagt/breach"
)

// atom is a record of a presentation; container one that holds others.
func atom(kind uint16, data []byte) []byte { return le(uint16(0), kind, uint32(len(data)), data) }

func container(kind, instance uint16, records ...[]byte) []byte {
	var data []byte
	for _, r := range records {
		data = append(data, r...)
	}
	return le(instance<<4|0xF, kind, uint32(len(data)), data)
}

// slide is a slide with a text.
func slide(text string) []byte {
	return container(0x03EE, 0, container(0xF00D, 0, atom(0x0FA0, utf16Bytes(text))))
}

func TestOldPowerPointWithoutDirectory(t *testing.T) {
	got, e := passagesOf(t, "x.ppt", compoundFile(streams{"PowerPoint Document": le(slide("Klass 3B\rÅsa Öberg"), slide("Andra"))}))
	expect(t, got, "slide 1 paragraph 1: Klass 3B\nÅsa Öberg", "slide 2 paragraph 1: Andra")
	if e.Type != "ppt" || e.State != breach.Read {
		t.Errorf("type %s, state %s %s", e.Type, e.State, e.Reason)
	}
}

// TestOldPowerPoint has a slide that was changed: what it said before is still
// in the file.
func TestOldPowerPoint(t *testing.T) {
	var stream []byte
	add := func(b []byte) (at uint32) {
		at = uint32(len(stream))
		stream = append(stream, b...)
		return at
	}
	add(slide("Anna Ask slutar"))
	first := add(slide("Klass 3B"))
	second := add(slide("Andra"))
	notes := add(container(0x03F0, 0, atom(0x03F1, le(uint32(257), uint32(0))), atom(0x0FA8, []byte("Ring 040 000 0000"))))
	document := add(container(0x03E8, 0,
		container(0x0FF0, 0, atom(0x03F3, le(uint32(3), uint32(0), uint32(0), uint32(257), uint32(0))), atom(0x0FA8, []byte("Rubrik")),
			atom(0x03F3, le(uint32(2), uint32(0), uint32(0), uint32(256), uint32(0)))),
		container(0x0FF0, 2, atom(0x03F3, le(uint32(4), uint32(0), uint32(0), uint32(1), uint32(0))))))
	directory := add(atom(0x1772, le(uint32(1|4<<20), document, first, second, notes)))
	edit := add(atom(0x0FF5, le(uint32(0), uint32(0), uint32(0), directory, uint32(1), uint32(5), uint32(0))))
	got, _ := passagesOf(t, "x.ppt", compoundFile(streams{
		"PowerPoint Document": stream,
		"Current User":        le(uint16(0), uint16(0x0FF6), uint32(20), uint32(20), uint32(0xE391C05F), edit, make([]byte, 8)),
	}))
	expect(t, got, "slide 2 paragraph 1: Klass 3B", "slide 1 paragraph 1: Andra", "slide 1 comment 1 paragraph 1: Ring 040 000 0000",
		"slide 1 paragraph 1: Rubrik", "part 1 paragraph 1: Anna Ask slutar")
}

func TestPictureInPowerPoint(t *testing.T) {
	png := "\x89PNG\r\n\x1A\n" + "xxxx"
	picture := le(uint16(0x6E0<<4), uint16(0xF01E), uint32(17+len(png)), make([]byte, 17), png)
	a := walk(t, "x.ppt", compoundFile(streams{"PowerPoint Document": slide("x"), "Pictures": picture}), noLimits)
	if len(a.items) != 2 || a.items[1].Item.Name.Reveal() != "picture 1.png" || a.items[1].Length != int64(len(png)) {
		t.Errorf("got\n%v", a)
	}
}
