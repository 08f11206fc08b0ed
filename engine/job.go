package engine

import (
	"os"

	"github.com/klarlagt/klarlagt/breach"
)

// Job is one file for a worker.
type Job struct {
	ID   JobID
	Name breach.Personal // as it is searched and told: the path in the scanned folder
	Size int64
	File *os.File // open for reading; the pool closes it

	// Attempt counts from 1. Rows are handed over with it, so that those of
	// an attempt that failed can be told apart.
	Attempt int
}
