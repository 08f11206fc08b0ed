//go:build !linux && !darwin

package engine

// limitProcess has nothing to bound the process with.
func limitProcess(uint64) Level { return NoSandbox }

// peakMemory is not known here.
func peakMemory() int64 { return 0 }
