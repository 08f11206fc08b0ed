package web

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// drawQR draws a text as a QR code: one path of squares, with a quiet border.
func drawQR(text, title string) (template.HTML, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", fmt.Errorf("draw a QR code: %w", err)
	}
	const border = 4 // ISO/IEC 18004: four modules
	size := code.Bounds().Dx()
	var path strings.Builder
	for y := range size {
		for x := range size {
			if r, _, _, _ := code.At(x, y).RGBA(); r == 0 {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+border, y+border)
			}
		}
	}
	all := size + 2*border
	return template.HTML(fmt.Sprintf(`<svg class="qr" viewBox="0 0 %[1]d %[2]d" role="img" aria-label="%[3]s" shape-rendering="crispEdges"><rect width="%[1]d" height="%[2]d" fill="#fff"/><path fill="#000" d="%[4]s"/></svg>`,
		all, all, template.HTMLEscapeString(title), path.String())), nil // #nosec G203 -- drawn by us; what comes from outside is escaped
}
