//go:build !linux && !darwin

package engine

import (
	"os"
	"syscall"
)

// unhurried has nothing to ask for.
func unhurried() {}

// attributes has nothing to ask for.
func attributes() *syscall.SysProcAttr { return nil }

// killGroup kills a process.
func killGroup(p *os.Process) { _ = p.Kill() }

// ownMemory is not known here.
func ownMemory(int) int64 { return 0 }
