package extract

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"unicode/utf8"

	"github.com/nwaples/rardecode/v2"

	"github.com/klarlagt/klarlagt/breach"
)

var rarFormat = Format{
	Name:       "rar",
	Extensions: []string{"rar"},
	Sniff:      func(in *Input) bool { return hasAnyPrefix(in.Head(), rarMagic) },
	Read:       readRAR,
}

const (
	rarMagic         = "Rar!\x1A\x07"
	maxRARDictionary = 128 << 20 // makers of archives ask for 32 MiB, at their best for this
)

// readRAR hands over the files of a RAR archive, or of one volume of such:
// what began in a volume before or goes on in the next is not whole.
func readRAR(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
	f, size, err := in.Random()
	if err != nil {
		return breach.Outcome{}, err
	}
	v, err := openVolume(f, size)
	if err != nil {
		return breach.Outcome{}, err
	}
	a := &rarArchive{in: in, v: v, claims: v.claims(in.Limits.Entries)}
	if err := in.ask(min(a.claims.dictionary, maxRARDictionary) + a.claims.model); err != nil {
		return breach.Outcome{}, err
	}
	for _, name := range v.before {
		if err := out.File(name, errReader{gap(breach.MissingVolume)}); err != nil {
			return breach.Outcome{}, err
		}
	}
	r, err := a.unlock()
	if err != nil {
		return breach.Outcome{}, rarError(err)
	}
	for n := len(v.before) + 1; ; n++ {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if errors.Is(err, rardecode.ErrMultiVolume) {
			a.more = true
			break
		}
		if err != nil {
			return breach.Outcome{Missing: membersFrom(n)}, rarError(err)
		}
		if h.IsDir {
			continue
		}
		if err := a.hand(h, r, out); err != nil {
			return breach.Outcome{Missing: membersFrom(n)}, err
		}
		if a.more {
			break // the rest of the file is elsewhere, and so is all after it
		}
	}
	o := breach.Outcome{State: breach.Partly, Reason: breach.MissingVolume}
	switch {
	case v.later && a.more:
		o.Missing = "what lies in other volumes"
	case v.later:
		o.Missing = "what lies in the volumes before"
	case a.more:
		o.Missing = "what lies in the volumes after"
	default:
		return breach.Outcome{}, nil
	}
	return o, nil
}

// rarArchive is an archive that is being read.
type rarArchive struct {
	in *Input
	v  rarVolume

	claims rarClaims
	more   bool // it goes on in another volume
}

// hand hands over one file.
func (a *rarArchive) hand(h *rardecode.FileHeader, r io.Reader, out Sink) error {
	name := h.Name
	if !utf8.ValidString(name) {
		name = decodeName([]byte(name))
	}
	size := h.UnPackedSize
	if h.UnKnownSize {
		size = -1
	}
	if h.LinkType != 0 || h.Mode()&fs.ModeSymlink != 0 {
		return out.File(name, sized{errReader{gap(breach.LinkNotFollowed)}, size})
	}
	return out.File(name, sized{a.in.Unpacked(&rarReader{a, r}), size})
}

// open begins to read with a password; "" for none.
func (a *rarArchive) open(password string) (*rardecode.Reader, error) {
	options := []rardecode.Option{rardecode.MaxDictionarySize(max(1<<22, min(a.claims.dictionary, maxRARDictionary)))}
	if password != "" {
		options = append(options, rardecode.Password(password))
	}
	return rardecode.NewReader(a.v.reader(), options...)
}

// unlock begins to read, with the first password that fits where one is
// needed.
func (a *rarArchive) unlock() (*rardecode.Reader, error) {
	locked, err := a.try("")
	hidden := errors.Is(err, rardecode.ErrArchiveEncrypted)
	if !hidden && (err != nil || !locked) {
		return a.open("")
	}
	rounds := max(a.claims.rounds, 1<<16)
	password, ok := a.in.password(rounds, func(p string) bool {
		_, err := a.try(p)
		return err == nil
	})
	switch {
	case !ok && hidden:
		return nil, err
	case !ok:
		return a.open("")
	}
	if err := a.in.derive(a.claims.keys); err != nil {
		return nil, err
	}
	return a.open(password)
}

// try looks for a file that is encrypted, and with a password reads the
// beginning of it.
func (a *rarArchive) try(password string) (locked bool, err error) {
	r, err := a.open(password)
	if err != nil {
		return false, err
	}
	for range a.in.Limits.Entries {
		h, err := r.Next()
		if errors.Is(err, rardecode.ErrArchiveEncrypted) || err != nil && err != io.EOF && password != "" {
			return false, err
		}
		if err != nil {
			return false, nil // whoever reads will see
		}
		if h.IsDir || !h.Encrypted && !h.HeaderEncrypted {
			continue
		}
		if password == "" {
			return true, nil
		}
		const enough = 1 << 20
		_, err = io.Copy(io.Discard, io.LimitReader(a.in.Unpacked(r), enough))
		if errors.Is(err, rardecode.ErrMultiVolume) {
			err = nil
		}
		return true, err
	}
	return false, nil
}

// rarReader gives the errors of a member their reasons.
type rarReader struct {
	a *rarArchive
	r io.Reader
}

func (r *rarReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if err == nil || err == io.EOF {
		return n, err
	}
	r.a.more = r.a.more || errors.Is(err, rardecode.ErrMultiVolume)
	return n, rarError(err)
}

// rarError gives an error of the module its reason.
func rarError(err error) error {
	for _, of := range []struct {
		err    error
		reason breach.Reason
	}{
		{rardecode.ErrMultiVolume, breach.MissingVolume},
		{rardecode.ErrBadVolumeNumber, breach.MissingVolume},
		{rardecode.ErrInvalidFileBlock, breach.MissingVolume},
		{rardecode.ErrArchiveEncrypted, breach.PasswordNeeded},
		{rardecode.ErrArchivedFileEncrypted, breach.PasswordNeeded},
		{rardecode.ErrBadPassword, breach.PasswordNeeded},
		{rardecode.ErrDictionaryTooLarge, breach.Memory},
		{rardecode.ErrUnsupportedDecoder, breach.UnknownType},
		{rardecode.ErrUnknownDecoder, breach.UnknownType},
		{rardecode.ErrUnknownVersion, breach.UnknownType},
		{rardecode.ErrUnexpectedArcEnd, breach.Truncated},
		{rardecode.ErrDecoderOutOfData, breach.Truncated},
		{rardecode.ErrShortFile, breach.Truncated},
	} {
		if errors.Is(err, of.err) {
			return gap(of.reason)
		}
	}
	return err
}

// rarVolume is where the first file begins that a volume holds the beginning
// of, and what stands before it.
type rarVolume struct {
	f      io.ReaderAt
	size   int64
	from   int64
	start  []byte   // what takes the place of all before from; nil where all is in its place
	before []string // files that began in the volume before
	later  bool     // it is not the first volume
}

// reader reads the volume as if it were the first.
func (v rarVolume) reader() io.Reader {
	return struct{ io.Reader }{io.MultiReader(bytes.NewReader(v.start), io.NewSectionReader(v.f, v.from, v.size-v.from))}
}
