package detect_test

import (
	"regexp"
	"testing"
)

// BenchmarkFloor looks every byte up in a table and counts: the least that any
// scan in plain Go does.
func BenchmarkFloor(b *testing.B) {
	var table [256]uint64
	for _, c := range []byte("0123456789@") {
		table[c] = 1
	}
	text := mixed(4<<20, 72_000)
	b.SetBytes(int64(len(text)))
	sum := uint64(0)
	for b.Loop() {
		for _, c := range text {
			sum += table[c]
		}
	}
	b.ReportMetric(float64(sum), "sum")
}

// BenchmarkRegexp finds strings of the shapes of Nordic numbers, addresses,
// telephones, accounts and cards with the standard library's regexp: no check
// digits, no register, no names.
func BenchmarkRegexp(b *testing.B) {
	rules := regexp.MustCompile(`\b[0-3]\d[01]\d{3}[-+A-FU-Ya-fu-y]\d{3}[0-9A-FHJ-NPR-Ya-fhj-npr-y]\b` +
		`|\b(?:19|20)?\d{2}[01]\d{3}[-+ ]?\d{4}\b|\b\d{6} ?\d{5}\b` +
		`|[A-Za-z0-9][A-Za-z0-9._%+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b` +
		`|(?:\+|\b00)(?:45|46|47|358)[ -]?\d{1,3}(?:[ -]?\d{2,4}){2,4}\b|\b0\d{1,2}[ -]?\d{2,4}(?:[ -]?\d{2,4}){1,3}\b` +
		`|\b(?:SE|FI|NO|DK)\d{2}(?: ?\d{4}){2,5}(?: ?\d{1,3})?\b|\b[3-6]\d{3}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}\b`)
	text := mixed(1<<20, 72_000)
	b.SetBytes(int64(len(text)))
	hits := 0
	for b.Loop() {
		hits = 0
		for rest := text; ; {
			at := rules.FindIndex(rest)
			if at == nil {
				break
			}
			hits++
			rest = rest[at[1]:]
		}
	}
	b.ReportMetric(float64(hits), "hits")
}
