package pdftext

import "strings"

// Meta gives one entry of the document information, such as "Title"; "" if
// there is none: ISO 32000-1, 14.3.3.
func (d *Document) Meta(tag string) (string, error) {
	info, err := d.maybeDict(d.trailer, "Info")
	if err != nil {
		return "", err
	}
	return d.textAt(info, name(tag))
}

// textAt gives a text; "" if there is none.
func (d *Document) textAt(from dict, key name) (string, error) {
	o, err := d.at(from, key)
	if err != nil || o == nil {
		return "", err
	}
	t, ok := o.(text)
	if !ok {
		return "", Unsure("what should be a text")
	}
	return decode(t)
}

// maxBookmarks is how many bookmarks are read.
const maxBookmarks = 100_000

// Bookmarks gives the titles of the outline in order: ISO 32000-1, 12.3.3.
func (d *Document) Bookmarks() ([]string, error) {
	root, err := d.maybeDict(d.catalog, "Outlines")
	if err != nil {
		return nil, err
	}
	var titles []string
	seen := map[ref]bool{}
	for stack := []any{root.get("First")}; len(stack) > 0; {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if at == nil {
			continue
		}
		r, ok := at.(ref)
		if !ok || seen[r] || len(seen) > maxBookmarks {
			return nil, Unsure("an outline that goes in circles")
		}
		seen[r] = true
		o, err := d.resolve(at)
		if err != nil {
			return nil, err
		}
		item, ok := o.(dict)
		if !ok {
			return nil, Unsure("a bookmark that is not there")
		}
		title, err := d.textAt(item, "Title")
		if err != nil {
			return nil, err
		}
		titles = append(titles, strings.Map(visible, title))
		stack = append(stack, item.get("Next"), item.get("First"))
	}
	return titles, nil
}

// visible makes control characters blanks.
func visible(r rune) rune {
	if r < ' ' {
		return ' '
	}
	return r
}

// HoldsFiles reports whether files, or what was filled into an XFA form, may lie
// in the document: ISO 32000-1, 7.11.4 and 12.7.8.
func (d *Document) HoldsFiles() bool {
	names, err := d.maybeDict(d.catalog, "Names")
	if err != nil || names.has("EmbeddedFiles") {
		return true
	}
	form, err := d.maybeDict(d.catalog, "AcroForm")
	return err != nil || form.has("XFA")
}
