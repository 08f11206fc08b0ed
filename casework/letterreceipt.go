package casework

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/dispatch"
	"github.com/klarlagt/klarlagt/store"
)

// LetterAccount is what a receipt said of a batch.
type LetterAccount struct {
	Again    bool // the same receipt was taken in before: nothing changed
	Pieces   map[store.PieceState]int64
	Missing  []int64 // numbers that nothing says of that they are posted, or came back
	Twice    []int64 // printed twice by this receipt though not spoilt
	Unknown  []int64 // numbers that the batch does not have
	Conflict []int64 // numbers of which it says what cannot be: they stay as they are
}

// Complete reports whether each number is accounted for, and nothing is odd.
func (a LetterAccount) Complete() bool {
	return len(a.Missing)+len(a.Twice)+len(a.Unknown)+len(a.Conflict) == 0
}

// mostReceipt bounds a receipt: a line of 80 bytes for each of three million.
const mostReceipt = 256 << 20

// TakeReceipt takes in what a print house says of a batch: see
// [dispatch.ReadReceipts]. A reader counts as told once the letter is posted.
// What is spoilt waits to be printed again: by the house, which says so, or by
// the next batch. The same receipt may be taken in again, and changes nothing.
func (d *Desk) TakeReceipt(ctx context.Context, id store.CaseID, n Notice, batch string, receipt io.Reader) (LetterAccount, error) {
	raw, err := io.ReadAll(io.LimitReader(receipt, mostReceipt))
	if err != nil {
		return LetterAccount{}, fmt.Errorf("read the receipt: %w", err)
	}
	lines, err := dispatch.ReadReceipts(bytes.NewReader(raw), batch)
	if err != nil {
		return LetterAccount{}, &breach.Refusal{Key: "refusal.letter-receipt", Args: map[string]any{"Batch": batch, "Why": err.Error()}, Err: err}
	}
	return d.accountLetters(ctx, id, n, batch, func(*pieces) []dispatch.LetterReceipt { return lines }, fmt.Sprintf("%x", sha256.Sum256(raw)), "receipt")
}

// PostBatch notes that a batch was handed to the post as a whole, but for what
// was spoilt.
func (d *Desk) PostBatch(ctx context.Context, id store.CaseID, n Notice, batch string) (LetterAccount, error) {
	return d.accountLetters(ctx, id, n, batch, func(p *pieces) (lines []dispatch.LetterReceipt) {
		for _, number := range slices.Sorted(maps.Keys(p.by)) {
			if s := p.by[number].State; s == store.PieceMade || s == store.PiecePrinted {
				lines = append(lines, dispatch.LetterReceipt{Seq: int(number), State: dispatch.LetterPosted})
			}
		}
		return lines
	}, "", "posted as a whole")
}

// ReturnLetters notes letters that came back, by the codes on their sheets. Why
// stands in the proof.
func (d *Desk) ReturnLetters(ctx context.Context, id store.CaseID, n Notice, codes []string, why string) (map[string]LetterAccount, error) {
	by := map[string][]dispatch.LetterReceipt{}
	for _, code := range codes {
		batch, seq, ok := dispatch.SplitCode(code)
		if !ok {
			return nil, &breach.Refusal{Key: "refusal.letter-code", Args: map[string]any{"Code": code}}
		}
		by[batch] = append(by[batch], dispatch.LetterReceipt{Seq: seq, State: dispatch.LetterReturned})
	}
	if len(by) == 0 {
		return nil, &breach.Refusal{Key: "refusal.letter-code", Args: map[string]any{"Code": ""}}
	}
	all := map[string]LetterAccount{}
	for _, batch := range slices.Sorted(maps.Keys(by)) {
		a, err := d.accountLetters(ctx, id, n, batch, func(*pieces) []dispatch.LetterReceipt { return by[batch] }, "", why)
		if err != nil {
			return all, err
		}
		all[batch] = a
	}
	return all, nil
}

// accountLetters takes lines in, in their order, and keeps what follows of them.
func (d *Desk) accountLetters(ctx context.Context, id store.CaseID, n Notice, batch string, lines func(*pieces) []dispatch.LetterReceipt, sum, why string) (LetterAccount, error) {
	g, err := d.grant(ctx, id, auth.SettleNotice)
	if err != nil {
		return LetterAccount{}, err
	}
	b, err := d.batch(ctx, g, n, batch)
	if err != nil {
		return LetterAccount{}, err
	}
	data, err := batchOf(b)
	if err != nil {
		return LetterAccount{}, err
	}
	if !b.Made {
		return LetterAccount{}, &breach.Refusal{Key: "refusal.batch-not-made", Args: map[string]any{"Batch": batch}}
	}
	p, err := d.piecesOf(ctx, g, n, b, why)
	if err != nil {
		return LetterAccount{}, err
	}
	read := slices.ContainsFunc(data.Receipts, func(r LetterReceiptRead) bool { return sum != "" && r.SHA256 == sum })
	var list []dispatch.LetterReceipt
	if !read {
		list = lines(p)
	}
	for _, line := range list {
		p.take(line)
	}
	a := p.end()
	a.Again = read
	if len(p.changed) == 0 && (read || sum == "") {
		return a, nil
	}
	if sum != "" {
		data.Receipts = append(data.Receipts, LetterReceiptRead{sum, len(list), d.now(), g.Who(), a.Twice, a.Unknown, a.Conflict})
	}
	if b.Data, err = json.Marshal(data); err != nil {
		return a, fmt.Errorf("take a receipt in: %w", err)
	}
	slices.SortStableFunc(p.steps, func(a, b store.Outcome) int { // those of one kind are written together
		return cmp.Or(cmp.Compare(a.Attempt, b.Attempt), cmp.Compare(flag(a.Was != breach.Handing), flag(b.Was != breach.Handing)))
	})
	_, err = d.Store.ChangeBatch(ctx, g, n.NoticeVersion, b, d.now(), p.list(), p.steps)
	if errors.Is(err, store.ErrMoved) {
		return a, &breach.Refusal{Key: "refusal.letter-moved", Err: err}
	}
	return a, err
}

// pieces are those of a batch, and how far their dispatches have come, while
// lines of a receipt are taken in.
type pieces struct {
	why     string
	batch   string
	by      map[int64]store.Piece
	at      map[int64]store.Standing // of dispatches
	changed map[int64]bool
	printed map[int64]bool // by this receipt
	steps   []store.Outcome
	a       LetterAccount
}

func (d *Desk) piecesOf(ctx context.Context, g auth.Grant, n Notice, b store.Batch, why string) (*pieces, error) {
	p := &pieces{why: why, batch: b.ID, by: map[int64]store.Piece{}, changed: map[int64]bool{}, printed: map[int64]bool{}}
	for piece, err := range d.Store.Pieces(ctx, g, b) {
		if err != nil {
			return nil, err
		}
		p.by[piece.Number] = piece
	}
	var err error
	p.at, err = d.Store.Standings(ctx, g, n.NoticeVersion)
	return p, err
}

// list is what changed.
func (p *pieces) list() (list []store.Piece) {
	for _, number := range slices.Sorted(maps.Keys(p.changed)) {
		list = append(list, p.by[number])
	}
	return list
}

// take takes one line in. What cannot be leaves everything as it is.
func (p *pieces) take(line dispatch.LetterReceipt) {
	number := int64(line.Seq)
	piece, there := p.by[number]
	if !there {
		p.a.Unknown = append(p.a.Unknown, number)
		return
	}
	ok := false
	switch line.State {
	case dispatch.LetterPrinted:
		if line.As > 0 {
			ok = p.replace(piece, int64(line.As))
		} else {
			ok = p.print(piece)
		}
	case dispatch.LetterSpoiled:
		ok = p.unless(piece, store.PiecePosted, store.PieceReturned) && (piece.State == store.PieceSpoilt || p.step(piece, store.PieceSpoilt, breach.Deferred))
	case dispatch.LetterPosted:
		ok = p.unless(piece, store.PieceSpoilt) && p.post(piece)
	case dispatch.LetterReturned: // what came back was posted, whether anybody said so or not
		ok = p.unless(piece, store.PieceSpoilt) && p.post(piece) && (piece.State == store.PieceReturned || p.step(p.by[number], store.PieceReturned, breach.Bounced))
	}
	if !ok {
		p.a.Conflict = append(p.a.Conflict, number)
	}
}

func (*pieces) unless(piece store.Piece, states ...store.PieceState) bool {
	return !slices.Contains(states, piece.State)
}

// print notes that a piece is printed: one that was spoilt under its old number,
// too.
func (p *pieces) print(piece store.Piece) bool {
	switch piece.State {
	case store.PieceMade:
		p.set(piece, store.PiecePrinted)
	case store.PieceSpoilt:
		if !p.step(piece, store.PiecePrinted, breach.Handing) {
			return false
		}
	default:
		if p.printed[piece.Number] {
			p.a.Twice = append(p.a.Twice, piece.Number)
		}
	}
	p.printed[piece.Number] = true
	return true
}

// replace notes that a piece was printed again under a new number. The old one
// is spoilt, whether the house said so before or not.
func (p *pieces) replace(piece store.Piece, as int64) bool {
	if other, taken := p.by[as]; taken {
		return other.Seq == piece.Seq && piece.State == store.PieceSpoilt // said before
	}
	if !p.unless(piece, store.PiecePosted, store.PieceReturned) {
		return false
	}
	if piece.State != store.PieceSpoilt && !p.step(piece, store.PieceSpoilt, breach.Deferred) {
		return false
	}
	return p.step(store.Piece{Batch: p.batch, Number: as, Seq: piece.Seq, Data: []byte("{}")}, store.PiecePrinted, breach.Handing)
}

func (p *pieces) post(piece store.Piece) bool {
	return !p.unless(piece, store.PiecePosted, store.PieceReturned) || p.step(piece, store.PiecePosted, breach.Accepted)
}

func (p *pieces) set(piece store.Piece, state store.PieceState) {
	piece.State = state
	p.by[piece.Number] = piece
	p.changed[piece.Number] = true
}

// step takes a piece and its dispatch one step on, where that is legal: the
// dispatch may have gone into another batch meanwhile.
func (p *pieces) step(piece store.Piece, state store.PieceState, becomes breach.DeliveryState) bool {
	at := p.at[piece.Seq]
	if !at.State.May(becomes) {
		return false
	}
	p.steps = append(p.steps, store.Outcome{Seq: piece.Seq, Attempt: at.Attempt, Was: at.State, Becomes: becomes,
		Detail: breach.Hide(fmt.Sprintf("%s-%06d %s: %s", p.batch, piece.Number, state, p.why))})
	if becomes == breach.Handing {
		at.Attempt++
	}
	at.State = becomes
	p.at[piece.Seq] = at
	p.set(piece, state)
	return true
}

// end counts.
func (p *pieces) end() LetterAccount {
	a := p.a
	a.Pieces, a.Missing = countPieces(maps.Values(p.by))
	for _, list := range []*[]int64{&a.Twice, &a.Unknown, &a.Conflict} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return a
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}
