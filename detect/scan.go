package detect

import "math/bits"

// firstPass finds the candidates of a text, window by window.
type firstPass struct {
	tier  tier
	masks masks
	found candidates
	last  [64]byte // the end of the text, in a block of its own
}

// run calls judge with every candidate of a text: window by window the digits
// where a number may begin, the signs of e-mail addresses and labels and, with names, the
// second words of pairs.
func (f *firstPass) run(text []byte, names bool, judge interface{ judge(Start, int) }) {
	m := &f.masks
	m.clear(0)
	f.fill(1, text, 0, 1)
	var carry capitals
	blocks := (len(text) + 63) / 64
	for first := 0; first < blocks; first += window {
		n := min(window, blocks-first)
		f.fill(2, text, first+1, n) // one block further than is judged, for the view to the right
		f.found.mark(f.tier, m, n, names, &carry)
		each(f.found.number[:n], 64*first, AtNumber, judge)
		each(f.found.sign[:n], 64*first, AtSign, judge)
		if names {
			each(f.found.pair[:n], 64*first, AtPair, judge)
		}
		for p := range m {
			m[p][0], m[p][1] = m[p][n], m[p][n+1]
		}
	}
}

// each calls judge with the place of every bit.
func each(masks []uint64, at int, kind Start, judge interface{ judge(Start, int) }) {
	for _, mask := range masks {
		for ; mask != 0; mask &= mask - 1 {
			judge.judge(kind, at+bits.TrailingZeros64(mask))
		}
		at += 64
	}
}

// fill classifies n blocks of text from the given one on into the masks from
// row on. Beyond the end of the text there is nothing.
func (f *firstPass) fill(row int, text []byte, block, n int) {
	whole := max(0, min(n, len(text)/64-block))
	if whole > 0 {
		f.tier.classify(&f.masks, row, whole, text[64*block:])
	}
	for i := whole; i < n; i++ {
		f.masks.clear(row + i)
		if at := 64 * (block + i); at < len(text) {
			clear(f.last[copy(f.last[:], text[at:]):])
			f.tier.classify(&f.masks, row+i, 1, f.last[:])
		}
	}
}

// clear empties a block.
func (m *masks) clear(i int) {
	for p := range m {
		m[p][i] = 0
	}
}
