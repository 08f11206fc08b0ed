package extract

import (
	"crypto/rc4" // #nosec G503 -- old files are locked with it
	"slices"
)

// slideLock unlocks a presentation: each object that the directory names is
// locked by itself, header and all, with a key made of its number; what tells
// of the directory is not: [MS-PPT] 2.3.7.
type slideLock struct {
	f     *oleFile
	key   *rc4Key
	start []int64          // of the objects, in order
	ids   map[int64]uint32 // by where they start
	size  map[int64]int64  // the same, header and all, once it is known

	at  int64 // the object that pad is for; -1 for none
	pad []byte
	c   *rc4.Cipher
}

// maxPad is how much of one object is unlocked.
const maxPad = 32 << 20

// unlock finds the key; false where no password fits.
func (p *slides) unlock(dir int) bool {
	user := p.f.open(dir, "Current User")
	if user == nil {
		return false
	}
	edit, ok := p.record(int64(u32(user.bytes(0, 64, 64), 16)))
	if !ok || edit.kind != 0x0FF5 {
		return false
	}
	b := p.s.bytes(edit.at, edit.size, 64)
	if len(b) < 32 {
		return false
	}
	p.persisted(int64(u32(b, 12)))
	session := u32(b, 28)
	r, ok := p.record(p.ids[session])
	if !ok || r.kind != 0x2F14 {
		return false
	}
	k := p.in.findRC4(p.s.bytes(r.at, r.size, maxEncryptionInfo), 10)
	if k == nil {
		return false
	}
	l := &slideLock{f: p.f, key: k, ids: map[int64]uint32{}, size: map[int64]int64{}, at: -1}
	for id, at := range p.ids {
		if id != session {
			l.ids[at] = max(l.ids[at], id)
		}
	}
	for at := range l.ids {
		l.start = append(l.start, at)
	}
	slices.Sort(l.start)
	clear(p.ids)
	p.lock = l
	p.s.unlock = l.apply
	return true
}

// apply unlocks what was read at an offset.
func (l *slideLock) apply(b []byte, off int64) {
	for len(b) > 0 {
		i, found := slices.BinarySearch(l.start, off)
		if !found {
			i--
		}
		next := int64(len(b))
		if i+1 < len(l.start) {
			next = min(next, l.start[i+1]-off)
		}
		if i >= 0 {
			l.object(l.start[i], b[:next], off-l.start[i])
		}
		b, off = b[next:], off+next
	}
}

// object unlocks what lies in one object, or behind it until the next, at an
// offset from its start.
func (l *slideLock) object(start int64, b []byte, off int64) {
	if l.at != start {
		c, err := rc4.NewCipher(l.key.of(l.ids[start])) // #nosec G405 -- the file's own format asks for it
		if err != nil {
			return
		}
		l.at, l.c, l.pad = start, c, l.pad[:0]
	}
	size, known := l.size[start]
	if !known {
		if off != 0 || len(b) < pptHeader { // it is first met by its header
			return
		}
		var h [pptHeader]byte
		copy(h[:], b)
		for i, c := range l.stretch(pptHeader) {
			h[i] ^= c
		}
		size = pptHeader + int64(u32(h[:], 4))
		l.size[start] = size
	}
	n := min(int64(len(b)), size-off, maxPad-off)
	if n <= 0 {
		return
	}
	for i, c := range l.stretch(off + n)[off:] {
		b[i] ^= c
	}
}

// stretch gives the first n bytes of what masks the object at hand.
func (l *slideLock) stretch(n int64) []byte {
	if have := int64(len(l.pad)); have < n {
		l.pad = slices.Grow(l.pad, int(n-have))[:n]
		clear(l.pad[have:])
		l.c.XORKeyStream(l.pad[have:], l.pad[have:])
		l.f.left -= n - have // it is work, as reading is
	}
	return l.pad[:n]
}
