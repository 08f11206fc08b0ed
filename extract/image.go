package extract

import (
	"bytes"
	"context"
	"encoding/binary"

	"github.com/klarlagt/klarlagt/breach"
)

var imageFormat = Format{
	Name:       "image",
	Extensions: []string{"jpg", "jpeg", "png", "gif", "tif", "tiff", "bmp", "webp", "heic"},
	Sniff:      isImage,
	Read:       readImage,
}

func isImage(in *Input) bool {
	h := in.Head()
	switch {
	case hasAnyPrefix(h, "\xFF\xD8\xFF", pngStart, "GIF87a", "GIF89a", "II*\x00", "MM\x00*", "\x00\x00\x00\x0CjP  "):
		return true
	case hasAnyPrefix(h, "BM"):
		return len(h) > 26 && h[5] < 8 && h[6] == 0 && h[7] == 0 && h[14] >= 12 && h[15] == 0
	case hasAnyPrefix(h, "RIFF"):
		return at(h, 8, "WEBP")
	}
	return at(h, 4, "ftyphei") || at(h, 4, "ftypmif1")
}

const pngStart = "\x89PNG\r\n\x1A\n"

// readImage hands over what is written beside the picture: captions, authors,
// comments. Whether there is text in it, only looking at it tells.
func readImage(ctx context.Context, in *Input, out Sink) (breach.Outcome, error) {
	h := in.Head()
	p := picture{out: out}
	switch {
	case hasAnyPrefix(h, "\xFF\xD8"):
		p.jpeg(h)
	case hasAnyPrefix(h, pngStart):
		p.png(h)
	case hasAnyPrefix(h, "GIF", "BM"):
	default:
		p.anywhere(in)
	}
	if p.err != nil {
		return breach.Outcome{State: breach.OCRPending}, p.err
	}
	return lookAt(ctx, in, out)
}

// picture reads the descriptions inside a picture.
type picture struct {
	out Sink
	err error
}

// anywhere reads the descriptions of formats that keep them behind the picture
// too.
func (p *picture) anywhere(in *Input) {
	f, size, err := in.Random()
	if err != nil {
		return // the picture waits to be looked at all the same
	}
	switch h := in.Head(); {
	case hasAnyPrefix(h, "II*\x00", "MM\x00*"):
		p.exif(f)
	case hasAnyPrefix(h, "RIFF"):
		p.webp(f, size)
	default:
		p.find(f, size)
	}
}

// jpeg reads the segments before the picture itself.
func (p *picture) jpeg(h []byte) {
	for i := 2; i+4 <= len(h) && h[i] == 0xFF && h[i+1] != 0xDA && p.err == nil; {
		end := min(i+2+int(binary.BigEndian.Uint16(h[i+2:])), len(h))
		if end < i+4 {
			return
		}
		p.segment(h[i+1], h[i+4:end])
		i = end
	}
}

func (p *picture) segment(marker byte, data []byte) {
	switch {
	case marker == 0xFE:
		p.property("comment", data)
	case marker == 0xE1 && hasAnyPrefix(data, "http://ns.adobe.com/xap/"):
		if _, text, ok := bytes.Cut(data, []byte{0}); ok {
			p.xmp(text)
		}
	case marker == 0xE1 && hasAnyPrefix(data, exifMark):
		p.exif(bytes.NewReader(data[len(exifMark):]))
	case marker == 0xE1, marker == 0xED: // captions as newspapers write them
		s := scavenger{out: p.out}
		s.scan(data, true)
		if p.err = s.err; p.err == nil {
			p.err = s.flush()
		}
	}
}

// png reads the chunks of text; see ISO/IEC 15948, 11.3.3.
func (p *picture) png(h []byte) {
	for i := len(pngStart); i+12 <= len(h) && p.err == nil; {
		n := int64(binary.BigEndian.Uint32(h[i:]))
		kind, data := string(h[i+4:i+8]), h[i+8:]
		if n > int64(len(data)) {
			return
		}
		data = data[:n]
		i += 12 + int(n)
		label, text, _ := bytes.Cut(data, []byte{0})
		switch kind {
		case "eXIf":
			p.exif(bytes.NewReader(data))
		case "tEXt":
			p.property(string(label), text)
		case "iTXt":
			if len(text) < 2 || text[0] != 0 { // packed
				continue
			}
			_, text, _ = bytes.Cut(text[2:], []byte{0}) // language
			_, text, _ = bytes.Cut(text, []byte{0})     // label in that language
			if bytes.HasPrefix(label, []byte("XML:")) {
				p.xmp(text)
				continue
			}
			p.property(string(label), text)
		}
	}
}

func (p *picture) property(label string, text []byte) {
	text = []byte(decodeName(bytes.Trim(text, "\x00 \n")))
	if len(text) == 0 {
		return
	}
	line := appendLine(nil, decodeName([]byte(label)), text[:min(len(text), maxLines)])
	p.err = p.out.Text(breach.At(breach.Step{Unit: breach.Property}), line)
}

// xmp reads a description in XML.
func (p *picture) xmp(data []byte) {
	x := &tree{rec: newRecorder(p.out, breach.Place{}), prose: newBatch(p.out, breach.Place{}, breach.Paragraph)}
	if err := x.read(newMarkup(bytes.NewReader(data))); err != nil {
		p.err = x.rec.err
	}
}
