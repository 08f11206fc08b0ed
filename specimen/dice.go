package specimen

// dice is chance that repeats itself: the same seed and place give the same
// throws, whatever else was thrown before. The generator is SplitMix64.
type dice struct{ state uint64 }

// throw gives the dice of one place: a person, a file, a purpose.
func throw(seed uint64, place ...uint64) *dice {
	d := &dice{seed}
	for _, p := range place {
		d.state = d.next() ^ (p+1)*0x9e3779b97f4a7c15
	}
	return d
}

func (d *dice) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// n is a number from 0 to k-1.
func (d *dice) n(k int) int { return int(d.next() >> 1 % uint64(k)) }

// between is a number from lo to hi, both included.
func (d *dice) between(lo, hi int) int { return lo + d.n(hi-lo+1) }

// percent is true so many times in a hundred.
func (d *dice) percent(p int) bool { return d.n(100) < p }

// Read fills b with bytes; it lets a dice stand for a source of noise.
func (d *dice) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(d.next())
	}
	return len(b), nil
}

// one picks one of a list.
func one[T any](d *dice, list []T) T { return list[d.n(len(list))] }

// skewed picks one of a list, the first far oftener than the last, as names go.
func skewed[T any](d *dice, list []T) T {
	a, b := d.n(len(list)), d.n(len(list))
	return list[min(a, b)]
}
