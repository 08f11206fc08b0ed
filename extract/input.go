package extract

import (
	"bytes"
	"io"
	"slices"

	"github.com/klarlagt/klarlagt/breach"
)

// headSize is how much of an item is read before anybody knows what it is.
const headSize = 64 << 10

// Input is the content of one item. A file of the folder can be read in any
// order; something found inside another is a stream, which Random copies to
// memory or to the spool when a format asks for it.
type Input struct {
	Name   string // the last step of its path, as found; it may hold personal data
	Limits Limits // with the defaults filled in

	head   []byte
	text   []byte    // head decoded; nil until asked for
	set    *charset  // of the head; nil until asked for
	rest   io.Reader // what follows head, where random is nil
	random io.ReaderAt
	size   int64   // -1 until known
	used   bool    // the stream has been given away
	joined *joined // what random reads, of something that was cut; nil for one that is whole

	zip    *archive // nil until asked for
	zipErr error

	ole    *oleFile // nil until asked for
	oleErr error

	keys   *keyring
	rounds int64 // of hashing spent on passwords of this item

	keep  func(head []byte, rest io.Reader) (io.ReaderAt, int64, error) // copies a stream to where it can be read in any order
	spend func(n int64) error                                           // takes n unpacked bytes from the budget
	ask   func(n int64) error                                           // sees to it that readers may hold n bytes
}

// NewInput makes the input of bytes at hand, for reading them as one format
// without a walk. Nothing is counted against the limits of the whole file.
func NewInput(name string, content []byte, l Limits) *Input {
	l = l.or()
	return &Input{
		Name: name, Limits: l, head: content[:min(len(content), headSize)],
		random: bytes.NewReader(content), size: int64(len(content)),
		spend: func(int64) error { return nil },
		ask:   func(int64) error { return nil },
		keys:  newKeyring(l),
	}
}

// Head is the beginning of the content: 64 KiB, or all of it if shorter.
func (in *Input) Head() []byte { return in.head }

// Stream reads the content from its start. It may be called once, and not
// beside Random.
func (in *Input) Stream() io.Reader {
	if in.random != nil {
		return io.NewSectionReader(in.random, 0, in.size)
	}
	in.used = true
	r := io.MultiReader(bytes.NewReader(in.head), in.rest)
	in.keep = func([]byte, io.Reader) (io.ReaderAt, int64, error) { return nil, 0, gap(breach.Memory) }
	return r
}

// Random gives the content for reading in any order, and its size. It may be
// called many times. It fails with a *breach.Gap where there is no room.
func (in *Input) Random() (io.ReaderAt, int64, error) {
	if in.random != nil {
		return in.random, in.size, nil
	}
	r, size, err := in.keep(in.head, in.rest)
	if err != nil {
		in.used = true
		in.keep = func([]byte, io.Reader) (io.ReaderAt, int64, error) { return nil, 0, err }
		return nil, 0, err
	}
	in.random, in.size = r, size
	return r, size, nil
}

// HasExtension reports whether the name ends in one of the extensions, given
// in lower case without dots.
func (in *Input) HasExtension(ext ...string) bool {
	return slices.Contains(ext, extension(in.Name))
}

// Unpacked counts what a format decompresses itself against the limits: r
// fails with a *breach.Gap when the budget is spent. Readers of [archive]
// members are counted already.
func (in *Input) Unpacked(r io.Reader) io.Reader {
	return &unpacked{r: r, left: in.Limits.Member, spend: in.spend}
}

// unpacked is a reader of decompressed bytes that counts them.
type unpacked struct {
	r     io.Reader
	left  int64
	spend func(int64) error
}

func (u *unpacked) Read(p []byte) (int, error) {
	if u.left <= 0 {
		// At the limit it matters whether anything follows.
		var one [1]byte
		if n, err := io.ReadFull(u.r, one[:]); n == 0 {
			return 0, err
		}
		return 0, gap(breach.BudgetTotal)
	}
	if int64(len(p)) > u.left {
		p = p[:u.left]
	}
	n, err := u.r.Read(p)
	u.left -= int64(n)
	if e := u.spend(int64(n)); e != nil {
		return n, e
	}
	return n, err
}

// errReader fails at once.
type errReader struct{ err error }

func (e errReader) Read([]byte) (int, error) { return 0, e.err }
