package extract

import "strconv"

// numbering reads the lists of a document of Word 97 to 2003, and what its
// styles say of them: [MS-DOC] 2.9.131 on.
func (w *docReader) numbering() *numbering {
	n := newNumbering()
	if w.old {
		return n
	}
	ids := w.listLevels(n)
	if len(ids) == 0 {
		return n
	}
	w.listUses(n, ids)
	w.listStyles(n)
	return n
}

// tail gives a stretch of the table stream that the header points to by
// number, and what follows it.
func (w *docReader) tail(number int) (stretch, after []byte) {
	at := 0x9A + 8*number
	from, size := int64(u32(w.fib, at)), int64(u32(w.fib, at+4))
	if size == 0 {
		return nil, nil
	}
	b := w.table.bytes(from, maxClx, maxClx)
	if size > int64(len(b)) {
		return nil, nil
	}
	return b[:size], b[size:]
}

// listLevels reads the lists, and gives the number of each by its id.
func (w *docReader) listLevels(n *numbering) map[uint32]int {
	const size = 28
	b, levels := w.tail(73)
	ids := map[uint32]int{}
	for i := range min(u16(b, 0), maxLists) {
		at := 2 + size*i
		if at+size > len(b) {
			break
		}
		l, count := newList(), listLevels
		if b[at+26]&1 != 0 { // a simple list
			count = 1
		}
		for level := range count {
			var ok bool
			if levels, ok = l.levels[level].readBinary(levels); !ok {
				return ids
			}
		}
		ids[u32(b, at)] = i
		n.lists[i] = l
	}
	return ids
}

// binaryFormats are the ways to write a number, by what stands for them.
var binaryFormats = map[byte]string{1: "upperRoman", 2: "lowerRoman", 3: "upperLetter", 4: "lowerLetter", 5: "ordinal", 22: "decimalZero", 23: "bullet", 255: "none"}

// readBinary reads a level, and gives what follows it.
func (l *listLevel) readBinary(b []byte) (rest []byte, ok bool) {
	const size = 28
	if len(b) < size {
		return nil, false
	}
	l.start, l.format, l.known = int(u32(b, 0)&0x7FFF), binaryFormats[b[4]], true
	at := size + int(b[24]) + int(b[25])
	text := b[min(len(b), at):]
	chars := u16(text, 0)
	if 2+2*chars > len(text) {
		return nil, false
	}
	var label []byte
	for i := range min(chars, 255) {
		if c := u16(text, 2+2*i); c < listLevels { // the number of that level
			label = append(label, '%', '1'+byte(c))
		} else {
			label, _ = appendUTF16(label, text[2+2*i:4+2*i], 0)
		}
	}
	l.text = string(label)
	return text[2+2*chars:], true
}

// listUses reads which lists paragraphs can name, and where those begin anew.
func (w *docReader) listUses(n *numbering, ids map[uint32]int) {
	const size = 16
	b, data := w.tail(74)
	count := int(min(u32(b, 0), maxLists))
	for i := range count {
		at := 4 + size*i
		if at+size > len(b) {
			return
		}
		use := &listUse{list: -1}
		if list, ok := ids[u32(b, at)]; ok {
			use.list = list
		}
		n.uses[i+1] = use
	}
	// What each changes follows the list of them, or ends it.
	if end := 4 + size*count; end < len(b) {
		data = b[end:]
	}
	for i := range count {
		if len(data) < 4 {
			return
		}
		data = data[4:]
		for range int(b[4+size*i+12]) {
			if len(data) < 8 {
				return
			}
			start, flags := int(u32(data, 0)&0x7FFF), u32(data, 4)
			level := min(int(flags&0xF), listLevels-1)
			data = data[8:]
			if flags&0x20 != 0 { // another layout
				var other listLevel
				var ok bool
				if data, ok = other.readBinary(data); !ok {
					return
				}
				start = other.start
			}
			if flags&0x10 != 0 {
				if n.uses[i+1].starts == nil {
					n.uses[i+1].starts = map[int]int{}
				}
				n.uses[i+1].starts[level] = start
			}
		}
	}
}

// listStyles reads what styles say of numbers: [MS-DOC] 2.9.271 on.
func (w *docReader) listStyles(n *numbering) {
	b := w.pair(1, maxClx)
	head := u16(b, 0)
	count, base := u16(b, 2), u16(b, 4)
	b = b[min(len(b), 2+head):]
	for i := range min(count, maxLists) {
		size := u16(b, 0)
		if len(b) < 2 || 2+size > len(b) {
			return
		}
		std := b[2 : 2+size]
		b = b[2+size:]
		const paragraphs = 1
		if size < base+2 || u16(std, 2)&0xF != paragraphs {
			continue
		}
		at := base + 2 + 2*u16(std, base) + 2 // behind the name
		at += at & 1
		props := std[min(len(std), at+2):]
		props = props[:min(len(props), u16(std, at))]
		mark := docMark{use: -1, level: -1}
		if len(props) > 2 {
			mark.read(props[2:])
		}
		n.styles[strconv.Itoa(i)] = styledNumber{basedOn: strconv.Itoa(u16(std, 2) >> 4), use: mark.use, level: mark.level}
	}
}
