package extract

import (
	"context"

	"github.com/klarlagt/klarlagt/breach"
)

// pptx is a presentation of PowerPoint since 2007.
var pptx = Format{
	Name:       "pptx",
	Extensions: []string{"pptx", "pptm", "ppsx", "potx"},
	Sniff:      func(in *Input) bool { return sniffOOXML(in, "ppt/") },
	Read:       readPPTX,
	Strings:    true,
}

func readPPTX(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
	o, err := openOOXML(in, out)
	if err != nil {
		return breach.Outcome{}, err
	}
	if err := o.slides(); err != nil {
		return o.outcome(), err
	}
	if err := o.rest(); err != nil {
		return o.outcome(), err
	}
	return o.outcome(), nil
}

// slides reads the slides in the order they are shown, the hidden ones too,
// each with its notes and comments.
func (o *ooxml) slides() error {
	main, err := o.main("ppt/presentation.xml")
	if err != nil {
		return err
	}
	parts, err := o.relations(main)
	if err != nil {
		return err
	}
	var order []string
	err = o.part(main, func(m *markup) error {
		for {
			kind, err := m.Next()
			if err != nil {
				return err
			}
			if kind == startTag && m.Is("sldId") && len(order) < maxRelations {
				order = append(order, parts[m.Attr("r:id")].target)
			}
		}
	})
	if err != nil {
		return err
	}
	for _, r := range sorted(parts) {
		if r.kind == "slide" {
			order = append(order, r.target) // a broken list; what has been read is not read again
		}
	}
	w := &wordText{out: o.out}
	for i, name := range order {
		if err := o.slide(w, name, breach.At(breach.Step{Unit: breach.Slide, N: int64(i + 1)})); err != nil {
			return err
		}
	}
	return nil
}

func (o *ooxml) slide(w *wordText, name string, at breach.Place) error {
	if err := o.part(name, func(m *markup) error { return w.read(m, at) }); err != nil {
		return err
	}
	beside, err := o.relations(name)
	if err != nil {
		return err
	}
	for _, r := range sorted(beside) {
		if r.kind == "notesSlide" || r.kind == "comments" {
			w.notes++
			note := at.Down(breach.Step{Unit: breach.Comment, N: w.notes})
			if err := o.part(r.target, func(m *markup) error { return w.read(m, note) }); err != nil {
				return err
			}
		}
	}
	return nil
}
