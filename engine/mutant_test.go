package engine_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// specimens are the files that mutants of one format are made of.
type specimens struct {
	format string
	files  [][]byte
}

const (
	maxSpecimen  = 512 << 10
	maxSpecimens = 40 // of one format
)

// sameFormat joins what has several extensions.
var sameFormat = map[string]string{
	"jpeg": "jpg", "tif": "tiff", "htm": "html", "xhtml": "html", "txz": "xz", "tgz": "gz", "taz": "z", "r00": "rar",
	"ndjson": "json", "dot": "doc", "xlsm": "xlsx", "docm": "docx", "md": "txt", "ost": "pst",
	"db-wal": "db", "db-journal": "db", "sqlite": "db", "p7s": "p7m", "dat": "tnef", "fods": "fodt", "mht": "mhtml",
}

// gather reads the samples, and the corpus where it is here, by format.
func gather(t testing.TB, corpus bool) []specimens {
	folders := []string{"samples", "archives", "containers", "databases", "pst", "locked"}
	var paths []string
	for _, f := range folders {
		found, _ := filepath.Glob("../extract/testdata/" + f + "/*")
		paths = append(paths, found...)
	}
	if corpus {
		_ = filepath.WalkDir("../../shared/corpus/files", func(p string, d os.DirEntry, err error) error {
			if err == nil && !d.IsDir() && !strings.Contains(p, "/_ref/") {
				paths = append(paths, p)
			}
			return nil
		})
	}
	by := map[string]*specimens{}
	for _, p := range paths {
		ext := strings.ToLower(strings.TrimPrefix(filepath.Ext(p), "."))
		if to, ok := sameFormat[ext]; ok {
			ext = to
		}
		info, err := os.Stat(p)
		if err != nil || ext == "" || ext == "golden" || ext == "tsv" || info.Size() > maxSpecimen || info.Size() == 0 {
			continue
		}
		s := by[ext]
		if s == nil {
			s = &specimens{format: ext}
			by[ext] = s
		}
		if len(s.files) == maxSpecimens {
			continue
		}
		content, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		s.files = append(s.files, content)
	}
	var all []specimens
	for _, s := range by {
		all = append(all, *s)
	}
	slices.SortFunc(all, func(a, b specimens) int { return strings.Compare(a.format, b.format) })
	return all
}

// mutant makes the nth mutant of a format: the same for the same seed.
func (s specimens) mutant(seed uint64, n int) []byte {
	h := fnv.New64a()
	_, _ = io.WriteString(h, s.format)
	r := rand.New(rand.NewPCG(seed, h.Sum64()+uint64(n)))
	m := mutator{r}
	b := s.files[r.IntN(len(s.files))]
	if r.IntN(2) == 0 {
		if inner, ok := m.inside(b); ok {
			return inner
		}
	}
	return m.mutate(b, s.files[r.IntN(len(s.files))])
}

// mutator changes bytes at random.
type mutator struct{ *rand.Rand }

// mutate changes some of b, or joins it with another.
func (m mutator) mutate(b, other []byte) []byte {
	b = bytes.Clone(b)
	for range 1 + m.IntN(4) {
		if len(b) < 8 {
			return b
		}
		switch m.IntN(7) {
		case 0: // truncation
			b = b[:m.IntN(len(b))]
		case 1: // noise, all over
			for range 1 + m.IntN(1+len(b)/50) {
				b[m.IntN(len(b))] = byte(m.Uint32())
			}
		case 2: // noise in one place
			from, to := m.stretch(len(b), 64)
			for i := range b[from:to] {
				b[from+i] = byte(m.Uint32())
			}
		case 3: // a block over another, or between
			from, to := m.stretch(len(b), 4096)
			at := m.IntN(len(b))
			if m.IntN(2) == 0 {
				copy(b[at:], bytes.Clone(b[from:to]))
			} else {
				b = slices.Insert(b, at, bytes.Clone(b[from:to])...)
			}
		case 4, 5: // a claim
			m.claim(b)
		case 6: // the beginning of one and the end of another
			b = append(b[:m.IntN(len(b))], other[m.IntN(len(other)):]...)
		}
	}
	return b
}

// stretch gives a part of n bytes, at most so long.
func (m mutator) stretch(n, most int) (from, to int) {
	from = m.IntN(n)
	return from, from + m.IntN(min(most, n-from)+1)
}

// claim sets a number somewhere to one that cannot be, in either order of
// bytes; headers are where most numbers are.
func (m mutator) claim(b []byte) {
	claims := []uint64{0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF, 1 << 40, 1<<63 - 1, 1 << 63, 1<<64 - 1, uint64(len(b)), uint64(len(b)) - 1, m.Uint64()}
	v := claims[m.IntN(len(claims))]
	at := m.IntN(len(b))
	if m.IntN(2) == 0 {
		at = m.IntN(min(len(b), 1024))
	}
	var n [8]byte
	width := []int{2, 4, 8}[m.IntN(3)]
	if m.IntN(2) == 0 {
		binary.LittleEndian.PutUint64(n[:], v)
		copy(b[at:], n[:width])
	} else {
		binary.BigEndian.PutUint64(n[:], v)
		copy(b[at:], n[8-width:])
	}
}

// inside changes one member of an archive and packs it anew, so that all
// around it holds; false where b is none.
func (m mutator) inside(b []byte) ([]byte, bool) {
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil || len(z.File) == 0 {
		return nil, false
	}
	chosen := m.IntN(len(z.File))
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i, f := range z.File {
		if i != chosen {
			if w.Copy(f) != nil {
				return nil, false
			}
			continue
		}
		r, err := f.Open()
		if err != nil {
			return nil, false
		}
		content, err := io.ReadAll(io.LimitReader(r, 4*maxSpecimen))
		if err != nil {
			return nil, false
		}
		part, err := w.CreateHeader(&zip.FileHeader{Name: f.Name, Method: f.Method})
		if err != nil {
			return nil, false
		}
		if _, err := part.Write(m.mutate(content, content)); err != nil {
			return nil, false
		}
	}
	// Members that shared their bytes do so no more: bombs become too large.
	if w.Close() != nil || out.Len() > 2*maxSpecimen {
		return nil, false
	}
	return out.Bytes(), true
}
