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
	LetterPrinted  LetterState = "printed"
	LetterSpoiled  LetterState = "spoiled"  // was printed and thrown away
	LetterPosted   LetterState = "posted"   // handed to the post
	LetterReturned LetterState = "returned" // came back from the post
)

// LetterReceipt is one line of a receipt, in the order things happened.
type LetterReceipt struct {
	Seq   int
	State LetterState
	As    int // of one that was printed again under a new number: that number; else 0
}

// maxReceiptLines bounds a receipt: ten lines for each letter of a large case.
const maxReceiptLines = 3_000_000

// maxLetters is the highest number of a letter: six digits in its code.
const maxLetters = 999_999

// ErrReceipt is a receipt that cannot be read; the error says at which line.
var ErrReceipt = errors.New("not a receipt")

// ReadReceipts reads a table with headings, parted by semicolons or commas:
// "seq" or "code", and "state" with the words printed, posted, spoiled,
// reprinted and returned; and, where a letter was printed again under a new
// number, that number under "as". Codes are of the batch, whatever page they
// name.
func ReadReceipts(r io.Reader, batch string) ([]LetterReceipt, error) {
	t := csv.NewReader(io.LimitReader(r, 256<<20))
	t.ReuseRecord, t.FieldsPerRecord, t.LazyQuotes = true, -1, true
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
	h, err := receiptHeads(first)
	if err != nil {
		return nil, err
	}
	var out []LetterReceipt
	for n := 2; ; n++ {
		fields, err := line()
		if err == io.EOF {
			return out, nil
		}
		one, ok := LetterReceipt{}, err == nil && len(fields) >= h.count && n <= maxReceiptLines
		if ok {
			one, ok = h.read(fields, batch)
		}
		if !ok {
			return nil, fmt.Errorf("%w: line %d", ErrReceipt, n)
		}
		out = append(out, one)
	}
}

// heads say where the columns of a receipt are; -1 for none.
type heads struct{ count, seq, code, state, as int }

func receiptHeads(fields []string) (heads, error) {
	var names []string
	for _, f := range fields {
		names = append(names, strings.ToLower(strings.TrimSpace(strings.TrimPrefix(f, "\ufeff"))))
	}
	h := heads{len(names), slices.Index(names, "seq"), slices.Index(names, "code"), slices.Index(names, "state"), slices.Index(names, "as")}
	if h.state < 0 || h.seq < 0 && h.code < 0 {
		return h, fmt.Errorf("%w: no headings \"seq\" or \"code\" and \"state\"", ErrReceipt)
	}
	return h, nil
}

// read takes one line.
func (h heads) read(fields []string, batch string) (r LetterReceipt, ok bool) {
	if h.code >= 0 {
		r.Seq = codeSeq(fields[h.code], batch)
	} else if v, err := strconv.Atoi(strings.TrimSpace(fields[h.seq])); err == nil {
		r.Seq = v
	}
	if r.State, ok = letterState(fields[h.state]); !ok || r.Seq < 1 || r.Seq > maxLetters {
		return r, false
	}
	if h.as < 0 || strings.TrimSpace(fields[h.as]) == "" {
		return r, true
	}
	as := strings.TrimSpace(fields[h.as])
	v, err := strconv.Atoi(as)
	if err != nil {
		v = codeSeq(as, batch)
	}
	r.As = v
	return r, v >= 1 && v <= maxLetters && v != r.Seq && r.State == LetterPrinted
}

// SplitCode takes a code apart that stands on a sheet, whatever page it names.
func SplitCode(code string) (batch string, seq int, ok bool) {
	batch, _, ok = strings.Cut(strings.ToUpper(strings.TrimSpace(code)), "-")
	seq = codeSeq(strings.ToUpper(code), batch)
	return batch, seq, ok && seq > 0
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
	case "printed", "reprinted":
		return LetterPrinted, true
	case "posted":
		return LetterPosted, true
	case "spoiled":
		return LetterSpoiled, true
	case "returned":
		return LetterReturned, true
	}
	return "", false
}
