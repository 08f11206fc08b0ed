package casework

import (
	"context"
	"fmt"
	"io"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/dispatch"
	"github.com/klarlagt/klarlagt/store"
)

// NoticeSheet is a letter as it was printed, and how far it has come.
type NoticeSheet struct {
	dispatch.LetterRow // with a Code alone where the house gave the number
	Batch              string
	State              store.PieceState

	press  dispatch.LetterBatch
	notice breach.Notice
}

// Write writes the letter again as it was printed, as a PDF: an error that wraps
// [dispatch.ErrChanged] means that it is not the same any more.
func (s NoticeSheet) Write(w io.Writer) error {
	return s.press.Again(w, s.notice, s.LetterRow)
}

// Drawn reports whether the letter was laid out here, and can be written again.
func (s NoticeSheet) Drawn() bool { return s.Pages() > 0 }

// Pages is how many pages it has; none where a mail house laid it out.
func (s NoticeSheet) Pages() int {
	if s.First < 1 {
		return 0
	}
	return s.Last - s.First + 1
}

// sheetsOf finds what was printed of some dispatches of a version.
func (d *Desk) sheetsOf(ctx context.Context, g auth.Grant, n Notice, list []store.Dispatch) (map[int64][]NoticeSheet, error) {
	found := map[int64][]NoticeSheet{}
	of := map[int64]breach.Notice{}
	for _, x := range list {
		if x.Notice.Channel == breach.Paper || x.Notice.Channel == breach.Envelope {
			of[x.Seq] = x.Notice
		}
	}
	if len(of) == 0 {
		return found, nil
	}
	batches, err := d.Store.Batches(ctx, g, n.NoticeVersion)
	if err != nil {
		return nil, err
	}
	for _, b := range batches {
		data, err := batchOf(b)
		if err != nil {
			return nil, err
		}
		for p, err := range d.Store.Pieces(ctx, g, b) {
			if err != nil {
				return nil, err
			}
			notice, ours := of[p.Seq]
			if !ours {
				continue
			}
			row, err := rowOf(p)
			if err != nil {
				return nil, err
			}
			if row.Code == "" {
				row.Seq, row.Code = int(p.Number), fmt.Sprintf("%s-%06d", b.ID, p.Number)
			}
			found[p.Seq] = append(found[p.Seq], NoticeSheet{row, b.ID, p.State, n.press(b.ID, data), notice})
		}
	}
	return found, nil
}
