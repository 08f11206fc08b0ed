//go:build !windows

package engine

import "syscall"

// diskFull is what the system says when a quota is used up.
const diskFull = syscall.EDQUOT
