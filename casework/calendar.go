package casework

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/klarlagt/klarlagt/locale"
	"github.com/klarlagt/klarlagt/store"
)

// Calendar writes what has to be done by when as an iCalendar (RFC 5545): open
// duties and tasks with a time. It names the case by its number alone, for
// calendars are read by others.
func (x Dossier) Calendar(w io.Writer, id store.CaseID, say *locale.Printer) error {
	duties, err := x.Duties(false)
	if err != nil {
		return err
	}
	c := calendar{stamp: x.Now}
	c.line("BEGIN:VCALENDAR")
	c.line("VERSION:2.0")
	c.line("PRODID:-//Klarlagt//Klarlagt//EN")
	for _, d := range duties {
		if d.Open() && !d.Due.IsZero() {
			c.event(fmt.Sprintf("%s-%s", id, dutyItem(d.Duty)), d.Due, say.T("calendar.duty", "Case", string(id), "Duty", say.T("duty."+d.Rule), "Law", d.Law))
		}
	}
	for _, f := range x.Items("task") {
		if due := timeOf(f, "due"); !due.IsZero() && f.Parts.Says("done") == "" {
			c.event(fmt.Sprintf("%s-task-%s", id, f.Item), due, say.T("calendar.task", "Case", string(id), "Number", f.Item))
		}
	}
	c.line("END:VCALENDAR")
	if _, err := io.WriteString(w, c.String()); err != nil {
		return fmt.Errorf("write calendar: %w", err)
	}
	return nil
}

// calendar gathers lines.
type calendar struct {
	strings.Builder
	stamp time.Time
}

// event is a moment with an alarm two hours before.
func (c *calendar) event(uid string, at time.Time, summary string) {
	const layout = "20060102T150405Z"
	c.line("BEGIN:VEVENT")
	c.line("UID:" + escape(uid) + "@klarlagt")
	c.line("DTSTAMP:" + c.stamp.UTC().Format(layout))
	c.line("DTSTART:" + at.UTC().Format(layout))
	c.line("DURATION:PT0S")
	c.line("SUMMARY:" + escape(summary))
	c.line("BEGIN:VALARM")
	c.line("ACTION:DISPLAY")
	c.line("DESCRIPTION:" + escape(summary))
	c.line("TRIGGER:-PT2H")
	c.line("END:VALARM")
	c.line("END:VEVENT")
}

// escape escapes what has a meaning in a text (RFC 5545, 3.3.11).
func escape(text string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`, "\r", "").Replace(text)
}

// line writes a line, folded at 75 bytes and never inside a character (3.1).
func (c *calendar) line(text string) {
	for most := 75; len(text) > most; most = 74 { // a blank goes before the rest
		cut := most
		for !utf8.RuneStart(text[cut]) {
			cut--
		}
		c.WriteString(text[:cut] + "\r\n ")
		text = text[cut:]
	}
	c.WriteString(text + "\r\n")
}
