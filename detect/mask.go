package detect

// The kinds of place where an identifier can begin. Each is one mask a block.
type candidates struct {
	number [window]uint64 // first digit of a number worth judging
	sign   [window]uint64 // @, and = or : that does not follow a digit
	pair   [window]uint64 // second of two capitalised words side by side
}

// right is a mask as seen k bytes further right: bit i is that of byte i+k.
func right(cur, next uint64, k uint) uint64 { return cur>>k | next<<(64-k) }

// left is a mask as seen k bytes further left: bit i is that of byte i-k.
func left(cur, prev uint64, k uint) uint64 { return cur<<k | prev>>(64-k) }

// capitals is what the search for capitalised words carries from block to
// block: the bytes of such words in the block before, and whether one goes on.
type capitals struct{ flood, open uint64 }

// mark finds the candidates of the n blocks after the first of the masks.
// Without names it looks for no pairs of words.
func (c *candidates) mark(t tier, m *masks, n int, names bool, carry *capitals) {
	t.numbers(&c.number, m, n)
	for i := range n {
		c.sign[i] = signs(m, i+1)
	}
	if !names {
		return
	}
	for i := range n {
		c.pair[i] = pairs(m, i+1, carry)
	}
}

// signs marks @ and what may stand behind a label: = and :, but not in the time
// of day.
func signs(m *masks, i int) uint64 {
	d := m[planeDigit][i]
	return m[planeLow][i] &^ d & (m[planeStart][i] | ^left(d, m[planeDigit][i-1], 1))
}

// numbersTable finds the candidates for numbers block by block.
func numbersTable(dst *[window]uint64, m *masks, n int) {
	for i := range n {
		dst[i] = 0
		if m[planeDigit][i+1] != 0 {
			dst[i] = numbers(m, i+1)
		}
	}
}

// block gathers the planes of one block.
func (m *masks) block(i int) (b [planes]uint64) {
	for p := range b {
		b[p] = m[p][i]
	}
	return b
}

// numbers marks the digits where a number may begin that is worth judging:
// six digits with a month and something that goes on, eight or ten and more
// with a month or as many as have none, what looks like a telephone number,
// four groups of four, and digits after exactly two capitals. Dates, addresses
// of machines, and references of seven or nine digits stay out.
func numbers(m *masks, i int) uint64 {
	prev, cur, next := m.block(i-1), m.block(i), m.block(i+1)
	d, nd := cur[planeDigit], next[planeDigit]
	run := d &^ left(d, prev[planeDigit], 1)
	if run == 0 {
		return 0
	}
	s, ns := cur[planeSep], next[planeSep]
	w, nw, pw := cur[planeWord], next[planeWord], prev[planeWord]
	u, pu := cur[planeUpper], prev[planeUpper]
	z := cur[planeStart]
	plus := left(z&s, prev[planeStart]&prev[planeSep], 1)

	// Of the next block only the low bits count, and those come out right.
	g := d | s&left(d, prev[planeDigit], 1)&right(d, nd, 1)
	ng := nd | ns&left(nd, d, 1)&(nd>>1)
	d2, nd2 := d&right(d, nd, 1), nd&(nd>>1)
	d4, nd4 := d2&right(d2, nd2, 2), nd2&(nd2>>2)
	d6 := d4 & right(d2, nd2, 4)
	g2, ng2 := g&right(g, ng, 1), ng&(ng>>1)
	g4, ng4 := g2&right(g2, ng2, 2), ng2&(ng2>>2)
	g8 := g4 & right(g4, ng4, 4)

	low, nlow := cur[planeLow]&d, next[planeLow]&nd
	month, monthAfterCentury := right(low, nlow, 2), right(low, nlow, 4)
	r6, r10, r12 := right(d, nd, 6), right(d, nd, 10), right(d, nd, 12)
	eleven := r10 &^ right(d, nd, 11)
	five := right(d4, nd4, 7) & right(d, nd, 11) // Norwegian: 6 + 5

	six := d6 &^ r6 & right(g|w, ng|nw, 6) & (month | five)
	long := d6 & r6 & right(d, nd, 7) & (right(d, nd, 9) | ^right(d, nd, 8)) &
		(month | monthAfterCentury | eleven | r12)

	hard, phard := s&^cur[planeBlank], prev[planeSep]&^prev[planeBlank]
	sp, nsp := cur[planeBlank], next[planeBlank]
	phone := g8 & (z&^left(hard, phard, 1) | right(sp, nsp, 2) | right(sp, nsp, 3) | right(sp, nsp, 4))
	fours := d4 & right(s, ns, 4) & right(d4, nd4, 5) & right(s, ns, 9) & right(d4, nd4, 10)

	afterTwo := left(u, pu, 1) & left(u, pu, 2) &^ left(w|d, pw|prev[planeDigit], 3)
	return run & (^left(w, pw, 1)&(six|long|phone|fours|plus) | afterTwo)
}

// pairs marks the second of two capitalised words with one to three bytes
// between them, or with a small word of two or three letters, as in "Ebba von
// Essen".
func pairs(m *masks, i int, carry *capitals) uint64 {
	w, u := m[planeWord][i], m[planeUpper][i]
	if u == 0 && carry.open == 0 {
		carry.flood = 0
		return 0
	}
	pw := m[planeWord][i-1]
	start := w & u &^ left(w, pw, 1)

	// Adding a word's first bit to the mask of words ripples through that
	// word and clears it: what it clears are the bytes of the word.
	sum := w + start
	open := b2u(sum < w)
	sum += carry.open
	open |= b2u(carry.open != 0 && sum == 0)
	flood, before := w&^sum, carry.flood
	carry.flood, carry.open = flood, open
	if start == 0 {
		return 0
	}
	k, pk, sp, psp := m[planeBetween][i], m[planeBetween][i-1], m[planeBlank][i], m[planeBlank][i-1]
	gap1, gap2, gap3 := left(k, pk, 1), left(k, pk, 2), left(k, pk, 3)
	near := gap1 & (left(flood, before, 2) | gap2&(left(flood, before, 3)|gap3&left(flood, before, 4)))
	small := left(sp, psp, 1) & left(w, pw, 2) & left(w, pw, 3) &
		(left(sp, psp, 4)&left(flood, before, 5) | left(w, pw, 4)&left(sp, psp, 5)&left(flood, before, 6))
	return start & (near | small)
}

func b2u(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}
