package engine

import "golang.org/x/sys/unix"

// callArchitecture is whose system calls the filter knows.
const callArchitecture = unix.AUDIT_ARCH_AARCH64

// forks are the calls beside clone that make a process.
var forks = []uint32(nil)
