package extract_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"

	"github.com/klarlagt/klarlagt/extract"
)

var encodings = []struct {
	name string
	enc  encoding.Encoding
	want float64 // share read right from 40 bytes on
}{
	{"utf-8", encoding.Nop, 1},
	{"windows-1252", charmap.Windows1252, 0.99},
	{"iso-8859-15", charmap.ISO8859_15, 0.98},
	{"cp850", charmap.CodePage850, 0.97},
	{"cp865", charmap.CodePage865, 0.97},
	{"macintosh", charmap.Macintosh, 0.94},
	{"utf-16le", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), 1},
	{"utf-16be", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), 1},
	{"utf-32le", utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM), 1},
	{"utf-16 with mark", unicode.UTF16(unicode.BigEndian, unicode.UseBOM), 1},
}

// sentences are those of two treebanks.
func sentences(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, name := range []string{"sv_talbanken-ud-dev.conllu", "fi_tdt-ud-dev.conllu"} {
		content, err := os.ReadFile(filepath.Join("../../shared/corpus/text", name))
		if err != nil {
			t.Skip("the corpus of texts is not here")
		}
		for line := range strings.Lines(string(content)) {
			if text, ok := strings.CutPrefix(line, "# text = "); ok {
				found = append(found, text)
			}
		}
	}
	return found
}

// TestCharsets reads stretches of Swedish and Finnish in each encoding.
func TestCharsets(t *testing.T) {
	all := sentences(t)
	for _, size := range []int{40, 200, 2000} {
		var texts []string
		for i := 0; i+1 < len(all) && len(texts) < 400; {
			text := ""
			for ; len(text) < size && i < len(all); i++ {
				text += all[i]
			}
			texts = append(texts, text)
		}
		for _, e := range encodings {
			right, tried := 0, 0
			for _, text := range texts {
				raw, err := e.enc.NewEncoder().Bytes([]byte(text))
				if err != nil {
					continue // letters that the encoding has not
				}
				tried++
				a := walk(t, "a.txt", raw, extract.Limits{})
				want := walk(t, "a.txt", []byte(text), extract.Limits{})
				if strings.Join(a.items[0].Passages, "") == strings.Join(want.items[0].Passages, "") {
					right++
				}
			}
			share := float64(right) / float64(tried)
			t.Logf("%d bytes of %s: %.3f of %d right", size, e.name, share, tried)
			if share < e.want {
				t.Errorf("%d bytes of %s: %.3f right, want %.2f", size, e.name, share, e.want)
			}
		}
	}
}

// TestLateCharset has its first letter beyond ASCII after two megabytes, and
// bytes of another charset after that.
func TestLateCharset(t *testing.T) {
	head := bytes.Repeat([]byte("only plain letters here\n"), 100000)
	for _, tt := range []struct{ name, tail, want string }{
		{"windows-1252", "\xC5sa \xD6berg\n", "Åsa Öberg\n"},
		{"cp850", "\x8Fsa \x99berg bor p\x86 v\x84gen\n", "Åsa Öberg bor på vägen\n"},
		{"utf-8", "Åsa Öberg\n", "Åsa Öberg\n"},
		{"utf-8 and windows-1252", "Åsa Öberg\n\xC5sa \xD6berg\n", "Åsa Öberg\nÅsa Öberg\n"},
	} {
		a := walk(t, "a.txt", append(bytes.Clone(head), tt.tail...), extract.Limits{})
		if got := strings.Join(a.items[0].Passages, ""); !strings.HasSuffix(got, tt.want) {
			t.Errorf("%s: ends with %q, want %q", tt.name, got[len(got)-30:], tt.want)
		}
	}
}
