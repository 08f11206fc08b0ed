package extract

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"image"
	"io"

	"github.com/klarlagt/klarlagt/breach"
)

// Walk reads a file and everything inside it, and tells v. It returns an
// error only where v or ctx does: what cannot be read is in the outcomes.
func Walk(ctx context.Context, f io.ReaderAt, size int64, name string, l Limits, v Visitor) error {
	return newWalker(ctx, size, l, v).top(&Input{Name: name, size: size}, f)
}

// WalkVolumes reads a file that was cut into volumes, given in their order, as
// Walk does one that is whole. It goes by the name of the volume that people
// open.
func WalkVolumes(ctx context.Context, volumes []Volume, name string, l Limits, v Visitor) error {
	j := join(volumes)
	if j == nil {
		return Walk(ctx, volumes[0].File, volumes[0].Size, name, l, v)
	}
	return newWalker(ctx, j.size, l, v).top(&Input{Name: name, size: j.size, joined: j}, j)
}

func newWalker(ctx context.Context, size int64, l Limits, v Visitor) *walker {
	l = l.or()
	w := &walker{
		limits: l, v: v,
		alive:  ctx.Err,
		text:   l.AllText,
		memory: l.Memory,
		unpack: l.Total,
		spent:  breach.BudgetTotal,
		tables: maxTables,
		keys:   newKeyring(l),
	}
	if look := l.Look; look != nil {
		w.limits.Look = func(p Picture, draw func() (*image.Gray, error)) (Sight, error) {
			sight, err := look(p, draw)
			return sight, w.check(err)
		}
	}
	if most := max(l.Free, l.Ratio*min(size, l.Total/l.Ratio+1)); most < w.unpack {
		w.unpack, w.spent = most, breach.BombRatio
	}
	w.read = func(f Format, in *Input, out Sink) (o breach.Outcome, err error) {
		defer func() {
			if recover() != nil { // what it says may hold personal data
				o, err = breach.Outcome{}, gap(breach.Crash)
			}
		}()
		return f.Read(ctx, in, out)
	}
	return w
}

// walker is the state of one walk.
type walker struct {
	limits Limits
	v      Visitor
	alive  func() error
	read   func(Format, *Input, Sink) (breach.Outcome, error)

	opened  int           // items so far
	unpack  int64         // unpacked bytes still allowed
	spent   breach.Reason // where they are used up
	text    int64         // bytes of text still allowed
	memory  int64         // bytes of members that may still be held in memory
	spooled int64         // bytes of the spool in use
	tables  int64         // bytes that readers may still ask for
	keys    *keyring
	fold    folder
	fatal   error // from the visitor or the context
}

// top walks the file itself, which in gives the name and size of.
func (w *walker) top(in *Input, f io.ReaderAt) error {
	size := in.size
	it, err := w.open(-1, 0, in.Name, size)
	if err != nil {
		return err
	}
	near := &windows{file: f, size: size}
	in.Limits, in.random, in.spend, in.ask, in.keys = w.limits, near, w.spend, it.ask, w.keys
	in.head = make([]byte, min(size, headSize))
	n, err := near.ReadAt(in.head, 0)
	if err != nil && err != io.EOF && (in.joined == nil || n == 0) {
		return w.close(it, breach.Outcome{State: breach.NotReadable, Reason: reasonOf(err)}, [32]byte{}, "", -1)
	}
	in.head = in.head[:n]
	near.head = in.head
	o, typ := w.item(it, in)
	if in.joined != nil {
		o = in.joined.outcome(o)
	}
	if w.fatal != nil {
		return w.fatal
	}
	var sum [32]byte
	if !w.limits.Hashed && !w.limits.Unhashed {
		h := sha256.New()
		if _, err := io.Copy(h, in.Stream()); err != nil {
			size = -1
		} else {
			h.Sum(sum[:0])
		}
	}
	return w.close(it, o, sum, typ, size)
}

// member walks something found inside an item.
func (w *walker) member(parent *item, name string, r io.Reader) error {
	if w.opened >= w.limits.Entries {
		return gap(breach.EntryCount)
	}
	stated := int64(-1)
	if s, ok := r.(interface{ Size() int64 }); ok {
		stated = s.Size()
	}
	it, err := w.open(parent.ordinal, parent.depth+1, name, stated)
	if err != nil {
		return err
	}
	if it.depth > w.limits.Depth {
		return w.close(it, breach.Outcome{State: breach.TooLarge, Reason: breach.Nesting}, [32]byte{}, "", -1)
	}
	src := &hashed{r: r}
	if !w.limits.Unhashed {
		src.sum = sha256.New()
	}
	head, err := readHead(src, stated)
	if err != nil && err != io.EOF && len(head) == 0 {
		return w.close(it, it.settle(breach.Outcome{}, err), [32]byte{}, "", -1)
	}
	in := &Input{Name: name, Limits: w.limits, head: head, size: -1, spend: w.spend, ask: it.ask, keys: w.keys}
	if err != nil {
		in.random, in.size = bytes.NewReader(head), int64(len(head))
	} else {
		in.rest, in.keep = src, w.keeper(it)
	}
	o, typ := w.item(it, in)
	it.release()
	if w.fatal != nil {
		return w.fatal
	}
	return w.finish(it, src, o, typ)
}

// finish reads a member to its end, for its hash, and closes it.
func (w *walker) finish(it *item, src *hashed, o breach.Outcome, typ string) error {
	if src.err == nil {
		_, _ = io.Copy(io.Discard, src)
	}
	if w.fatal != nil {
		return w.fatal
	}
	if src.err == io.EOF {
		return w.close(it, o, src.hash(), typ, src.n)
	}
	missing := fmt.Sprintf("bytes %d to end", src.n+1)
	switch {
	case o.State == breach.Read:
		o.State, o.Reason, o.Missing = breach.Partly, reasonOf(src.err), missing
	case o.State == breach.Unsupported: // what it is may stand in what is lost
		o.Reason = reasonOf(src.err)
		o.State = it.stateOf(o.Reason)
	case o.Missing == theRest:
		o.Missing = missing
	}
	return w.close(it, o, [32]byte{}, typ, -1)
}

// item tells what an item is and reads it.
func (w *walker) item(it *item, in *Input) (breach.Outcome, string) {
	if in.size == 0 {
		return breach.Outcome{State: breach.Empty}, ""
	}
	f := w.sniff(in)
	if f.Read == nil {
		return it.strings(in, breach.Outcome{State: breach.Unsupported, Reason: breach.UnknownType}, f.Strings), f.Name
	}
	o, err := w.read(f, in, it)
	o = it.settle(o, err)
	if o.State == breach.NotReadable {
		o = it.strings(in, o, f.Strings)
	}
	return o, f.Name
}

// sniff finds the format; the zero Format with strings where nobody knows it.
func (w *walker) sniff(in *Input) Format {
	found := Format{Strings: true}
	ask := Format{Read: func(context.Context, *Input, Sink) (breach.Outcome, error) {
		for _, f := range All {
			if f.Sniff(in) {
				found = f
				break
			}
		}
		return breach.Outcome{}, nil
	}}
	_, _ = w.read(ask, in, nil)
	return found
}

// open tells the visitor of a new item.
func (w *walker) open(parent, depth int, name string, size int64) (*item, error) {
	it := &item{w: w, ordinal: w.opened, depth: depth, left: w.limits.Text, spooled: -1}
	w.opened++
	return it, w.check(w.v.Open(Item{Ordinal: it.ordinal, Parent: parent, Name: breach.Hide(name), Size: size}))
}

func (w *walker) close(it *item, o breach.Outcome, sum [32]byte, typ string, size int64) error {
	o.Text = it.text
	return w.check(w.v.Close(it.ordinal, o, sum, typ, size))
}

// check keeps an error that ends the walk.
func (w *walker) check(err error) error {
	if w.fatal == nil {
		w.fatal = err
	}
	if w.fatal == nil {
		w.fatal = w.alive()
	}
	return w.fatal
}

// spend takes n unpacked bytes from what is allowed.
func (w *walker) spend(n int64) error {
	w.unpack -= n
	if w.unpack < 0 {
		return gap(w.spent)
	}
	return w.check(nil)
}

// hashed reads a member once, and remembers how it ended.
type hashed struct {
	r   io.Reader
	sum hash.Hash // nil where nobody asks
	n   int64
	err error
}

func (h *hashed) Read(p []byte) (int, error) {
	if h.err != nil {
		return 0, h.err
	}
	n, err := h.unpack(p)
	if h.sum != nil {
		_, _ = h.sum.Write(p[:n])
	}
	h.n += int64(n)
	h.err = err
	return n, err
}

// hash is that of what has been read.
func (h *hashed) hash() (sum [32]byte) {
	if h.sum != nil {
		h.sum.Sum(sum[:0])
	}
	return sum
}

// unpack reads what an archive unpacks. Where that panics, it is the member
// that cannot be read, and the next may.
func (h *hashed) unpack(p []byte) (n int, err error) {
	defer func() {
		if recover() != nil { // what it says may hold personal data
			n, err = 0, gap(breach.Crash)
		}
	}()
	n, err = h.r.Read(p)
	return max(0, min(n, len(p))), err
}

// readHead reads the beginning of a member; the error is nil where more
// follows, else says how it ended.
func readHead(r io.Reader, stated int64) ([]byte, error) {
	size := 4 << 10 // most are small
	if stated >= 0 && stated < headSize {
		size = int(stated) + 1
	}
	head := make([]byte, size)
	n, err := readFull(r, head)
	if err == nil && n < headSize {
		head = append(head, make([]byte, headSize-n)...)
		var more int
		more, err = readFull(r, head[n:])
		n += more
	}
	return head[:n], err
}

// readFull fills p unless the reader ends; a reader that gives nothing again
// and again is broken.
func readFull(r io.Reader, p []byte) (n int, err error) {
	for idle := 0; n < len(p) && err == nil; {
		var m int
		m, err = r.Read(p[n:])
		n += m
		if idle++; m > 0 {
			idle = 0
		} else if idle > 100 {
			err = io.ErrNoProgress
		}
	}
	return n, err
}
