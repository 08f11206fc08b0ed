package pdfletter

import "fmt"

// Letter is what is written to one person. Its texts are Unicode in NFC.
type Letter struct {
	ID      string   // names the letter in a refusal; not printed
	Sender  []string // upper left, above the window, so that it does not show
	Dated   string   // upper right: place and day
	Address []string // what shows in the window; may be empty
	Parts   []Part   // the same said in each language, the reader's first
	Code    string   // printed on each sheet as Code 128 together with the page; ASCII
}

// Part is a letter in one language. The second begins on a page of its own.
type Part struct {
	Lang   string // BCP 47, such as "sv"
	Title  string // the heading; of the first part also the file's title
	Blocks []Block
}

// Role is what a block of text is to its reader.
type Role uint8

// The roles.
const (
	Paragraph Role = iota // lines in it are parted by newlines
	Heading               // of what follows, below the title
	Item                  // of a list; items in a row make one list
)

// Block is a stretch of a letter's text.
type Block struct {
	Role Role
	Text string
}

// Fold is how the sheet is folded, and so how large the envelope's window is.
type Fold uint8

// The folds.
const (
	C5  Fold = iota // once: windows of C5, and of C4 where it is not folded
	E65             // twice: windows of C65 and E65, which end higher
)

// Printed is what became of a letter.
type Printed struct {
	Pages   int
	First   int      // its first page within the file, from 1
	Content [32]byte // SHA-256 of its pages' content streams, uncompressed, one after the other
}

// Reason is why a letter is refused.
type Reason string

// The reasons.
const (
	NoGlyph     Reason = "glyph"    // the font has no such character
	Window      Reason = "window"   // the address does not fit the window
	TooLong     Reason = "pages"    // more pages than MaxPages
	NothingSaid Reason = "empty"    // no language, no title or no text
	BadCode     Reason = "code"     // a code that Code 128 cannot hold
	BadLanguage Reason = "language" // not a language tag
)

// MaxPages is the most pages of one letter.
const MaxPages = 30

// Refused says which letter was not written, and where in it the fault is. It
// holds no text of the letter.
type Refused struct {
	ID     string // Letter.ID
	Reason Reason
	Part   string // "address", "sender", "dated", "language", "title", "text", "code"
	Line   int    // line of the address, or block of all parts' text, from 1
	Char   int    // character of the line, from 1; 0 where it is the whole
}

func (r *Refused) Error() string {
	s := fmt.Sprintf("letter %s: %s: %s", r.ID, r.Reason, r.Part)
	if r.Line > 0 {
		s += fmt.Sprintf(" %d", r.Line)
	}
	if r.Char > 0 {
		s += fmt.Sprintf(" character %d", r.Char)
	}
	return s
}
