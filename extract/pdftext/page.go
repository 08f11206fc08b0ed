package pdftext

// Page is what was found on one page beside its text.
type Page struct {
	Links  []string // what it links to outside the document
	Images int
	Paths  int // lines and areas
}

// AppendText appends the text of page n, counted from 0, as UTF-8, with its
// lines as on the page. The error is an Unsure.
func (d *Document) AppendText(to []byte, n int) ([]byte, Page, error) {
	l := &d.pages[n]
	links, err := d.links(l.dict)
	if err != nil {
		return to, Page{}, err
	}
	resources, ok := l.resources.(dict)
	if !ok && l.resources != nil {
		return to, Page{}, errContent
	}
	d.content = d.content[:0]
	contents, err := d.list(l.dict, "Contents")
	if err != nil {
		return to, Page{}, err
	}
	for _, o := range contents {
		s, ok := o.(*stream)
		if !ok {
			return to, Page{}, errContent
		}
		if d.content, err = d.unpack(d.content, s); err != nil {
			return to, Page{}, err
		}
		if d.content = append(d.content, '\n'); len(d.content) > maxStream {
			return to, Page{}, Unsure("so long a page")
		}
	}
	d.text.reset(l)
	in := interpreter{d: d, parser: parser{b: d.content}, resources: resources, form: identity}
	in.state = state{ctm: identity, tm: identity, scale: 1}
	if err := in.run(); err != nil {
		return to, Page{}, err
	}
	text, err := d.text.appendText(to, l)
	if err != nil {
		return to, Page{}, err
	}
	return text, Page{links, d.text.images, d.text.paths}, nil
}

// links gives what a page links to: ISO 32000-1, 12.5.6.5. Every other kind of
// annotation is another's.
func (d *Document) links(page dict) ([]string, error) {
	all, err := d.arrayAt(page, "Annots")
	if err != nil {
		return nil, err
	}
	var links []string
	for _, at := range all {
		o, err := d.resolve(at)
		if err != nil {
			return nil, err
		}
		a, ok := o.(dict)
		if !ok || a.get("Subtype") != name("Link") || a.has("Contents") || a.has("T") {
			return nil, Unsure("what is laid over a page")
		}
		action, err := d.maybeDict(a, "A")
		if err != nil {
			return nil, err
		}
		if action.get("S") != name("URI") {
			continue
		}
		uri, err := d.at(action, "URI")
		if err != nil {
			return nil, err
		}
		t, ok := uri.(text)
		if !ok || d.catalog.has("URI") {
			return nil, Unsure("what a page links to")
		}
		links = append(links, string(t))
	}
	return links, nil
}
