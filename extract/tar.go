package extract

import (
	"archive/tar"
	"context"
	"io"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

var tarFormat = Format{
	Name:       "tar",
	Extensions: []string{"tar"},
	Sniff:      func(in *Input) bool { return isTar(in.Head()) },
	Read: func(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
		return readTar(in, in.Stream(), out)
	},
}

// isTar looks for the magic of ustar, or at the checksum of older headers.
func isTar(h []byte) bool {
	if len(h) < 512 || h[0] == 0 {
		return false
	}
	if at(h, 257, "ustar") {
		return true
	}
	sum := int64(8 * ' ')
	for i, c := range h[:512] {
		if i < 148 || i >= 156 {
			sum += int64(c)
		}
	}
	stated := int64(0)
	for _, c := range strings.Trim(string(h[148:156]), " \x00") {
		if c < '0' || c > '7' {
			return false
		}
		stated = stated*8 + int64(c-'0')
	}
	return stated == sum && sum > 8*' '
}

// readTar hands over every file of a tar in the input; links and devices by
// their names.
func readTar(in *Input, stream io.Reader, out Sink) (breach.Outcome, error) {
	t := tar.NewReader(stream)
	for n := 1; ; n++ {
		h, err := t.Next()
		if err == io.EOF {
			return breach.Outcome{}, nil
		}
		if err != nil {
			return breach.Outcome{Missing: membersFrom(n)}, err
		}
		r := in.Unpacked(t) // holes of sparse files are made up of nothing
		switch h.Typeflag {
		case tar.TypeReg, tar.TypeGNUSparse, '7':
		case tar.TypeDir, tar.TypeXGlobalHeader:
			continue
		case tar.TypeLink, tar.TypeSymlink:
			r = errReader{gap(breach.LinkNotFollowed)}
		default:
			r = errReader{gap(breach.SpecialFile)}
		}
		if err := out.File(decodeName([]byte(h.Name)), sized{r, h.Size}); err != nil {
			return breach.Outcome{Missing: membersFrom(n)}, err
		}
	}
}
