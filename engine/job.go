package engine

import (
	"os"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

// Job is one file for a worker.
type Job struct {
	ID   JobID
	Name breach.Personal // as it is searched and told: the path in the scanned folder
	Size int64
	File *os.File // open for reading; the pool closes it

	// Sights are what came of looking at pictures in the file, or in files
	// inside it: Scan and Text read their text, Draw leaves them out.
	Sights map[extract.Picture]extract.Sight

	// Attempt counts from 1. Rows are handed over with it, so that those of
	// an attempt that failed can be told apart.
	Attempt int
}
