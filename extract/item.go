package extract

import (
	"bytes"
	"errors"
	"io"

	"github.com/klarlagt/klarlagt/breach"
)

// item is the sink of one item: it counts what the format gives, and passes
// it on.
type item struct {
	w       *walker
	ordinal int
	depth   int
	left    int64         // bytes of text still allowed
	text    int64         // bytes of text so far
	files   int           // members so far
	full    breach.Reason // the limit that stopped it; "" for none
	held    int64         // bytes of memory to give back
	spooled int64         // where the spool stood; -1 where unused
	asked   int64         // bytes of memory for readers
}

// Text passes on a passage.
func (it *item) Text(p breach.Place, text []byte) error {
	if err := it.w.check(nil); err != nil {
		return err
	}
	text = it.w.fold.fold(text)
	n := int64(len(text))
	if n > it.left || n > it.w.text {
		it.full = breach.TextBudget
		return gap(it.full)
	}
	it.left -= n
	it.w.text -= n
	it.text += n
	return it.w.check(it.w.v.Text(it.ordinal, p, text))
}

// File walks a member.
func (it *item) File(name string, r io.Reader) error {
	if err := it.w.check(nil); err != nil {
		return err
	}
	it.files++
	err := it.w.member(it, name, r)
	if err != nil && it.w.fatal == nil {
		it.full = reasonOf(err)
	}
	if err == nil && it.w.unpack < 0 {
		// What is inside one member counts for the whole file.
		it.full = it.w.spent
		return gap(it.full)
	}
	return err
}

// theRest is what is missing where nobody can say more.
const theRest = "the rest"

// settle makes the outcome of what a format returned.
func (it *item) settle(o breach.Outcome, err error) breach.Outcome {
	reason := it.full
	if reason == "" && err != nil {
		reason = reasonOf(err)
	}
	if reason != "" {
		o.Reason = reason
		o.State = it.stateOf(reason)
	}
	if o.State == "" {
		o.State = breach.Read
	}
	if o.State == breach.Partly && o.Missing == "" {
		o.Missing = theRest
	}
	return o
}

// stateOf is how an item ended that was stopped for a reason.
func (it *item) stateOf(r breach.Reason) breach.State {
	switch r {
	case breach.LinkNotFollowed, breach.SpecialFile:
		return breach.LeftOut
	}
	if it.text > 0 || it.files > 0 {
		return breach.Partly
	}
	switch r {
	case breach.PasswordNeeded, breach.DRM:
		return breach.Encrypted
	case breach.UnknownType:
		return breach.Unsupported
	case breach.BombRatio, breach.BudgetTotal, breach.Nesting, breach.EntryCount, breach.OverlappingEntries, breach.TextBudget, breach.Memory:
		return breach.TooLarge
	}
	return breach.NotReadable
}

// reasonOf is the reason that an error of a format gives.
func reasonOf(err error) breach.Reason {
	var g *breach.Gap
	switch {
	case errors.As(err, &g):
		return g.Reason
	case errors.Is(err, io.ErrUnexpectedEOF):
		return breach.Truncated
	}
	return breach.Malformed
}

// strings passes on the readable runs of an item that no format could read.
func (it *item) strings(in *Input, o breach.Outcome, wanted bool) breach.Outcome {
	if !wanted {
		return o
	}
	f := Format{Read: readStrings}
	if in.used {
		return o
	}
	s, err := it.w.read(f, in, it)
	s = it.settle(s, err)
	if it.text == 0 {
		return o
	}
	o.State, o.Missing = breach.Partly, "strings only"
	if s.Reason == breach.TextBudget {
		o.Reason = s.Reason
	}
	return o
}

// memoryItem is the largest member held in memory.
const memoryItem = 16 << 20

// keeper copies the stream of an item to where it can be read in any order:
// memory while there is room, then the spool.
func (w *walker) keeper(it *item) func([]byte, io.Reader) (io.ReaderAt, int64, error) {
	return func(head []byte, rest io.Reader) (io.ReaderAt, int64, error) {
		room := min(memoryItem, w.memory)
		buf, err := readUpTo(head, rest, room)
		if err != nil { // its end, or where it broke: finish tells
			it.held = int64(len(buf))
			w.memory -= it.held
			return bytes.NewReader(buf), int64(len(buf)), nil
		}
		if w.limits.Spool == nil {
			return nil, 0, gap(breach.Memory)
		}
		return w.spoolTo(it, buf, rest)
	}
}

// readUpTo reads until the end, an error, or more than room bytes; err is nil
// only in the last case.
func readUpTo(head []byte, rest io.Reader, room int64) ([]byte, error) {
	buf := head[:len(head):len(head)]
	for int64(len(buf)) <= room {
		if len(buf) == cap(buf) {
			bigger := make([]byte, len(buf), 2*cap(buf)+1)
			copy(bigger, buf)
			buf = bigger
		}
		n, err := readFull(rest, buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if err != nil {
			return buf, err
		}
	}
	return buf, nil
}

// spoolTo writes a stream to the spool, above what outer items have there.
func (w *walker) spoolTo(it *item, begin []byte, rest io.Reader) (io.ReaderAt, int64, error) {
	start := w.spooled
	it.spooled = start
	at := start
	chunk := begin
	var end error
	for {
		if _, err := w.limits.Spool.WriteAt(chunk, at); err != nil {
			return nil, 0, gap(breach.Memory)
		}
		at += int64(len(chunk))
		if end != nil {
			break
		}
		var n int
		n, end = readFull(rest, begin[:cap(begin)])
		chunk = begin[:n]
	}
	w.spooled = at
	return io.NewSectionReader(w.limits.Spool, start, at-start), at - start, nil
}

// maxTables is the memory that the readers of one file and all inside it may
// hold at once for dictionaries and the like: each asks before it allocates.
// With what all else needs it is well below what a worker may hold.
const maxTables = 256 << 20

// ask sees to it that the readers of the item may hold n bytes at once, for as
// long as it is open.
func (it *item) ask(n int64) error {
	more := n - it.asked
	if more <= 0 {
		return nil
	}
	if more > it.w.tables {
		return gap(breach.Memory)
	}
	it.w.tables -= more
	it.asked = n
	return nil
}

// release gives back memory and spool.
func (it *item) release() {
	it.w.tables += it.asked
	it.asked = 0
	it.w.memory += it.held
	it.held = 0
	if it.spooled >= 0 {
		it.w.spooled = it.spooled
	}
}
