package extract

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/zlib"

	"github.com/klarlagt/klarlagt/breach"
)

// pstFile is a mailbox file below its messages: nodes and blocks, found by two
// trees of pages. See [MS-PST] 2.2.
type pstFile struct {
	in   *Input
	f    io.ReaderAt
	size int64

	wide  bool  // ids of 64 bits; else the ANSI form of before 2003
	page  int64 // bytes: 512, or 4096 in newer OST files
	crypt byte

	nodes, blocks int64            // where the roots of the trees stand
	cache         map[int64][]byte // pages of the tree of blocks
	lost          bool             // a page of a tree could not be read, or its checksum does not hold
	bad           int              // blocks read whose checksum does not hold
	pages         int64            // that may still be read, so that no tree is walked for ever
	found         *salvage         // what was found without the trees; nil while they hold
}

// pstNode is an entry of the tree of nodes, or of a node's own.
type pstNode struct {
	id     uint32
	parent uint32
	data   uint64 // id of the block
	sub    uint64 // id of the block of nodes inside it
}

// pstBlock is where a block stands.
type pstBlock struct {
	at   int64
	size int
}

var errPST = errors.New("a block is missing or broken")

const (
	pagePSTBlocks = 0x80
	pagePSTNodes  = 0x81
	maxCached     = 1024
	maxTreeLevel  = 8
)

// openPST reads the header.
func openPST(in *Input) (*pstFile, error) {
	f, size, err := in.Random()
	if err != nil {
		return nil, err
	}
	h := make([]byte, 564)
	if n, err := f.ReadAt(h, 0); err != nil && (err != io.EOF || n < 512) {
		return nil, unexpected(err)
	}
	p := &pstFile{in: in, f: f, size: size, page: 512, cache: map[int64][]byte{}}
	le := binary.LittleEndian
	if version := le.Uint16(h[10:]); version >= 20 {
		p.wide, p.crypt = true, h[513]
		p.nodes, p.blocks = int64(le.Uint64(h[224:])), int64(le.Uint64(h[240:]))
		if version >= 36 {
			p.page = 4096
		}
	} else {
		p.crypt = h[461]
		p.nodes, p.blocks = int64(le.Uint32(h[188:])), int64(le.Uint32(h[196:]))
	}
	p.pages = 2*(size/p.page) + 1000
	return p, nil
}

// treePage is one page of a tree.
type treePage struct {
	entries []byte
	each    int // bytes of an entry
	level   byte
}

// tree reads a page of a tree.
func (p *pstFile) tree(at int64, kind byte) (treePage, error) {
	raw, ok := p.cache[at]
	if !ok {
		if p.pages--; p.pages < 0 || at <= 0 || at+p.page > p.size {
			return treePage{}, errPST
		}
		raw = make([]byte, p.page)
		if _, err := p.f.ReadAt(raw, at); err != nil && err != io.EOF {
			return treePage{}, err
		}
	}
	t, ok := p.parse(raw, kind)
	if !ok {
		return treePage{}, errPST
	}
	if p.page == 512 {
		trailer, sum := 496, 500
		if !p.wide {
			trailer, sum = 500, 508
		}
		p.lost = p.lost || pstSum(raw[:trailer]) != binary.LittleEndian.Uint32(raw[sum:])
	}
	if kind == pagePSTBlocks {
		if len(p.cache) >= maxCached {
			clear(p.cache)
		}
		p.cache[at] = raw
	}
	return t, nil
}

// parse tells a page of a tree from anything else.
func (p *pstFile) parse(raw []byte, kind byte) (treePage, bool) {
	le := binary.LittleEndian
	foot, trailer := 488, 496
	var n int
	switch {
	case p.page == 4096:
		foot, trailer = 4056, 4072
		n = int(le.Uint16(raw[foot:]))
	case p.wide:
		n = int(raw[foot])
	default:
		foot, trailer = 496, 500
		n = int(raw[foot])
	}
	each, level := int(raw[foot+2]), raw[foot+3]
	if p.page == 4096 {
		each, level = int(raw[foot+4]), raw[foot+5]
	}
	if raw[trailer] != kind || raw[trailer+1] != kind || n*each > foot || each < p.entry(kind, level) || level > maxTreeLevel {
		return treePage{}, false
	}
	return treePage{raw[:n*each], each, level}, true
}

// entry is the size of an entry.
func (p *pstFile) entry(kind, level byte) int {
	n := 12
	if level == 0 && kind == pagePSTNodes {
		n = 16
	}
	if p.wide {
		n *= 2
	}
	return n
}

// id reads a number of the file's width.
func (p *pstFile) id(b []byte) uint64 {
	if p.wide {
		return binary.LittleEndian.Uint64(b)
	}
	return uint64(binary.LittleEndian.Uint32(b))
}

// width is the bytes of an id.
func (p *pstFile) width() int {
	if p.wide {
		return 8
	}
	return 4
}

// child is where the page of an entry of a page stands.
func (p *pstFile) child(entry []byte) int64 { return int64(p.id(entry[2*p.width():])) }

// leaves gives the entries at the foot of a tree.
func (p *pstFile) leaves(at int64, kind byte, level int, give func(entry []byte) error) error {
	t, err := p.tree(at, kind)
	if err != nil || level >= 0 && int(t.level) != level {
		if p.in.spend(p.page) != nil {
			return gap(breach.BudgetTotal)
		}
		p.lost = true
		return nil
	}
	for e := t.entries; len(e) >= t.each; e = e[t.each:] {
		if t.level == 0 {
			err = give(e)
		} else {
			err = p.leaves(p.child(e), kind, int(t.level)-1, give)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *pstFile) nodeOf(e []byte) pstNode {
	w := p.width()
	return pstNode{id: uint32(p.id(e)), data: p.id(e[w:]), sub: p.id(e[2*w:]), parent: binary.LittleEndian.Uint32(e[3*w:])}
}

func (p *pstFile) blockOf(e []byte) (uint64, pstBlock) {
	w := p.width()
	return p.id(e), pstBlock{int64(p.id(e[w:])), int(binary.LittleEndian.Uint16(e[2*w:]))}
}

// eachNode gives all nodes of the file, in the order of their ids.
func (p *pstFile) eachNode(give func(n pstNode) error) error {
	if p.found != nil {
		return p.found.each(give)
	}
	return p.leaves(p.nodes, pagePSTNodes, -1, func(e []byte) error { return give(p.nodeOf(e)) })
}

// node finds a node of the file.
func (p *pstFile) node(id uint32) (pstNode, bool) {
	if p.found != nil {
		n, ok := p.found.nodes[id]
		return n, ok
	}
	e, ok := p.search(p.nodes, pagePSTNodes, uint64(id))
	if !ok {
		return pstNode{}, false
	}
	return p.nodeOf(e), true
}

// search goes down a tree to the entry with a key.
func (p *pstFile) search(at int64, kind byte, key uint64) ([]byte, bool) {
	for range maxTreeLevel {
		t, err := p.tree(at, kind)
		if err != nil {
			return nil, false
		}
		var best []byte
		for e := t.entries; len(e) >= t.each; e = e[t.each:] {
			k := p.id(e)
			if kind == pagePSTNodes {
				k = uint64(uint32(k))
			}
			if k > key {
				break
			}
			best = e[:t.each]
			if k == key && t.level == 0 {
				return best, true
			}
		}
		if best == nil || t.level == 0 {
			return nil, false
		}
		at = p.child(best)
	}
	return nil, false
}

// block reads one block and undoes its encoding.
func (p *pstFile) block(id uint64) ([]byte, error) {
	where, ok := p.where(id &^ 1)
	if !ok || where.size == 0 || where.at <= 0 || where.at+int64(where.size) > p.size {
		return nil, errPST
	}
	if err := p.in.spend(int64(where.size)); err != nil {
		return nil, err
	}
	data := make([]byte, where.size)
	if _, err := p.f.ReadAt(data, where.at); err != nil && err != io.EOF {
		return nil, err
	}
	if p.page == 4096 {
		data = p.inflate(where, data)
	} else if !p.holds(id, where, data) {
		p.bad++
	}
	if id&2 == 0 {
		unveil(p.crypt, id, data)
	}
	return data, nil
}

// pstSum is the checksum of pages and blocks: CRC-32 without its two turns of
// all bits.
func pstSum(b []byte) uint32 { return ^crc32.Update(^uint32(0), crc32.IEEETable, b) }

// inflate undoes the packing of blocks in newer OST files, which their trailer
// tells of.
func (p *pstFile) inflate(where pstBlock, data []byte) []byte {
	const trailer = 24
	var t [trailer]byte
	end := (where.at + int64(where.size) + trailer + 511) &^ 511
	if _, err := p.f.ReadAt(t[:], end-trailer); err != nil {
		return data
	}
	whole := int(binary.LittleEndian.Uint16(t[18:]))
	if whole == 0 || whole == len(data) {
		return data
	}
	z, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return data
	}
	out := make([]byte, whole)
	if n, err := io.ReadFull(z, out); err != nil || p.in.spend(int64(n)) != nil {
		return data
	}
	return out
}

func (p *pstFile) where(id uint64) (pstBlock, bool) {
	if p.found != nil {
		b, ok := p.found.blocks[id]
		return b, ok
	}
	e, ok := p.search(p.blocks, pagePSTBlocks, id)
	if !ok {
		return pstBlock{}, false
	}
	_, b := p.blockOf(e)
	return b, true
}
