package extract

import (
	"encoding/binary"
	"io"
)

// rtfStart is what the window of packed RTF holds before its first byte;
// [MS-OXRTFCP] 2.1.2.1.
const rtfStart = `{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0` +
	"\r\n" + `\par \pard\plain\f0\fs20\b\i\u\tab\tx`

// unpackRTF unpacks the RTF of a mail; what there is of it where it breaks off.
func unpackRTF(packed []byte) ([]byte, bool) {
	if len(packed) < 16 {
		return nil, false
	}
	size := int(binary.LittleEndian.Uint32(packed[4:]))
	switch string(packed[8:12]) {
	case "MELA":
		return packed[16:min(len(packed), 16+size)], true
	case "LZFu":
	default:
		return nil, false
	}
	var window [4096]byte
	at := copy(window[:], rtfStart)
	var out []byte
	put := func(c byte) {
		out = append(out, c)
		window[at] = c
		at = (at + 1) % len(window)
	}
	for in := packed[16:]; len(in) > 0; {
		flags := in[0]
		in = in[1:]
		for bit := 0; bit < 8 && len(in) > 0; bit++ {
			if flags>>bit&1 == 0 {
				put(in[0])
				in = in[1:]
				continue
			}
			if len(in) < 2 {
				return out, len(out) > 0
			}
			from, n := int(in[0])<<4|int(in[1]>>4), int(in[1]&15)+2
			in = in[2:]
			if from == at {
				return out, true
			}
			for range n {
				put(window[from])
				from = (from + 1) % len(window)
			}
		}
	}
	return out, len(out) > 0
}

// wideText passes text on, that of UTF-16 with a mark so that nobody has to
// guess.
type wideText struct {
	r    io.Reader
	wide bool
	mark bool
}

func (w *wideText) Read(p []byte) (int, error) {
	if !w.wide || w.mark || len(p) < 2 {
		return w.r.Read(p)
	}
	w.mark = true
	return copy(p, "\xFF\xFE"), nil
}
