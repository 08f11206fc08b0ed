package dispatch

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// LetterState is what a print house, or the post, says of one letter.
type LetterState string

// The states.
const (
	LetterPrinted  LetterState = "printed"  // and enveloped, or posted
	LetterSpoiled  LetterState = "spoiled"  // was printed and thrown away
	LetterReturned LetterState = "returned" // came back from the post
)

// LetterReceipt is one line of a receipt, in the order things happened.
type LetterReceipt struct {
	Seq   int
	State LetterState
}

// maxReceiptLines bounds a receipt: ten lines for each letter of a large case.
const maxReceiptLines = 3_000_000

// ErrReceipt is a receipt that cannot be read; the error says at which line.
var ErrReceipt = errors.New("not a receipt")

// ReadReceipts reads a table with headings, parted by semicolons or commas:
// "seq" or "code", and "state" with the words printed, posted, spoiled,
// reprinted and returned. Codes are of the batch, whatever page they name.
func ReadReceipts(r io.Reader, batch string) ([]LetterReceipt, error) {
	t := csv.NewReader(io.LimitReader(r, 256<<20))
	t.ReuseRecord, t.FieldsPerRecord, t.LazyQuotes = true, -1, true
	var heads []string
	line := func() ([]string, error) {
		fields, err := t.Read()
		if err == nil && len(fields) == 1 && strings.Contains(fields[0], ";") {
			fields = strings.Split(fields[0], ";")
		}
		return fields, err
	}
	first, err := line()
	if err != nil {
		return nil, fmt.Errorf("%w: line 1", ErrReceipt)
	}
	for _, h := range first {
		heads = append(heads, strings.ToLower(strings.TrimSpace(strings.TrimPrefix(h, "\ufeff"))))
	}
	seqAt, codeAt, stateAt := slices.Index(heads, "seq"), slices.Index(heads, "code"), slices.Index(heads, "state")
	if stateAt < 0 || seqAt < 0 && codeAt < 0 {
		return nil, fmt.Errorf("%w: no headings \"seq\" or \"code\" and \"state\"", ErrReceipt)
	}
	var out []LetterReceipt
	for n := 2; ; n++ {
		fields, err := line()
		if err == io.EOF {
			return out, nil
		}
		if err != nil || len(fields) < len(heads) || n > maxReceiptLines {
			return nil, fmt.Errorf("%w: line %d", ErrReceipt, n)
		}
		seq := 0
		if codeAt >= 0 {
			seq = codeSeq(fields[codeAt], batch)
		} else if v, err := strconv.Atoi(strings.TrimSpace(fields[seqAt])); err == nil {
			seq = v
		}
		state, ok := letterState(fields[stateAt])
		if seq <= 0 || !ok {
			return nil, fmt.Errorf("%w: line %d", ErrReceipt, n)
		}
		out = append(out, LetterReceipt{seq, state})
	}
}

// codeSeq is the number in a code of the batch; 0 if it is none.
func codeSeq(code, batch string) int {
	rest, ok := strings.CutPrefix(strings.TrimSpace(code), batch+"-")
	number, _, _ := strings.Cut(rest, "-")
	seq, err := strconv.Atoi(number)
	if !ok || err != nil {
		return 0
	}
	return seq
}

func letterState(word string) (LetterState, bool) {
	switch strings.ToLower(strings.TrimSpace(word)) {
	case "printed", "posted", "reprinted":
		return LetterPrinted, true
	case "spoiled":
		return LetterSpoiled, true
	case "returned":
		return LetterReturned, true
	}
	return "", false
}

// LetterAccount is what became of each letter of a batch. Every number of the
// batch is in exactly one of Sent, Returned and Missing.
type LetterAccount struct {
	Sent     []int
	Returned []int
	Missing  []int // no receipt, or spoiled and not printed again
	Twice    []int // of those sent: printed again though nothing says that it was spoiled
	Unknown  []int // numbers that the batch does not have
}

// Complete reports whether each letter has gone out once, and nothing else has.
func (a LetterAccount) Complete() bool {
	return len(a.Missing) == 0 && len(a.Twice) == 0 && len(a.Unknown) == 0
}

// Account holds receipts against the manifest.
func (m Manifest) Account(receipts []LetterReceipt) LetterAccount {
	type count struct {
		out      int
		returned bool
	}
	counts := make([]count, m.Count+1)
	var a LetterAccount
	for _, r := range receipts {
		if r.Seq < 1 || r.Seq > m.Count {
			a.Unknown = append(a.Unknown, r.Seq)
			continue
		}
		c := &counts[r.Seq]
		switch r.State {
		case LetterPrinted:
			c.out++
		case LetterSpoiled:
			c.out = max(c.out-1, 0)
		case LetterReturned:
			c.returned = true
		}
	}
	for seq := 1; seq <= m.Count; seq++ {
		c := counts[seq]
		switch {
		case c.returned:
			a.Returned = append(a.Returned, seq)
		case c.out == 0:
			a.Missing = append(a.Missing, seq)
		default:
			a.Sent = append(a.Sent, seq)
		}
		if c.out > 1 {
			a.Twice = append(a.Twice, seq)
		}
	}
	slices.Sort(a.Unknown)
	a.Unknown = slices.Compact(a.Unknown)
	return a
}
