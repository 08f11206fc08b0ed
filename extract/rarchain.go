package extract

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
)

// rarVolume is where the first file begins that a volume holds the beginning
// of, and what stands before it.
type rarVolume struct {
	f      io.ReaderAt
	size   int64
	from   int64
	start  []byte   // what takes the place of all before from; nil where all is in its place
	before []string // files that began in the volume before
	later  bool     // it is not the first volume
	shift  bool     // the volumes behind it have to be numbered anew
}

// reader reads the volume.
func (v rarVolume) reader() io.Reader {
	return io.MultiReader(bytes.NewReader(v.start), io.NewSectionReader(v.f, v.from, v.size-v.from))
}

// rarChain hands volumes to the module that reads archives, which asks for them
// by names of its own making: one after the other, and some again.
type rarChain struct {
	volumes []Volume // the first is read as if it were the first of the archive
	opened  int      // how many were asked for
	names   map[string]int
	shift   bool
}

const firstVolume = "1.rar"

// first looks at the first volume.
func (c *rarChain) first() (rarVolume, error) {
	return openVolume(c.volumes[0].File, c.volumes[0].Size)
}

// Open implements fs.FS.
func (c *rarChain) Open(name string) (fs.File, error) {
	i, ok := c.names[name]
	if !ok {
		i = c.opened
		missing := i > 0 && i < len(c.volumes) && c.volumes[i].Number != c.volumes[i-1].Number+1
		if i == len(c.volumes) || missing {
			return nil, fs.ErrNotExist
		}
		if c.names == nil {
			c.names = map[string]int{}
		}
		c.names[name] = i
		c.opened++
	}
	v := rarVolume{f: c.volumes[i].File, size: c.volumes[i].Size}
	if i == 0 {
		first, err := c.first()
		if err != nil {
			return nil, err
		}
		v, c.shift = first, first.shift
	}
	if i > 0 && c.shift {
		v.renumber(i)
	}
	return &rarFile{r: v.reader()}, nil
}

// rarFile is a volume that is open.
type rarFile struct{ r io.Reader }

func (f *rarFile) Read(p []byte) (int, error) {
	if f.r == nil {
		return 0, fs.ErrClosed
	}
	return f.r.Read(p)
}

// Close implements fs.File.
func (f *rarFile) Close() error {
	f.r = nil
	return nil
}

// Stat implements fs.File; nobody asks.
func (f *rarFile) Stat() (fs.FileInfo, error) { return nil, errors.ErrUnsupported }
