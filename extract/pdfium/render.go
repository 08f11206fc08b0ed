package pdfium

import (
	"context"
	"image"
	"math"
)

// Render draws the page in gray on white, what is laid over it included, at a
// number of dots an inch, or fewer where a side would be longer than most.
func (p *Page) Render(ctx context.Context, dpi, most int) (*image.Gray, error) {
	var size [2]float64
	for n, f := range []string{"FPDF_GetPageWidthF", "FPDF_GetPageHeightF"} {
		v, err := p.d.i.call(ctx, f, p.handle)
		if err != nil {
			return nil, err
		}
		size[n] = float64(math.Float32frombits(uint32(v)))
	}
	const pointsAnInch = 72
	scale := min(float64(dpi)/pointsAnInch, float64(most)/max(size[0], size[1]))
	if !(scale > 0) { // a page without a size, or of one that is no number
		return nil, ErrFormat
	}
	w, h := max(1, int(size[0]*scale)), max(1, int(size[1]*scale))

	const gray, white, annotations, inGray = 1, 0xFFFFFFFF, 0x01, 0x08
	bitmap, err := p.d.i.call(ctx, "FPDFBitmap_CreateEx", uint64(w), uint64(h), gray, 0, uint64(w))
	if err == nil && bitmap == 0 {
		err = ErrMemory
	}
	if err != nil {
		return nil, err
	}
	if _, err := p.d.i.call(ctx, "FPDFBitmap_FillRect", bitmap, 0, 0, uint64(w), uint64(h), white); err != nil {
		return nil, err
	}
	if _, err := p.d.i.call(ctx, "FPDF_RenderPageBitmap", bitmap, p.handle, 0, 0, uint64(w), uint64(h), 0, annotations|inGray); err != nil {
		return nil, err
	}
	img, err := p.d.i.pixels(ctx, bitmap, w, h)
	if _, freed := p.d.i.call(ctx, "FPDFBitmap_Destroy", bitmap); err == nil {
		err = freed
	}
	return img, err
}

// pixels copies a bitmap out of linear memory.
func (i *instance) pixels(ctx context.Context, bitmap uint64, w, h int) (*image.Gray, error) {
	at, err := i.call(ctx, "FPDFBitmap_GetBuffer", bitmap)
	if err != nil {
		return nil, err
	}
	stride, err := i.call(ctx, "FPDFBitmap_GetStride", bitmap)
	if err != nil {
		return nil, err
	}
	if int(uint32(stride)) < w {
		return nil, ErrCrash
	}
	img := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		row, err := i.read(uint32(at)+uint32(y)*uint32(stride), uint32(w))
		if err != nil {
			return nil, err
		}
		copy(img.Pix[y*img.Stride:], row)
	}
	return img, nil
}
