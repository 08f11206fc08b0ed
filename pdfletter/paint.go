package pdfletter

import (
	"strconv"
)

// painter draws one page's content stream. Lengths come in thousandths of a
// point from the top; PDF counts from the bottom.
type painter struct {
	b      []byte
	height int          // of the page
	used   *[2]glyphSet // what is drawn in regular and in bold
}

func (p *painter) length(v int) {
	if v < 0 {
		p.b = append(p.b, '-')
		v = -v
	}
	p.b = strconv.AppendInt(p.b, int64(v/1000), 10)
	if v %= 1000; v > 0 {
		p.b = append(p.b, '.', byte('0'+v/100), byte('0'+v/10%10), byte('0'+v%10))
	}
	p.b = append(p.b, ' ')
}

func (p *painter) down(y int) { p.length(p.height - y) }

func (p *painter) word(s string) { p.b = append(p.b, s...) }

// text draws one line.
func (p *painter) text(l line) {
	name, set := "/R ", p.used[0]
	if l.font.bold {
		name, set = "/B ", p.used[1]
	}
	p.word("BT ")
	p.word(name)
	p.length(l.size)
	p.word("Tf ")
	p.length(l.x)
	p.down(l.y)
	p.word("Td <")
	const digits = "0123456789abcdef"
	for _, r := range l.text {
		g := l.font.glyph(r)
		set.add(g)
		p.b = append(p.b, digits[g>>12], digits[g>>8&15], digits[g>>4&15], digits[g&15])
	}
	p.word("> Tj ET\n")
}

// box fills a rectangle whose upper left corner is at x, y.
func (p *painter) box(x, y, width, height int) {
	p.length(x)
	p.down(y + height)
	p.length(width)
	p.length(height)
	p.word("re\n")
}

// run draws the lines of one elem, marked as its own.
func (p *painter) run(r run, mcid int) {
	p.word("/" + r.of.tag + " <</MCID ")
	p.b = strconv.AppendInt(p.b, int64(mcid), 10)
	p.word(">> BDC\n")
	for _, l := range r.lines {
		p.text(l)
	}
	p.word("EMC\n")
}

// page draws one page: its text, then what is for machines and for counting
// sheets, which a screen reader passes over.
func (p *Press) page(in Laid, number int, used *[2]glyphSet) []byte {
	d := painter{height: in.paper.height, used: used}
	for mcid, r := range in.pages[number-1] {
		d.run(r, mcid)
	}
	if in.footed {
		d.word("/Artifact <</Type/Pagination/Subtype/Footer>> BDC\n")
		p.foot(&d, in.code, number, len(in.pages))
		d.word("EMC\n")
	}
	if in.footed && number == 1 {
		d.word("/Artifact <</Type/Layout>> BDC\n")
		for _, y := range p.fold.marks() {
			d.box(5*mm, y, 4*mm, 300)
		}
		d.word("f\nEMC\n")
	}
	return d.b
}

// foot draws what stands at the foot of a letter's page.
func (p *Press) foot(d *painter, code string, number, of int) {
	count := line{y: footBase, font: p.regular, size: smallSize, text: strconv.Itoa(number) + " (" + strconv.Itoa(of) + ")"}
	count.x = right - p.regular.width(count.text)*smallSize/1000
	d.text(count)
	if code != "" {
		label := sheetCode(code, number, of)
		d.bars(label)
		d.text(line{x: left, y: footBase, font: p.regular, size: tinySize, text: label})
	}
}

// sheetCode is what is printed on one sheet of a letter.
func sheetCode(code string, number, of int) string {
	return code + "-" + strconv.Itoa(number) + "/" + strconv.Itoa(of)
}

// bars draws a Code 128 at the foot of the sheet, left. A module is a third of
// a millimetre: what office scanners read.
func (p *painter) bars(text string) {
	const module = mm / 3
	x, black := left, true
	for _, w := range code128(text) {
		if black {
			p.box(x, codeTop, int(w)*module, codeHeight)
		}
		x += int(w) * module
		black = !black
	}
	p.word("f\n")
}
