package specimen

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// Measures of a page, in points.
const (
	pdfLeft, pdfTop, pdfBottom = 72, 770, 72
	pdfLeading                 = 15
	pdfColumns                 = 84 // characters a line
)

// pdf makes a PDF of A4 pages in Helvetica with the Windows code page, half of
// them compressed.
func pdf(d *dice, p *paper) ([]byte, error) {
	pages, err := pdfPages(p)
	if err != nil {
		return nil, err
	}
	w := &pdfWriter{}
	w.WriteString("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
	w.object("<< /Type /Catalog /Pages 2 0 R >>")
	var kids strings.Builder
	for i := range pages {
		fmt.Fprintf(&kids, "%d 0 R ", 4+2*i)
	}
	w.object(fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", kids.String(), len(pages)))
	w.object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
	for i, content := range pages {
		w.object(fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents %d 0 R >>", 5+2*i))
		filter := ""
		if d.percent(50) {
			content, filter = deflated(content), " /Filter /FlateDecode"
		}
		w.object(fmt.Sprintf("<< /Length %d%s >>\nstream\n%s\nendstream", len(content), filter, content))
	}
	w.trailer()
	return w.Bytes(), nil
}

// pdfPages gives the content of each page.
func pdfPages(p *paper) ([][]byte, error) {
	var pages [][]byte
	var b bytes.Buffer
	y := 0
	end := func() {
		if b.Len() > 0 {
			b.WriteString("ET")
			pages = append(pages, bytes.Clone(b.Bytes()))
			b.Reset()
		}
	}
	for i, para := range p.withTitle() {
		size := 11
		if i == 0 && p.title != "" {
			size = 16
		}
		for _, line := range wrapped(para) {
			if y < pdfBottom {
				end()
				y = pdfTop
				b.WriteString("BT\n")
			}
			text, err := charmap.Windows1252.NewEncoder().String(line)
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(&b, "/F1 %d Tf 1 0 0 1 %d %d Tm (%s) Tj\n", size, pdfLeft, y, pdfEscape.Replace(text))
			y -= pdfLeading
		}
		y -= pdfLeading
	}
	end()
	return pages, nil
}

var pdfEscape = strings.NewReplacer(`\`, `\\`, `(`, `\(`, `)`, `\)`)

// wrapped breaks a paragraph into lines at blanks.
func wrapped(para string) []string {
	var out []string
	for _, text := range strings.Split(para, "\n") {
		line := ""
		for _, word := range strings.Fields(text) {
			if line != "" && len(line)+1+len(word) > pdfColumns {
				out = append(out, line)
				line = ""
			}
			if line != "" {
				line += " "
			}
			line += word
		}
		out = append(out, line)
	}
	return out
}

func deflated(b []byte) []byte {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	_, _ = w.Write(b) // a Buffer does not fail
	_ = w.Close()
	return out.Bytes()
}

// pdfWriter numbers objects and remembers where they begin.
type pdfWriter struct {
	bytes.Buffer
	offsets []int
}

func (w *pdfWriter) object(body string) {
	w.offsets = append(w.offsets, w.Len())
	fmt.Fprintf(w, "%d 0 obj\n%s\nendobj\n", len(w.offsets), body)
}

func (w *pdfWriter) trailer() {
	start := w.Len()
	fmt.Fprintf(w, "xref\n0 %d\n0000000000 65535 f \n", len(w.offsets)+1)
	for _, o := range w.offsets {
		fmt.Fprintf(w, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(w, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(w.offsets)+1, start)
}
