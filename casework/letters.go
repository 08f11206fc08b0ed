package casework

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/dispatch"
	"github.com/klarlagt/klarlagt/pdfletter"
	"github.com/klarlagt/klarlagt/store"
)

// LetterForm is what a batch of letters is written as.
type LetterForm string

// The forms.
const (
	LetterFiles     LetterForm = "files"     // one PDF a letter
	LetterBundle    LetterForm = "batch"     // one PDF of all, for a print house
	LetterTable     LetterForm = "table"     // a table sealed to a mail house, which lays them out
	LetterEnvelopes LetterForm = "envelopes" // protected people's, for a named handler
)

// LetterOptions say how letters are written.
type LetterOptions struct {
	Dir       string // a folder that is made, or is empty
	Batch     string // "": a new one; else that one, written once more
	Name      string // of a new one; "": by chance
	Form      LetterForm
	TwoFolds  bool // sheets are folded twice: envelopes E65 and C65; else once, C5
	Duplex    bool
	MaxSheets int // 0: nine
	PerOuter  int // inner envelopes in one outer; 0: twenty
	Posti     *dispatch.Posti
	House     string // the public key of the mail house that a table is for

	// Tell is called now and then with how many letters of how many are written.
	Tell func(done, of int64)
}

// LetterBatch is a batch of letters, and how many of its pieces are how far.
type LetterBatch struct {
	store.Batch
	Form     LetterForm
	At       time.Time
	By       auth.UserID
	SHA256   string // of the file that holds all letters, where there is one
	Receipts []LetterReceiptRead
	Pieces   map[store.PieceState]int64
	Missing  []int64 // numbers that nothing says of that they are posted, or came back
}

// LetterReceiptRead is a receipt that was taken in.
type LetterReceiptRead struct {
	SHA256 string      `json:"sha256"`
	Lines  int         `json:"lines"`
	At     time.Time   `json:"at"`
	By     auth.UserID `json:"by"`

	Twice    []int64 `json:"twice,omitempty"` // what it said that is odd, see LetterAccount
	Unknown  []int64 `json:"unknown,omitempty"`
	Conflict []int64 `json:"conflict,omitempty"`
}

// batchData is what is kept of a batch.
type batchData struct {
	Form      LetterForm          `json:"form"`
	TwoFolds  bool                `json:"two_folds"`
	Duplex    bool                `json:"duplex"`
	MaxSheets int                 `json:"max_sheets,omitempty"`
	PerOuter  int                 `json:"per_outer,omitempty"`
	Taken     []int64             `json:"taken"` // the numbers of its dispatches
	SHA256    string              `json:"sha256,omitempty"`
	Receipts  []LetterReceiptRead `json:"receipts,omitempty"`
	At        time.Time           `json:"at"`
	By        auth.UserID         `json:"by"`
}

func batchOf(b store.Batch) (batchData, error) {
	var data batchData
	if err := json.Unmarshal(b.Data, &data); err != nil {
		return data, fmt.Errorf("read batch %s: %w", b.ID, err)
	}
	return data, nil
}

// press is how the letters of a batch are laid out: the same each time.
func (n Notice) press(id string, data batchData) dispatch.LetterBatch {
	fold := pdfletter.C5
	if data.TwoFolds {
		fold = pdfletter.E65
	}
	return dispatch.LetterBatch{ID: id, Title: string(n.ID) + " " + id, Lang: "en", Sender: n.letterhead(), Country: n.Draft.Country, Fold: fold, Duplex: data.Duplex, MaxSheets: data.MaxSheets}
}

// letterhead is who letters come from: what was approved with the rest.
func (n Notice) letterhead() []string {
	if n.Frozen != nil && len(n.Frozen.Letterhead) > 0 {
		return n.Frozen.Letterhead
	}
	return []string{n.Draft.Sender.Name}
}

// MakeLetters writes the letters of an approved version that have not been
// written yet, and those that were spoilt, into a folder: a batch. From then on
// each is being handed over, whether its file was written or not; a batch that
// was stopped on the way is written again under its name, and has the same
// letters. It gives the manifest, and what could not be printed: that is refused
// for good, and is told by the next way.
func (d *Desk) MakeLetters(ctx context.Context, id store.CaseID, n Notice, o LetterOptions) (dispatch.Manifest, error) {
	return d.makeLetters(ctx, id, n, o, func(_ auth.Grant, b store.Batch, _ batchData) (dispatch.Folder, func(error) error, error) {
		dir, err := emptyFolder(o.Dir, b.ID)
		if err != nil {
			return nil, nil, err
		}
		return dispatch.In(dir), func(err error) error { return errors.Join(err, dir.Close()) }, nil
	})
}

// emptyFolder opens a folder that is made, or is empty.
func emptyFolder(path, batch string) (*os.Root, error) {
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, &breach.Refusal{Key: "cmd.cannot-write", Args: map[string]any{"Path": path}, Err: err}
	}
	dir, err := os.OpenRoot(path)
	if err != nil {
		return nil, &breach.Refusal{Key: "cmd.cannot-write", Args: map[string]any{"Path": path}, Err: err}
	}
	list, err := os.ReadDir(path)
	if err == nil && len(list) > 0 {
		err = &breach.Refusal{Key: "refusal.letters-folder", Args: map[string]any{"Path": path, "Batch": batch}}
	}
	if err != nil {
		return nil, errors.Join(err, dir.Close())
	}
	return dir, nil
}

// letterPlace opens where the letters of a batch are written. The function ends
// it, with what went wrong.
type letterPlace func(auth.Grant, store.Batch, batchData) (dispatch.Folder, func(error) error, error)

func (d *Desk) makeLetters(ctx context.Context, id store.CaseID, n Notice, o LetterOptions, place letterPlace) (m dispatch.Manifest, err error) {
	g, err := d.grant(ctx, id, auth.ReleaseWave)
	if err != nil {
		return m, err
	}
	lock, err := d.Store.LockSending(ctx, g)
	if err != nil {
		return m, err
	}
	defer closing(&err, lock)
	b, data, err := d.batchToWrite(ctx, g, n, o)
	if err != nil {
		return m, err
	}
	scan, err := d.noticeScan(ctx, g, n)
	if err != nil {
		return m, err
	}
	w := &letterWriting{d: d, g: g, n: n, b: b, data: data, scan: scan, seqs: map[string]int64{}, tell: o.Tell}
	folder, end, err := place(g, b, data)
	if err != nil {
		return m, err
	}
	m, err = w.write(ctx, folder, o)
	if err = end(err); err != nil {
		return m, err
	}
	return m, w.keep(ctx, m)
}

// batchToWrite finds a batch that is to be written again, or begins one.
func (d *Desk) batchToWrite(ctx context.Context, g auth.Grant, n Notice, o LetterOptions) (store.Batch, batchData, error) {
	if o.Batch != "" {
		b, err := d.batch(ctx, g, n, o.Batch)
		if err != nil {
			return b, batchData{}, err
		}
		data, err := batchOf(b)
		return b, data, err
	}
	data := batchData{Form: o.Form, TwoFolds: o.TwoFolds, Duplex: o.Duplex, MaxSheets: o.MaxSheets, PerOuter: o.PerOuter, At: d.now(), By: g.Who()}
	b := store.Batch{ID: cmp.Or(o.Name, rand.Text()[:6])}
	var taken []store.Outcome
	for _, state := range []breach.DeliveryState{breach.Planned, breach.Deferred} {
		for x, err := range d.Store.Dispatches(ctx, g, n.NoticeVersion, state) {
			if err != nil {
				return b, data, err
			}
			if x.Notice.Channel == o.Form.channel() {
				data.Taken = append(data.Taken, x.Seq)
				taken = append(taken, store.Outcome{Seq: x.Seq, Attempt: x.Attempt, Was: x.State, Becomes: breach.Handing, Detail: breach.Hide("batch " + b.ID)})
			}
		}
	}
	if len(taken) == 0 {
		return b, data, &breach.Refusal{Key: "refusal.no-letters"}
	}
	slices.Sort(data.Taken)
	var err error
	if b.Data, err = json.Marshal(data); err != nil {
		return b, data, fmt.Errorf("begin a batch: %w", err)
	}
	b, err = d.Store.NewBatch(ctx, g, n.NoticeVersion, b, d.now(), taken)
	return b, data, err
}

func (d *Desk) batch(ctx context.Context, g auth.Grant, n Notice, id string) (store.Batch, error) {
	list, err := d.Store.Batches(ctx, g, n.NoticeVersion)
	if err != nil {
		return store.Batch{}, err
	}
	for _, b := range list {
		if b.ID == id {
			return b, nil
		}
	}
	return store.Batch{}, &breach.Refusal{Key: "refusal.no-such-batch", Args: map[string]any{"Batch": id}}
}

// letterWriting is a batch being written.
type letterWriting struct {
	d    *Desk
	g    auth.Grant
	n    Notice
	b    store.Batch
	data batchData
	scan *noticeScan
	seqs map[string]int64 // of the dispatches, by their names
	tell func(done, of int64)
	halt string
}

// write writes the batch's letters.
func (w *letterWriting) write(ctx context.Context, dir dispatch.Folder, o LetterOptions) (m dispatch.Manifest, err error) {
	p := w.n.press(w.b.ID, w.data)
	switch w.data.Form {
	case LetterFiles:
		m, err = p.Files(dir, w.letters(ctx))
	case LetterTable:
		m, err = p.Table(dir, o.House, w.letters(ctx))
	case LetterEnvelopes:
		m, err = dispatch.Envelopes{LetterBatch: p, PerOuter: w.data.PerOuter}.Write(dir, w.letters(ctx))
	default:
		m, err = p.Bundle(dir, o.Posti, w.letters(ctx))
	}
	if w.halt != "" {
		_, halting := w.d.Store.Halt(ctx, w.g, w.n.NoticeVersion, w.halt)
		err = errors.Join(err, halting)
	}
	if errors.Is(err, dispatch.ErrHouse) {
		return m, &breach.Refusal{Key: "refusal.mail-house", Err: err}
	}
	return m, err
}

var errLetter = errors.New("a letter must not go out as it is")

// letters gives the batch's notices, each held once more against what was frozen
// and looked through for what is anybody else's.
func (w *letterWriting) letters(ctx context.Context) iter.Seq2[breach.Notice, error] {
	return func(yield func(breach.Notice, error) bool) {
		for x, err := range w.d.Store.Dispatches(ctx, w.g, w.n.NoticeVersion, "") {
			if err == nil {
				if _, ours := slices.BinarySearch(w.data.Taken, x.Seq); !ours {
					continue
				}
				if w.halt = w.scan.letter(x.Notice); w.halt != "" {
					err = fmt.Errorf("dispatch %d: %w: %s", x.Seq, errLetter, w.halt)
				}
				w.seqs[dispatch.DispatchName(x.Notice)] = x.Seq
			}
			if !yield(x.Notice, err) || err != nil {
				return
			}
			if w.tell != nil && len(w.seqs)%50 == 1 {
				w.tell(int64(len(w.seqs)), int64(len(w.data.Taken)))
			}
		}
	}
}

// keep notes what was written: a piece for each number, and a refusal for each
// that has none. Of a batch that was made before, the letters have to be the same.
func (w *letterWriting) keep(ctx context.Context, m dispatch.Manifest) error {
	pieces := make([]store.Piece, 0, m.Count)
	for _, row := range m.Letters {
		data, err := json.Marshal(row)
		if err != nil {
			return fmt.Errorf("keep the pieces: %w", err)
		}
		pieces = append(pieces, store.Piece{Number: int64(row.Seq), Seq: w.seqs[row.Dispatch], State: store.PieceMade, Data: data})
	}
	if w.b.Made {
		return w.same(ctx, m)
	}
	all, err := w.d.Store.Standings(ctx, w.g, w.n.NoticeVersion)
	if err != nil {
		return err
	}
	var refused []store.Outcome
	for _, r := range m.Refused {
		seq := w.seqs[r.Dispatch]
		refused = append(refused, store.Outcome{Seq: seq, Attempt: all[seq].Attempt, Was: breach.Handing, Becomes: breach.Refused,
			Detail: breach.Hide(fmt.Sprintf("batch %s: %s %s %d/%d", w.b.ID, r.Reason, r.Part, r.Line, r.Char))})
	}
	w.data.SHA256 = m.SHA256
	if w.b.Data, err = json.Marshal(w.data); err != nil {
		return fmt.Errorf("keep the pieces: %w", err)
	}
	_, err = w.d.Store.ChangeBatch(ctx, w.g, w.n.NoticeVersion, w.b, w.d.now(), pieces, refused)
	return err
}

// same holds a batch that was written again against its pieces.
func (w *letterWriting) same(ctx context.Context, m dispatch.Manifest) error {
	for p, err := range w.d.Store.Pieces(ctx, w.g, w.b) {
		if err != nil {
			return err
		}
		row, err := rowOf(p)
		if err != nil {
			return err
		}
		if row.Code == "" { // a number that the print house gave
			continue
		}
		i := int(p.Number) - 1
		if i >= len(m.Letters) || m.Letters[i].Content != row.Content || m.Letters[i].Dispatch != row.Dispatch {
			return fmt.Errorf("letter %s %w", row.Code, dispatch.ErrChanged)
		}
	}
	return nil
}

func rowOf(p store.Piece) (row dispatch.LetterRow, err error) {
	if err = json.Unmarshal(p.Data, &row); err != nil {
		err = fmt.Errorf("read piece %d of batch %s: %w", p.Number, p.Batch, err)
	}
	return row, err
}
