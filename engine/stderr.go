package engine

import (
	"bytes"
	"errors"
	"sync"

	"github.com/klarlagt/klarlagt/breach"
)

// fatalTexts are what the runtime says when it must end a program. All else
// that a worker says while it reads evidence could hold values: it is dropped.
var fatalTexts = map[string]breach.Reason{
	"out of memory":          breach.Memory,
	"cannot allocate memory": breach.Memory,
	"stack overflow":         breach.Crash,
	"deadlock":               breach.Crash,
	"concurrent map":         breach.Crash,
}

// stderr hears what a worker says beside its rows.
type stderr struct {
	mu    sync.Mutex
	cause string // the fatal text heard first
	last  []byte // some kilobytes
}

// Write listens.
func (s *stderr) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for text := range fatalTexts {
		if s.cause == "" && bytes.Contains(p, []byte(text)) {
			s.cause = text
		}
	}
	s.last = append(s.last, p[max(0, len(p)-4096):]...)
	s.last = append(s.last[:0], s.last[max(0, len(s.last)-4096):]...)
	return len(p), nil
}

// fatal is the fatal text that was heard, if any.
func (s *stderr) fatal() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cause
}

// err is the line heard last, as an error; nil if there was none. It may be
// shown only of a worker that has seen no evidence.
func (s *stderr) err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := bytes.TrimSpace(s.last)
	if len(text) == 0 {
		return nil
	}
	return errors.New(string(text[bytes.LastIndexByte(text, '\n')+1:]))
}
