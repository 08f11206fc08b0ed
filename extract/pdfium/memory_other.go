//go:build !unix

package pdfium

import "github.com/tetratelabs/wazero/experimental"

// reserve allocates linear memory from Go's heap.
func reserve(_, _ uint64) experimental.LinearMemory { return &heap{} }
