package engine

import (
	"image"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

// Contract is the version of the rows between parent and worker.
const Contract = 4

// Stage is what a worker does with each file.
type Stage string

// The stages.
const (
	Scan Stage = "scan" // answers with mentions
	Text Stage = "text" // answers with passages
	Draw Stage = "draw" // answers with pictures whose text nobody has read
)

// JobID numbers a job within one run.
type JobID int64

// Row is one line of a worker's answer: an [*Item], [*Mention], [*Passage],
// [*Picture], [*Close], [*Beat] or [*End]. For each job they come in this
// order: an Item for the file itself; then, for it and for every item found
// inside, its mentions, passages or pictures between its Item and its Close;
// the End last. Behind the line of a Picture come its pixels.
//
// Places in rows have no evidence yet: whoever reads them knows it from the job
// and the ordinal.
type Row interface {
	// Of is the job the row belongs to.
	Of() JobID
}

// Item begins one file or one thing found inside it.
type Item struct {
	Job JobID
	extract.Item
}

// Mention is what stands together in an item.
type Mention struct {
	Job     JobID
	Ordinal int // of the item
	breach.Mention
}

// Passage is a stretch of an item's text.
type Passage struct {
	Job     JobID
	Ordinal int // of the item
	breach.Passage
}

// Picture is a picture of text, drawn for whoever reads pixels.
type Picture struct {
	Job     JobID
	Ordinal int // of the item
	extract.Picture
	Image  *image.Gray   // from the origin, without gaps between its lines; nil where nothing can be seen on it
	Reason breach.Reason // why there is no Image; "" where it is blank
}

// Close ends an item: each that was begun, exactly once.
type Close struct {
	Job     JobID
	Ordinal int // of the item
	breach.Outcome
	SHA256 [32]byte // zero for the file itself, which the parent hashed, for what could not be read to its end, and at stage Text
	Type   string   // what it is by its content: "docx"
	Size   int64    // bytes; -1 if not known
	Print  []byte   // of its text, to be told from others by package compare; nil for one of few words
}

// Beat says that a worker is alive and getting on with a long job.
type Beat struct {
	Job JobID
}

// End ends a job.
type End struct {
	Job    JobID
	Took   time.Duration // to the millisecond
	Memory int64         // bytes the worker held at its largest so far; 0 if not known
	Reason breach.Reason // why the job ended early: Crash, Timeout, Memory; "" if it did not
	Error  string        // more of the same for whoever mends the reader; holds no values

	// Again is set by the pool where the job will be tried once more: what
	// this attempt told is void. It is not in the row.
	Again bool
}

// Of is the job of the row.
func (r *Item) Of() JobID { return r.Job }

// Of is the job of the row.
func (r *Mention) Of() JobID { return r.Job }

// Of is the job of the row.
func (r *Passage) Of() JobID { return r.Job }

// Of is the job of the row.
func (r *Picture) Of() JobID { return r.Job }

// Of is the job of the row.
func (r *Close) Of() JobID { return r.Job }

// Of is the job of the row.
func (r *Beat) Of() JobID { return r.Job }

// Of is the job of the row.
func (r *End) Of() JobID { return r.Job }
