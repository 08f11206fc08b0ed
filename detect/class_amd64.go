package detect

import "golang.org/x/sys/cpu"

// tiers lists the classifiers that this machine can run, the fastest first.
func tiers() []tier {
	table := tier{"table", classifyTable}
	if cpu.X86.HasAVX2 {
		return []tier{{"AVX2", classifyVector}, table}
	}
	return []tier{table}
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
func classifyVector(dst [][planes]uint64, text []byte) {
	if len(dst) == 0 {
		return
	}
	_ = text[64*len(dst)-1]
	classifyAVX2(&dst[0], &text[0], len(dst), vectors)
}

// classifyAVX2 fills the planes of one block or more.
//
//go:noescape
func classifyAVX2(dst *[planes]uint64, text *byte, blocks int, rows *vectorRows)
