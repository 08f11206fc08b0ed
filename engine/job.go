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
	Size int64           // of all volumes, where there are several
	File *os.File        // open for reading; the pool closes it

	// Volumes are what the file was cut into, in their order: at least two, and
	// at most extract.MaxVolumes. Then there is no File.
	Volumes []Volume

	// Sights are what came of looking at pictures in the file, or in files
	// inside it: Scan and Text read their text, Draw leaves them out.
	Sights map[extract.Picture]extract.Sight

	// Attempt counts from 1. Rows are handed over with it, so that those of
	// an attempt that failed can be told apart.
	Attempt int
}

// Volume is one of the files that the file of a job was cut into.
type Volume struct {
	Number int // see extract.Volume
	Size   int64
	File   *os.File // open for reading; the pool closes it
}

// files are what is handed over.
func (j *Job) files() []*os.File {
	if len(j.Volumes) == 0 {
		return []*os.File{j.File}
	}
	files := make([]*os.File, len(j.Volumes))
	for i, v := range j.Volumes {
		files[i] = v.File
	}
	return files
}

// Close closes the files of a job that no pool was given.
func (j *Job) Close() error { return closeAll(j.files()...) }
