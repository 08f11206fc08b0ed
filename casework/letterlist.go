package casework

import (
	"context"
	"iter"
	"slices"
	"strconv"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/store"
)

// countPieces counts pieces by their states, and names those that nothing says of
// that they are posted or came back. One that is spoilt is not missing: its
// letter is in another piece, or is deferred.
func countPieces(list iter.Seq[store.Piece]) (counts map[store.PieceState]int64, missing []int64) {
	counts = map[store.PieceState]int64{}
	for p := range list {
		counts[p.State]++
		if p.State == store.PieceMade || p.State == store.PiecePrinted {
			missing = append(missing, p.Number)
		}
	}
	slices.Sort(missing)
	return counts, missing
}

// LetterBatches lists the batches of a version, and how far their pieces are.
func (d *Desk) LetterBatches(ctx context.Context, id store.CaseID, n Notice) ([]LetterBatch, error) {
	g, err := d.grant(ctx, id, auth.ReadNotices)
	if err != nil {
		return nil, err
	}
	list, err := d.Store.Batches(ctx, g, n.NoticeVersion)
	if err != nil {
		return nil, err
	}
	var all []LetterBatch
	for _, b := range list {
		data, err := batchOf(b)
		if err != nil {
			return nil, err
		}
		var pieces []store.Piece
		for p, err := range d.Store.Pieces(ctx, g, b) {
			if err != nil {
				return nil, err
			}
			pieces = append(pieces, p)
		}
		one := LetterBatch{Batch: b, Form: data.Form, At: data.At, By: data.By, SHA256: data.SHA256, Receipts: data.Receipts}
		one.Pieces, one.Missing = countPieces(slices.Values(pieces))
		all = append(all, one)
	}
	return all, nil
}

// keptLetters is what stays of letters when a case is closed: how many pieces of
// which batch were in which state.
func (d *Desk) keptLetters(ctx context.Context, id store.CaseID) ([][]string, error) {
	rows := [][]string{{"notice", "version", "batch", "sha256", "piece", "count"}}
	list, err := d.Notices(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, n := range list {
		batches, err := d.LetterBatches(ctx, id, n)
		if err != nil {
			return nil, err
		}
		for _, b := range batches {
			if b.Form == LetterEnvelopes { // how many are protected may point to one
				continue
			}
			for _, state := range []store.PieceState{store.PieceMade, store.PiecePrinted, store.PieceSpoilt, store.PiecePosted, store.PieceReturned} {
				if many := b.Pieces[state]; many > 0 {
					rows = append(rows, []string{string(n.ID), strconv.FormatInt(n.Version, 10), b.ID, b.SHA256, string(state), strconv.FormatInt(many, 10)})
				}
			}
		}
	}
	return rows, nil
}
