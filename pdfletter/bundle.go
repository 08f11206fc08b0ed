package pdfletter

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
)

// Info is what a bundle says of itself as a whole.
type Info struct {
	Title  string
	Lang   string
	Duplex bool // sheets are printed on both sides: each letter begins on a sheet of its own
}

// Bundle is a file of many letters, written as they come: of a letter that is
// written, only the numbers of its objects stay in memory.
type Bundle struct {
	press  *Press
	info   Info
	o      *objects
	single bool // one letter in a file of its own
	used   [2]glyphSet
	sum    [32]byte // of all letters so far

	pages     int
	letters   []int // the objects that hold them
	nodes     []node
	root      int // of the pages
	resources int
	document  int
	tree      int // of the structure
}

// node gathers the pages of some letters and what is marked on them.
type node struct {
	num, marks int // its object in the tree of pages, and in that of marks
	first      int
	count      int
	kids, nums bytes.Buffer
	closed     bool
}

// together is how many letters' pages hang on one node.
const together = 64

// Bundle begins a file of many letters. Close ends it.
func (p *Press) Bundle(w io.Writer, info Info) (*Bundle, error) {
	if info.Title == "" || !language.MatchString(info.Lang) {
		return nil, &Refused{Reason: NothingSaid, Part: "title"}
	}
	return p.bundle(w, info), nil
}

func (p *Press) bundle(w io.Writer, info Info) *Bundle {
	b := &Bundle{press: p, info: info, o: newObjects(w, p.zips)}
	for i, f := range p.fonts() {
		b.used[i] = newGlyphSet(f)
	}
	b.root, b.resources, b.document, b.tree = b.o.number(), b.o.number(), b.o.number(), b.o.number()
	return b
}

// Add writes a letter.
func (b *Bundle) Add(in Laid) (Printed, error) {
	contents, sum, err := b.press.draw(in, &b.used)
	if err != nil {
		return Printed{}, err
	}
	printed := Printed{Pages: len(contents), First: b.pages + 1, Content: sum}
	if b.info.Duplex && len(contents)%2 == 1 {
		contents, in.pages = append(contents, nil), append(in.pages, nil)
	}
	if len(b.letters)%together == 0 {
		b.endNode()
		b.nodes = append(b.nodes, node{num: b.o.number(), marks: b.o.number(), first: b.pages})
	}
	b.structure(in, b.putPages(in, contents))
	b.o.room()
	b.letters = append(b.letters, in.root.num)
	b.pages += len(contents)
	b.sum = sha256.Sum256(append(b.sum[:], sum[:]...))
	return printed, b.o.err
}

// putPages writes pages, and gives their objects.
func (b *Bundle) putPages(in Laid, contents [][]byte) []int {
	n := &b.nodes[len(b.nodes)-1]
	objs := make([]int, len(contents))
	box := painter{}
	box.length(in.paper.width)
	box.length(in.paper.height)
	for i, content := range contents {
		stream := b.o.number()
		b.o.stream(stream, "", b.o.deflate(content))
		objs[i] = b.o.number()
		b.o.put(objs[i], "<</Type/Page/Parent %d 0 R/MediaBox[0 0 %s]/Resources %d 0 R/Contents %d 0 R/StructParents %d/Tabs/S>>",
			n.num, box.b, b.resources, stream, b.pages+i)
		fmt.Fprintf(&n.kids, "%d 0 R ", objs[i])
		n.count++
	}
	return objs
}

// structure writes a letter's part of the structure tree.
func (b *Bundle) structure(in Laid, pages []int) {
	parent := b.document
	if b.single {
		in.root.tag, in.root.num, parent = "Document", b.document, b.tree
	} else {
		in.root.tag, in.root.num = "Part", b.o.number()
	}
	b.elem(in.root, parent, pages)
	n := &b.nodes[len(b.nodes)-1]
	for i, runs := range in.pages {
		fmt.Fprintf(&n.nums, "%d[", b.pages+i)
		for _, r := range runs {
			fmt.Fprintf(&n.nums, "%d 0 R ", r.of.num)
		}
		n.nums.WriteString("]")
	}
}

func (b *Bundle) elem(e *elem, parent int, pages []int) {
	var kids bytes.Buffer
	for _, k := range e.kids {
		k.num = b.o.number()
		fmt.Fprintf(&kids, "%d 0 R ", k.num)
	}
	page := ""
	for i, r := range e.refs {
		if i == 0 {
			page = fmt.Sprintf("/Pg %d 0 R", pages[r.page])
			fmt.Fprintf(&kids, "%d ", r.mcid)
			continue
		}
		fmt.Fprintf(&kids, "<</Type/MCR/Pg %d 0 R/MCID %d>>", pages[r.page], r.mcid)
	}
	more := ""
	if e.lang != "" {
		more = "/Lang(" + e.lang + ")"
	}
	if e.tag == "L" {
		more = "/A<</O/List/ListNumbering/Disc>>"
	}
	b.o.put(e.num, "<</Type/StructElem/S/%s/P %d 0 R%s%s/K[%s]>>", e.tag, parent, page, more, kids.Bytes())
	for _, k := range e.kids {
		b.elem(k, e.num, pages)
	}
}

// endNode writes the node that is being filled.
func (b *Bundle) endNode() {
	if len(b.nodes) == 0 {
		return
	}
	n := &b.nodes[len(b.nodes)-1]
	if n.closed {
		return
	}
	n.closed = true
	b.o.put(n.num, "<</Type/Pages/Parent %d 0 R/Count %d/Kids[%s]>>", b.root, n.count, n.kids.Bytes())
	b.o.put(n.marks, "<</Limits[%d %d]/Nums[%s]>>", n.first, n.first+n.count-1, n.nums.Bytes())
	n.kids, n.nums = bytes.Buffer{}, bytes.Buffer{}
}

// Close writes what holds the letters together, and ends the file. It does not
// close what it writes to.
func (b *Bundle) Close() error {
	if len(b.letters) == 0 {
		return &Refused{Reason: NothingSaid, Part: "text"}
	}
	b.endNode()
	var kids, marks, letters bytes.Buffer
	for i := range b.nodes {
		fmt.Fprintf(&kids, "%d 0 R ", b.nodes[i].num)
		fmt.Fprintf(&marks, "%d 0 R ", b.nodes[i].marks)
	}
	for _, n := range b.letters {
		fmt.Fprintf(&letters, "%d 0 R ", n)
	}
	b.o.put(b.root, "<</Type/Pages/Count %d/Kids[%s]>>", b.pages, kids.Bytes())
	parents := b.o.number()
	b.o.put(parents, "<</Kids[%s]>>", marks.Bytes())
	b.o.put(b.tree, "<</Type/StructTreeRoot/K[%d 0 R]/ParentTree %d 0 R/ParentTreeNextKey %d>>", b.document, parents, b.pages)
	if !b.single {
		b.o.put(b.document, "<</Type/StructElem/S/Document/P %d 0 R/K[%s]>>", b.tree, letters.Bytes())
	}
	b.writeFonts()
	return b.o.end(b.info, b.root, b.tree, b.sum[:16])
}

// writeFonts writes the resources that every page shares.
func (b *Bundle) writeFonts() {
	var nums [2]int
	for i, f := range b.press.fonts() {
		nums[i] = b.o.number()
		p := b.press.programs[i]
		if !b.single || !b.used[i].within(b.press.common[i]) {
			b.used[i].join(b.press.common[i])
			p = b.o.program(f, b.used[i])
		}
		b.o.embed(nums[i], p)
	}
	b.o.put(b.resources, "<</Font<</R %d 0 R/B %d 0 R>>>>", nums[0], nums[1])
}
