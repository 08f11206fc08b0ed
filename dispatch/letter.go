package dispatch

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
	"golang.org/x/text/unicode/norm"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/pdfletter"
)

// LetterBatch is how a batch of letters is printed. Its zero values are what a
// print house with C5 envelopes and one-sided sheets takes.
type LetterBatch struct {
	// ID names the batch, on each sheet too: letters and digits, at most ten.
	// A print house that gets the same ID twice has got the same batch twice.
	ID      string
	Title   string   // of the file that holds all letters
	Lang    string   // of the title
	Sender  []string // upper left on each letter, outside the window; on the back of envelopes
	Country string   // where letters are posted: others get the country's name
	Fold    pdfletter.Fold
	Duplex  bool // sheets are printed on both sides

	// MaxSheets is the most sheets of one letter; 0: nine, which is what a C5
	// envelope of Posti's takes.
	MaxSheets int
}

// RefusedLetter is a notice that was not printed: somebody has to look at it.
// It names people by their id and says where the fault is, never what stands
// there.
type RefusedLetter struct {
	Dispatch string          `json:"dispatch"`
	Reader   breach.PersonID `json:"reader"`
	Reason   string          `json:"reason"` // the key of a text
	Part     string          `json:"part,omitempty"`
	Line     int             `json:"line,omitempty"`
	Char     int             `json:"character,omitempty"`
}

// Refusal is what the operator reads of it.
func (r RefusedLetter) Refusal() *breach.Refusal {
	return &breach.Refusal{Key: r.Reason, Args: map[string]any{
		"Reader": string(r.Reader), "Part": r.Part, "Line": r.Line, "Char": r.Char, "Dispatch": r.Dispatch}}
}

// The reasons of our own; the others are the press's, see letterReasons.
const (
	letterChannel = "refusal.letter-channel" // not a notice that goes this way
	letterAddress = "refusal.letter-address" // an address that is not there, or one too many
	letterSheets  = "refusal.letter-sheets"  // more sheets than the envelope takes
)

// letterReason is the key of the text that says why the press refused.
func letterReason(r pdfletter.Reason) string {
	switch r {
	case pdfletter.NoGlyph:
		return "refusal.letter-glyph"
	case pdfletter.Window:
		return "refusal.letter-window"
	case pdfletter.TooLong:
		return letterSheets
	default:
		return "refusal.letter-text"
	}
}

// DispatchName names one notice to one reader, as manifests do: no two have the
// same.
func DispatchName(n breach.Notice) string {
	return fmt.Sprintf("%s/%d/%s/%s", n.ID, n.Version, n.Subject, n.Reader)
}

// check says whether a batch can be printed at all.
func (b LetterBatch) check() error {
	if b.ID == "" || len(b.ID) > 10 || strings.Trim(b.ID, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
		return errors.New("letters: a batch is named by at most ten capital letters and digits")
	}
	if len(b.Country) != 2 {
		return errors.New("letters: nothing says in which country they are posted")
	}
	return nil
}

// code is what is printed on the sheets of one letter.
func (b LetterBatch) code(seq int) string { return fmt.Sprintf("%s-%06d", b.ID, seq) }

// letter lays a notice out. Frozen text is NFC but for names, which come as
// registers have them.
func (b LetterBatch) letter(n breach.Notice, seq int, address []string) pdfletter.Letter {
	l := pdfletter.Letter{ID: DispatchName(n), Sender: b.Sender, Address: address, Code: b.code(seq)}
	for _, w := range n.Parts {
		l.Parts = append(l.Parts, pdfletter.Part{Lang: w.Language, Title: norm.NFC.String(string(w.Title)), Blocks: blocks(norm.NFC.String(string(w.Text)))})
	}
	return l
}

// blocks takes a frozen text apart: paragraphs are parted by blank lines, a
// line that begins with "# " is a heading, one with "- " of a list.
func blocks(text string) []pdfletter.Block {
	var out []pdfletter.Block
	open := false // the last block is a paragraph that goes on
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimRight(line, " ")
		role, rest := pdfletter.Paragraph, line
		if h, ok := strings.CutPrefix(line, "# "); ok {
			role, rest = pdfletter.Heading, h
		} else if item, ok := strings.CutPrefix(line, "- "); ok {
			role, rest = pdfletter.Item, item
		}
		switch {
		case line == "":
			open = false
		case open && role == pdfletter.Paragraph:
			out[len(out)-1].Text += "\n" + rest
		default:
			out = append(out, pdfletter.Block{Role: role, Text: rest})
			open = role == pdfletter.Paragraph
		}
	}
	return out
}

// address is what stands in the window: name, street, postcode and town, and
// the country where it is another (Universal Postal Convention: in capitals).
func (b LetterBatch) address(to breach.Addressee) []string {
	postcode := to.Postal.Postcode.Reveal()
	country := to.Country
	if country == "" {
		country = b.Country
	}
	if country == "SE" && len(postcode) == 5 {
		postcode = postcode[:3] + " " + postcode[3:]
	}
	lines := []string{to.Name.Reveal(), to.Postal.Street.Reveal(), strings.TrimSpace(postcode + " " + to.Postal.Town.Reveal())}
	if country != b.Country {
		if region, err := language.ParseRegion(country); err == nil {
			country = display.English.Regions().Name(region)
		}
		lines = append(lines, strings.ToUpper(country))
	}
	out := lines[:0]
	for _, l := range lines {
		if l = norm.NFC.String(strings.TrimSpace(l)); l != "" {
			out = append(out, l)
		}
	}
	return out
}

// postable reports whether an address has what a letter needs to arrive.
func postable(to breach.Addressee) bool {
	return !to.Name.IsZero() && !to.Postal.Street.IsZero() && !to.Postal.Town.IsZero() && to.Email.IsZero() && to.NationalID.IsZero()
}
