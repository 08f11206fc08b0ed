package seal

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/klarlagt/klarlagt/breach"
)

// hidden lends its methods to what holds ciphers or plaintext, so that it
// prints as dots.
type hidden struct{}

// Format prints dots for every verb.
func (hidden) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, breach.Hidden) }

// LogValue returns dots.
func (hidden) LogValue() slog.Value { return slog.StringValue(breach.Hidden) }

// MarshalText returns dots.
func (hidden) MarshalText() ([]byte, error) { return []byte(breach.Hidden), nil }
