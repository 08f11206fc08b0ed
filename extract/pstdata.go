package extract

import (
	"encoding/binary"
	"io"
)

// list gives the ids of the blocks that the data of a node is made of, in
// order: one, or those named by a block of blocks, or by blocks of those.
func (p *pstFile) list(id uint64) ([]uint64, error) {
	if id == 0 {
		return nil, nil
	}
	if id&2 == 0 {
		return []uint64{id}, nil
	}
	return p.named(id, nil, 2)
}

// maxBlocks is as many blocks as a well-formed node can have.
const maxBlocks = 1 << 20

func (p *pstFile) named(id uint64, to []uint64, depth int) ([]uint64, error) {
	b, err := p.block(id)
	if err != nil {
		return to, err
	}
	if len(b) < 8 || b[0] != 1 || depth == 0 {
		return to, errPST
	}
	n, w := int(binary.LittleEndian.Uint16(b[2:])), p.width()
	for e := b[8:]; n > 0 && len(e) >= w; n, e = n-1, e[w:] {
		switch id := p.id(e); {
		case len(to) >= maxBlocks:
			return to, errPST
		case id&2 == 0:
			to = append(to, id)
		default:
			if to, err = p.named(id, to, depth-1); err != nil {
				return to, err
			}
		}
	}
	return to, nil
}

// pstStream reads the data of a node from its first byte to its last.
type pstStream struct {
	p    *pstFile
	ids  []uint64
	left []byte
	err  error // after the blocks
}

// stream opens the data behind the id of a block.
func (p *pstFile) stream(id uint64) *pstStream {
	ids, err := p.list(id)
	return &pstStream{p: p, ids: ids, err: err}
}

func (s *pstStream) Read(to []byte) (int, error) {
	for len(s.left) == 0 {
		if len(s.ids) == 0 {
			switch s.err {
			case nil:
				return 0, io.EOF
			case errPST:
				return 0, io.ErrUnexpectedEOF
			}
			return 0, s.err
		}
		b, err := s.p.block(s.ids[0])
		if err != nil {
			s.ids, s.err = nil, err
			continue
		}
		s.left, s.ids = b, s.ids[1:]
	}
	n := copy(to, s.left)
	s.left = s.left[n:]
	return n, nil
}

// inside gives the nodes inside a node.
func (p *pstFile) inside(id uint64) ([]pstNode, error) {
	if id == 0 {
		return nil, nil
	}
	return p.insides(id, nil, 1)
}

// maxInsides bounds the nodes inside one node: attachments, mostly.
const maxInsides = 100_000

func (p *pstFile) insides(id uint64, to []pstNode, depth int) ([]pstNode, error) {
	b, err := p.block(id | 2)
	if err != nil {
		return to, err
	}
	if len(b) < 8 || b[0] != 2 || int(b[1]) > depth {
		return to, errPST
	}
	n, w, start := int(binary.LittleEndian.Uint16(b[2:])), p.width(), 4
	if p.wide {
		start = 8
	}
	each := 3 * w
	if b[1] > 0 {
		each = 2 * w
	}
	for e := b[start:]; n > 0 && len(e) >= each && len(to) < maxInsides; n, e = n-1, e[each:] {
		if b[1] == 0 {
			to = append(to, pstNode{id: uint32(p.id(e)), data: p.id(e[w:]), sub: p.id(e[2*w:])})
			continue
		}
		if to, err = p.insides(p.id(e[w:]), to, 0); err != nil {
			return to, err
		}
	}
	return to, nil
}

// salvage is what lies in a file whose trees are broken: the entries of all
// pages that look like the foot of one.
type salvage struct {
	blocks map[uint64]pstBlock
	nodes  map[uint32]pstNode
	ids    []uint32 // of nodes, in the order found
}

// maxSalvage bounds the memory of a salvage to some hundred megabytes.
const maxSalvage = 1 << 20

func (s *salvage) each(give func(n pstNode) error) error {
	for _, id := range s.ids {
		if err := give(s.nodes[id]); err != nil {
			return err
		}
	}
	return nil
}

// salvage looks at every page of the file. Of pages that tell of the same
// thing the later in the file is taken only where the first cannot hold.
func (p *pstFile) salvage() error {
	s := &salvage{blocks: map[uint64]pstBlock{}, nodes: map[uint32]pstNode{}}
	raw := make([]byte, p.page)
	for at := p.page; at+p.page <= p.size; at += p.page {
		if _, err := p.f.ReadAt(raw, at); err != nil && err != io.EOF {
			return err
		}
		if err := p.in.spend(p.page); err != nil {
			return err
		}
		if t, ok := p.parse(raw, pagePSTBlocks); ok && t.level == 0 {
			for e := t.entries; len(e) >= t.each && len(s.blocks) < maxSalvage; e = e[t.each:] {
				id, b := p.blockOf(e)
				if p.holds(id, b, nil) {
					s.blocks[id&^1] = b
				}
			}
		}
		if t, ok := p.parse(raw, pagePSTNodes); ok && t.level == 0 {
			for e := t.entries; len(e) >= t.each && len(s.ids) < maxSalvage; e = e[t.each:] {
				n := p.nodeOf(e)
				if _, twice := s.nodes[n.id]; !twice {
					s.ids = append(s.ids, n.id)
				}
				s.nodes[n.id] = n
			}
		}
	}
	p.found = s
	return nil
}

// holds reports whether a block's trailer says the same as the entry and, where
// the data is given, whether its checksum is that of the data.
func (p *pstFile) holds(id uint64, b pstBlock, data []byte) bool {
	trailer, align := int64(12), int64(64)
	switch {
	case p.page == 4096:
		trailer, align = 24, 512
	case p.wide:
		trailer = 16
	}
	t := make([]byte, trailer)
	end := (b.at + int64(b.size) + trailer + align - 1) &^ (align - 1)
	if b.at <= 0 || b.size == 0 || end > p.size {
		return false
	}
	if _, err := p.f.ReadAt(t, end-trailer); err != nil && err != io.EOF {
		return false
	}
	at, sum := 8, 4
	if !p.wide { // size, signature, id, checksum
		at, sum = 4, 8
	}
	if int(binary.LittleEndian.Uint16(t)) != b.size || p.id(t[at:])&^1 != id&^1 {
		return false
	}
	return data == nil || pstSum(data) == binary.LittleEndian.Uint32(t[sum:])
}
