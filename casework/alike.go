package casework

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/compare"
	"github.com/klarlagt/klarlagt/engine"
	"github.com/klarlagt/klarlagt/store"
)

// Alike is one item of a group whose items hold the same, or nearly so.
type Alike struct {
	Group      int64 // counted from 1
	How        How
	Similarity float64 // to the text of the group's first: 1 where it is the same
	Root       int64
	Path       string // of the file, raw bytes
	Member     string // below it, raw bytes; "" for the file itself
	Type       string
	Size       int64
}

// How is how an item is like the first of its group.
type How string

// The ways.
const (
	First     How = "first" // it is the first
	SameBytes How = "bytes"
	SameText  How = "text" // in another form: the print of a letter
	NearText  How = "near"
)

// Alike finds what lies in the evidence more than once: as the same bytes, the
// same text or nearly the same, each with the similarity to the first of its
// group. It calls f with the items of one group after the other, in the order of
// their first. Embedded files without text, such as the pictures in letters, are
// left out. Memory is small beside the evidence: some 20 bytes for each text.
func (d *Desk) Alike(ctx context.Context, id store.CaseID, f func(Alike) error) (err error) {
	g, err := d.grant(ctx, id, auth.ReadAccount)
	if err != nil {
		return err
	}
	scratch, err := d.scratch(id, "alike")
	if err != nil {
		return fmt.Errorf("look for what is alike: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	a := &alike{d: d, g: g, dir: scratch, units: make([]unit, 1)}
	for _, step := range []func(context.Context) error{a.gather, a.number, a.group, a.regroup} {
		if err := step(ctx); err != nil {
			return errors.Join(fmt.Errorf("look for what is alike: %w", err), a.close())
		}
	}
	return errors.Join(a.tell(ctx, f), a.close())
}

// alike is one search. What has the same text, or without a print the same
// bytes, is one unit; units whose texts are nearly the same form a group around
// one of them. All of it goes through sorters and files.
type alike struct {
	d   *Desk
	g   auth.Grant
	dir string

	byText   *engine.Sorter // what there is, by unit
	byBand   *engine.Sorter // units, by what they have in common
	byGroup  *engine.Sorter // what there is, by group
	numbered *os.File       // what there is, with the number of its unit
	prints   *os.File       // of the units in order
	units    []unit         // from 1
}

// unit is what all items with one text have in common.
type unit struct {
	first   uint64 // the item that comes first in the evidence
	leader  uint32 // the unit its group stands around, itself perhaps; 0 for none
	several bool   // there is more than one item
}

// printed is one item on its way through sorters and files.
type printed struct {
	Root         int64
	Path, Member []byte
	Type         string
	Size         int64
	Hash         []byte
	Print        []byte
}

// unitKey is as long as the longer of print and hash, and a byte that tells
// them apart.
const unitKey = 1 + 32

// gather collects what there is.
func (a *alike) gather(ctx context.Context) error {
	a.byText = &engine.Sorter{Dir: a.dir}
	n := uint64(0)
	for p, err := range a.d.Store.Printed(ctx, a.g) {
		if err != nil {
			return err
		}
		n++
		key := make([]byte, unitKey, unitKey+256)
		print, ok := compare.Parse(p.Print)
		switch {
		case ok:
			copy(key, print.Same[:])
			key[unitKey-1] = 1
		case len(p.Hash) == 0 || p.Member != "":
			continue
		default:
			copy(key, p.Hash)
		}
		rec, err := json.Marshal(printed{p.Root, []byte(p.Path), []byte(p.Member), p.Type, p.Size, p.Hash, p.Print})
		if err != nil {
			return err
		}
		if err := a.byText.Add(append(binary.BigEndian.AppendUint64(key, n), rec...)); err != nil {
			return err
		}
	}
	return nil
}

// number gives each unit a number, and hands those with a print to the bands.
func (a *alike) number(ctx context.Context) (err error) {
	a.byBand = &engine.Sorter{Dir: a.dir}
	if a.numbered, err = os.CreateTemp(a.dir, "numbered-*"); err != nil {
		return err
	}
	if a.prints, err = os.CreateTemp(a.dir, "prints-*"); err != nil {
		return err
	}
	numbered, prints := newScratchWriter(a.numbered), newScratchWriter(a.prints)
	var last [unitKey]byte
	for rec, err := range a.byText.Sorted() {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		n, item := binary.BigEndian.Uint64(rec[unitKey:]), rec[unitKey+8:]
		if u := len(a.units) - 1; u > 0 && bytes.Equal(rec[:unitKey], last[:]) {
			a.units[u].several = true
		} else {
			copy(last[:], rec)
			a.units = append(a.units, unit{first: n})
			if err := a.begin(prints, item); err != nil {
				return err
			}
		}
		head := binary.BigEndian.AppendUint32(nil, uint32(len(a.units)-1))
		if err := numbered.record(binary.BigEndian.AppendUint64(head, n), item); err != nil {
			return err
		}
	}
	return errors.Join(numbered.flush(), prints.flush())
}

// begin keeps the print of the newest unit.
func (a *alike) begin(prints *scratchWriter, item []byte) error {
	var p printed
	if err := json.Unmarshal(item, &p); err != nil {
		return err
	}
	print, ok := compare.Parse(p.Print)
	if err := prints.raw(print.Bytes()); err != nil || !ok {
		return err
	}
	u := len(a.units) - 1
	for band, key := range print.Bands() {
		rec := binary.BigEndian.AppendUint64([]byte{byte(band)}, key)
		rec = binary.BigEndian.AppendUint64(rec, a.units[u].first)
		if err := a.byBand.Add(binary.BigEndian.AppendUint32(rec, uint32(u))); err != nil {
			return err
		}
	}
	return nil
}

// regroup orders what there is by its group, the first of each at its head.
func (a *alike) regroup(ctx context.Context) error {
	a.byGroup = &engine.Sorter{Dir: a.dir}
	in, err := newScratchReader(a.numbered)
	if err != nil {
		return err
	}
	for {
		rec, err := in.record()
		if err == io.EOF {
			return nil
		}
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		u, n := a.units[binary.BigEndian.Uint32(rec)], binary.BigEndian.Uint64(rec[4:])
		leader := u
		if u.leader != 0 {
			leader = a.units[u.leader]
		} else if !u.several {
			continue
		}
		key := binary.BigEndian.AppendUint64(nil, leader.first)
		key = append(key, bit(n != leader.first))
		if err := a.byGroup.Add(append(binary.BigEndian.AppendUint64(key, n), rec[12:]...)); err != nil {
			return err
		}
	}
}

// tell gives out the groups.
func (a *alike) tell(ctx context.Context, f func(Alike) error) error {
	var first printed
	group := int64(0)
	for rec, err := range a.byGroup.Sorted() {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		var p printed
		if err := json.Unmarshal(rec[17:], &p); err != nil {
			return err
		}
		if rec[8] == 0 {
			first = p
			group++
		}
		x := Alike{Group: group, Root: p.Root, Path: string(p.Path), Member: string(p.Member), Type: p.Type, Size: p.Size}
		x.How, x.Similarity = liken(first, p)
		if rec[8] == 0 {
			x.How = First
		}
		if err := f(x); err != nil {
			return err
		}
	}
	return nil
}

// liken says how an item is like the first of its group.
func liken(first, p printed) (How, float64) {
	if len(p.Hash) > 0 && bytes.Equal(first.Hash, p.Hash) {
		return SameBytes, 1
	}
	x, _ := compare.Parse(first.Print)
	y, _ := compare.Parse(p.Print)
	if x.Same == y.Same {
		return SameText, 1
	}
	return NearText, x.Like(&y)
}

func (a *alike) close() error {
	var errs []error
	for _, s := range []*engine.Sorter{a.byText, a.byBand, a.byGroup} {
		if s != nil {
			errs = append(errs, s.Close())
		}
	}
	for _, f := range []*os.File{a.numbered, a.prints} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}
