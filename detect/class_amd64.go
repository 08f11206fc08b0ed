package detect

import "golang.org/x/sys/cpu"

// tiers lists the classifiers that this machine can run, the fastest first.
func tiers() []tier {
	if cpu.X86.HasAVX2 {
		return []tier{{"AVX2", classifyVector, numbersVector}, portable}
	}
	return []tier{portable}
}

// vectorRows is the class table as vectors look it up: by the low nibble,
// in one row for each high nibble that has classes of its own.
type vectorRows struct {
	beyond [32]byte // the classes of a byte beyond ASCII, those of the rows added
	rows   [8]struct {
		high [32]byte // the high nibble
		low  [32]byte // classes by the low nibble, twice
	}
}

var vectors = func() *vectorRows {
	var v vectorRows
	beyond := classByte(0xFF)
	for i := range v.beyond {
		v.beyond[i] = beyond
	}
	n := 0
	for high := 0; high < 256; high += 16 {
		own := false
		for low := range 16 {
			c := classByte(byte(high + low))
			own = own || high < 0x80 && c != 0 || high >= 0x80 && c != beyond
		}
		if !own {
			continue
		}
		for i := range 32 {
			v.rows[n].high[i] = byte(high)
			v.rows[n].low[i] = classByte(byte(high + i%16))
		}
		n++
	}
	return &v
}()

// classByte gives the classes of a byte as bits, one a plane.
func classByte(c byte) (bits byte) {
	for p := range planes {
		bits |= byte(classes[c]>>(8*p)&1) << p
	}
	return bits
}

// classifyVector does what classifyTable does, 32 bytes at a time.
func classifyVector(m *masks, from, n int, text []byte) {
	if n == 0 {
		return
	}
	_, _ = text[64*n-1], m[0][from+n-1]
	classifyAVX2(&m[0][from], &text[0], n, vectors)
}

// classifyAVX2 fills the planes of one block or more; dst is that of the first
// plane.
//
//go:noescape
func classifyAVX2(dst *uint64, text *byte, blocks int, rows *vectorRows)

// numbersVector does what numbersTable does, four blocks at a time.
func numbersVector(dst *[window]uint64, m *masks, n int) {
	if n > 0 {
		numbersAVX2(dst, m, (n+3)/4)
	}
}

// numbersAVX2 takes so many times four blocks.
//
//go:noescape
func numbersAVX2(dst *[window]uint64, m *masks, fours int)
