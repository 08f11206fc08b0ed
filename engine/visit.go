package engine

import (
	"bufio"
	"errors"
	"fmt"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/compare"
	"github.com/klarlagt/klarlagt/extract"
)

// beatEvery is how often a worker shows that it gets on with its job.
const beatEvery = 2 * time.Second

// visit turns what the walker tells of one job into rows.
type visit struct {
	rows     *Writer
	out      *bufio.Writer
	job      JobID
	told     *tellers
	open     []visited           // each inside the one before it
	next     int                 // ordinal of the next item
	telling  int                 // ordinal of the item whose teller speaks
	emit     func(row Row) error // where it speaks to
	last     time.Time           // when the parent last heard of us
	panicked error               // the first teller that did
	failed   error               // the parent is lost
}

// visited is an item that is open.
type visited struct {
	ordinal int
	teller  teller
	printer *compare.Printer // nil where no prints are kept
	lost    int              // passages that made the teller panic
	text    bool             // some was read
}

func newVisit(w *worker, job JobID) *visit {
	v := &visit{rows: w.rows, out: w.out, job: job, told: &w.told, last: time.Now()}
	v.emit = v.say
	return v
}

// Open begins an item.
func (v *visit) Open(item extract.Item) error {
	v.next = item.Ordinal + 1
	if err := v.write(&Item{v.job, item}); err != nil {
		return err
	}
	v.open = append(v.open, visited{ordinal: item.Ordinal, teller: v.told.begin(item.Name.Reveal()), printer: v.told.printer()})
	return nil
}

// Text takes a passage.
func (v *visit) Text(ordinal int, p breach.Place, text []byte) (err error) {
	item := v.item(ordinal)
	if item == nil {
		return fmt.Errorf("text of item %d, which is not open", ordinal)
	}
	item.text = true
	if item.printer != nil && body(&p) {
		item.printer.Add(text)
	}
	if err := v.alive(); err != nil { // text is progress: how much of it there can be is bounded
		return err
	}
	defer v.rescue(item)
	return item.teller.passage(breach.Passage{Place: p, Text: text}, v.emit)
}

// Close ends an item.
func (v *visit) Close(ordinal int, o breach.Outcome, sha256 [32]byte, typ string, size int64) error {
	item := v.item(ordinal)
	if item == nil {
		return fmt.Errorf("end of item %d, which is not open", ordinal)
	}
	if err := v.end(item); err != nil {
		return err
	}
	v.told.put(item.teller)
	print := v.told.print(item.printer)
	if item.lost > 0 && o.State == breach.Read {
		o.State, o.Reason, o.Missing = breach.Partly, breach.Crash, fmt.Sprintf("%d passages", item.lost)
	}
	v.open = v.open[:len(v.open)-1]
	return v.write(&Close{v.job, ordinal, o, sha256, typ, size, print})
}

// end lets an item's teller say what it has left.
func (v *visit) end(item *visited) (err error) {
	defer v.rescue(item)
	return item.teller.end(v.emit)
}

// rescue catches a panic of an item's teller. Only the passage is lost: the
// next one meets a fresh teller.
func (v *visit) rescue(item *visited) {
	p := recover()
	if p == nil {
		return
	}
	if v.panicked == nil {
		v.panicked = caught(p)
	}
	item.lost++
	item.teller = v.told.begin("")
}

// item finds the open item that is to speak.
func (v *visit) item(ordinal int) *visited {
	for i := len(v.open) - 1; i >= 0; i-- {
		if v.open[i].ordinal == ordinal {
			v.telling = ordinal
			return &v.open[i]
		}
	}
	return nil
}

// say is where tellers speak to.
func (v *visit) say(row Row) error {
	switch r := row.(type) {
	case *Mention:
		r.Job, r.Ordinal = v.job, v.telling
	case *Passage:
		r.Job, r.Ordinal = v.job, v.telling
	}
	return v.write(row)
}

// abandon closes what a walk that broke off left open, so that every item is
// accounted for.
func (v *visit) abandon(job *Job, why breach.Reason) error {
	if v.next == 0 {
		if err := v.Open(extract.Item{Parent: -1, Name: job.Name, Size: job.Size}); err != nil {
			return err
		}
	}
	if why == "" {
		why = breach.Crash
	}
	for len(v.open) > 0 {
		item := &v.open[len(v.open)-1]
		o := breach.Outcome{State: breach.NotReadable, Reason: why}
		if item.text || item.ordinal+1 < v.next {
			o.State, o.Missing = breach.Partly, "the rest"
		}
		if err := v.Close(item.ordinal, o, [32]byte{}, "", -1); err != nil {
			return err
		}
	}
	return nil
}

// write writes a row, and shows it to the parent if it has heard nothing for a
// while.
func (v *visit) write(row Row) error {
	if v.failed != nil {
		return v.failed
	}
	if err := v.rows.Write(row); err != nil {
		if !errors.Is(err, ErrRowTooLong) {
			v.failed = err
		}
		return err
	}
	return v.alive()
}

// alive lets the parent hear of us now and then.
func (v *visit) alive() error {
	now := time.Now()
	if v.failed != nil || now.Sub(v.last) < beatEvery {
		return v.failed
	}
	v.last = now
	if v.out.Buffered() == 0 {
		v.failed = v.rows.Write(&Beat{v.job})
	}
	if v.failed == nil {
		v.failed = v.out.Flush()
	}
	return v.failed
}
