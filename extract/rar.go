package extract

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
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

// readRAR hands over the files of a RAR archive, or of the volumes of such:
// what began in a volume that is missing or goes on in one is not whole.
func readRAR(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
	s := &rarSet{in: in, out: out}
	if err := s.open(); err != nil {
		return breach.Outcome{}, err
	}
	for at := 0; at < len(s.volumes); {
		next, err := s.run(at)
		if err != nil {
			return breach.Outcome{Missing: membersFrom(s.handed + 1)}, err
		}
		at = next
	}
	return s.outcome()
}

// rarSet is the volumes of an archive while they are read: as many in a row as
// go on in each other, and then those behind what is missing or damaged.
type rarSet struct {
	in      *Input
	out     Sink
	volumes []Volume
	claims  rarClaims

	handed  int    // files so far
	last    string // the name of the last
	later   bool   // the first volume is not the first of the archive
	more    bool   // the last goes on in another
	alien   bool   // one does not go on where that before it ends
	damaged error  // the first error that is not of a volume that is missing
}

// open finds the volumes, and asks for the memory that they ask for.
func (s *rarSet) open() error {
	f, size, err := s.in.Random()
	if err != nil {
		return err
	}
	s.volumes = []Volume{{f, size, 1}}
	if j := s.in.joined; j != nil && beginsRAR(j.volumes[1].File) { // else it is an archive that was cut anywhere
		s.volumes = nil
		for _, v := range j.volumes {
			s.volumes = append(s.volumes, Volume{&windows{file: v.File, size: v.Size}, v.Size, v.Number})
		}
	}
	for i, v := range s.volumes {
		v, err := openVolume(v.File, v.Size)
		if err != nil && i == 0 {
			return err
		}
		s.claims.add(v.claims(s.in.Limits.Entries))
	}
	return s.in.ask(min(s.claims.dictionary, maxRARDictionary) + s.claims.model)
}

func beginsRAR(f io.ReaderAt) bool {
	var head [len(rarMagic)]byte
	_, err := f.ReadAt(head[:], 0)
	return err == nil && string(head[:]) == rarMagic
}

// run reads volumes that go on in each other, and tells which one is next. Its
// error is of the sink, or of an archive of which nothing more can be read.
func (s *rarSet) run(at int) (next int, err error) {
	a := &rarArchive{in: s.in, claims: s.claims, chain: &rarChain{volumes: s.volumes[at:]}}
	first, err := a.chain.first()
	if err != nil {
		return at + 1, s.broken(err, at+1)
	}
	if at == 0 {
		s.later = first.later
	}
	for _, name := range first.before {
		if name == s.last {
			continue // told of where it began
		}
		if err := s.out.File(name, errReader{gap(breach.MissingVolume)}); err != nil {
			return 0, err
		}
		s.handed, s.last = s.handed+1, name
	}
	r, err := a.unlock()
	for err == nil {
		var h *rardecode.FileHeader
		if h, err = r.Next(); err != nil || h.IsDir {
			continue
		}
		if err := a.hand(h, r, s.out); err != nil {
			return 0, err
		}
		s.handed, s.last = s.handed+1, decodedName(h)
		err = a.ended // the rest of the file is elsewhere, and so is all after it
	}
	next = at + max(1, a.chain.opened)
	s.more = false
	switch {
	case err == io.EOF:
		return next, nil
	case errors.Is(err, fs.ErrNotExist):
		s.more = true
		return next, nil
	case isAny(err, volumeErrors...) && a.chain.opened > 1:
		s.alien = true
		return next - 1, nil // it does not go on from the one before, but may from another
	}
	return next, s.broken(err, next)
}

// broken notes an error, which ends all where no volume follows.
func (s *rarSet) broken(err error, next int) error {
	if next >= len(s.volumes) && (s.damaged == nil || len(s.volumes) == 1) {
		return rarError(err)
	}
	if s.damaged == nil {
		s.damaged = rarError(err)
	}
	return nil
}

// outcome is how the archive ended, where it was read to its end.
func (s *rarSet) outcome() (breach.Outcome, error) {
	o := breach.Outcome{State: breach.Partly, Reason: breach.MissingVolume}
	switch {
	case s.damaged != nil:
		return breach.Outcome{}, s.damaged
	case s.alien:
		o.Missing = "what lies in other volumes"
	case s.in.joined != nil && s.later || len(s.volumes) > 1 && s.more:
		o.Missing = theRest // which volumes that is, is told by their numbers
	case s.later && s.more:
		o.Missing = "what lies in other volumes"
	case s.later:
		o.Missing = "what lies in the volumes before"
	case s.more:
		o.Missing = "what lies in the volumes after"
	default:
		return breach.Outcome{}, nil
	}
	return o, nil
}

// rarArchive is an archive that is being read.
type rarArchive struct {
	in     *Input
	claims rarClaims
	chain  *rarChain
	ended  error // that a file met where its volume does
}

// hand hands over one file.
func (a *rarArchive) hand(h *rardecode.FileHeader, r io.Reader, out Sink) error {
	name := decodedName(h)
	size := h.UnPackedSize
	if h.UnKnownSize {
		size = -1
	}
	if h.LinkType != 0 || h.Mode()&fs.ModeSymlink != 0 {
		return out.File(name, sized{errReader{gap(breach.LinkNotFollowed)}, size})
	}
	return out.File(name, sized{a.in.Unpacked(&rarReader{a, r}), size})
}

func decodedName(h *rardecode.FileHeader) string {
	if utf8.ValidString(h.Name) {
		return h.Name
	}
	return decodeName([]byte(h.Name))
}

// open begins to read with a password; "" for none.
func (a *rarArchive) open(password string) (*rardecode.Reader, error) {
	a.chain = &rarChain{volumes: a.chain.volumes}
	options := []rardecode.Option{rardecode.FileSystem(a.chain), rardecode.MaxDictionarySize(max(1<<22, min(a.claims.dictionary, maxRARDictionary)))}
	if password != "" {
		options = append(options, rardecode.Password(password))
	}
	r, err := rardecode.OpenReader(firstVolume, options...)
	if err != nil {
		return nil, err
	}
	return &r.Reader, nil // there is nothing to close
}

// unlock begins to read, with the first password that fits where one is
// needed.
func (a *rarArchive) unlock() (*rardecode.Reader, error) {
	if !a.claims.locked {
		return a.open("")
	}
	rounds := max(a.claims.rounds, 1<<16)
	password, ok := a.in.password(rounds, a.fits)
	if !ok {
		return a.open("")
	}
	if err := a.in.derive(a.claims.keys); err != nil {
		return nil, err
	}
	return a.open(password)
}

// fits looks for a file that is encrypted, and reads the beginning of it.
func (a *rarArchive) fits(password string) bool {
	r, err := a.open(password)
	for range a.in.Limits.Entries {
		if err != nil {
			break
		}
		var h *rardecode.FileHeader
		if h, err = r.Next(); err != nil || h.IsDir || !h.Encrypted && !h.HeaderEncrypted {
			continue
		}
		const enough = 1 << 20
		_, err = io.Copy(io.Discard, io.LimitReader(a.in.Unpacked(r), enough))
		return err == nil || errors.Is(err, fs.ErrNotExist)
	}
	return err == io.EOF
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
	if isAny(err, volumeErrors...) {
		r.a.ended = err
	}
	return n, rarError(err)
}

// volumeErrors say that the next volume is missing, or is another's.
var volumeErrors = []error{fs.ErrNotExist, rardecode.ErrBadVolumeNumber, rardecode.ErrInvalidFileBlock, rardecode.ErrVerMismatch}

func isAny(err error, of ...error) bool {
	return slices.ContainsFunc(of, func(e error) bool { return errors.Is(err, e) })
}

// rarError gives an error of the module its reason.
func rarError(err error) error {
	for _, of := range []struct {
		err    error
		reason breach.Reason
	}{
		{fs.ErrNotExist, breach.MissingVolume},
		{rardecode.ErrBadVolumeNumber, breach.MissingVolume},
		{rardecode.ErrInvalidFileBlock, breach.MissingVolume},
		{rardecode.ErrVerMismatch, breach.MissingVolume},
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
