package extract

import (
	"bytes"
	"strconv"

	"github.com/klarlagt/klarlagt/breach"
)

// grid is a table that is open. Tables that only lay out a page have tables
// inside their cells, or one cell a row; their text is paragraphs.
type grid struct {
	rows   *batch
	layout bool
	cells  []cell
	cell   cell
	filled int  // cells of the row that are not empty
	open   bool // a cell is
	span   int  // columns that the open cell takes
}

// cell is the text of a cell: its paragraphs.
type cell struct{ blocks [][]byte }

// maxGrids is how many tables can be inside each other; more are text.
const maxGrids = 32

// maxCells is how many cells a row can have before it is handed over.
const maxCells = 4096

// block adds a paragraph to the cell that is open.
func (g *grid) block(text []byte) {
	if len(text) > 0 {
		g.cell.blocks = append(g.cell.blocks, bytes.Clone(text))
	}
}

func (p *page) openTable() error {
	if err := p.breakBlock(); err != nil {
		return err
	}
	if n := len(p.grids); n > 0 {
		// The text around the inner table goes out first, as it stands.
		outer := p.grids[n-1]
		outer.layout = true
		open := outer.open
		if err := p.endRow(); err != nil {
			return err
		}
		outer.open = open
	}
	if len(p.grids) >= maxGrids {
		return nil
	}
	p.tables++
	at := p.at
	if at.Depth() < 2 { // room for the table beside the row
		at = at.Down(breach.Step{Unit: breach.Table, N: p.tables})
	}
	p.grids = append(p.grids, &grid{rows: newBatch(p.out, at, breach.Row)})
	return nil
}

func (p *page) closeTable() error {
	if err := p.endRow(); err != nil {
		return err
	}
	g := p.grids[len(p.grids)-1]
	p.grids = p.grids[:len(p.grids)-1]
	return g.rows.Flush()
}

// openCell begins a cell, and ends the one before.
func (p *page) openCell() {
	p.endCell()
	g := p.grids[len(p.grids)-1]
	g.open = true
	g.span, _ = strconv.Atoi(p.tag["colspan"])
}

// endCell ends the cell that is open.
func (p *page) endCell() {
	g := p.grids[len(p.grids)-1]
	if !g.open {
		return
	}
	g.open = false
	g.block(bytes.TrimSpace(p.text))
	p.text = p.text[:0]
	if len(g.cell.blocks) > 0 {
		g.filled++
	}
	g.cells = append(g.cells, g.cell)
	g.cell = cell{}
	for ; g.span > 1 && len(g.cells) < maxCells && g.span < 100; g.span-- {
		g.cells = append(g.cells, cell{})
	}
}

// endRow hands over the row that is open.
func (p *page) endRow() error {
	p.endCell()
	g := p.grids[len(p.grids)-1]
	cells := g.cells
	g.cells = g.cells[:0]
	filled := g.filled
	g.filled = 0
	if filled == 0 {
		return nil
	}
	if g.layout || filled == 1 && len(cells) <= 3 && !g.begun() {
		return p.asProse(cells)
	}
	return g.rows.Add(joinCells(cells))
}

// begun reports whether rows of the table have been handed over.
func (g *grid) begun() bool { return g.rows.next > 1 }

func (p *page) asProse(cells []cell) error {
	for _, c := range cells {
		for _, b := range c.blocks {
			if err := p.prose.Add(b); err != nil {
				return err
			}
		}
	}
	return nil
}

// joinCells makes a row.
func joinCells(cells []cell) []byte {
	var row []byte
	for i, c := range cells {
		if i > 0 {
			row = append(row, '\t')
		}
		row = appendCell(row, bytes.Join(c.blocks, []byte(" ")))
	}
	return bytes.TrimRight(row, "\t")
}
