package pdfletter

import (
	"compress/zlib"
	"crypto/sha256"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
)

// Press writes letters. Many may use it at a time.
type Press struct {
	fold          Fold
	regular, bold *font
	common        [2]glyphSet
	programs      [2]program // of the common characters
	zips          *sync.Pool
}

// New makes a press for sheets that are folded one way.
func New(fold Fold) (*Press, error) {
	p := &Press{fold: fold}
	p.zips = deflaters(zlib.BestSpeed) // half the time of the default, for a tenth more bytes
	var err error
	if p.regular, err = parseFont(regularTTF, "NotoSans", false); err != nil {
		return nil, fmt.Errorf("read the font: %w", err)
	}
	if p.bold, err = parseFont(boldTTF, "NotoSans-Bold", true); err != nil {
		return nil, fmt.Errorf("read the bold font: %w", err)
	}
	o := newObjects(io.Discard, deflaters(zlib.BestCompression))
	for i, f := range p.fonts() {
		p.common[i] = newGlyphSet(f)
		p.common[i].addText(f, common)
		for r := rune(' '); r <= 'ỹ'; r++ {
			if (r <= 'ſ' || r >= 'Ạ') && f.glyph(r) != 0 {
				p.common[i].add(f.glyph(r))
			}
		}
		p.programs[i] = o.program(f, p.common[i])
	}
	return p, nil
}

func deflaters(level int) *sync.Pool {
	return &sync.Pool{New: func() any {
		w, _ := zlib.NewWriterLevel(io.Discard, level) // a level that there is
		return w
	}}
}

func (p *Press) fonts() [2]*font { return [2]*font{p.regular, p.bold} }

// File writes one letter as a file of its own.
func (p *Press) File(w io.Writer, l Laid) (Printed, error) {
	b := p.bundle(w, Info{Title: l.title, Lang: l.root.lang})
	b.single = true
	printed, err := b.Add(l)
	if err != nil {
		return Printed{}, err
	}
	return printed, b.Close()
}

// language is the shape of a language tag, as far as letters need one.
var language = regexp.MustCompile(`^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$`)

// Lay checks a letter and lays it out, to be written by the same press. What
// cannot be written is a [*Refused].
func (p *Press) Lay(l Letter) (Laid, error) {
	refuse := func(r Reason, part string) (Laid, error) { return Laid{}, &Refused{ID: l.ID, Reason: r, Part: part} }
	switch {
	case len(l.Parts) == 0:
		return refuse(NothingSaid, "text")
	case l.Code != "" && !codable(sheetCode(l.Code, MaxPages, MaxPages)):
		return refuse(BadCode, "code")
	case len(l.Sender) > senderLines:
		return refuse(Window, "sender")
	}
	for _, part := range l.Parts {
		switch {
		case !language.MatchString(part.Lang):
			return refuse(BadLanguage, "language")
		case part.Title == "":
			return refuse(NothingSaid, "title")
		case len(part.Blocks) == 0:
			return refuse(NothingSaid, "text")
		}
	}
	if err := p.glyphs(&l); err != nil {
		return Laid{}, err
	}
	return p.lay(&l)
}

// glyphs refuses what the fonts cannot draw.
func (p *Press) glyphs(l *Letter) error {
	for _, lines := range []struct {
		part string
		of   []string
	}{{"address", l.Address}, {"sender", l.Sender}, {"dated", []string{l.Dated}}} {
		for i, text := range lines.of {
			if c := p.regular.missing(text); c > 0 {
				return &Refused{l.ID, NoGlyph, lines.part, i + 1, c}
			}
		}
	}
	n := 0
	for _, part := range l.Parts {
		if c := p.bold.missing(part.Title); c > 0 {
			return &Refused{l.ID, NoGlyph, "title", 1, c}
		}
		for _, b := range part.Blocks {
			n++
			if b.Text == "" {
				return &Refused{ID: l.ID, Reason: NothingSaid, Part: "text", Line: n}
			}
			if c := p.font(b).missing(withoutNewlines(b)); c > 0 {
				return &Refused{l.ID, NoGlyph, "text", n, c}
			}
		}
	}
	return nil
}

func (p *Press) font(b Block) *font {
	if b.Role == Heading {
		return p.bold
	}
	return p.regular
}

// draw makes the content streams of pages, and reads them back.
func (p *Press) draw(in Laid, used *[2]glyphSet) ([][]byte, [32]byte, error) {
	sum := sha256.New()
	var pages [][]byte
	for i := range in.pages {
		content := p.page(in, i+1, used)
		_, _ = sum.Write(content) // a hash takes everything
		pages = append(pages, content)
	}
	if p.readBack(in, pages) != in.text {
		return nil, [32]byte{}, fmt.Errorf("letter %s: %w", in.id, ErrReadBack)
	}
	return pages, [32]byte(sum.Sum(nil)), nil
}

// withoutNewlines is a block's text as its font has to draw it.
func withoutNewlines(b Block) string {
	if b.Role == Paragraph {
		return strings.ReplaceAll(b.Text, "\n", " ")
	}
	return b.Text
}
