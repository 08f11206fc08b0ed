package casework

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"

	"github.com/klarlagt/klarlagt/compare"
)

// maxLeaders bounds how many units of one bucket others are compared with: so
// the work grows with the number of texts and not with its square, whatever
// the evidence holds.
const maxLeaders = 8

// group forms the groups. Each unit joins the first that its text is nearly the
// same as, and joins it alone: so all of a group are like its leader, and no
// chain of small changes makes one group of everything.
func (a *alike) group(ctx context.Context) error {
	const key = 1 + 8
	m := &meeting{alike: a}
	var last [key]byte
	for rec, err := range a.byBand.Sorted() {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		if !bytes.Equal(rec[:key], last[:]) {
			copy(last[:], rec)
			m.leaders = m.leaders[:0]
		}
		if err := m.meet(binary.BigEndian.Uint32(rec[key+8:])); err != nil {
			return err
		}
	}
	return nil
}

// meeting is the units that a band brings together.
type meeting struct {
	*alike
	leaders []leader
}

// leader is a unit that others of the bucket may join.
type leader struct {
	unit  uint32
	print *compare.Print // nil until it is needed
}

// meet lets a unit join one of those before it.
func (m *meeting) meet(u uint32) error {
	if in := m.units[u].leader; in != 0 {
		m.lead(in)
		return nil
	}
	if len(m.leaders) == 0 {
		m.lead(u)
		return nil
	}
	own, err := m.printOf(u)
	if err != nil {
		return err
	}
	for i := range m.leaders {
		l := &m.leaders[i]
		if l.print == nil {
			if l.print, err = m.printOf(l.unit); err != nil {
				return err
			}
		}
		if l.print.Like(own) >= compare.Near {
			m.units[l.unit].leader, m.units[u].leader = l.unit, l.unit
			return nil
		}
	}
	m.lead(u)
	return nil
}

func (m *meeting) lead(u uint32) {
	for _, l := range m.leaders {
		if l.unit == u {
			return
		}
	}
	if len(m.leaders) < maxLeaders {
		m.leaders = append(m.leaders, leader{unit: u})
	}
}

// printOf reads the print of a unit.
func (a *alike) printOf(u uint32) (*compare.Print, error) {
	var buf [compare.Size]byte
	if _, err := a.prints.ReadAt(buf[:], int64(u-1)*compare.Size); err != nil {
		return nil, err
	}
	p, _ := compare.Parse(buf[:])
	return &p, nil
}
