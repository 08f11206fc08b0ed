package engine

import (
	"os"
	"strconv"
	"syscall"
)

// attributes puts a worker in a process group of its own, and lets it die with
// us.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// killGroup kills a process that has not been waited for, and its children.
func killGroup(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGKILL) }

// ownMemory is the memory of a process that is not mapped from a file, in
// bytes; zero where it is not known.
func ownMemory(pid int) int64 {
	_, own := statm(strconv.Itoa(pid))
	return int64(own)
}
