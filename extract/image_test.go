package extract_test

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

func TestPictureDescriptions(t *testing.T) {
	segment := func(marker byte, data string) string {
		return string(binary.BigEndian.AppendUint16([]byte{0xFF, marker}, uint16(len(data)+2))) + data
	}
	chunk := func(kind, data string) string {
		return string(binary.BigEndian.AppendUint32(nil, uint32(len(data)))) + kind + data + "\x00\x00\x00\x00"
	}
	const xmp = "<x:xmpmeta><rdf:Description><dc:creator>Åsa Öberg</dc:creator><dc:title>7A</dc:title></rdf:Description></x:xmpmeta>"
	tests := []struct{ name, content, want string }{
		{"comment", "\xFF\xD8" + segment(0xFE, "Klass 7A, \xC5sa \xD6berg") + "\xFF\xDA", "property: comment: Klass 7A, Åsa Öberg\n"},
		{"caption", "\xFF\xD8" + segment(0xED, "Photoshop 3.0\x008BIM\x04\x04\x00\x1c\x02x\x00\x0BBo Ek vinner"), "bytes 1: Photoshop 3.0\nBo Ek vinner"},
		{"XMP", "\xFF\xD8" + segment(0xE1, "http://ns.adobe.com/xap/1.0/\x00"+xmp), "record 1: Description creator: Åsa Öberg\nDescription title: 7A\n"},
		{"text of a PNG", "\x89PNG\r\n\x1a\n" + chunk("IHDR", "0123456789abc") + chunk("tEXt", "Author\x00Bo Ek"), "property: Author: Bo Ek\n"},
		{"longer text of a PNG", "\x89PNG\r\n\x1a\n" + chunk("iTXt", "Title\x00\x00\x00sv\x00Titel\x00Åsa"), "property: Title: Åsa\n"},
		{"length beyond the end", "\x89PNG\r\n\x1a\n\xFF\xFF\xFF\xF0tEXtAuthor\x00Bo Ek", ""},
		{"nothing", "GIF89a..........", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := walk(t, "a.jpg", []byte(tt.content), extract.Limits{}).items[0]
			if got := strings.Join(e.Passages, ""); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if e.State != breach.OCRPending {
				t.Errorf("the picture is %s, want %s", e.State, breach.OCRPending)
			}
		})
	}
}

func TestLocked(t *testing.T) {
	for name, content := range map[string]string{
		"pgp":     "-----BEGIN PGP MESSAGE-----\n\nhQEMA\n",
		"age":     "age-encryption.org/v1\n-> X25519 x\n",
		"keepass": "\x03\xD9\xA2\x9A\x67\xFB\x4B\xB5\x01\x00",
		"openssl": "Salted__12345678abcdef",
		"smime":   "\x30\x80\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x03\xA0\x80\x30",
	} {
		e := walk(t, "a.bin", []byte(content), extract.Limits{}).items[0]
		if e.Type != name || e.State != breach.Encrypted || e.Reason != breach.PasswordNeeded {
			t.Errorf("%s: got %s, %s, %s", name, e.Type, e.State, e.Reason)
		}
	}
}

func TestFormatsAreListedOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range extract.All {
		if f.Name == "" || f.Sniff == nil || seen[f.Name] {
			t.Errorf("%q is listed twice, or cannot be told", f.Name)
		}
		seen[f.Name] = true
	}
}
