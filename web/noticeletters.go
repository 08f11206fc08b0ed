package web

import (
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// lettersPage is the batches of letters of a notice, what waits to be written, and
// what came back.
type lettersPage struct {
	casePage
	Notice    casework.Notice
	Path      string
	Errands   errandsPart
	Ways      casework.Ways
	Approved  bool
	Paper     int // letters that are in no batch
	Envelopes int // of them of protected people
	Forms     []link
	Typed     casework.LetterPlan
	Codes     string
	Why       string
	Batches   []batchLine
	Make      bool // the visitor may have letters written now
	Take      bool // and may take them out
	Settle    bool
	Posted    bool // something was posted, and may come back
}

// batchLine is one batch of letters.
type batchLine struct {
	casework.LetterBatch
	Name    string // of its form
	Size    int64  // of its file; 0: none is here
	Who     string
	States  []counted
	Missing string
	Odd     []oddNumbers
	House   bool // a table, for which the key of the house is asked
	Post    bool // some are not posted
}

// oddNumbers are the numbers of which the last receipt said something odd.
type oddNumbers struct{ Key, Numbers string }

func showLetters(v *visit) error { return v.lettersForm(nil) }

func (v *visit) lettersForm(wrong error) error {
	base, n, err := v.theNotice()
	if err != nil {
		return err
	}
	p := lettersPage{casePage: base, Notice: n, Path: noticePath(base, n), Ways: v.ways(), Approved: n.State == store.NoticeApproved, Typed: v.typedLetters(),
		Codes: v.PostFormValue("codes"), Why: v.PostFormValue("why"), Settle: v.may(auth.SettleNotice), Take: v.may(auth.ReleaseWave)}
	if p.Errands, err = v.errandsOf(base, n, "/letters", store.ErrandLetters); err != nil {
		return err
	}
	left, err := v.desk().LettersLeft(v.Context(), base.Case.ID, n)
	if err != nil {
		return err
	}
	p.Paper, p.Envelopes = left[breach.Paper], left[breach.Envelope]
	if p.Batches, err = v.batchLines(base, n); err != nil {
		return err
	}
	for _, b := range p.Batches {
		p.Posted = p.Posted || b.Pieces[store.PiecePosted] > 0
	}
	for _, form := range []casework.LetterForm{casework.LetterBundle, casework.LetterFiles, casework.LetterTable, casework.LetterEnvelopes} {
		if form == casework.LetterEnvelopes && p.Envelopes > 0 || form != casework.LetterEnvelopes && p.Paper > 0 {
			p.Forms = append(p.Forms, link{"web.letters.form." + string(form), string(form), form == p.Typed.Form})
		}
	}
	p.Make = p.Take && v.Errands != nil && p.Approved && n.Halted == "" && len(p.Forms) > 0 && len(p.Errands.Going) == 0
	return v.form("notice-letters", p, wrong)
}

// batchLines lays out the batches of a version, the newest first.
func (v *visit) batchLines(base casePage, n casework.Notice) ([]batchLine, error) {
	list, err := v.desk().LetterBatches(v.Context(), base.Case.ID, n)
	if err != nil {
		return nil, err
	}
	names, err := v.colleagues()
	if err != nil {
		return nil, err
	}
	var lines []batchLine
	for _, b := range list {
		l := batchLine{LetterBatch: b, Name: "web.letters.form." + string(b.Form), Size: v.tenant.BatchFile(base.Case.ID, b.Batch), Who: names.of(string(b.By)), Missing: ranges(b.Missing),
			House: b.Form == casework.LetterTable, Post: len(b.Missing) > 0}
		for _, state := range []store.PieceState{store.PieceMade, store.PiecePrinted, store.PieceSpoilt, store.PieceReturned, store.PiecePosted} {
			if many := b.Pieces[state]; many > 0 {
				l.States = append(l.States, counted{"piece." + string(state), many})
			}
		}
		if len(b.Receipts) > 0 {
			last := b.Receipts[len(b.Receipts)-1]
			for _, odd := range []oddNumbers{{"web.letters.twice", ranges(last.Twice)}, {"web.letters.unknown", ranges(last.Unknown)}, {"web.letters.conflict", ranges(last.Conflict)}} {
				if odd.Numbers != "" {
					l.Odd = append(l.Odd, odd)
				}
			}
		}
		at := 0
		for at < len(lines) && lines[at].At.After(b.At) {
			at++
		}
		lines = append(lines[:at], append([]batchLine{l}, lines[at:]...)...)
	}
	return lines, nil
}

// mostRanges bounds how many numbers are written out.
const mostRanges = 100

// ranges writes numbers in their order, as 3–7, 12.
func ranges(numbers []int64) string {
	var b strings.Builder
	for i, many := 0, 0; i < len(numbers); many++ {
		if many > 0 {
			b.WriteString(", ")
		}
		if many == mostRanges {
			return b.String() + "…"
		}
		end := i
		for end+1 < len(numbers) && numbers[end+1] == numbers[end]+1 {
			end++
		}
		b.WriteString(strconv.FormatInt(numbers[i], 10))
		if end > i {
			b.WriteString("–" + strconv.FormatInt(numbers[end], 10))
		}
		i = end + 1
	}
	return b.String()
}

func (v *visit) typedLetters() casework.LetterPlan {
	p := casework.LetterPlan{Batch: strings.ToUpper(v.PostFormValue("batch")), Form: casework.LetterForm(v.PostFormValue("form")), TwoFolds: v.PostFormValue("fold") == "e65",
		Duplex: v.PostFormValue("duplex") != "", Posti: v.PostFormValue("posti") != "", House: strings.TrimSpace(v.PostFormValue("house"))}
	if p.Form == "" {
		p.Form = casework.LetterBundle
	}
	return p
}

// makeLetters has a batch written: a new one, or one that is there once more.
func makeLetters(v *visit) error {
	plan := v.typedLetters()
	if plan.Batch == "" {
		return v.noticeErrand(store.ErrandLetters, "/letters", plan, v.lettersForm)
	}
	b, err := v.theBatch(plan.Batch)
	if err != nil {
		return err
	}
	plan.Form = b.Form
	return v.noticeErrand(store.ErrandLetters, "/letters", plan, v.lettersForm)
}

// theBatch finds a batch of the notice that the path names.
func (v *visit) theBatch(id string) (casework.LetterBatch, error) {
	base, n, err := v.theNotice()
	if err != nil {
		return casework.LetterBatch{}, err
	}
	list, err := v.desk().LetterBatches(v.Context(), base.Case.ID, n)
	for _, b := range list {
		if b.ID == strings.ToUpper(id) {
			return b, err
		}
	}
	if err == nil {
		err = errNotThere
	}
	return casework.LetterBatch{}, err
}

// takeLetters gives the file of a batch out, as it is read: it may be large.
func takeLetters(v *visit) error {
	base, n, err := v.theNotice()
	if err != nil {
		return err
	}
	b, err := v.theBatch(v.URL.Query().Get("batch"))
	if err != nil {
		return err
	}
	file, err := v.desk().TakeLetters(v.Context(), base.Case.ID, n, b.ID)
	if isRefusal(err) {
		return v.lettersForm(err)
	}
	if err != nil {
		return err
	}
	h := v.out.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", `attachment; filename="letters-`+strings.ToLower(b.ID)+`.zip"`)
	h.Set("X-Accel-Buffering", "no") // of a proxy
	v.streamed = true
	_, err = io.Copy(v.out, file)
	if err = errors.Join(err, file.Close()); err != nil {
		return v.cutOff(err)
	}
	return nil
}
