package extract

import (
	"context"

	"github.com/klarlagt/klarlagt/breach"
)

var imageFormat = Format{
	Name:       "image",
	Extensions: []string{"jpg", "jpeg", "png", "gif", "tif", "tiff", "bmp", "webp", "heic"},
	Sniff:      isImage,
	Read: func(context.Context, *Input, Sink) (breach.Outcome, error) {
		// Whether there is text in the picture, only looking at it tells.
		return breach.Outcome{State: breach.OCRPending}, nil
	},
}

func isImage(in *Input) bool {
	h := in.Head()
	switch {
	case hasAnyPrefix(h, "\xFF\xD8\xFF", "\x89PNG\r\n\x1A\n", "GIF87a", "GIF89a", "II*\x00", "MM\x00*", "\x00\x00\x00\x0CjP  "):
		return true
	case hasAnyPrefix(h, "BM"):
		return len(h) > 26 && h[5] < 8 && h[6] == 0 && h[7] == 0 && h[14] >= 12 && h[15] == 0
	case hasAnyPrefix(h, "RIFF"):
		return at(h, 8, "WEBP")
	}
	return at(h, 4, "ftyphei") || at(h, 4, "ftypmif1")
}
