package pdftext

// leaf is one page, with what it has of the nodes above: ISO 32000-1, 7.7.3.4.
type leaf struct {
	dict      dict
	resources any // nil for none
	box       rect
	rotate    int // in quarters of a turn, clockwise
}

const errTree = Unsure("its tree of pages")

// readPages reads the page tree: ISO 32000-1, 7.7.3.
func (d *Document) readPages() error {
	root, err := d.dictAt(d.catalog, "Pages")
	if err != nil {
		return err
	}
	n, err := d.node(root, nil, 0)
	if err != nil {
		return err
	}
	if n == 0 {
		return errTree
	}
	return nil
}

// inherited are the entries that nodes hand down.
var inherited = [...]name{"Resources", "MediaBox", "CropBox", "Rotate"}

// node reads a node of the tree and gives the number of its pages.
func (d *Document) node(node, above dict, depth int) (int, error) {
	if d.nodes++; depth > maxDepth || d.nodes > maxPages {
		return 0, errTree
	}
	kids, err := d.arrayAt(node, "Kids")
	if err != nil {
		return 0, err
	}
	down := make(dict, 0, len(inherited))
	for _, key := range inherited {
		value, err := d.at(node, key)
		if err != nil {
			return 0, err
		}
		if value == nil {
			value = above.get(key)
		}
		down = append(down, entry{key, value})
	}
	if kids == nil {
		if node.get("Type") != name("Page") {
			return 0, errTree
		}
		return 1, d.leaf(node, down)
	}
	want, err := d.intAt(node, "Count")
	if err != nil {
		return 0, err
	}
	sum := 0
	for _, kid := range kids {
		o, err := d.resolve(kid)
		if err != nil {
			return 0, err
		}
		child, ok := o.(dict)
		if !ok {
			return 0, errTree
		}
		n, err := d.node(child, down, depth+1)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	if sum != want {
		return 0, errTree
	}
	return sum, nil
}

// leaf notes a page.
func (d *Document) leaf(page, down dict) error {
	media, err := d.numbers(down, "MediaBox")
	if err != nil {
		return err
	}
	crop, err := d.numbers(down, "CropBox")
	if err != nil {
		return err
	}
	l := leaf{dict: page, resources: down.get("Resources")}
	if len(media) != 4 || crop != nil && len(crop) != 4 {
		return Unsure("the size of a page")
	}
	l.box = rect{media[0], media[1], media[2], media[3]}.ordered()
	if crop != nil {
		l.box = l.box.intersect(rect{crop[0], crop[1], crop[2], crop[3]}.ordered())
	}
	if l.box.empty() {
		return Unsure("the size of a page")
	}
	turn, ok := down.get("Rotate").(int)
	if down.get("Rotate") != nil && (!ok || turn%90 != 0) {
		return Unsure("how a page is turned")
	}
	l.rotate = (turn/90%4 + 4) % 4
	d.pages = append(d.pages, l)
	return nil
}
