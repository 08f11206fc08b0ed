package register

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/bits"
	"os"
	"path/filepath"
	"slices"

	"github.com/klarlagt/klarlagt/breach"
)

// BuildIndex writes an index of entries to path. The file appears whole or not
// at all; scratch files lie beside it while it lasts. See WriteIndex.
func BuildIndex(path string, secret Secret, entries iter.Seq2[breach.Entry, error]) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".index-*")
	if err != nil {
		return fmt.Errorf("build index: %w", err)
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if err := WriteIndex(f, filepath.Dir(path), secret, entries); err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("build index: %w", err)
	}
	return os.Rename(f.Name(), path)
}

// WriteIndex writes an index of entries to an empty file. Entries get their
// places in the sequence as ids, whatever ID they carry. Memory stays within
// about 16 bytes a person and a few MiB: what is larger lies in scratch files,
// which hold keyed hashes alone.
func WriteIndex(f *os.File, scratch string, secret Secret, entries iter.Seq2[breach.Entry, error]) error {
	b := builder{
		keyer:    newKeyer(secret),
		header:   header{secret: secret},
		out:      bufio.NewWriterSize(f, 256<<10),
		at:       headerSize,
		given:    make([]byte, bitmapSize),
		surnames: make([]byte, bitmapSize),
		spill:    spill{dir: scratch},
	}
	defer b.spill.close()
	if err := b.build(f, entries); err != nil {
		return fmt.Errorf("build index: %w", err)
	}
	return nil
}

// builder writes the sections one after the other.
type builder struct {
	keyer
	header
	out             *bufio.Writer
	at              int64
	given, surnames []byte
	spill           spill
}

func (b *builder) build(f *os.File, entries iter.Seq2[breach.Entry, error]) error {
	if _, err := f.Seek(headerSize, io.SeekStart); err != nil {
		return err
	}
	if err := b.writeEntries(entries); err != nil {
		return err
	}
	rows, err := os.CreateTemp(b.spill.dir, ".index-rows-*")
	if err != nil {
		return err
	}
	defer func() {
		_ = rows.Close()
		_ = os.Remove(rows.Name())
	}()
	keys, err := b.writeLists(rows)
	if err != nil {
		return err
	}
	if err := b.writeBuckets(rows, keys); err != nil {
		return err
	}
	for i, bitmap := range [][]byte{b.given, b.surnames} {
		b.begin(sectionGiven + i)
		if err := b.write(bitmap); err != nil {
			return err
		}
		for _, c := range bitmap {
			b.counts[countGiven+i] += uint64(bits.OnesCount8(c))
		}
		b.end(sectionGiven + i)
	}
	if err := b.out.Flush(); err != nil {
		return err
	}
	_, err = f.WriteAt(b.encode(), 0)
	return err
}

func (b *builder) begin(section int) { b.sections[section].at = b.at }
func (b *builder) end(section int)   { b.sections[section].size = b.at - b.sections[section].at }

func (b *builder) write(p []byte) error {
	n, err := b.out.Write(p)
	b.at += int64(n)
	return err
}

// writeEntries writes the entries and where they begin, and sets their keys
// aside.
func (b *builder) writeEntries(entries iter.Seq2[breach.Entry, error]) error {
	var buf []byte
	var offsets []byte
	b.begin(sectionEntries)
	for e, err := range entries {
		if err != nil {
			return err
		}
		if b.entries == listBit-1 {
			return fmt.Errorf("more than %d entries", b.entries)
		}
		offsets = binary.LittleEndian.AppendUint64(offsets, uint64(b.at-b.sections[sectionEntries].at))
		buf = appendEntry(buf[:0], &e)
		if err := b.write(buf); err != nil {
			return err
		}
		id := uint32(b.entries)
		var failed error
		b.keys(&e, func(key uint64) {
			if err := b.spill.add(posting{key, id}); err != nil {
				failed = err
			}
		})
		if failed != nil {
			return failed
		}
		b.count(&e)
		b.entries++
	}
	b.end(sectionEntries)
	offsets = binary.LittleEndian.AppendUint64(offsets, uint64(b.sections[sectionEntries].size))
	b.begin(sectionOffsets)
	if err := b.write(offsets); err != nil {
		return err
	}
	b.end(sectionOffsets)
	return nil
}

// count notes what Occupancy and the bitmaps need of an entry.
func (b *builder) count(e *breach.Entry) {
	for _, n := range e.Names {
		for _, w := range nameWords([]byte(n.Given.Reveal())) {
			setBit(b.given, b.word(w))
		}
		for _, w := range nameWords([]byte(n.Surname.Reveal())) {
			setBit(b.surnames, b.word(w))
		}
	}
	for _, id := range e.NationalIDs {
		switch v := id.Reveal(); {
		case len(v) == 11 && (v[6] < '0' || v[6] > '9'):
			b.counts[countSigned]++
		case len(v) == 10 || len(v) == 12:
			b.counts[countTen]++
		case len(v) == 11:
			b.counts[countEleven]++
		}
	}
	b.counts[countPhones] += uint64(len(e.Phones))
	b.counts[countPairs] += uint64(len(e.Names))
}

// writeLists writes the owners of keys that have several, and every key with
// its owner or its list to rows, in order. It gives the number of keys.
func (b *builder) writeLists(rows io.Writer) (keys uint64, err error) {
	out := bufio.NewWriterSize(rows, 64<<10)
	b.begin(sectionLists)
	var buf []byte
	for part := range spillParts {
		postings, err := b.spill.sorted(part)
		if err != nil {
			return 0, err
		}
		for len(postings) > 0 {
			n := 1
			for n < len(postings) && postings[n].key == postings[0].key {
				n++
			}
			row := postings[0].id
			if n > 1 {
				row = uint32((b.at-b.sections[sectionLists].at)/4) | listBit
				buf = binary.LittleEndian.AppendUint32(buf[:0], uint32(n))
				for _, p := range postings[:n] {
					buf = binary.LittleEndian.AppendUint32(buf, p.id)
				}
				if err := b.write(buf); err != nil {
					return 0, err
				}
			}
			buf = appendPosting(buf[:0], posting{postings[0].key, row})
			if _, err := out.Write(buf); err != nil {
				return 0, err
			}
			keys++
			postings = postings[n:]
		}
	}
	b.end(sectionLists)
	return keys, out.Flush()
}

// writeBuckets writes the table. The keys come in order and so do their
// buckets: what does not fit into one goes on into the next, and spare buckets
// at the end take what is left over.
func (b *builder) writeBuckets(rows io.ReadSeeker, keys uint64) error {
	if _, err := rows.Seek(0, io.SeekStart); err != nil {
		return err
	}
	b.buckets = keys*10/(6*bucketSlots) + 1 // load 0.6
	in := bufio.NewReaderSize(rows, 64<<10)
	// Sections that are read as lines of 64 bytes begin at one.
	if err := b.write(make([]byte, -b.at&(bucketSize-1))); err != nil {
		return err
	}
	b.begin(sectionBuckets)
	var waiting []posting
	next, more, err := readPosting(in)
	if err != nil {
		return err
	}
	for bucket := uint64(0); bucket < b.buckets || more || len(waiting) > 0; bucket++ {
		for more {
			if home, _ := bits.Mul64(next.key, b.buckets); home > bucket {
				break
			}
			waiting = append(waiting, next)
			if next, more, err = readPosting(in); err != nil {
				return err
			}
		}
		n := min(bucketSlots, len(waiting))
		if err := b.writeBucket(waiting[:n]); err != nil {
			return err
		}
		waiting = slices.Delete(waiting, 0, n)
	}
	// Whatever the last ones hold, a search ends at an empty bucket.
	if err := b.writeBucket(nil); err != nil {
		return err
	}
	b.end(sectionBuckets)
	return nil
}

func (b *builder) writeBucket(postings []posting) error {
	var line [bucketSize]byte
	for i, p := range postings {
		binary.LittleEndian.PutUint32(line[4*i:], fingerprint(p.key))
		binary.LittleEndian.PutUint32(line[4*bucketSlots+4*i:], p.id)
	}
	return b.write(line[:])
}
