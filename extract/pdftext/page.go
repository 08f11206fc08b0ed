package pdftext

// Page is what was found on one page beside its text.
type Page struct {
	Links  []Link
	Images int
	Paths  int // lines and areas
}

// Link is a place on a page that leads elsewhere.
type Link struct {
	To     string // outside the document, or ""
	Author string // of the note that goes with it
	Text   string // of that note
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
		if d.text.steps -= formSteps; d.text.steps < 0 {
			return to, Page{}, errSteps
		}
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
func (d *Document) links(page dict) ([]Link, error) {
	all, err := d.arrayAt(page, "Annots")
	if err != nil {
		return nil, err
	}
	var links []Link
	for _, at := range all {
		if d.text.steps -= operatorSteps; d.text.steps < 0 {
			return nil, errSteps
		}
		o, err := d.resolve(at)
		if err != nil {
			return nil, err
		}
		a, ok := o.(dict)
		if !ok || a.get("Subtype") != name("Link") {
			return nil, Unsure("what is laid over a page")
		}
		link, err := d.link(a)
		if err != nil {
			return nil, err
		}
		if link != (Link{}) {
			links = append(links, link)
		}
	}
	return links, nil
}

func (d *Document) link(a dict) (l Link, err error) {
	if l.Text, err = d.textAt(a, "Contents"); err != nil {
		return l, err
	}
	if l.Author, err = d.textAt(a, "T"); err != nil {
		return l, err
	}
	action, err := d.maybeDict(a, "A")
	if err != nil || action.get("S") != name("URI") {
		return l, err
	}
	o, err := d.at(action, "URI")
	if err != nil {
		return l, err
	}
	to, ok := o.(text)
	if !ok || d.catalog.has("URI") {
		return l, Unsure("what a page links to")
	}
	l.To = string(to)
	return l, nil
}
