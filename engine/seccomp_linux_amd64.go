package engine

import "golang.org/x/sys/unix"

// callArchitecture is whose system calls the filter knows.
const callArchitecture = unix.AUDIT_ARCH_X86_64
