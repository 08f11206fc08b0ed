package extract

import (
	"cmp"
	"errors"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// The formats of Office since 2007 are ZIP archives of XML parts: ECMA-376,
// part 2. Which part is what is told by relationships.

// ooxml is an office document while it is read.
type ooxml struct {
	in   *Input
	zip  *archive
	out  *steady
	read map[string]bool // the parts whose text has been read

	reason breach.Reason // why a part was not read whole; "" while all is well
	broken []*member
}

// openOOXML opens the archive that a document is.
func openOOXML(in *Input, out Sink) (*ooxml, error) {
	zip, err := in.Zip()
	if err != nil {
		return nil, err
	}
	return &ooxml{in: in, zip: zip, out: &steady{Sink: out}, read: map[string]bool{}}, nil
}

// sniffOOXML reports whether the content is an archive with a part that
// begins so: "word/", "xl/".
func sniffOOXML(in *Input, folder string) bool {
	if !isZip(in.Head()) {
		return false
	}
	zip, err := in.Zip()
	if err != nil || zip.Find("[Content_Types].xml") == nil {
		return false
	}
	for _, m := range zip.Members {
		if strings.HasPrefix(memberKey(m.Name), folder) && strings.HasSuffix(m.Name, ".xml") {
			return true
		}
	}
	return false
}

// steady remembers the sink's own error, so that a part that is broken can
// be told from an end of all reading.
type steady struct {
	Sink
	err error
}

func (w *steady) Text(p breach.Place, text []byte) error {
	if w.err == nil {
		w.err = w.Sink.Text(p, text)
	}
	return w.err
}

func (w *steady) File(name string, r io.Reader) error {
	if w.err == nil {
		w.err = w.Sink.File(name, r)
	}
	return w.err
}

// part reads one part of the archive with f. What is wrong with the part is
// noted, and does not end the reading of others.
func (o *ooxml) part(name string, f func(*markup) error) error {
	m := o.zip.Find(name)
	if m == nil || o.read[memberKey(name)] {
		return nil
	}
	o.read[memberKey(name)] = true
	return o.note(m, o.scan(m, f))
}

// scan opens a part and hands it to f.
func (o *ooxml) scan(m *member, f func(*markup) error) error {
	r, err := m.Open()
	if err != nil {
		return err
	}
	return f(newMarkup(r))
}

// note keeps an error as damage, unless it is the sink's.
func (o *ooxml) note(m *member, err error) error {
	if o.out.err != nil {
		return o.out.err
	}
	if err == nil || errors.Is(err, io.EOF) {
		return nil
	}
	if o.reason == "" {
		o.reason = reasonOf(err)
	}
	o.broken = append(o.broken, m)
	return nil
}

// outcome sums up a document that was read to its end.
func (o *ooxml) outcome() breach.Outcome {
	if len(o.broken) == 0 && !o.zip.Recovered {
		return breach.Outcome{}
	}
	var parts ranges
	for i, m := range o.zip.Members {
		if slices.Contains(o.broken, m) {
			parts.add(int64(i + 1))
		}
	}
	missing := "parts " + parts.String()
	if len(o.broken) == 0 {
		o.reason, missing = breach.Malformed, "table of contents; parts come from their own headers"
	}
	return breach.Outcome{State: breach.Partly, Reason: o.reason, Missing: missing}
}

// relation points from one part to another, or to an address outside.
type relation struct {
	kind     string // the last word of its type: "hyperlink", "comments"
	target   string // the part's name, or the address
	external bool
}

// maxRelations bounds how many relations of one part are kept.
const maxRelations = 100_000

// relations reads the relations of a part, by their ids. "" is the archive.
func (o *ooxml) relations(part string) (map[string]relation, error) {
	found := map[string]relation{}
	name := path.Join(path.Dir(part), "_rels", path.Base(part)+".rels")
	if part == "" {
		name = "_rels/.rels"
	}
	err := o.part(name, func(m *markup) error {
		for {
			kind, err := m.Next()
			if err != nil {
				return err
			}
			if kind != startTag || !m.Is("Relationship") {
				continue
			}
			if len(found) == maxRelations {
				return gap(breach.Memory)
			}
			r := relation{
				kind:     path.Base(m.Attr("Type")),
				target:   m.Attr("Target"),
				external: m.Attr("TargetMode") == "External",
			}
			if !r.external {
				r.target = resolve(part, r.target)
			}
			found[m.Attr("Id")] = r
		}
	})
	return found, err
}

// resolve finds the name of a part that another one points to.
func resolve(from, target string) string {
	target, _, _ = strings.Cut(target, "#")
	target = strings.ReplaceAll(target, `\`, "/")
	if strings.HasPrefix(target, "/") {
		return strings.TrimPrefix(path.Clean(target), "/")
	}
	return path.Join(path.Dir(from), target)
}

// main finds the part that the document begins with.
func (o *ooxml) main(usual string) (string, error) {
	top, err := o.relations("")
	if err != nil {
		return "", err
	}
	for _, r := range top {
		if r.kind == "officeDocument" && o.zip.Find(r.target) != nil {
			return r.target, nil
		}
	}
	return usual, nil
}

// rest reads what all office documents have: properties, charts and drawings,
// links, and the files inside.
func (o *ooxml) rest() error {
	if err := o.properties(); err != nil {
		return err
	}
	if err := o.drawings(); err != nil {
		return err
	}
	if err := o.links(); err != nil {
		return err
	}
	return o.files()
}

// properties reads the document properties.
func (o *ooxml) properties() error {
	var l labels
	for _, name := range []string{"docProps/core.xml", "docProps/app.xml", "docProps/custom.xml"} {
		if err := o.part(name, func(m *markup) error { return properties(m, &l) }); err != nil {
			return err
		}
	}
	return l.flush(o.out, breach.At(breach.Step{Unit: breach.Property}))
}

// worthless are properties that hold numbers about the document, or times.
var worthless = map[string]bool{
	"created": true, "modified": true, "revision": true, "lastPrinted": true, "version": true,
	"TotalTime": true, "Pages": true, "Words": true, "Characters": true, "Lines": true, "Paragraphs": true,
	"CharactersWithSpaces": true, "DocSecurity": true, "ScaleCrop": true, "LinksUpToDate": true,
	"SharedDoc": true, "HyperlinksChanged": true, "AppVersion": true, "Application": true,
	"HeadingPairs": true, "TitlesOfParts": true, "HLinks": true, "MMClips": true, "Slides": true, "Notes": true,
	"HiddenSlides": true, "PresentationFormat": true, "DigSig": true,
	"date": true, "creation-date": true, "print-date": true, "generator": true, "document-statistic": true,
	"editing-cycles": true, "editing-duration": true, "template": true,
}

// properties reads elements that hold text as lines of "name: text".
func properties(m *markup, l *labels) error {
	label, skip := "", ""
	named := false // custom properties have names, and their values stand in elements of their types
	var value []byte
	for {
		kind, err := m.Next()
		if err != nil {
			return err
		}
		switch {
		case kind == startTag && skip == "":
			value = value[:0]
			if worthless[m.Name()] {
				skip = m.Name()
				continue
			}
			if name := m.Attr("name"); name != "" {
				label, named = name, true
			} else if !named {
				label = m.Name()
			}
		case kind == textRun && skip == "" && len(value) < maxRun:
			value = append(value, m.Text()...)
		case kind == endTag && skip == m.Name():
			skip = ""
		case kind == endTag && skip == "":
			if label != "" {
				l.add(label, string(value))
			}
			label, named, value = "", false, value[:0]
		}
	}
}

// drawings reads the text of charts, diagrams and shapes.
func (o *ooxml) drawings() error {
	for i, m := range o.zip.Members {
		key := memberKey(m.Name)
		dir := path.Base(path.Dir(key))
		if path.Ext(key) != ".xml" || dir != "charts" && dir != "diagrams" && dir != "drawings" {
			continue
		}
		b := newBatch(o.out, breach.At(breach.Step{Unit: breach.Part, N: int64(i + 1), Name: breach.Hide(m.Name)}), breach.Paragraph)
		err := o.part(m.Name, func(m *markup) error { return drawing(m, b) })
		if err != nil {
			return err
		}
	}
	return nil
}

// drawing reads DrawingML: paragraphs, and the cached values of charts.
func drawing(m *markup, b *batch) error {
	var line []byte
	inText := false
	for {
		kind, err := m.Next()
		if err != nil {
			return errors.Join(err, b.Flush())
		}
		switch {
		case kind == startTag:
			inText = m.Is("t") || m.Is("v")
		case kind == textRun && inText:
			line = append(line, m.Text()...)
		case kind == endTag:
			inText = false
		}
		if len(line) > batchSize || len(line) > 0 && kind == endTag && (m.Is("p") || m.Is("v")) {
			if err := b.Add(line); err != nil {
				return err
			}
			line = line[:0]
		}
	}
}

// links reads the addresses that hyperlinks lead to.
func (o *ooxml) links() error {
	b := newBatch(o.out, breach.At(breach.Step{Unit: breach.Property}), breach.Paragraph)
	for _, m := range o.zip.Members {
		key := memberKey(m.Name)
		if path.Ext(key) != ".rels" {
			continue
		}
		delete(o.read, key) // others read it for another purpose
		part := path.Join(path.Dir(path.Dir(key)), strings.TrimSuffix(path.Base(key), ".rels"))
		found, err := o.relations(part)
		if err != nil {
			return err
		}
		for _, target := range addresses(found) {
			if err := b.Add([]byte(target)); err != nil {
				return err
			}
		}
	}
	return b.Flush()
}

// sorted gives relations in the order of their targets.
func sorted(relations map[string]relation) []relation {
	return slices.SortedFunc(maps.Values(relations), func(a, b relation) int {
		return cmp.Or(cmp.Compare(a.target, b.target), cmp.Compare(a.kind, b.kind))
	})
}

// addresses are the targets of hyperlinks, each once, in order.
func addresses(relations map[string]relation) []string {
	var all []string
	for _, r := range sorted(relations) {
		if r.external && r.kind == "hyperlink" {
			all = append(all, r.target)
		}
	}
	return slices.Compact(all)
}

// files hands over what is embedded: pictures, other documents, data.
func (o *ooxml) files() error {
	for _, m := range o.zip.Members {
		key := memberKey(m.Name)
		if o.read[key] || strings.HasSuffix(key, "/") || isMachinery(key) {
			continue
		}
		r, err := m.Open()
		if err != nil {
			r = errReader{err}
		}
		if err := o.out.File(m.Name, sized{r, m.Size}); err != nil {
			return err
		}
	}
	return nil
}

// isMachinery reports whether a part holds nothing a person wrote, or shows
// again what is read elsewhere.
func isMachinery(key string) bool {
	switch path.Ext(key) {
	case ".xml":
		// Data that a document is bound to; its description stands beside it.
		base := path.Base(key)
		return !strings.HasPrefix(key, "customxml/") || strings.HasPrefix(base, "itemprops")
	case ".rels", ".vml", ".odttf", ".sigs":
		return true
	}
	dir := path.Base(path.Dir(key))
	return dir == "printersettings" || dir == "docprops" || path.Base(key) == "vbaproject.bin"
}
