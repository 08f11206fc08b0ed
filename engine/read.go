package engine

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"image"
	"io"
	"slices"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/compare"
	"github.com/klarlagt/klarlagt/extract"
)

// Reader reads a worker's rows. It believes nothing: a row that does not fit
// the contract is an error that names the column and no value.
type Reader struct {
	r    *bufio.Reader
	long []byte // a row that does not fit the buffer of r
	c    columns

	// A row is valid until the next one is read.
	item    Item
	mention Mention
	passage Passage
	picture Picture
	close   Close
	beat    Beat
	end     End
	print   [compare.Size]byte // that of close
}

// NewReader reads the header of a worker that should be at a stage, and tells
// which sandbox the worker says is in force.
func NewReader(r io.Reader, s Stage) (*Reader, Level, error) {
	x := newReader(r)
	stage, level, err := x.header()
	if err == nil && stage != s {
		err = fmt.Errorf("read the header: worker is at another stage")
	}
	return x, Level(level), err
}

func newReader(r io.Reader) *Reader { return &Reader{r: bufio.NewReaderSize(r, 64<<10)} }

// Read gives the next row, which is valid until the next call; io.EOF where
// the rows end.
func (r *Reader) Read() (Row, error) {
	line, err := r.line()
	if err != nil {
		return nil, err
	}
	c := &r.c
	c.start(line)
	var row Row
	switch tag := c.next(); string(tag) {
	case "mention":
		row = r.readMention()
	case "passage":
		r.passage.Job, r.passage.Ordinal = JobID(c.int()), c.count()
		r.passage.Place = c.place(&breach.Place{})
		r.passage.Text = c.unescaped(c.next())
		row = &r.passage
	case "item":
		r.item.Job, r.item.Ordinal, r.item.Parent = JobID(c.int()), c.count(), int(c.int())
		r.item.Size, r.item.Name = c.int(), c.personal()
		row = &r.item
	case "picture":
		return r.readPicture()
	case "close":
		row = r.readClose()
	case "beat":
		r.beat.Job = JobID(c.int())
		row = &r.beat
	case "end":
		r.end = End{Job: JobID(c.int()), Took: milliseconds(c.int()), Memory: c.int()}
		r.end.Reason, r.end.Error = c.reason(), c.text()
		row = &r.end
	default:
		c.fail("tag")
	}
	if err := c.done(); err != nil {
		return nil, fmt.Errorf("read a row: %w", err)
	}
	return row, nil
}

func (r *Reader) readMention() Row {
	c, m := &r.c, &r.mention
	m.Job, m.Ordinal = JobID(c.int()), c.count()
	m.Document = c.yes()
	m.Place = c.place(&breach.Place{})
	n := c.count()
	if n > maxFindings {
		c.fail("count")
	}
	m.Findings = m.Findings[:0]
	for i := 0; i < n && c.err == nil; i++ {
		f := breach.Finding{Kind: c.kind(), Form: c.word(), Value: c.personal()}
		bits := c.int()
		if bits < 0 || bits>>2 > int64(breach.Strong) {
			c.fail("strength")
		}
		f.Strength, f.Labelled, f.Failed = breach.Strength(bits>>2), bits&2 != 0, bits&1 != 0
		f.Place = c.place(&m.Place)
		m.Findings = append(m.Findings, f)
	}
	return m
}

func (r *Reader) readClose() Row {
	c, x := &r.c, &r.close
	*x = Close{Job: JobID(c.int()), Ordinal: c.count()}
	x.State = c.state()
	x.Reason = c.reason()
	x.Missing = c.text()
	x.Outcome.Text = c.int()
	x.Charset, x.Dialect = c.word(), c.word()
	x.SHA256 = c.hash()
	x.Type, x.Size = c.word(), c.int()
	x.Print = c.print(&r.print)
	return x
}

// readPicture reads a picture and its pixels.
func (r *Reader) readPicture() (Row, error) {
	c, p := &r.c, &r.picture
	img := p.Image
	*p = Picture{Job: JobID(c.int()), Ordinal: c.count(), Picture: c.pictured(), Reason: c.reason()}
	w, h := c.int(), c.int()
	if w < 0 || h < 0 || w > extract.MaxSide || h > extract.MaxSide || (w == 0) != (h == 0) {
		c.fail("size")
	}
	if err := c.done(); err != nil {
		return nil, fmt.Errorf("read a row: %w", err)
	}
	if w == 0 {
		return p, nil
	}
	if img == nil || img.Rect.Dx() != int(w) || img.Rect.Dy() != int(h) {
		img = image.NewGray(image.Rect(0, 0, int(w), int(h)))
	}
	p.Image = img
	if _, err := io.ReadFull(r.r, img.Pix); err != nil {
		return nil, fmt.Errorf("read the pixels of a row: %w", io.ErrUnexpectedEOF)
	}
	return p, nil
}

// pictured is the next columns as the name of a picture.
func (c *columns) pictured() extract.Picture {
	return extract.Picture{Item: c.hash(), Page: c.int()}
}

// hash is the next column as a hash; zero where it is empty.
func (c *columns) hash() (sum [32]byte) {
	b := c.next()
	if len(b) == 0 {
		return sum
	}
	if n, err := hex.Decode(sum[:], b[:min(len(b), 2*len(sum))]); err != nil || 2*n != len(b) || n != len(sum) {
		c.fail("hash")
	}
	return sum
}

// print is the next column as the print of a text, in room; nil where there is
// none.
func (c *columns) print(room *[compare.Size]byte) []byte {
	b := c.next()
	if len(b) == 0 {
		return nil
	}
	if len(b) != 2*compare.Size {
		c.fail("print")
		return nil
	}
	if _, err := hex.Decode(room[:], b); err != nil {
		c.fail("print")
		return nil
	}
	return room[:]
}

// yes is the next column as yes or no.
func (c *columns) yes() bool {
	b := c.next()
	if len(b) != 1 || b[0] != '0' && b[0] != '1' {
		c.fail("flag")
		return false
	}
	return b[0] == '1'
}

var lastKind = int64(len(breach.AllKinds())) // kinds are numbered from 1

// kind is the next column as a kind of data.
func (c *columns) kind() breach.Kind {
	n := c.int()
	if n <= 0 || n > lastKind {
		c.fail("kind")
		return 0
	}
	return breach.Kind(n)
}

// state is the next column as a state of the closed list.
func (c *columns) state() breach.State {
	s := breach.State(c.word())
	if c.err == nil && !slices.Contains(breach.States(), s) {
		c.fail("state")
	}
	return s
}

// reason is the next column as a reason of the closed list, or none.
func (c *columns) reason() breach.Reason {
	r := breach.Reason(c.word())
	if r != "" && c.err == nil && !slices.Contains(breach.Reasons(), r) {
		c.fail("reason")
	}
	return r
}

// header reads the first row.
func (r *Reader) header() (s Stage, more string, err error) {
	line, err := r.line()
	if err != nil {
		return "", "", fmt.Errorf("read the header: %w", err)
	}
	c := &r.c
	c.start(line)
	if tag := c.next(); !bytes.Equal(tag, []byte("klarlagt")) {
		c.fail("header")
	}
	if c.int() != Contract {
		c.fail("version")
	}
	s, more = Stage(c.text()), c.text()
	if err := c.done(); err != nil {
		return "", "", fmt.Errorf("read the header: %w", err)
	}
	return s, more, nil
}

// job reads the rows that hand a job to the worker, and the paths of its files;
// io.EOF where there is none.
func (r *Reader) job() (j Job, paths []string, err error) {
	line, err := r.line()
	if err != nil {
		return j, nil, err
	}
	c := &r.c
	c.start(line)
	if tag := c.next(); !bytes.Equal(tag, []byte("job")) {
		c.fail("tag")
	}
	j = Job{ID: JobID(c.int()), Size: c.int(), Name: c.personal()}
	paths = []string{c.text()}
	volumes, sights := c.count(), c.count()
	if volumes == 1 || volumes > extract.MaxVolumes {
		c.fail("volumes")
	}
	if volumes > 0 {
		paths = nil
	}
	err = c.done()
	for i := 0; i < volumes && err == nil; i++ {
		var path string
		path, err = r.volume(&j)
		paths = append(paths, path)
	}
	for i := 0; i < sights && err == nil; i++ {
		err = r.sight(&j)
	}
	if err != nil {
		return j, nil, fmt.Errorf("read a job: %w", err)
	}
	return j, paths, nil
}

// volume reads a row behind the job's.
func (r *Reader) volume(j *Job) (path string, err error) {
	line, err := r.line()
	if err != nil {
		return "", err
	}
	c := &r.c
	c.start(line)
	if tag := c.next(); !bytes.Equal(tag, []byte("volume")) || JobID(c.int()) != j.ID {
		c.fail("tag")
	}
	j.Volumes = append(j.Volumes, Volume{Number: c.count(), Size: c.int()})
	path = c.text()
	return path, c.done()
}

// sight reads a row behind those.
func (r *Reader) sight(j *Job) error {
	line, err := r.line()
	if err != nil {
		return err
	}
	c := &r.c
	c.start(line)
	if tag := c.next(); !bytes.Equal(tag, []byte("sight")) || JobID(c.int()) != j.ID {
		c.fail("tag")
	}
	p := c.pictured()
	s := extract.Sight{State: c.state(), Reason: c.reason(), Text: bytes.Clone(c.unescaped(c.next()))}
	if j.Sights == nil {
		j.Sights = map[extract.Picture]extract.Sight{}
	}
	j.Sights[p] = s
	return c.done()
}

// line gives the next line without its end, valid until the next call. A last
// line without an end is one cut off, and no line.
func (r *Reader) line() ([]byte, error) {
	r.long = r.long[:0]
	for {
		part, err := r.r.ReadSlice('\n')
		if err == nil && len(r.long) == 0 {
			return part[:len(part)-1], nil
		}
		if len(r.long)+len(part) > maxRow {
			return nil, ErrRowTooLong
		}
		r.long = append(r.long, part...)
		switch {
		case err == nil:
			return r.long[:len(r.long)-1], nil
		case err == bufio.ErrBufferFull:
		case err == io.EOF && len(r.long) > 0:
			return nil, io.ErrUnexpectedEOF
		default:
			return nil, err
		}
	}
}
