package extract_test

import (
	"slices"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
)

// message is the streams of a message with a subject, a sender and a text.
func message(prefix string) streams {
	return streams{
		prefix + "__properties_version1.0": make([]byte, 32),
		prefix + "__substg1.0_001A001F":    utf16Bytes("IPM.Note"),
		prefix + "__substg1.0_0037001F":    utf16Bytes("Beslut"),
		prefix + "__substg1.0_0C1A001F":    utf16Bytes("Eva Ek"),
		prefix + "__substg1.0_0C1F001F":    utf16Bytes("eva.ek@example.com"),
		prefix + "__substg1.0_1000001F":    utf16Bytes("Hej Åsa\r\nvi ses"),
	}
}

func TestOutlookMessage(t *testing.T) {
	file := message("")
	for name, content := range map[string][]byte{
		"__recip_version1.0_#00000000/__substg1.0_3001001F":    utf16Bytes("Åsa Öberg"),
		"__recip_version1.0_#00000000/__substg1.0_39FE001F":    utf16Bytes("asa@example.com"),
		"__recip_version1.0_#00000000/__properties_version1.0": le(make([]byte, 8), uint32(0x0C150003), uint32(0), uint32(2), uint32(0)),
		"__substg1.0_10130102":                                 []byte(`<p>Hej <b>Åsa</b></p>`),
		"__attach_version1.0_#00000000/__substg1.0_3707001F":   utf16Bytes("lista.csv"),
		"__attach_version1.0_#00000000/__substg1.0_37010102":   []byte("namn;klass\nAnna Ask;3B\n"),
	} {
		file[name] = content
	}
	for name, content := range message("__attach_version1.0_#00000001/__substg1.0_3701000D/") {
		file[name] = content
	}
	file["__attach_version1.0_#00000001/__substg1.0_3001001F"] = utf16Bytes("Vidarebefordrat")
	a := walk(t, "x.msg", compoundFile(file), noLimits)
	var got []string
	for _, e := range a.items {
		got = append(got, e.Item.Name.Reveal()+" "+e.Type+" "+string(e.State))
	}
	if want := []string{"x.msg msg read", "lista.csv csv read", "Vidarebefordrat msg read"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	expect(t, a.items[0].Passages, "header: From: Eva Ek <eva.ek@example.com>\nCc: Åsa Öberg <asa@example.com>\nSubject: Beslut",
		"part 1: Hej Åsa\nvi ses", "part 2 paragraph 1: Hej Åsa")
	expect(t, a.items[2].Passages, "header: From: Eva Ek <eva.ek@example.com>\nSubject: Beslut", "part 1: Hej Åsa\nvi ses")
}

func TestOutlookContact(t *testing.T) {
	got, _ := passagesOf(t, "x.msg", compoundFile(streams{
		"__properties_version1.0":                  make([]byte, 32),
		"__substg1.0_001A001F":                     utf16Bytes("IPM.Contact"),
		"__substg1.0_3A08001F":                     utf16Bytes("040 000 0000"),
		"__substg1.0_3A11001E":                     []byte("\xD6berg\x00"),
		"__substg1.0_8003001F":                     utf16Bytes("asa@example.com"),
		"__nameid_version1.0/__substg1.0_00030102": le(uint32(0x8083), uint16(6), uint16(3)),
	}))
	expect(t, got, "record 1: Business telephone: 040 000 0000\nSurname: Öberg\nE-mail: asa@example.com")
}

// TestPackedRTF reads the example of [MS-OXRTFCP] 3.1.1.
func TestPackedRTF(t *testing.T) {
	packed := "\x2d\x00\x00\x00\x2b\x00\x00\x00\x4c\x5a\x46\x75\xf1\xc5\xc7\xa7\x03\x00\x0a\x00\x72\x63\x70\x67\x31\x32\x35\x42\x32\x0a\xf3\x20\x68\x65\x6c\x09\x00\x20\x62\x77\x05\xb0\x6c\x64\x7d\x0a\x80\x0f\xa0"
	file := streams{"__properties_version1.0": make([]byte, 32), "__substg1.0_001A001F": utf16Bytes("IPM.Note"), "__substg1.0_10090102": []byte(packed)}
	got, e := passagesOf(t, "x.msg", compoundFile(file))
	expect(t, got, "part 2 paragraph 1: hello world")
	file["__substg1.0_10090102"] = []byte(packed[:30])
	if _, e = passagesOf(t, "x.msg", compoundFile(file)); e.State == breach.Read || e.Reason != breach.Truncated {
		t.Errorf("cut off: state %s %s", e.State, e.Reason)
	}
}
