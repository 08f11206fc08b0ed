package pdfletter

import "strings"

// Lengths are in thousandths of a point: whole numbers, so that the same
// letter is the same bytes on every machine.

const (
	mm = 2835

	pageWidth, pageHeight = 595276, 841890 // A4; see Envelope for the other

	bodySize, bodyLead   = 11000, 15000
	titleSize, titleLead = 15000, 19000
	smallSize, smallLead = 9500, 12500
	tinySize             = 7000
)

// Where things stand, from the sheet's upper left corner. The address stands
// inside every window of C5, C65 and E65 envelopes in the Nordic countries;
// nothing else stands where a window may show it: 15-125 by 35-85 mm.
const (
	left        = 20 * mm
	right       = 190 * mm
	bodyWidth   = 155 * mm
	senderTop   = 15 * mm
	datedLeft   = 130 * mm
	windowTop   = 46 * mm
	windowWidth = 75 * mm
	titleTop    = 98 * mm
	nextTop     = 25 * mm
	bodyEnd     = 272 * mm
	itemIndent  = 6 * mm
	codeTop     = 279 * mm
	codeHeight  = 6 * mm
	footBase    = 289 * mm
)

// windowEnd is where the lowest line of an address ends.
func (f Fold) windowEnd() int {
	if f == E65 {
		return 70 * mm
	}
	return 74 * mm
}

// marks are where the sheet is folded.
func (f Fold) marks() []int {
	if f == E65 {
		return []int{99 * mm, 198 * mm}
	}
	return []int{pageHeight / 2}
}

const senderLines = 4 // end above any window

// elem is a node of the structure tree.
type elem struct {
	tag  string
	lang string // empty: as the elem above
	kids []*elem
	refs []ref
	num  int // its object
}

// ref is one marked stretch of a page that belongs to an elem.
type ref struct{ page, mcid int }

// line is a line of text, its base line at y from the top.
type line struct {
	x, y int
	font *font
	size int
	text string
}

// run is lines on one page that belong to one elem.
type run struct {
	of    *elem
	lines []line
}

// Laid is a letter laid out, or an envelope.
type Laid struct {
	id     string
	title  string
	text   string // all that it says, to be read back
	root   *elem
	pages  [][]run
	paper  paper
	footed bool   // each page is numbered, and the first shows where to fold
	code   string // at the foot of each page
}

type paper struct{ width, height int }

// Pages is how many pages it takes.
func (l Laid) Pages() int { return len(l.pages) }

// layout lays a letter out. y is where the next line's top is.
type layout struct {
	press *Press
	laid  Laid
	at    *elem // what the next elem belongs to
	y     int
}

func (p *Press) lay(l *Letter) (Laid, error) {
	root := &elem{tag: "Document", lang: l.Parts[0].Lang}
	out := layout{press: p, at: root, laid: Laid{
		id: l.ID, title: l.Parts[0].Title, text: l.text(), root: root, pages: make([][]run, 1),
		paper: paper{pageWidth, pageHeight}, footed: true, code: l.Code,
	}}
	out.sender(l)
	if err := out.address(l); err != nil {
		return Laid{}, err
	}
	out.y = titleTop
	out.part(l.Parts[0])
	for _, part := range l.Parts[1:] {
		out.turn()
		out.at = out.laid.root.add("Sect")
		out.at.lang = part.Lang
		out.part(part)
	}
	if len(out.laid.pages) > MaxPages {
		return Laid{}, &Refused{ID: l.ID, Reason: TooLong, Part: "text"}
	}
	return out.laid, nil
}

func (o *layout) add(tag string) *elem { return o.at.add(tag) }

func (e *elem) add(tag string) *elem {
	kid := &elem{tag: tag}
	e.kids = append(e.kids, kid)
	return kid
}

// sender places who writes, and when, above the window.
func (o *layout) sender(l *Letter) {
	if len(l.Sender) > 0 {
		o.y = senderTop
		o.place(o.add("P"), parted(l.Sender), line{x: left, font: o.press.regular, size: smallSize}, smallLead)
	}
	if l.Dated != "" {
		o.y = senderTop
		o.place(o.add("P"), []string{l.Dated}, line{x: datedLeft, font: o.press.regular, size: smallSize}, smallLead)
	}
}

// parted ends each line but the last in a blank.
func parted(lines []string) []string {
	return strings.SplitAfter(strings.Join(lines, " \n"), "\n")
}

// address places the address in the window, in the largest size that fits.
func (o *layout) address(l *Letter) error {
	if len(l.Address) == 0 {
		return nil
	}
	f, room := o.press.regular, o.press.fold.windowEnd()-windowTop
	for size := 11000; size >= 9000; size -= 1000 {
		lead := size * 6 / 5
		lines := f.lines(strings.Join(l.Address, "\n"), windowWidth*1000/size)
		// A word that had to be broken is not an address any more.
		if len(lines)*lead > room || broken(lines) {
			continue
		}
		o.y = windowTop
		o.place(o.add("P"), lines, line{x: left, font: f, size: size}, lead)
		return nil
	}
	return &Refused{ID: l.ID, Reason: Window, Part: "address"}
}

// broken reports whether a line ends inside a word.
func broken(lines []string) bool {
	for _, l := range lines[:len(lines)-1] {
		if !strings.HasSuffix(l, " ") {
			return true
		}
	}
	return false
}

// place sets lines below each other on the page, for an elem.
func (o *layout) place(of *elem, lines []string, first line, lead int) {
	page := len(o.laid.pages) - 1
	runs := &o.laid.pages[page]
	of.refs = append(of.refs, ref{page, len(*runs)})
	r := run{of: of}
	for _, text := range lines {
		l := first
		l.text = strings.TrimSuffix(text, "\n")
		l.y = o.y + (lead-first.size)/2 + first.size*8/10
		r.lines = append(r.lines, l)
		o.y += lead
	}
	*runs = append(*runs, r)
}

// part places a title and what it stands above.
func (o *layout) part(part Part) {
	title := o.press.bold.lines(part.Title, bodyWidth*1000/titleSize)
	o.place(o.add("H1"), title, line{x: left, font: o.press.bold, size: titleSize}, titleLead)
	o.body(part.Blocks)
}

// body places the blocks.
func (o *layout) body(blocks []Block) {
	var list *elem
	for i, b := range blocks {
		o.y += bodyLead / 2
		if b.Role != Item {
			list = nil
		}
		switch b.Role {
		case Heading:
			o.y += bodyLead / 4
			lines := o.press.bold.lines(b.Text, bodyWidth*1000/bodySize)
			if i+1 < len(blocks) && o.y+len(lines)*bodyLead+o.least(blocks[i+1]) > bodyEnd {
				o.turn()
			}
			o.flow(o.add("H2"), lines, line{x: left, font: o.press.bold, size: bodySize})
		case Item:
			if list == nil {
				list = o.add("L")
			} else {
				o.y -= bodyLead / 4
			}
			o.item(list.add("LI"), b.Text)
		default:
			o.flow(o.add("P"), o.press.regular.lines(b.Text, bodyWidth*1000/bodySize), line{x: left, font: o.press.regular, size: bodySize})
		}
	}
}

// least is the room that a block's first lines need below a heading, so that
// the heading does not stand alone at the foot of a page.
func (o *layout) least(b Block) int {
	n := len(o.press.regular.lines(b.Text, (bodyWidth-itemIndent)*1000/bodySize))
	if n > 3 {
		n = 2 // more may go on the next page, two lines at least: see fit
	}
	return n*bodyLead + bodyLead/2
}

func (o *layout) item(li *elem, text string) {
	f := o.press.regular
	lines := f.lines(text, (bodyWidth-itemIndent)*1000/bodySize)
	if o.fit(len(lines)) == 0 {
		o.turn()
	}
	y := o.y
	o.place(li.add("Lbl"), []string{"• "}, line{x: left + itemIndent/3, font: f, size: bodySize}, bodyLead)
	o.y = y
	o.flow(li.add("LBody"), lines, line{x: left + itemIndent, font: f, size: bodySize})
}

// flow places lines of a body block, over as many pages as they need.
func (o *layout) flow(of *elem, lines []string, first line) {
	for len(lines) > 0 && len(o.laid.pages) <= MaxPages {
		n := o.fit(len(lines))
		if n == 0 {
			o.turn()
			continue
		}
		o.place(of, lines[:n], first, bodyLead)
		lines = lines[n:]
	}
}

// fit is how many of n lines go on the page: all, or so many that no line is
// left alone at the foot of this page or at the head of the next.
func (o *layout) fit(n int) int {
	k := (bodyEnd - o.y) / bodyLead
	if k >= n {
		return n
	}
	if n-k == 1 {
		k--
	}
	if k < 2 {
		return 0
	}
	return k
}

func (o *layout) turn() {
	o.laid.pages = append(o.laid.pages, nil)
	o.y = nextTop
}
