//go:build !linux && !darwin

package engine

import (
	"os"
	"os/exec"
	"syscall"
)

// unhurried has nothing to ask for.
func unhurried() {}

// inherit says by which path a process opens a file again.
func inherit(_ *exec.Cmd, f *os.File) string { return f.Name() }

// attributes has nothing to ask for.
func attributes() *syscall.SysProcAttr { return nil }

// killGroup kills a process.
func killGroup(p *os.Process) { _ = p.Kill() }

// ownMemory is not known here.
func ownMemory(int) int64 { return 0 }
