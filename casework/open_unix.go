//go:build unix

package casework

import "syscall"

// nonBlocking keeps a pipe that took a file's place from holding up the scan.
const nonBlocking = syscall.O_NONBLOCK
