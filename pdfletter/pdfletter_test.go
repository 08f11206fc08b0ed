package pdfletter_test

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"errors"
	"io"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/pdfletter"
)

func press(t testing.TB, fold pdfletter.Fold) *pdfletter.Press {
	t.Helper()
	p, err := pdfletter.New(fold)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// letter is a letter of one part, with paragraphs after its list.
func letter(paragraphs int) pdfletter.Letter {
	part := pdfletter.Part{Lang: "sv", Title: "Dina uppgifter har läckt", Blocks: []pdfletter.Block{
		{Text: "Hej Exempla!"},
		{Role: pdfletter.Heading, Text: "Vilka uppgifter"},
		{Text: "Detta är säkert:"},
		{Role: pdfletter.Item, Text: "namn och adress"},
		{Role: pdfletter.Item, Text: "portkod, som släpper in den som kan den, och som du därför bör be din hyresvärd att byta så snart det går"},
	}}
	for range paragraphs {
		part.Blocks = append(part.Blocks, pdfletter.Block{Role: pdfletter.Heading, Text: "Vad du kan göra"},
			pdfletter.Block{Text: strings.Repeat("Var försiktig med samtal som du inte väntar dig. ", 7)})
	}
	return pdfletter.Letter{
		ID: "n1 p17", Sender: []string{"Box 999", "999 99 Exempelstad"}, Dated: "18.9.2026",
		Address: []string{"Exempla Provsson", "Provgatan 1 B", "999 99 Exempelstad"},
		Code:    "K7F3A2-000123", Parts: []pdfletter.Part{part},
	}
}

func lay(t testing.TB, p *pdfletter.Press, l pdfletter.Letter) pdfletter.Laid {
	t.Helper()
	laid, err := p.Lay(l)
	if err != nil {
		t.Fatal(err)
	}
	return laid
}

func file(t testing.TB, p *pdfletter.Press, l pdfletter.Letter) ([]byte, pdfletter.Printed) {
	t.Helper()
	var b bytes.Buffer
	printed, err := p.File(&b, lay(t, p, l))
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), printed
}

// contents are the content streams of a file, uncompressed.
func contents(t testing.TB, pdf []byte) [][]byte {
	t.Helper()
	var out [][]byte
	for _, at := range regexp.MustCompile(`>>\nstream\n`).FindAllIndex(pdf, -1) {
		z, err := zlib.NewReader(bytes.NewReader(pdf[at[1]:]))
		if err != nil {
			continue // the metadata lies plain
		}
		b, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte(" Tj ET")) {
			out = append(out, b)
		}
	}
	return out
}

func TestTheSameLetterIsTheSameBytes(t *testing.T) {
	a, _ := file(t, press(t, pdfletter.C5), letter(20))
	b, _ := file(t, press(t, pdfletter.C5), letter(20))
	if !bytes.Equal(a, b) {
		t.Error("the same letter, written twice, is not the same bytes")
	}
	if l := letter(20); true {
		l.Address[0] = "Exempla Provsen"
		if c, _ := file(t, press(t, pdfletter.C5), l); bytes.Equal(a, c) {
			t.Error("another name gives the same bytes")
		}
	}
}

func TestALetterIsDrawnTheSameAloneAndAmongOthers(t *testing.T) {
	p := press(t, pdfletter.C5)
	alone, printed := file(t, p, letter(20))
	var all bytes.Buffer
	bundle, err := p.Bundle(&all, pdfletter.Info{Title: "Letters", Lang: "sv"})
	if err != nil {
		t.Fatal(err)
	}
	first := letter(2)
	first.Address[0] = "Łukasz Nguyễn Čáhppes" // of characters that the other does not need
	for _, l := range []pdfletter.Letter{first, letter(20)} {
		got, err := bundle.Add(lay(t, p, l))
		if err != nil {
			t.Fatal(err)
		}
		if l.Address[0] == "Exempla Provsson" && (got.Content != printed.Content || got.Pages != printed.Pages || got.First != 2) {
			t.Errorf("alone the letter is %v, among others %v", printed, got)
		}
	}
	if err := bundle.Close(); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(bytes.Join(contents(t, alone), nil))
	if sum != printed.Content {
		t.Error("the hash is not of the pages' content streams")
	}
}

func TestRefusedLettersSayWhereAndNotWhat(t *testing.T) {
	for name, c := range map[string]struct {
		mend func(*pdfletter.Letter)
		want pdfletter.Refused
	}{
		"a name in Chinese":            {func(l *pdfletter.Letter) { l.Address[0] = "Li 測試" }, pdfletter.Refused{Reason: pdfletter.NoGlyph, Part: "address", Line: 1, Char: 4}},
		"an emoji in the text":         {func(l *pdfletter.Letter) { l.Parts[0].Blocks[4].Text = "a 🙂" }, pdfletter.Refused{Reason: pdfletter.NoGlyph, Part: "text", Line: 5, Char: 3}},
		"a letter and a mark apart":    {func(l *pdfletter.Letter) { l.Address[0] = "A\u030asa" }, pdfletter.Refused{Reason: pdfletter.NoGlyph, Part: "address", Line: 1, Char: 2}},
		"a soft hyphen":                {func(l *pdfletter.Letter) { l.Parts[0].Title = "Upp\u00adgift" }, pdfletter.Refused{Reason: pdfletter.NoGlyph, Part: "title", Line: 1, Char: 4}},
		"a tab":                        {func(l *pdfletter.Letter) { l.Dated = "\t" }, pdfletter.Refused{Reason: pdfletter.NoGlyph, Part: "dated", Line: 1, Char: 1}},
		"bytes that are no text":       {func(l *pdfletter.Letter) { l.Dated = "\xff" }, pdfletter.Refused{Reason: pdfletter.NoGlyph, Part: "dated", Line: 1, Char: 1}},
		"a newline in a heading":       {func(l *pdfletter.Letter) { l.Parts[0].Blocks[1].Text = "a\nb" }, pdfletter.Refused{Reason: pdfletter.NoGlyph, Part: "text", Line: 2, Char: 2}},
		"an address of too many lines": {func(l *pdfletter.Letter) { l.Address = strings.Split("a b c d e f g h", " ") }, pdfletter.Refused{Reason: pdfletter.Window, Part: "address"}},
		"a name wider than the window": {func(l *pdfletter.Letter) { l.Address[0] = strings.Repeat("Provsson", 8) }, pdfletter.Refused{Reason: pdfletter.Window, Part: "address"}},
		"a sender that would show":     {func(l *pdfletter.Letter) { l.Sender = strings.Split("a b c d e", " ") }, pdfletter.Refused{Reason: pdfletter.Window, Part: "sender"}},
		"no title":                     {func(l *pdfletter.Letter) { l.Parts[0].Title = "" }, pdfletter.Refused{Reason: pdfletter.NothingSaid, Part: "title"}},
		"no text":                      {func(l *pdfletter.Letter) { l.Parts[0].Blocks = nil }, pdfletter.Refused{Reason: pdfletter.NothingSaid, Part: "text"}},
		"an empty paragraph":           {func(l *pdfletter.Letter) { l.Parts[0].Blocks[2].Text = "" }, pdfletter.Refused{Reason: pdfletter.NothingSaid, Part: "text", Line: 3}},
		"no part":                      {func(l *pdfletter.Letter) { l.Parts = nil }, pdfletter.Refused{Reason: pdfletter.NothingSaid, Part: "text"}},
		"no language":                  {func(l *pdfletter.Letter) { l.Parts[0].Lang = "" }, pdfletter.Refused{Reason: pdfletter.BadLanguage, Part: "language"}},
		"a language that ends the tag": {func(l *pdfletter.Letter) { l.Parts[0].Lang = "sv)/X(" }, pdfletter.Refused{Reason: pdfletter.BadLanguage, Part: "language"}},
		"a code that is not ASCII":     {func(l *pdfletter.Letter) { l.Code = "Å1" }, pdfletter.Refused{Reason: pdfletter.BadCode, Part: "code"}},
		"a code wider than the sheet":  {func(l *pdfletter.Letter) { l.Code = strings.Repeat("A", 40) }, pdfletter.Refused{Reason: pdfletter.BadCode, Part: "code"}},
		"more pages than anyone reads": {func(l *pdfletter.Letter) { *l = letter(900) }, pdfletter.Refused{Reason: pdfletter.TooLong, Part: "text"}},
	} {
		t.Run(name, func(t *testing.T) {
			l := letter(1)
			c.mend(&l)
			_, err := press(t, pdfletter.C5).Lay(l)
			var got *pdfletter.Refused
			c.want.ID = "n1 p17"
			if !errors.As(err, &got) || *got != c.want {
				t.Errorf("got %v, want %v", err, &c.want)
			}
		})
	}
}

func TestAnEmptyBundleIsNoFile(t *testing.T) {
	bundle, err := press(t, pdfletter.C5).Bundle(io.Discard, pdfletter.Info{Title: "Letters", Lang: "sv"})
	if err != nil {
		t.Fatal(err)
	}
	if err := bundle.Close(); err == nil {
		t.Error("a bundle without letters was closed in order")
	}
}

func TestAFullDiskIsTold(t *testing.T) {
	p, full := press(t, pdfletter.C5), errors.New("no space")
	if _, err := p.File(&small{5000, full}, lay(t, p, letter(1))); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
}

// small takes so many bytes and no more.
type small struct {
	left int
	err  error
}

func (s *small) Write(b []byte) (int, error) {
	if len(b) > s.left {
		return 0, s.err
	}
	s.left -= len(b)
	return len(b), nil
}

// Whatever a letter says is read back from what is drawn, or the letter is
// refused; nothing brings the press down.
func FuzzLetter(f *testing.F) {
	f.Add("Exempla Provsson\nProvgatan 1", "Rubrik", "Text som är lite längre.", "B-000001")
	f.Add("", "a", strings.Repeat("ord", 400), "")
	f.Add("測", "b\nc", "  blanks \n\n  and more ", "å")
	p := press(f, pdfletter.E65)
	f.Fuzz(func(t *testing.T, address, title, text, code string) {
		if len(text) > 4000 {
			return
		}
		l := pdfletter.Letter{ID: "x", Address: strings.Split(address, "\n"), Code: code, Parts: []pdfletter.Part{
			{Lang: "sv", Title: title, Blocks: []pdfletter.Block{{Text: text}, {Role: pdfletter.Item, Text: text}}}}}
		laid, err := p.Lay(l)
		if err != nil {
			return
		}
		if _, err := p.File(io.Discard, laid); err != nil {
			t.Fatal(err)
		}
	})
}

// tool runs a program on a file, and gives what it printed.
func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skip(name + " is not installed")
	}
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}
