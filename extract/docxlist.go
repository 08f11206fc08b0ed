package extract

import (
	"strconv"
	"strings"
)

// numbering tells the numbers of paragraphs in lists, which Word shows and
// does not store: ECMA-376, part 1, 17.9.
type numbering struct {
	lists  map[int]*numberedList // by their abstract id
	uses   map[int]*listUse      // by what paragraphs name
	styles map[string]styledNumber
}

// listLevels is how deep lists go.
const listLevels = 9

const maxLists = 20_000

// numberedList is a list, and how far it has been counted.
type numberedList struct {
	levels [listLevels]listLevel
	counts [listLevels]int // of the paragraph last numbered; -1 before the first
	linked string          // the style that says the levels
}

type listLevel struct {
	start        int
	format, text string
	style        string // paragraphs in this style stand on this level
	known        bool
}

// listUse is a list as paragraphs point to it, perhaps counted from anew.
type listUse struct {
	list   int
	starts map[int]int // by level
	begun  bool
}

// styledNumber is what a style says of the number of its paragraphs.
type styledNumber struct {
	basedOn    string
	use, level int // -1 where it does not say
}

func newNumbering() *numbering {
	return &numbering{lists: map[int]*numberedList{}, uses: map[int]*listUse{}, styles: map[string]styledNumber{}}
}

// readLists reads the part with the lists.
func (n *numbering) readLists(m *markup) error {
	var list *numberedList
	var use *listUse
	level := 0
	for {
		kind, err := m.Next()
		if err != nil {
			return err
		}
		if kind != startTag {
			continue
		}
		val := m.Attr("val")
		switch m.Name() {
		case "abstractNum":
			list, use = newList(), nil
			if len(n.lists) < maxLists {
				n.lists[number(m.Attr("abstractNumId"))] = list
			}
		case "num":
			use = &listUse{list: -1}
			if len(n.uses) < maxLists {
				n.uses[number(m.Attr("numId"))] = use
			}
		case "abstractNumId":
			if use != nil {
				use.list = number(val)
			}
		case "lvl", "lvlOverride":
			level = min(max(0, number(m.Attr("ilvl"))), listLevels-1)
		case "startOverride":
			if use != nil {
				if use.starts == nil {
					use.starts = map[int]int{}
				}
				use.starts[level] = max(0, number(val))
			}
		default:
			if list != nil && use == nil {
				list.read(m.Name(), val, level)
			}
		}
	}
}

func newList() *numberedList {
	l := &numberedList{}
	for i := range listLevels {
		l.counts[i] = -1
		l.levels[i].start, l.levels[i].format = 1, "decimal"
	}
	return l
}

// read takes one property of a list.
func (l *numberedList) read(name, val string, level int) {
	at := &l.levels[level]
	switch name {
	case "start":
		at.start = max(0, number(val))
	case "numFmt":
		at.format = val
	case "lvlText":
		if len(val) <= 255 {
			at.text, at.known = val, true
		}
	case "pStyle":
		at.style = val
	case "numStyleLink":
		l.linked = val
	}
}

// readStyles reads what styles say of numbers.
func (n *numbering) readStyles(m *markup) error {
	id := ""
	for {
		kind, err := m.Next()
		if err != nil {
			return err
		}
		if kind != startTag {
			continue
		}
		if m.Is("style") {
			if id = m.Attr("styleId"); len(n.styles) < maxLists {
				n.styles[id] = styledNumber{use: -1, level: -1}
			}
			continue
		}
		s, ok := n.styles[id]
		if !ok {
			continue
		}
		switch m.Name() {
		case "basedOn":
			s.basedOn = m.Attr("val")
		case "ilvl":
			s.level = number(m.Attr("val"))
		case "numId":
			s.use = number(m.Attr("val"))
		default:
			continue
		}
		n.styles[id] = s
	}
}

// label counts a paragraph, and gives its number as it is shown; "" if it has
// none. The use and the level are -1 where the paragraph leaves them to its
// style.
func (n *numbering) label(style string, use, level int) string {
	if len(n.uses) == 0 {
		return ""
	}
	own := style
	for range maxNested {
		s, ok := n.styles[style]
		if !ok || use >= 0 {
			break
		}
		use = s.use
		if level < 0 {
			level = s.level
		}
		if use < 0 {
			style = s.basedOn
		}
	}
	u := n.uses[use]
	if u == nil {
		return ""
	}
	l := n.lists[u.list]
	if l != nil && l.linked != "" {
		if linked := n.uses[n.styles[l.linked].use]; linked != nil && n.lists[linked.list] != nil {
			l = n.lists[linked.list]
		}
	}
	if l == nil {
		return ""
	}
	for i := range listLevels {
		if s := l.levels[i].style; level < 0 && s != "" && (s == own || s == style) {
			level = i
		}
	}
	level = min(max(0, level), listLevels-1)
	if !u.begun {
		u.begun = true
		for i, start := range u.starts {
			l.counts[i] = start - 1
			clearCounts(l.counts[i+1:])
		}
	}
	return l.next(level)
}

// next counts a paragraph on a level.
func (l *numberedList) next(level int) string {
	if l.counts[level] < 0 {
		l.counts[level] = l.levels[level].start - 1
	}
	l.counts[level]++
	for i := range level {
		if l.counts[i] < 0 {
			l.counts[i] = l.levels[i].start
		}
	}
	clearCounts(l.counts[level+1:])
	at := l.levels[level]
	if at.format == "bullet" || !at.known {
		return ""
	}
	var b strings.Builder
	for i := 0; i < len(at.text); i++ {
		if at.text[i] == '%' && i+1 < len(at.text) && at.text[i+1] >= '1' && at.text[i+1] <= '9' {
			i++
			of := int(at.text[i] - '1')
			b.WriteString(listNumber(l.levels[of].format, max(l.counts[of], 0)))
			continue
		}
		b.WriteByte(at.text[i])
	}
	return b.String()
}

func clearCounts(counts []int) {
	for i := range counts {
		counts[i] = -1
	}
}

// listNumber writes a number as a list shows it.
func listNumber(format string, n int) string {
	switch format {
	case "none":
		return ""
	case "lowerRoman":
		return strings.ToLower(roman(n))
	case "upperRoman":
		return roman(n)
	case "lowerLetter":
		return strings.ToLower(letters(n))
	case "upperLetter":
		return letters(n)
	case "decimalZero":
		if n < 10 {
			return "0" + strconv.Itoa(n)
		}
	case "ordinal":
		return strconv.Itoa(n) + ordinalEnding(n)
	}
	return strconv.Itoa(n)
}

func roman(n int) string {
	if n <= 0 || n >= 4000 {
		return strconv.Itoa(n)
	}
	var b strings.Builder
	values := [...]int{1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1}
	for i, sign := range [...]string{"M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"} {
		for ; n >= values[i]; n -= values[i] {
			b.WriteString(sign)
		}
	}
	return b.String()
}

// letters counts A to Z, then AA to ZZ, as lists do.
func letters(n int) string {
	if n <= 0 || n > 26*32 {
		return strconv.Itoa(n)
	}
	return strings.Repeat(string(rune('A'+(n-1)%26)), 1+(n-1)/26)
}

func ordinalEnding(n int) string {
	switch {
	case n%100 >= 11 && n%100 <= 13:
	case n%10 == 1:
		return "st"
	case n%10 == 2:
		return "nd"
	case n%10 == 3:
		return "rd"
	}
	return "th"
}
