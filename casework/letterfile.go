package casework

import (
	"archive/zip"
	"context"
	"io"
	"path"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/dispatch"
	"github.com/klarlagt/klarlagt/store"
)

// FileLetters does as [Desk.MakeLetters] does, but for where it writes: into one
// packed file, which lies sealed in the folder of the case until somebody takes it
// out. Nothing of a letter lies open on the disk. A batch that has the name of a
// new one is written once more.
func (d *Desk) FileLetters(ctx context.Context, id store.CaseID, n Notice, o LetterOptions) (dispatch.Manifest, error) {
	list, err := d.LetterBatches(ctx, id, n)
	if err != nil {
		return dispatch.Manifest{}, err
	}
	for _, b := range list {
		if b.ID == o.Name {
			o.Batch = o.Name
		}
	}
	return d.makeLetters(ctx, id, n, o, func(g auth.Grant, b store.Batch, data batchData) (dispatch.Folder, func(error) error, error) {
		folder, end := d.packLetters(ctx, g, b, data.At)
		return folder, end, nil
	})
}

// packLetters seals what is written as it is written.
func (d *Desk) packLetters(ctx context.Context, g auth.Grant, b store.Batch, at time.Time) (dispatch.Folder, func(error) error) {
	from, to := io.Pipe()
	kept := make(chan error, 1)
	go func() {
		err := d.Store.SaveBatchFile(ctx, g, b, from)
		_ = from.CloseWithError(err) // always nil; whoever still writes is told
		kept <- err
	}()
	z := zip.NewWriter(to)
	folder := func(name string) (io.WriteCloser, error) {
		head := &zip.FileHeader{Name: b.ID + "/" + name, Method: zip.Deflate, Modified: at.UTC()}
		if ext := path.Ext(name); ext == ".pdf" || ext == ".age" { // which do not become smaller
			head.Method = zip.Store
		}
		w, err := z.CreateHeader(head)
		return entry{w}, err
	}
	end := func(err error) error {
		if err == nil {
			err = z.Close()
		}
		_ = to.CloseWithError(err) // always nil
		saved := <-kept
		if err == nil {
			err = saved
		}
		return err
	}
	return folder, end
}

// entry is a file in a packed one: it ends where the next begins.
type entry struct{ io.Writer }

// Close does nothing.
func (entry) Close() error { return nil }

// TakeLetters gives out the packed file of a batch, which the journal notes. An
// error of Read means that what came before is not the file. The caller closes it.
func (d *Desk) TakeLetters(ctx context.Context, id store.CaseID, n Notice, batch string) (io.ReadCloser, error) {
	g, err := d.grant(ctx, id, auth.ReleaseWave)
	if err != nil {
		return nil, err
	}
	b, err := d.batch(ctx, g, n, batch)
	if err != nil {
		return nil, err
	}
	if !b.Made {
		return nil, &breach.Refusal{Key: "refusal.batch-not-made", Args: map[string]any{"Batch": batch}}
	}
	return d.Store.OpenBatchFile(ctx, g, b)
}

// LettersLeft tells how many letters of an approved version are in no batch yet,
// or were spoilt, by the way they go.
func (d *Desk) LettersLeft(ctx context.Context, id store.CaseID, n Notice) (map[breach.Channel]int, error) {
	g, err := d.grant(ctx, id, auth.ReadNotices)
	if err != nil || n.State != store.NoticeApproved {
		return nil, err
	}
	list, err := d.Store.Batches(ctx, g, n.NoticeVersion)
	if err != nil {
		return nil, err
	}
	at, err := d.Store.Standings(ctx, g, n.NoticeVersion)
	if err != nil {
		return nil, err
	}
	left := map[breach.Channel]int{breach.Paper: n.Frozen.ByChannel[breach.Paper], breach.Envelope: n.Frozen.ByChannel[breach.Envelope]}
	taken := map[int64]bool{}
	for _, b := range list {
		data, err := batchOf(b)
		if err != nil {
			return nil, err
		}
		for _, seq := range data.Taken {
			if taken[seq] {
				continue
			}
			if taken[seq] = true; at[seq].State != breach.Deferred {
				left[data.Form.channel()]--
			}
		}
	}
	return left, nil
}

// channel is the way that letters of a form go.
func (f LetterForm) channel() breach.Channel {
	if f == LetterEnvelopes {
		return breach.Envelope
	}
	return breach.Paper
}
