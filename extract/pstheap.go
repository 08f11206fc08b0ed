package extract

import (
	"bytes"
	"encoding/binary"
	"io"
)

// pstHeap is the small things that a node keeps in its blocks: [MS-PST] 2.3.1.
type pstHeap struct {
	p      *pstFile
	ids    []uint64
	blocks map[int][]byte
	kind   byte
	root   uint32
	nodes  []pstNode // inside the node
	sub    uint64
	looked bool
}

const (
	heapTable      = 0x7C
	heapProperties = 0xBC
	maxHeapBlocks  = 4096
)

// heap opens the heap of a node.
func (p *pstFile) heap(n pstNode) (*pstHeap, error) {
	ids, err := p.list(n.data)
	if len(ids) == 0 {
		if err == nil {
			err = errPST
		}
		return nil, err
	}
	h := &pstHeap{p: p, ids: ids[:min(len(ids), maxHeapBlocks)], blocks: map[int][]byte{}, sub: n.sub}
	b, err := h.block(0)
	if err != nil {
		return nil, err
	}
	if len(b) < 12 || b[2] != 0xEC {
		return nil, errPST
	}
	h.kind, h.root = b[3], binary.LittleEndian.Uint32(b[4:])
	return h, nil
}

func (h *pstHeap) block(i int) ([]byte, error) {
	if b, ok := h.blocks[i]; ok {
		return b, nil
	}
	if i >= len(h.ids) {
		return nil, errPST
	}
	b, err := h.p.block(h.ids[i])
	if err == nil {
		h.blocks[i] = b
	}
	return b, err
}

// get gives the bytes with an id, nil where the id is none.
func (h *pstHeap) get(id uint32) ([]byte, error) {
	if id == 0 {
		return nil, nil
	}
	index, block := int(id>>5&0x7FF), int(id>>16)
	if h.p.page == 4096 {
		index, block = int(id>>5&0x3FFF), int(id>>19)
	}
	b, err := h.block(block)
	if err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	if len(b) < 2 {
		return nil, errPST
	}
	m := int(le.Uint16(b))
	if index == 0 || m+4+2*index+2 > len(b) || index > int(le.Uint16(b[m:])) {
		return nil, errPST
	}
	from, to := int(le.Uint16(b[m+4+2*index-2:])), int(le.Uint16(b[m+4+2*index:]))
	if from > to || to > len(b) {
		return nil, errPST
	}
	return b[from:to], nil
}

// sorted gives the records of a sorted list on the heap: [MS-PST] 2.3.2.
func (h *pstHeap) sorted(id uint32, give func(key, value []byte)) error {
	b, err := h.get(id)
	if err != nil {
		return err
	}
	if len(b) < 8 || b[0] != 0xB5 || b[1] == 0 {
		return errPST
	}
	left := maxRecords
	return h.records(binary.LittleEndian.Uint32(b[4:]), int(b[1]), int(b[2]), int(b[3]), &left, give)
}

const maxRecords = 1 << 16

func (h *pstHeap) records(id uint32, key, value, level int, left *int, give func(key, value []byte)) error {
	b, err := h.get(id)
	if err != nil || level > maxTreeLevel {
		return err
	}
	if level > 0 {
		value = 4
	}
	for ; len(b) >= key+value && *left > 0; b = b[key+value:] {
		*left--
		if level == 0 {
			give(b[:key], b[key:key+value])
			continue
		}
		if err := h.records(binary.LittleEndian.Uint32(b[key:]), key, value, level-1, left, give); err != nil {
			return err
		}
	}
	return nil
}

// pstProperty is one property of a message, a folder, a recipient.
type pstProperty struct {
	id, kind uint16
	raw      []byte // the value, or where it is
}

// pstProperties are the properties of one thing, in the order they are kept.
type pstProperties struct {
	h    *pstHeap
	list []pstProperty
	page string // the code page of its texts of bytes
}

// properties reads the properties of a node.
func (p *pstFile) properties(n pstNode) (*pstProperties, error) {
	h, err := p.heap(n)
	if err != nil {
		return nil, err
	}
	if h.kind != heapProperties {
		return nil, errPST
	}
	ps := &pstProperties{h: h}
	le := binary.LittleEndian
	err = h.sorted(h.root, func(key, value []byte) {
		if len(key) == 2 && len(value) == 6 {
			ps.list = append(ps.list, pstProperty{le.Uint16(key), le.Uint16(value), value[2:]})
		}
	})
	if len(ps.list) == 0 && err == nil {
		err = errPST
	}
	return ps, err
}

// rows gives the rows of a table node, such as the recipients of a message:
// [MS-PST] 2.3.4.
func (p *pstFile) rows(n pstNode, give func(row *pstProperties) error) error {
	h, err := p.heap(n)
	if err != nil {
		return err
	}
	info, err := h.get(h.root)
	if err != nil || h.kind != heapTable || len(info) < 22 || info[0] != heapTable {
		return errPST
	}
	le := binary.LittleEndian
	columns := info[22:]
	if c := int(info[1]); len(columns) >= 8*c {
		columns = columns[:8*c]
	}
	bits, size := int(le.Uint16(info[6:])), int(le.Uint16(info[8:]))
	if size == 0 || bits > size {
		return errPST
	}
	matrix, err := h.open(le.Uint32(info[14:]))
	if err != nil {
		return err
	}
	for {
		b, err := matrix()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		for ; len(b) >= size; b = b[size:] {
			if err := give(h.row(columns, b[:size], bits)); err != nil {
				return err
			}
		}
	}
}

// row makes the properties of the cells of a row.
func (h *pstHeap) row(columns, b []byte, bits int) *pstProperties {
	le := binary.LittleEndian
	row := &pstProperties{h: h}
	for ; len(columns) >= 8; columns = columns[8:] {
		from, n, bit := int(le.Uint16(columns[4:])), int(columns[6]), int(columns[7])
		if at := bits + bit/8; at >= len(b) || b[at]&(0x80>>(bit%8)) == 0 || from+n > len(b) {
			continue
		}
		row.list = append(row.list, pstProperty{le.Uint16(columns[2:]), le.Uint16(columns), b[from : from+n]})
	}
	return row
}

// open gives the pieces of what an id stands for: one of the heap, or the
// blocks of a node inside the node.
func (h *pstHeap) open(id uint32) (func() ([]byte, error), error) {
	if id&0x1F == 0 {
		b, err := h.get(id)
		return func() ([]byte, error) {
			if b == nil {
				return nil, io.EOF
			}
			one := b
			b = nil
			return one, nil
		}, err
	}
	n, ok := h.inner(id)
	if !ok {
		return nil, errPST
	}
	ids, err := h.p.list(n.data)
	return func() ([]byte, error) {
		if len(ids) == 0 {
			return nil, io.EOF
		}
		one := ids[0]
		ids = ids[1:]
		return h.p.block(one)
	}, err
}

// inner finds a node inside the node of the heap.
func (h *pstHeap) inner(id uint32) (pstNode, bool) {
	if !h.looked {
		h.looked = true
		h.nodes, _ = h.p.inside(h.sub)
	}
	for _, n := range h.nodes {
		if n.id == id {
			return n, true
		}
	}
	return pstNode{}, false
}

// find gives the property with an id.
func (ps *pstProperties) find(id uint16) (pstProperty, bool) {
	for _, q := range ps.list {
		if q.id == id {
			return q, true
		}
	}
	return pstProperty{}, false
}

// number gives a property of up to four bytes.
func (ps *pstProperties) number(id uint16) uint32 {
	q, ok := ps.find(id)
	if !ok || len(q.raw) < 4 {
		return 0
	}
	return binary.LittleEndian.Uint32(q.raw)
}

// reader opens the value of a property that is kept elsewhere.
func (ps *pstProperties) reader(q pstProperty) io.Reader {
	if len(q.raw) < 4 {
		return bytes.NewReader(nil)
	}
	id := binary.LittleEndian.Uint32(q.raw)
	if id&0x1F == 0 {
		b, err := ps.h.get(id)
		if err != nil {
			return errReader{io.ErrUnexpectedEOF}
		}
		return bytes.NewReader(b)
	}
	n, ok := ps.h.inner(id)
	if !ok {
		return errReader{io.ErrUnexpectedEOF}
	}
	return ps.h.p.stream(n.data)
}
