package store_test

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// fault is which of a process's writes fail, and how.
type fault struct {
	from    int  // the first, from 1; 0 for none
	lasting bool // and every later one: a disk that stays full
	errno   syscall.Errno
}

// TestDiskThatFailsAtAnyWriteLosesNothing lets the n-th write of a process
// that does every kind of act once fail, for as many n as there are writes: made
// to fail by the tracer of the process, for no file system does so by itself.
// KLARLAGT_FAULTS says how many n to try, "all" for each.
func TestDiskThatFailsAtAnyWriteLosesNothing(t *testing.T) {
	if os.Getenv(onPostgres) != "" {
		t.Skip("a server's disk is the server's")
	}
	acts, writes, err := traced(t, "list", t.TempDir(), fault{})
	if err != nil {
		t.Skipf("processes cannot be traced here: %v", err)
	}
	if len(acts) < 10 || writes < 100 {
		t.Fatalf("without a fault: %d acts, %d writes", len(acts), writes)
	}
	every := max(1, writes/6)
	if os.Getenv("KLARLAGT_FAULTS") == "all" {
		every = 1
	} else if n, err := strconv.Atoi(os.Getenv("KLARLAGT_FAULTS")); err == nil {
		every = max(1, writes/n)
	}
	tried, toldOf, uncertain := 0, 0, 0
	for n := 1; n <= writes; n += every {
		for _, f := range []fault{{n, true, syscall.ENOSPC}, {n, false, syscall.EIO}} {
			c := lite(t)
			acts, _, err := traced(t, "list", c.Dir, f)
			if err != nil {
				t.Fatal(err)
			}
			// Of an act whose very commit cannot be synced nobody knows: it may be
			// there all the same, and is whole then.
			untold := wholeAfter(t, c, acts) - rowsOf(acts)
			if untold > rowsOf([]string{"register"}) {
				t.Errorf("%d rows of acts that were told to have failed", untold)
			}
			again, _, err := traced(t, "list", c.Dir, fault{})
			if err != nil || len(again) < 10 {
				t.Errorf("with room again, only %d acts were done, error %v", len(again), err)
			}
			if t.Failed() {
				t.Fatalf("write %d of %d failed, all later ones: %t", n, writes, f.lasting)
			}
			if tried, toldOf = tried+1, toldOf+len(acts); untold > 0 {
				uncertain++
			}
		}
	}
	t.Logf("writes: %d, failed at: %d, acts told: %d, lost: 0, half: 0, there though their commit could not be synced: %d", writes, tried, toldOf, uncertain)
}

// rowsOf is how many rows with records wholeAfter finds for acts: a case and
// its title, a look, a register and its two commitments.
func rowsOf(acts []string) (n int) {
	for _, act := range acts {
		switch what, _, _ := strings.Cut(act, " "); what {
		case "case":
			n += 2
		case "reveal":
			n++
		case "register":
			n += 1 + commitmentsOfAnImport
		}
	}
	return n
}

// commitmentsOfAnImport are the register's name and its file.
const commitmentsOfAnImport = 2

// traced runs a process to its end with a fault, and gives the acts that it told
// of and how many writes it made in its data folder.
func traced(t *testing.T, how, dir string, f fault) (acts []string, writes int, err error) {
	t.Helper()
	runtime.LockOSThread() // whoever starts a traced process is its tracer
	defer runtime.UnlockOSThread()
	out, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "act", how, dir)
	cmd.Stdout = to
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true, Setpgid: true}
	err = cmd.Start()
	_ = to.Close()
	if err != nil {
		return nil, 0, err
	}
	tr := tracer{fault: f, leader: cmd.Process.Pid, dir: dir, inside: map[int]bool{}, failing: map[int]bool{}}
	if err := tr.run(); err != nil {
		_ = cmd.Process.Kill()
		return nil, 0, err
	}
	_ = cmd.Process.Release()
	text, err := io.ReadAll(out)
	for _, line := range strings.Split(string(text), "\n") {
		if line != "" {
			acts = append(acts, line)
		}
	}
	return acts, tr.writes, err
}

// tracer follows every thread of a process from call to call of the system.
type tracer struct {
	fault
	leader  int
	dir     string
	writes  int
	inside  map[int]bool // threads that are in a call
	failing map[int]bool // and whose call is to fail
}

func (tr *tracer) run() error {
	var status unix.WaitStatus
	if _, err := unix.Wait4(tr.leader, &status, unix.WALL, nil); err != nil {
		return err
	}
	err := unix.PtraceSetOptions(tr.leader, unix.PTRACE_O_TRACESYSGOOD|unix.PTRACE_O_TRACECLONE|unix.PTRACE_O_EXITKILL)
	if err != nil {
		return err
	}
	if err := unix.PtraceSyscall(tr.leader, 0); err != nil {
		return err
	}
	for {
		tid, err := unix.Wait4(-tr.leader, &status, unix.WALL, nil)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return err
		case status.Exited() || status.Signaled():
			if tid == tr.leader {
				return nil
			}
			continue
		}
		deliver := 0
		switch signal := status.StopSignal(); signal {
		case unix.SIGTRAP | 0x80:
			if err := tr.call(tid); err != nil && err != unix.ESRCH { // another thread ended the process
				return err
			}
		case unix.SIGTRAP, unix.SIGSTOP: // a thread was made, or begins
		default:
			deliver = int(signal)
		}
		if err := unix.PtraceSyscall(tid, deliver); err != nil && err != unix.ESRCH {
			return err
		}
	}
}

// call lets a call fail: its number is made one that there is not, and the
// answer to that the error.
func (tr *tracer) call(tid int) error {
	var regs unix.PtraceRegs
	if err := unix.PtraceGetRegs(tid, &regs); err != nil {
		return err
	}
	tr.inside[tid] = !tr.inside[tid]
	switch {
	case tr.inside[tid] && tr.isWrite(tid, &regs):
		tr.writes++
		if tr.from == 0 || tr.writes < tr.from || tr.writes > tr.from && !tr.lasting {
			return nil
		}
		tr.failing[tid] = true
		regs.Orig_rax = ^uint64(0)
	case !tr.inside[tid] && tr.failing[tid]:
		tr.failing[tid] = false
		regs.Rax = -uint64(tr.errno)
	default:
		return nil
	}
	return unix.PtraceSetRegs(tid, &regs)
}

// isWrite reports whether a call puts something on the disk of the data folder.
func (tr *tracer) isWrite(tid int, regs *unix.PtraceRegs) bool {
	switch regs.Orig_rax {
	case unix.SYS_OPENAT:
		return regs.Rdx&unix.O_CREAT != 0
	case unix.SYS_MKDIRAT, unix.SYS_MKDIR, unix.SYS_RENAMEAT, unix.SYS_RENAME:
		return true
	case unix.SYS_WRITE, unix.SYS_PWRITE64, unix.SYS_FSYNC, unix.SYS_FDATASYNC, unix.SYS_FTRUNCATE, unix.SYS_FALLOCATE:
		name, err := os.Readlink(filepath.Join("/proc", strconv.Itoa(tid), "fd", strconv.FormatUint(regs.Rdi, 10)))
		return err == nil && strings.HasPrefix(name, tr.dir)
	}
	return false
}
