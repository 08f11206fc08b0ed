package pdfium

import (
	"context"
	"io"
)

// Annotation is a note, a link or a form field on a page.
type Annotation struct {
	Field   string   // the label of a form field, or its name; "" for others
	Value   string   // what was filled in
	Options []string // what a list offers
	Author  string
	Text    string // of a note
	Link    string // of a link to outside the document
	Shown   bool   // there is more to it than a link

	file uint64 // what is attached to it; 0 for nothing
}

// maxAnnotations is how many annotations of a page are read, and how many
// options of a list.
const maxAnnotations = 200_000

// Kinds of annotation, of form field and of action, as PDFium numbers them.
const (
	linkAnnotation   = 2
	fileAnnotation   = 17
	widgetAnnotation = 20
	comboField       = 4
	listField        = 5
	uriAction        = 3
)

// Annotations hands each annotation to take; many hold nothing.
func (p *Page) Annotations(ctx context.Context, take func(Annotation) error) error {
	n, err := p.d.i.call(ctx, "FPDFPage_GetAnnotCount", p.handle)
	if err != nil {
		return err
	}
	for k := range min(uint64(max(0, int32(n))), maxAnnotations) {
		h, err := p.d.i.call(ctx, "FPDFPage_GetAnnot", p.handle, k)
		if err != nil {
			return err
		}
		if h == 0 {
			continue
		}
		a, err := p.annotation(ctx, h)
		if err != nil {
			return err
		}
		if _, err := p.d.i.call(ctx, "FPDFPage_CloseAnnot", h); err != nil {
			return err
		}
		if err := take(a); err != nil {
			return err
		}
	}
	return nil
}

// annotation reads one annotation.
func (p *Page) annotation(ctx context.Context, h uint64) (a Annotation, err error) {
	kind, err := p.d.i.call(ctx, "FPDFAnnot_GetSubtype", h)
	if err != nil {
		return a, err
	}
	switch kind {
	case widgetAnnotation:
		return p.field(ctx, h)
	case linkAnnotation:
		if a.Link, err = p.link(ctx, h); err != nil {
			return a, err
		}
	case fileAnnotation:
		if a.file, err = p.d.i.call(ctx, "FPDFAnnot_GetFileAttachment", h); err != nil {
			return a, err
		}
	}
	a.Shown = kind != linkAnnotation
	if a.Text, err = p.d.i.text(ctx, "FPDFAnnot_GetStringValue", "Contents", h); err != nil {
		return a, err
	}
	a.Author, err = p.d.i.text(ctx, "FPDFAnnot_GetStringValue", "T", h)
	return a, err
}

// link gives the address that a link leads to.
func (p *Page) link(ctx context.Context, h uint64) (string, error) {
	for _, step := range []string{"FPDFAnnot_GetLink", "FPDFLink_GetAction"} {
		var err error
		if h, err = p.d.i.call(ctx, step, h); err != nil || h == 0 {
			return "", err
		}
	}
	kind, err := p.d.i.call(ctx, "FPDFAction_GetType", h)
	if err != nil || kind != uriAction {
		return "", err
	}
	b, err := p.d.i.give(ctx, "FPDFAction_GetURIPath", "", p.d.handle, h)
	return string(b[:max(0, len(b)-1)]), err
}

// Attached hands the file that is attached to an annotation to take, which
// must be done with the reader when it returns. It is for use while the
// annotation is handed over.
func (p *Page) Attached(ctx context.Context, a Annotation, take func(name string, r io.Reader) error) error {
	if a.file == 0 {
		return nil
	}
	return p.d.attachment(ctx, a.file, take)
}

// field reads a form field.
func (p *Page) field(ctx context.Context, h uint64) (a Annotation, err error) {
	a.Shown = true
	form, err := p.d.fields(ctx)
	if err != nil || form == 0 {
		return a, err
	}
	for _, name := range []string{"FPDFAnnot_GetFormFieldAlternateName", "FPDFAnnot_GetFormFieldName"} {
		if a.Field == "" {
			if a.Field, err = p.d.i.text(ctx, name, "", form, h); err != nil {
				return a, err
			}
		}
	}
	if a.Value, err = p.d.i.text(ctx, "FPDFAnnot_GetFormFieldValue", "", form, h); err != nil {
		return a, err
	}
	kind, err := p.d.i.call(ctx, "FPDFAnnot_GetFormFieldType", form, h)
	if err != nil || kind != comboField && kind != listField {
		return a, err
	}
	n, err := p.d.i.call(ctx, "FPDFAnnot_GetOptionCount", form, h)
	if err != nil {
		return a, err
	}
	for k := range min(uint64(max(0, int32(n))), maxAnnotations) {
		option, err := p.d.i.text(ctx, "FPDFAnnot_GetOptionLabel", "", form, h, k)
		if err != nil {
			return a, err
		}
		a.Options = append(a.Options, option)
	}
	return a, nil
}

// fields gives the form environment, without which fields have no values.
func (d *Document) fields(ctx context.Context) (uint64, error) {
	if d.form != 0 {
		return d.form, nil
	}
	// The structure stays in use; all callbacks are null, the version comes first.
	const size = 512
	p, err := d.i.call(ctx, "malloc", size)
	if err == nil && p == 0 {
		err = ErrMemory
	}
	if err != nil {
		return 0, err
	}
	info, err := d.i.read(uint32(p), size)
	if err != nil {
		return 0, err
	}
	clear(info)
	info[0] = 1
	if d.form, err = d.i.call(ctx, "FPDFDOC_InitFormFillEnvironment", d.handle, p); err == nil {
		d.info = p
	}
	return d.form, err
}
