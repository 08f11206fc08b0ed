package extract

import (
	"bufio"
	"compress/bzip2"
	"context"
	"errors"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/klarlagt/klarlagt/breach"
)

var gzipFormat = Format{
	Name:       "gzip",
	Extensions: []string{"gz", "tgz"},
	Sniff:      func(in *Input) bool { return hasAnyPrefix(in.Head(), "\x1F\x8B\x08") },
	Read: func(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
		z, err := gzip.NewReader(bufio.NewReaderSize(in.Stream(), 32<<10))
		if err != nil {
			return breach.Outcome{}, err
		}
		name := decodeName([]byte(z.Name))
		if name == "" {
			name = innerName(in.Name, ".gz", ".tgz")
		}
		return single(in, out, name, z)
	},
}

var bzip2Format = Format{
	Name:       "bzip2",
	Extensions: []string{"bz2", "tbz", "tbz2"},
	Sniff:      func(in *Input) bool { return at(in.Head(), 0, "BZh") && at(in.Head(), 4, "1AY&SY") },
	Read: func(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
		return single(in, out, innerName(in.Name, ".bz2", ".tbz", ".tbz2"), bzip2.NewReader(in.Stream()))
	},
}

var zstdFormat = Format{
	Name:       "zstd",
	Extensions: []string{"zst", "tzst"},
	Sniff:      func(in *Input) bool { return hasAnyPrefix(in.Head(), "\x28\xB5\x2F\xFD") },
	Read: func(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
		z, err := newZstd(in.Stream(), in.ask)
		if err != nil {
			return breach.Outcome{}, err
		}
		return single(in, out, innerName(in.Name, ".zst", ".tzst"), z)
	},
}

// single hands over the one file inside a compressed one. Where its bytes
// break off, both are read partly. A tar inside is no step of its own: people
// know x.tar.gz as one archive.
func single(in *Input, out Sink, name string, r io.Reader) (breach.Outcome, error) {
	stream := bufio.NewReader(r)
	if head, _ := stream.Peek(512); isTar(head) {
		return readTar(in, stream, out)
	}
	u := &ended{r: in.Unpacked(stream)}
	if err := out.File(name, u); err != nil {
		return breach.Outcome{}, err
	}
	if u.stray {
		return breach.Outcome{State: breach.Partly, Reason: breach.Malformed, Missing: "bytes after the packed data"}, nil
	}
	if u.err != nil && u.err != io.EOF {
		return breach.Outcome{Missing: "the end of the packed data"}, u.err
	}
	return breach.Outcome{}, nil
}

// ended remembers the error a reader ended with. Bytes after the packed data
// that are none of it are an end too: tape blocks and careless copying leave
// such.
type ended struct {
	r     io.Reader
	n     int64
	stray bool
	err   error
}

func (w *ended) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	w.n += int64(n)
	if w.n > 0 && (errors.Is(err, gzip.ErrHeader) || errors.Is(err, errStrayBzip2) || errors.Is(err, zstd.ErrMagicMismatch)) {
		w.stray, err = true, io.EOF
	}
	if err != nil {
		w.err = err
	}
	return n, err
}

var errStrayBzip2 = bzip2.StructuralError("bad magic value in continuation file")

// innerName is the name of a packed file without its last extension; what was
// "x.tgz" is "x.tar".
func innerName(name string, extensions ...string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	for _, ext := range extensions {
		if len(name) > len(ext) && strings.EqualFold(name[len(name)-len(ext):], ext) {
			name = name[:len(name)-len(ext)]
			if strings.HasPrefix(ext, ".t") {
				name += ".tar"
			}
			return name
		}
	}
	return name
}
