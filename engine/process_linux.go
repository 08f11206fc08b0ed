package engine

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// slack is how late the system may wake a worker that sleeps for a time. Ten times
// as much saves little more, and small files wait for it.
const slack = 500_000 // ns

// unhurried lets the processes that this thread starts be woken late. Go's
// runtime has a thread that sleeps for 20 µs and looks around, ten thousand
// times a second while small files come and go, and each time takes the core
// from what reads them. A worker waits for bytes, never for a time.
func unhurried() { _ = unix.Prctl(unix.PR_SET_TIMERSLACK, slack, 0, 0, 0) }

// inherit gives a process an open file, and says by which path it opens it again.
// A path through our own process would not do: under Landlock each thread of ours
// is a domain of its own, and who comes of one may not look into another.
func inherit(cmd *exec.Cmd, f *os.File) string {
	cmd.ExtraFiles = append(cmd.ExtraFiles, f)
	return fmt.Sprintf("/proc/self/fd/%d", 2+len(cmd.ExtraFiles))
}

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
