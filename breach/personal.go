package breach

import (
	"fmt"
	"io"
	"log/slog"
)

// Hidden is what a Personal shows in place of its text.
const Hidden = "••••"

// Personal is a value of somebody's: a name, a number, an address. However it
// is printed, logged, marshalled or rendered it shows [Hidden]; only Reveal
// gives the text, so one search for Reveal shows every use. Two Personals are
// equal (==) when their texts are. The zero value is "no value".
type Personal struct {
	// A pointer and not a string: fmt prints unexported fields without asking
	// their methods, and all it prints of a pointer to a string is an address.
	// Of a pointer to a struct it would print what is in it.
	text *string
}

// Hide makes a Personal of a text. The empty text gives the zero value.
func Hide(text string) Personal {
	if text == "" {
		return Personal{}
	}
	return Personal{interned.address(text)}
}

// Reveal gives the text.
func (p Personal) Reveal() string {
	if p.IsZero() {
		return ""
	}
	return *p.text
}

// IsZero reports whether there is no value.
func (p Personal) IsZero() bool { return p == Personal{} }

// String returns dots, or nothing where there is no value.
func (p Personal) String() string {
	if p.IsZero() {
		return ""
	}
	return Hidden
}

// Format prints dots for every verb, %#v and %x among them.
func (p Personal) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, p.String()) }

// GoString returns dots.
func (p Personal) GoString() string { return p.String() }

// LogValue returns dots.
func (p Personal) LogValue() slog.Value { return slog.StringValue(p.String()) }

// MarshalText returns dots; encoding/json, encoding/xml and map keys use it.
func (p Personal) MarshalText() ([]byte, error) { return []byte(p.String()), nil }
