package extract

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"iter"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"

	"github.com/klarlagt/klarlagt/breach"
)

// maxDecoded bounds the bytes of an image when it is decoded: a sheet of A3 at
// 600 dots an inch has 70 million pixels, of one byte in gray and four in colour.
const maxDecoded = 320 << 20

// maxTIFF bounds the pages of a TIFF.
const maxTIFF = 10_000

// codec decodes one kind of image.
type codec struct {
	prefixes []string
	config   func(io.Reader) (image.Config, error)
	decode   func(io.Reader) (image.Image, error)
}

var codecs = []codec{
	{[]string{"\xFF\xD8"}, jpeg.DecodeConfig, jpeg.Decode},
	{[]string{pngStart}, png.DecodeConfig, png.Decode},
	{[]string{"GIF8"}, gif.DecodeConfig, gif.Decode},
	{[]string{"II*\x00", "MM\x00*"}, tiff.DecodeConfig, tiff.Decode},
	{[]string{"BM"}, bmp.DecodeConfig, bmp.Decode},
	{[]string{"RIFF"}, webp.DecodeConfig, webp.Decode},
}

// frames yields the frames of an image, to be drawn. One that nobody can
// decode has one frame, which cannot be drawn.
func frames(file io.ReaderAt, size int64) iter.Seq2[int64, func() (*image.Gray, error)] {
	head := make([]byte, min(size, 16))
	n, _ := file.ReadAt(head, 0)
	head = head[:n]
	return func(yield func(int64, func() (*image.Gray, error)) bool) {
		for _, c := range codecs {
			if !hasAnyPrefix(head, c.prefixes...) {
				continue
			}
			if !hasAnyPrefix(head, "II*\x00", "MM\x00*") {
				yield(1, func() (*image.Gray, error) { return c.draw(file, size) })
				return
			}
			page := int64(0)
			for at := range directories(file, head) {
				page++
				if !yield(page, func() (*image.Gray, error) { return c.draw(&directory{file, head, at}, size) }) {
					return
				}
			}
			if page > 0 {
				return
			}
		}
		yield(1, func() (*image.Gray, error) { return nil, gap(breach.UnknownType) })
	}
}

// draw decodes an image and brings it to size.
func (c codec) draw(file io.ReaderAt, size int64) (*image.Gray, error) {
	config, err := c.config(io.NewSectionReader(file, 0, size))
	if err != nil {
		return nil, err
	}
	pixel := int64(4)
	switch config.ColorModel {
	case color.GrayModel:
		pixel = 1
	case color.RGBA64Model, color.NRGBA64Model:
		pixel = 8
	}
	if config.Width <= 0 || config.Height <= 0 || int64(config.Width)*int64(config.Height) > maxDecoded/pixel {
		return nil, gap(breach.Memory)
	}
	img, err := c.decode(io.NewSectionReader(file, 0, size))
	if err != nil {
		return nil, err
	}
	return shrink(toGray(img), MaxSide), nil
}

// directories yields where the pages of a TIFF are described: TIFF 6.0,
// section 2.
func directories(file io.ReaderAt, head []byte) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		order := tiffOrder(head)
		if len(head) < 8 {
			return
		}
		seen := map[uint32]bool{}
		for at := order.Uint32(head[4:]); at != 0 && !seen[at] && len(seen) < maxTIFF; {
			seen[at] = true
			var b [4]byte
			if _, err := file.ReadAt(b[:2], int64(at)); err != nil || !yield(at) {
				return
			}
			next := int64(at) + 2 + 12*int64(order.Uint16(b[:2]))
			if _, err := file.ReadAt(b[:], next); err != nil {
				return
			}
			at = order.Uint32(b[:])
		}
	}
}

func tiffOrder(head []byte) binary.ByteOrder {
	if hasAnyPrefix(head, "MM") {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// directory is a TIFF whose header points to one of its pages.
type directory struct {
	file io.ReaderAt
	head []byte
	at   uint32
}

// ReadAt reads the file, with another header.
func (d *directory) ReadAt(p []byte, off int64) (int, error) {
	n, err := d.file.ReadAt(p, off)
	if off < 8 {
		header := bytes.Clone(d.head[:8])
		tiffOrder(d.head).PutUint32(header[4:], d.at)
		copy(p[:n], header[off:])
	}
	return n, err
}

// toGray makes a picture gray, on white where one can see through it.
func toGray(img image.Image) *image.Gray {
	switch m := img.(type) {
	case *image.Gray:
		return m
	case *image.YCbCr: // its first plane is what we look for
		return &image.Gray{Pix: m.Y, Stride: m.YStride, Rect: m.Rect}
	}
	gray := image.NewGray(img.Bounds())
	draw.Draw(gray, gray.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(gray, gray.Rect, img, img.Bounds().Min, draw.Over)
	return gray
}

// shrink makes each pixel the mean of those it stands for, where the picture is
// larger than most on a side. The picture begins at the origin.
func shrink(from *image.Gray, most int) *image.Gray {
	w, h := from.Rect.Dx(), from.Rect.Dy()
	long := max(w, h)
	toW, toH := w, h
	if long > most {
		toW, toH = max(1, w*most/long), max(1, h*most/long)
	}
	to := image.NewGray(image.Rect(0, 0, toW, toH))
	for y := range toH {
		y0, y1 := y*h/toH, max(y*h/toH+1, (y+1)*h/toH)
		for x := range toW {
			x0, x1 := x*w/toW, max(x*w/toW+1, (x+1)*w/toW)
			sum := 0
			for row := y0; row < y1; row++ {
				for _, v := range from.Pix[row*from.Stride+x0 : row*from.Stride+x1] {
					sum += int(v)
				}
			}
			to.Pix[y*to.Stride+x] = uint8(sum / ((y1 - y0) * (x1 - x0)))
		}
	}
	return to
}

// Blank reports whether nobody has written or printed anything on a picture:
// hardly any pixel is much darker than the paper, or lighter than the ground.
func Blank(p *image.Gray) bool {
	count := tones(p)
	total, paper, away := p.Rect.Dx()*p.Rect.Dy(), commonest(count), 0
	for v, n := range count {
		if v < paper-contrast || v > paper+contrast {
			away += n
		}
	}
	return away*inkShare <= total
}

// tones counts the pixels of each tone.
func tones(p *image.Gray) *[256]int {
	var count [256]int
	for y := range p.Rect.Dy() {
		for _, v := range p.Pix[y*p.Stride : y*p.Stride+p.Rect.Dx()] {
			count[v]++
		}
	}
	return &count
}

// commonest is the tone that most pixels have: that of the paper.
func commonest(count *[256]int) (tone int) {
	for v, n := range count {
		if n > count[tone] {
			tone = v
		}
	}
	return tone
}

// What tells ink from paper: a single line of text on A4 covers a thousandth.
const (
	contrast = 48
	inkShare = 20_000
)
