package seal_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/klarlagt/klarlagt/seal"
)

const (
	chunk       = 64 << 10
	sealedChunk = chunk + 16
	head        = 42
)

// text is n bytes that are not alike.
func text(n int) []byte {
	b := make([]byte, n)
	r := rand.New(rand.NewPCG(1, uint64(n)))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func part(t testing.TB, ring seal.Ring, w seal.Where, plain []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	pw, err := seal.NewWriter(&out, ring, w)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pw.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := pw.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// both reads a part whole by each of the two ways, which must agree.
func both(t testing.TB, ring seal.Ring, w seal.Where, sealed []byte) ([]byte, error) {
	t.Helper()
	byStream, streamErr := stream(bytes.NewReader(sealed), ring, w)
	r, err := seal.NewReader(bytes.NewReader(sealed), int64(len(sealed)), ring, w)
	var byOffset []byte
	if err == nil {
		byOffset, err = io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
	}
	if (err == nil) != (streamErr == nil) || err == nil && !bytes.Equal(byStream, byOffset) {
		t.Errorf("the two readers differ: %v and %v", err, streamErr)
	}
	return byOffset, err
}

func stream(from io.Reader, ring seal.Ring, w seal.Where) ([]byte, error) {
	s, err := seal.NewStream(from, ring, w)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(s)
}

func sizes() []int {
	return []int{0, 1, 100, chunk - 1, chunk, chunk + 1, 2*chunk - 1, 2 * chunk, 2*chunk + 1, 5*chunk + 17}
}

func TestAPartReadsAsItWasWritten(t *testing.T) {
	ring := seal.Ring{3: seal.NewKey()}
	for _, n := range sizes() {
		plain := text(n)
		sealed := part(t, ring, here(), plain)
		if want := int64(n) + seal.PartOverhead(int64(n)); int64(len(sealed)) != want {
			t.Errorf("%d bytes: sealed %d, said %d", n, len(sealed), want)
		}
		if got, err := both(t, ring, here(), sealed); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes: %d back, %v", n, len(got), err)
		}
		if n > 20 && bytes.Contains(sealed, plain[:20]) {
			t.Errorf("%d bytes: the plaintext stands in the file", n)
		}
		if bytes.Equal(sealed, part(t, ring, here(), plain)) {
			t.Errorf("%d bytes: two files are the same", n)
		}
	}
}

func TestHowAPartIsWrittenDoesNotMatter(t *testing.T) {
	ring := seal.Ring{1: seal.NewKey()}
	plain := text(3*chunk + 100)
	for _, step := range []int{1000, chunk - 1, chunk, chunk + 1, 2 * chunk, len(plain)} {
		var out bytes.Buffer
		w, err := seal.NewWriter(&out, ring, here())
		if err != nil {
			t.Fatal(err)
		}
		for rest := plain; len(rest) > 0; {
			n, err := w.Write(rest[:min(step, len(rest))])
			if err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte("x")); err == nil {
			t.Error("a closed part takes more")
		}
		if err := w.Close(); err == nil {
			t.Error("a part closes twice")
		}
		if got, err := both(t, ring, here(), out.Bytes()); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("in steps of %d: %v", step, err)
		}
		if got, err := stream(iotest.OneByteReader(&out), ring, here()); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("in steps of %d, read byte by byte: %v", step, err)
		}
	}
}

func TestAPartReadsAtAnyOffset(t *testing.T) {
	ring := seal.Ring{1: seal.NewKey()}
	plain := text(11*chunk + 123)
	sealed := part(t, ring, here(), plain)
	r, err := seal.NewReader(bytes.NewReader(sealed), int64(len(sealed)), ring, here())
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(uint64(g), 7))
			for range 300 {
				off, n := random.IntN(len(plain)+10), random.IntN(3*chunk)
				got := make([]byte, n)
				m, err := r.ReadAt(got, int64(off))
				want := plain[min(off, len(plain)):min(off+n, len(plain))]
				if !bytes.Equal(got[:m], want) || (m < n) != errors.Is(err, io.EOF) || m == n && err != nil {
					t.Errorf("%d bytes at %d: %d, %v", n, off, m, err)
				}
			}
		})
	}
	wg.Wait()
	if _, err := r.ReadAt(make([]byte, 1), -1); err == nil {
		t.Error("an offset before the start is read")
	}
	if n, err := r.ReadAt(nil, 5); n != 0 || err != nil {
		t.Errorf("nothing read: %d, %v", n, err)
	}
}

func TestAPartThatWasAlteredIsRefused(t *testing.T) {
	ring := seal.Ring{1: seal.NewKey()}
	plain := text(3*chunk + 500)
	whole, other := part(t, ring, here(), plain), part(t, ring, here(), plain)
	c := func(b []byte, n int) []byte { // one sealed chunk
		return b[head+n*sealedChunk : min(len(b), head+(n+1)*sealedChunk)]
	}
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	h := whole[:head]
	flip := func(at int) []byte { b := bytes.Clone(whole); b[at] ^= 1; return b }
	emptied := part(t, ring, here(), nil)
	even := part(t, ring, here(), plain[:3*chunk])

	for name, sealed := range map[string][]byte{
		"the last chunk cut off":          join(h, c(whole, 0), c(whole, 1), c(whole, 2)),
		"the first chunk cut out":         join(h, c(whole, 1), c(whole, 2), c(whole, 3)),
		"a middle chunk cut out":          join(h, c(whole, 0), c(whole, 2), c(whole, 3)),
		"two chunks swapped":              join(h, c(whole, 1), c(whole, 0), c(whole, 2), c(whole, 3)),
		"a chunk twice":                   join(h, c(whole, 0), c(whole, 0), c(whole, 1), c(whole, 2), c(whole, 3)),
		"the last chunk twice":            join(whole, c(whole, 3)),
		"a chunk of another file":         join(h, c(whole, 0), c(other, 1), c(whole, 2), c(whole, 3)),
		"another file's header":           join(other[:head], whole[head:]),
		"another file's end":              join(h, c(whole, 0), c(whole, 1), c(whole, 2), c(other, 3)),
		"cut in a chunk":                  whole[:head+sealedChunk+100],
		"cut by a byte":                   whole[:len(whole)-1],
		"cut to a tag":                    whole[:head+3*sealedChunk+16],
		"cut to less than a tag":          whole[:head+3*sealedChunk+9],
		"the header alone":                h,
		"half a header":                   h[:20],
		"nothing":                         nil,
		"a byte more":                     append(bytes.Clone(whole), 0),
		"zeroes after it":                 append(bytes.Clone(whole), make([]byte, 2*chunk)...),
		"an empty chunk after full ones":  join(even, emptied[head:]),
		"a bit of the magic":              flip(0),
		"a bit of the format":             flip(8),
		"a bit of the salt":               flip(20),
		"a bit of the first chunk":        flip(head),
		"a bit of a middle chunk":         flip(head + sealedChunk + 5),
		"a bit of a tag":                  flip(head + sealedChunk - 1),
		"a bit of the last chunk":         flip(len(whole) - 100),
		"a part that was never closed":    join(h, c(whole, 0)),
		"an empty part with another salt": join(h, emptied[head:]),
	} {
		if _, err := both(t, ring, here(), sealed); !errors.Is(err, seal.ErrForged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := both(t, ring, here(), flip(9)); !errors.Is(err, seal.ErrNoKey) {
		t.Errorf("another generation: %v", err)
	}
	if _, err := both(t, seal.Ring{1: seal.NewKey()}, here(), whole); !errors.Is(err, seal.ErrForged) {
		t.Errorf("another key: %v", err)
	}
	for name, w := range elsewhere() {
		if _, err := both(t, ring, w, whole); !errors.Is(err, seal.ErrForged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEachBitOfASmallPartCounts(t *testing.T) {
	ring := seal.Ring{1: seal.NewKey()}
	for _, plain := range []string{"", "010594Y9032"} {
		sealed := part(t, ring, here(), []byte(plain))
		for i := range len(sealed) * 8 {
			forged := bytes.Clone(sealed)
			forged[i/8] ^= 1 << (i % 8)
			if _, err := both(t, ring, here(), forged); !errors.Is(err, seal.ErrForged) && !errors.Is(err, seal.ErrNoKey) {
				t.Errorf("bit %d of %d flipped: %v", i, len(sealed)*8, err)
			}
		}
	}
}

// An altered chunk does not spoil the others, and does not give a byte of its own.
func TestOnlyProvedChunksAreGivenOut(t *testing.T) {
	ring := seal.Ring{1: seal.NewKey()}
	plain := text(3 * chunk)
	sealed := part(t, ring, here(), plain)
	sealed[head+sealedChunk+7] ^= 1
	r, err := seal.NewReader(bytes.NewReader(sealed), int64(len(sealed)), ring, here())
	if err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(plain))
	if n, err := r.ReadAt(got, 0); n != chunk || !errors.Is(err, seal.ErrForged) {
		t.Errorf("%d bytes, %v", n, err)
	}
	if bytes.Contains(got, plain[chunk:chunk+20]) {
		t.Error("the altered chunk's plaintext was given out")
	}
	if n, err := r.ReadAt(got[:100], 2*chunk); n != 100 || err != nil {
		t.Errorf("the chunk after it: %d, %v", n, err)
	}
}

var errDisk = errors.New("the disk is full")

// fails writes until n bytes are written.
type fails struct{ n int }

func (f *fails) Write(p []byte) (int, error) {
	if f.n -= len(p); f.n < 0 {
		return 0, errDisk
	}
	return len(p), nil
}

func TestADiskThatFailsIsTold(t *testing.T) {
	ring := seal.Ring{1: seal.NewKey()}
	plain := text(2*chunk + 5)
	total := len(plain) + int(seal.PartOverhead(int64(len(plain))))
	for _, n := range []int{0, head - 1, head, head + 1, head + sealedChunk, total - 1} {
		w, err := seal.NewWriter(&fails{n}, ring, here())
		if err == nil {
			_, err = w.Write(plain)
			err = errors.Join(err, w.Close())
		}
		if !errors.Is(err, errDisk) {
			t.Errorf("failing after %d of %d bytes: %v", n, total, err)
		}
	}
	sealed := part(t, ring, here(), plain)
	if _, err := stream(io.MultiReader(bytes.NewReader(sealed[:chunk]), iotest.ErrReader(errDisk)), ring, here()); !errors.Is(err, errDisk) {
		t.Errorf("reading: %v", err)
	}
}

func FuzzPart(f *testing.F) {
	ring := seal.Ring{1: seal.NewKey()}
	f.Add(part(f, ring, here(), nil))
	f.Add(part(f, ring, here(), []byte("Testa Test")))
	f.Add(make([]byte, head+16))
	f.Fuzz(func(t *testing.T, sealed []byte) {
		got, err := both(t, ring, here(), sealed)
		if err == nil && len(got) > 0 && string(got) != "Testa Test" {
			t.Errorf("%d bytes that nobody sealed", len(got))
		}
	})
}

func BenchmarkPart(b *testing.B) {
	ring := seal.Ring{1: seal.NewKey()}
	plain := text(32 << 20)
	sealed := part(b, ring, here(), plain)
	b.Run("the cipher alone", func(b *testing.B) { // what the others are to be held against
		block, err := aes.NewCipher(make([]byte, seal.KeySize))
		if err != nil {
			b.Fatal(err)
		}
		gcm, err := cipher.NewGCM(block)
		if err != nil {
			b.Fatal(err)
		}
		out := make([]byte, 0, sealedChunk)
		b.SetBytes(int64(len(plain)))
		for b.Loop() {
			for off := 0; off < len(plain); off += chunk {
				gcm.Seal(out, make([]byte, 12), plain[off:off+chunk], nil)
			}
		}
	})
	b.Run("write", func(b *testing.B) {
		b.SetBytes(int64(len(plain)))
		for b.Loop() {
			w, err := seal.NewWriter(io.Discard, ring, here())
			if err != nil {
				b.Fatal(err)
			}
			for rest := plain; len(rest) > 0; rest = rest[min(len(rest), 1<<20):] {
				if _, err := w.Write(rest[:min(len(rest), 1<<20)]); err != nil {
					b.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("stream", func(b *testing.B) {
		b.SetBytes(int64(len(plain)))
		for b.Loop() {
			s, err := seal.NewStream(bytes.NewReader(sealed), ring, here())
			if err != nil {
				b.Fatal(err)
			}
			if n, err := io.Copy(io.Discard, s); err != nil || n != int64(len(plain)) {
				b.Fatal(n, err)
			}
		}
	})
	for _, n := range []int{4 << 10, 1 << 20} {
		b.Run(fmt.Sprintf("read at %d KiB", n>>10), func(b *testing.B) {
			b.SetBytes(int64(len(plain)))
			buf := make([]byte, n)
			for b.Loop() {
				r, err := seal.NewReader(bytes.NewReader(sealed), int64(len(sealed)), ring, here())
				if err != nil {
					b.Fatal(err)
				}
				for off := 0; off < len(plain); off += n {
					if _, err := r.ReadAt(buf, int64(off)); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
