package breach

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
)

// NoticeID names a notice of a case: what is told of one matter, to everybody
// it concerns, in all its languages and versions.
type NoticeID string

// Notice is what one person is told. What it says is frozen before anybody
// approves it: Hash is of everything beside it (see notify.Hash), and is
// compared again at the moment of handing over.
//
// There is one for each notice, version, subject and reader, and never two.
type Notice struct {
	ID      NoticeID
	Version int      // counted from 1
	Subject PersonID // whose data it is about
	Reader  PersonID // who gets it: the subject, or a guardian
	Letter  string   // which letter: "first", "guardian"
	Channel Channel
	To      Addressee
	Parts   []Wording // the same said in each language, the reader's first
	Bytes   Content   // what the channel hands over, where that is composed before approval; else nil
	Hash    [32]byte
}

// String names the notice without anybody's data.
func (n Notice) String() string {
	return fmt.Sprintf("notice %s version %d about %s to %s", n.ID, n.Version, n.Subject, n.Reader)
}

// Wording is a notice in one language. The text is paragraphs parted by blank
// lines. A line that begins with "# " is a heading, one that begins with "- "
// is of a list; there is no other mark-up.
type Wording struct {
	Language string  // "sv"
	Title    Content // the subject line, or the heading: one line, and nobody's data
	Text     Content
}

// Plain is the text for where headings have no look of their own: their marks
// are gone, and they stand alone between blank lines.
func (w Wording) Plain() Content {
	text := bytes.TrimPrefix(w.Text, []byte("# "))
	return bytes.ReplaceAll(text, []byte("\n# "), []byte("\n"))
}

// Addressee is where one reader's notice goes. Which of its parts are set
// follows from the channel.
type Addressee struct {
	Name       Personal // as on the envelope
	Email      Personal
	NationalID Personal // for a digital mailbox, and on an inner envelope that an authority forwards
	Postal     Postal
	Country    string // ISO 3166-1; empty: the controller's own
}

// Channel is a class of channels.
type Channel string

// The channels. An Envelope is a letter that a named handler sends by itself:
// to a contact address, or inside another that an authority forwards. It is
// never part of a batch. By Hand means that a person decides, or goes there.
const (
	Nobody   Channel = "nobody" // nothing is sent
	Mailbox  Channel = "mailbox"
	Paper    Channel = "letter"
	Mail     Channel = "email"
	Envelope Channel = "envelope"
	ByHand   Channel = "hand"
)

// Channels lists every channel.
func Channels() []Channel { return []Channel{Nobody, Mailbox, Paper, Mail, Envelope, ByHand} }

// Content is bytes that speak of somebody: as with a [Personal], whatever
// prints, logs or marshals them shows dots. A conversion gives the bytes.
type Content []byte

// String returns dots, or nothing where there is nothing.
func (c Content) String() string {
	if len(c) == 0 {
		return ""
	}
	return Hidden
}

// Format prints dots for every verb.
func (c Content) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, c.String()) }

// GoString returns dots.
func (c Content) GoString() string { return c.String() }

// LogValue returns dots.
func (c Content) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText returns dots; encoding/json, encoding/xml and map keys use it.
func (c Content) MarshalText() ([]byte, error) { return []byte(c.String()), nil }
