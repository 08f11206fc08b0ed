package pdfletter

import "strings"

// Envelope is what is printed on an envelope of size C5, without a window.
type Envelope struct {
	ID    string   // names the envelope in a refusal; not printed
	Front []string // to whom, and nothing else
	Back  []string // who sends it; no page where there is nothing
}

// Where an envelope's texts stand, from its upper left corner.
const (
	envelopeWidth, envelopeHeight = 229 * mm, 162 * mm

	frontLeft, frontTop = 100 * mm, 85 * mm
	frontWidth          = 115 * mm
	backTop             = 20 * mm
	frontSize           = 13000
)

// LayEnvelope lays an envelope out for a bundle: its front, and its back as the
// next page.
func (p *Press) LayEnvelope(e Envelope) (Laid, error) {
	if len(e.Front) == 0 {
		return Laid{}, &Refused{ID: e.ID, Reason: NothingSaid, Part: "address"}
	}
	for i, text := range append(e.Front[:len(e.Front):len(e.Front)], e.Back...) {
		if c := p.regular.missing(text); c > 0 {
			return Laid{}, &Refused{e.ID, NoGlyph, "address", i + 1, c}
		}
	}
	lines := p.regular.lines(strings.Join(e.Front, "\n"), frontWidth*1000/frontSize)
	if len(lines) > 6 || len(e.Back) > 6 || broken(lines) {
		return Laid{}, &Refused{ID: e.ID, Reason: Window, Part: "address"}
	}
	root := &elem{tag: "Part"}
	o := layout{press: p, at: root, y: frontTop, laid: Laid{
		id: e.ID, root: root, pages: make([][]run, 1), paper: paper{envelopeWidth, envelopeHeight},
		text: (&Letter{Sender: e.Front, Address: e.Back}).text(),
	}}
	o.place(o.add("P"), lines, line{x: frontLeft, font: p.regular, size: frontSize}, frontSize*13/10)
	if len(e.Back) > 0 {
		o.turn()
		o.y = backTop
		o.place(o.add("P"), parted(e.Back), line{x: left, font: p.regular, size: smallSize}, smallLead)
	}
	return o.laid, nil
}
