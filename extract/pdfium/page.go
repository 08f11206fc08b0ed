package pdfium

import (
	"context"
	"math"
)

// Page is one loaded page.
type Page struct {
	d      *Document
	n      int
	handle uint64
}

// Page loads page n, counted from 0. It fails with ErrFormat where the page is
// broken; the document is good for others unless Err tells otherwise.
func (d *Document) Page(ctx context.Context, n int) (*Page, error) {
	h, err := d.i.call(ctx, "FPDF_LoadPage", d.handle, uint64(n))
	if err == nil && h == 0 {
		err = ErrFormat
	}
	if err != nil {
		return nil, err
	}
	return &Page{d, n, h}, nil
}

// Flatten makes what is laid over the page part of it, as it is shown: filled
// fields, stamps, signatures. Their annotations are gone after.
func (p *Page) Flatten(ctx context.Context) error {
	const success = 1
	done, err := p.d.i.call(ctx, "FPDFPage_Flatten", p.handle, 0)
	if err != nil || done != success {
		return err // a page that cannot be flattened is as it was
	}
	if err := p.Close(ctx); err != nil {
		return err
	}
	again, err := p.d.Page(ctx, p.n)
	if err != nil {
		return err
	}
	*p = *again
	return nil
}

// Close frees the page.
func (p *Page) Close(ctx context.Context) error {
	if p.handle == 0 {
		return nil
	}
	_, err := p.d.i.call(ctx, "FPDF_ClosePage", p.handle)
	p.handle = 0
	return err
}

// Shapes is what stands on a page beside its text.
type Shapes struct {
	Images int
	Paths  int     // lines and areas: letters, in a drawing without fonts
	Cover  float64 // how much of the page the largest image covers, 0 to 1
}

// maxObjects is how many objects of a page are looked at.
const maxObjects = 20_000

// Shapes counts images and paths, those inside forms too.
func (p *Page) Shapes(ctx context.Context) (Shapes, error) {
	var s Shapes
	w, err := p.d.i.call(ctx, "FPDF_GetPageWidthF", p.handle)
	if err != nil {
		return s, err
	}
	h, err := p.d.i.call(ctx, "FPDF_GetPageHeightF", p.handle)
	if err != nil {
		return s, err
	}
	area := float64(math.Float32frombits(uint32(w))) * float64(math.Float32frombits(uint32(h)))
	n, err := p.d.i.call(ctx, "FPDFPage_CountObjects", p.handle)
	if err != nil {
		return s, err
	}
	left := maxObjects
	return s, p.shapes(ctx, &s, area, "FPDFPage_GetObject", p.handle, int32(n), &left, 0)
}

func (p *Page) shapes(ctx context.Context, s *Shapes, area float64, get string, of uint64, n int32, left *int, depth int) error {
	const (
		path     = 2
		image    = 3
		form     = 5
		maxDepth = 8
	)
	for k := int32(0); k < n && *left > 0; k++ {
		*left--
		o, err := p.d.i.call(ctx, get, of, uint64(k))
		if err != nil {
			return err
		}
		kind, err := p.d.i.call(ctx, "FPDFPageObj_GetType", o)
		if err != nil {
			return err
		}
		switch {
		case kind == path:
			s.Paths++
		case kind == image:
			s.Images++
			cover, err := p.cover(ctx, o, area)
			if err != nil {
				return err
			}
			s.Cover = max(s.Cover, cover)
		case kind == form && depth < maxDepth:
			inside, err := p.d.i.call(ctx, "FPDFFormObj_CountObjects", o)
			if err != nil {
				return err
			}
			if err := p.shapes(ctx, s, area, "FPDFFormObj_GetObject", o, int32(inside), left, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// cover tells how much of the page's area an object covers.
func (p *Page) cover(ctx context.Context, object uint64, area float64) (float64, error) {
	b, err := p.d.i.buffer(ctx, 16)
	if err != nil {
		return 0, err
	}
	ok, err := p.d.i.call(ctx, "FPDFPageObj_GetBounds", object, uint64(b), uint64(b+4), uint64(b+8), uint64(b+12))
	if err != nil || ok == 0 || area <= 0 {
		return 0, err
	}
	var edge [4]float64 // left, bottom, right, top
	for n := range edge {
		v, _ := p.d.i.module.Memory().ReadFloat32Le(b + 4*uint32(n))
		edge[n] = float64(v)
	}
	return min(1, math.Abs((edge[2]-edge[0])*(edge[3]-edge[1]))/area), nil
}
