package engine

import "golang.org/x/sys/windows"

// diskFull is what the system says when the disk is full.
const diskFull = windows.ERROR_DISK_FULL
