package engine

import "errors"

// How files go from the parent to a worker, as the header says it.
const (
	byDescriptor = "descriptor" // open, over a socket
	byPath       = "path"       // the worker opens them itself
)

var errNoFile = errors.New("no file came with the job")
