// Package pdftext reads the text of PDF pages, where it is sure of it, many
// times faster than PDFium as WebAssembly. It repairs nothing and guesses
// nothing: whatever is not as ISO 32000-1 says, or not known here, is an
// Unsure, and another reader's work.
package pdftext

import (
	"fmt"
	"io"
)

// Unsure is why a document or a page has to be read by somebody else.
type Unsure string

// Error says what we are not sure of. It holds nothing of the document.
func (u Unsure) Error() string { return "pdftext: not sure of " + string(u) }

// What a document may cost. Beyond, it is another's.
const (
	MaxSize     = 32 << 20  // bytes of a document, which lies in memory
	maxObjects  = 1 << 20   // numbers of objects
	maxParts    = 1 << 17   // what lies within one object
	maxParsed   = 1 << 20   // objects read, and what lies within them
	maxStream   = 16 << 20  // bytes of one stream unpacked
	maxUnpacked = 256 << 20 // bytes of all streams unpacked
	maxPacked   = 32 << 20  // bytes of object streams unpacked
	maxPages    = 100_000
	maxFonts    = 500   // which take 2 MB at most
	maxKeys     = 2_000 // of one dictionary
	maxDepth    = 32    // of what lies inside each other: arrays, forms, page trees
)

// Document is one open PDF. It is for one goroutine.
type Document struct {
	file     []byte
	places   []place // of objects, by their number
	trailer  dict
	catalog  dict
	pages    []leaf
	objects  map[int]any
	packed   map[int]*objectStream
	fonts    map[any]*font
	lock     *lock // nil for a document that is not encrypted
	unpacked int   // bytes, over all streams
	depth    int   // of objects that are being looked up
	kept     int   // bytes of object streams
	parsed   int   // objects, and what lies within them
	nodes    int   // of the tree of pages, leaves too

	inflate inflater
	scratch []byte // of one filter
	content []byte // of one page or form
	text    layout
}

// Open reads a document's structure. The error is an Unsure, or the file's own.
func Open(file io.ReaderAt, size int64) (*Document, error) {
	if size > MaxSize {
		return nil, Unsure("so large a document")
	}
	d := &Document{
		file:    make([]byte, size),
		objects: map[int]any{},
		packed:  map[int]*objectStream{},
		fonts:   map[any]*font{},
	}
	if n, err := file.ReadAt(d.file, 0); n < len(d.file) {
		return nil, fmt.Errorf("read the document: %w", err)
	}
	d.text.steps = maxSteps + byteSteps*size
	err := d.readPlaces()
	if err == nil {
		err = d.readTree()
	}
	if err == errXref {
		if err = d.rebuild(); err == nil {
			err = d.readTree()
		}
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// readTree reads what leads to the pages.
func (d *Document) readTree() error {
	if d.trailer.has("Encrypt") {
		if err := d.unlock(); err != nil {
			return err
		}
	}
	root, err := d.dictAt(d.trailer, "Root")
	if err != nil {
		return err
	}
	d.catalog, d.pages, d.nodes = root, nil, 0
	return d.readPages()
}

// Pages is the number of pages.
func (d *Document) Pages() int { return len(d.pages) }
