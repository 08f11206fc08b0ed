// Package extract turns evidence into text: it tells what a file is by its
// content, reads it and whatever lies inside it, and accounts for each item
// exactly once. It trusts nothing it reads.
//
// [Walk] is the way in. To add a format, write one file with a [Format] and
// one line in [All].
package extract

import (
	"context"
	"io"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// Version tells one generation of readers from the next: a result of an older
// version may be improved by reading anew.
const Version = 2

// Sink takes what a format reads: text, and files found inside. When it fails,
// the format stops and returns that error as it is.
type Sink interface {
	// Text takes a passage; see [breach.Passage] for how text is laid out.
	// The format may reuse text after the call. The place's evidence is
	// filled in later. Text is made NFC, with blanks, hyphens and digits
	// folded to their ASCII forms, behind this call: formats need not.
	Text(p breach.Place, text []byte) error

	// File takes something found inside, which it reads before it returns.
	// Where r fails with a [breach.Gap], the gap's reason becomes that of
	// the file (a password, a link); the format goes on with the next.
	// An r that has a method Size() int64 tells how large it says it is.
	File(name string, r io.Reader) error
}

// Format is one kind of file.
type Format struct {
	Name       string   // as in the account: "docx"
	Extensions []string // without dot, lower case

	// Sniff reports whether the content is of this format.
	Sniff func(in *Input) bool

	// Read hands all text and all files found in the input to out.
	//
	// A zero State means that all was read. A format that could not read all
	// of it says so by State, Reason and Missing; an error says the same: one
	// that wraps a *breach.Gap gives its reason, io.ErrUnexpectedEOF means
	// truncated, any other malformed, and the state is then Partly or
	// NotReadable, as text or files came or not. Errors of out are returned as
	// they are. Where Read is nil we know the format but have no reader:
	// Unsupported.
	Read func(ctx context.Context, in *Input, out Sink) (breach.Outcome, error)

	// Strings asks for the readable runs of bytes where Read is nil or could
	// read nothing.
	Strings bool
}

// Limits bound what one file may cost. The zero value of a field means the
// default.
type Limits struct {
	Depth   int   // files in files in files; 12
	Entries int   // files inside one file, at all depths; 1,000,000
	Member  int64 // bytes of one file inside another; 1 GiB
	Ratio   int64 // unpacked bytes for each byte of the file, after the first RatioFree; 1,000
	Free    int64 // unpacked bytes that need no ratio; 100 MiB
	Total   int64 // unpacked bytes of one file, at all depths; 100 GiB
	Text    int64 // bytes of text of one item; 256 MiB
	AllText int64 // bytes of text of one file, at all depths; 16 GiB
	Memory  int64 // bytes of members held in memory at once; 32 MiB

	// Spool holds members too large for Memory that must be read out of
	// order. Without one they end as TooLarge.
	Spool Spool

	// Hashed leaves out the hash of the file itself, for callers who know it;
	// that saves reading the file a second time.
	Hashed bool

	// Unhashed leaves out the hashes of files inside too, for callers who want
	// text alone.
	Unhashed bool

	// Passwords are tried in order on what is encrypted. A try costs what the
	// file asks for, so tries are counted in rounds of hashing: those of one
	// item, 256 Mi, and those of one file, at all depths, sixteen times that.
	Passwords []string
	Rounds    int64

	// Look tells what pictures of text say. Without it, items with such
	// pictures end as OCRPending.
	Look Looker

	// PDF reads PDF. Without one, each PDF starts its own, which takes
	// seconds.
	PDF *PDFium
}

// Spool is a scratch file that only the walker writes; an *os.File is one.
type Spool interface {
	io.ReaderAt
	io.WriterAt
}

// or gives the limits with the defaults filled in.
func (l Limits) or() Limits {
	set := func(v *int64, d int64) {
		if *v <= 0 {
			*v = d
		}
	}
	if l.Depth <= 0 {
		l.Depth = 12
	}
	if l.Entries <= 0 {
		l.Entries = 1_000_000
	}
	set(&l.Member, 1<<30)
	set(&l.Ratio, 1000)
	set(&l.Free, 100<<20)
	set(&l.Total, 100<<30)
	set(&l.Text, 256<<20)
	set(&l.AllText, 16<<30)
	set(&l.Memory, 32<<20)
	set(&l.Rounds, 256<<20)
	return l
}

// Item is one file or one thing found inside it.
type Item struct {
	Ordinal int // 0 is the file itself; members follow in the order they are found
	Parent  int // the ordinal of what it was found in; -1 for the file itself
	Name    breach.Personal
	Size    int64 // as stated where it was found; -1 if not known
}

// Visitor is told what the walker finds. When a method fails, the walk ends
// with that error.
type Visitor interface {
	// Open begins an item. Its name may hold personal data and is to be
	// searched even where the item turns out unreadable.
	Open(item Item) error

	// Text takes a passage of an item that is open.
	Text(ordinal int, p breach.Place, text []byte) error

	// Close ends an item, exactly once for each that was opened, and after
	// all items inside it. The hash is zero and the size -1 where the bytes
	// could not be read to their end.
	Close(ordinal int, o breach.Outcome, sha256 [32]byte, typ string, size int64) error
}

// gap makes an error of a reason; it ends as an outcome.
func gap(r breach.Reason) error { return &breach.Gap{Reason: r} }

// extension gives the lower-case extension of a name without its dot.
func extension(name string) string {
	i := strings.LastIndexByte(name, '.')
	if i < 0 || len(name)-i > 12 || strings.ContainsAny(name[i:], `/\`) {
		return ""
	}
	return strings.ToLower(name[i+1:])
}
