package detect

// digits is a number as it stands: groups of digits with single separators
// between them.
type digits struct {
	n     int // groups
	at    [maxGroups]int
	size  [maxGroups]int
	sep   [maxGroups]byte // after the group; 0 after the last
	end   int             // of the last group
	total int             // digits in all
}

const (
	maxGroups = 8
	maxNumber = 40 // bytes from the first digit to the last
)

// read takes in the number whose first digit is at i.
func (d *digits) read(b []byte, i int) {
	*d = digits{}
	first := i
	for d.n < maxGroups {
		start := i
		for i < len(b) && isDigit(b[i]) {
			i++
		}
		if i-first > maxNumber && d.n > 0 {
			d.sep[d.n-1] = 0
			return
		}
		d.at[d.n], d.size[d.n], d.end = start, i-start, i
		d.total += i - start
		d.n++
		if i+1 >= len(b) || !isDigit(b[i+1]) || d.n == maxGroups {
			return
		}
		switch b[i] {
		case ' ', '-', '.', '/', '+':
			d.sep[d.n-1] = b[i]
		default:
			return
		}
		i++
	}
}

// is reports whether the number begins with groups of these sizes.
func (d *digits) is(sizes ...int) bool {
	if d.n < len(sizes) {
		return false
	}
	for i, n := range sizes {
		if d.size[i] != n {
			return false
		}
	}
	return true
}

// joined appends the digits of a stretch of text.
func joined(dst, b []byte) []byte {
	for _, c := range b {
		if isDigit(c) {
			dst = append(dst, c)
		}
	}
	return dst
}
