package engine_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/klarlagt/klarlagt/engine"
)

// deed is something that hostile code in a worker would try.
type deed struct {
	name  string
	calls bool // only a filter of system calls refuses it
	try   func(c cell) error
}

// cell is what the prisoner knows of the world outside.
type cell struct {
	dir     string // where it could write, if it could
	address string // where somebody listens
	cache   string // where the compiled PDF reader lies
}

func (c cell) path(name string) string { return filepath.Join(c.dir, name) }

// failed makes an error of a system call's number.
func failed(_, _ uintptr, errno syscall.Errno) error {
	if errno != 0 {
		return errno
	}
	return nil
}

var deeds = []deed{
	{"open a system file", false, func(cell) error { _, err := os.ReadFile("/etc/passwd"); return err }},
	{"open evidence by its path", false, func(c cell) error { _, err := os.ReadFile(c.path("old")); return err }},
	{"list a folder", false, func(cell) error { _, err := os.ReadDir("/"); return err }},
	{"create a file", false, func(c cell) error { return os.WriteFile(c.path("new"), nil, 0o600) }},
	{"write over a file", false, func(c cell) error { _, err := os.OpenFile(c.path("old"), os.O_WRONLY, 0); return err }},
	{"write to the cache", false, func(c cell) error { return os.WriteFile(filepath.Join(c.cache, "new"), nil, 0o600) }},
	{"empty a file", false, func(c cell) error { return os.Truncate(c.path("old"), 0) }},
	{"remove a file", false, func(c cell) error { return os.Remove(c.path("spare")) }},
	{"rename a file", false, func(c cell) error { return os.Rename(c.path("old"), c.path("older")) }},
	{"make a link", false, func(c cell) error { return os.Symlink("/", c.path("link")) }},
	{"make a folder", false, func(c cell) error { return os.Mkdir(c.path("folder"), 0o700) }},
	{"write to its own memory", false, func(cell) error { _, err := os.OpenFile("/proc/self/mem", os.O_RDWR, 0); return err }},
	{"start a program", false, func(cell) error { return exec.Command("/bin/true").Run() }},
	{"connect", false, func(c cell) error { _, err := net.Dial("tcp", c.address); return err }},
	{"listen", false, func(cell) error { _, err := net.Listen("tcp", "127.0.0.1:0"); return err }},
	{"send a datagram", true, func(c cell) error { _, err := net.Dial("udp", c.address); return err }},
	{"fork", true, func(cell) error {
		child, _, errno := syscall.RawSyscall6(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0, 0, 0, 0)
		if child == 0 && errno == 0 {
			_, _, _ = syscall.RawSyscall(syscall.SYS_EXIT_GROUP, 0, 0, 0)
		}
		return failed(0, 0, errno)
	}},
	{"trace", true, func(cell) error { return failed(syscall.Syscall(syscall.SYS_PTRACE, syscall.PTRACE_TRACEME, 0, 0)) }},
	{"signal its parent", true, func(cell) error { return syscall.Kill(syscall.Getppid(), 0) }},
	{"read its parent's memory", true, func(cell) error {
		_, err := unix.ProcessVMReadv(os.Getppid(), nil, nil, 0)
		return err
	}},
	{"ask for a ring of system calls", true, func(cell) error {
		var params [120]byte
		return failed(unix.Syscall(unix.SYS_IO_URING_SETUP, 1, uintptr(unsafe.Pointer(&params)), 0))
	}},
	{"change its limits", true, func(cell) error {
		var now unix.Rlimit
		return unix.Prlimit(0, unix.RLIMIT_NOFILE, nil, &now)
	}},
	{"become a program", false, func(cell) error { return syscall.Exec("/bin/true", []string{"true"}, nil) }},
}

// prisoner is a worker's standard input: the header, and then, where the first
// job should come, inside the sandbox, every deed is tried.
type prisoner struct {
	header io.Reader
	cell   cell
}

func (p *prisoner) Read(b []byte) (int, error) {
	if n, err := p.header.Read(b); err == nil {
		return n, nil
	}
	for _, d := range deeds {
		word := "done"
		if err := d.try(p.cell); err != nil {
			word = "refused"
		}
		fmt.Fprintln(os.Stderr, d.name+": "+word)
	}
	fmt.Fprintln(os.Stderr, "live on: "+liveOn())
	return 0, io.EOF
}

// liveOn does what a worker must still be able to.
func liveOn() string {
	var threads sync.WaitGroup
	for range 20 {
		threads.Go(func() {
			runtime.LockOSThread()
			_ = bytes.Repeat([]byte{1}, 1<<20)
			runtime.GC()
		})
	}
	threads.Wait()
	return "done"
}

// bePrisoner is a worker that tries all it should not.
func bePrisoner(args []string) int {
	in := &prisoner{strings.NewReader("klarlagt\t4\ttext\tdescriptor\n"), cell{args[0], args[1], args[2]}}
	o := engine.WorkerOptions{PDFCache: args[2]}
	if err := engine.Work(context.Background(), engine.Text, in, os.Stdout, o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func TestWorkerIsRefused(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"old", "spare"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	outside, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer outside.Close()
	ours, theirs := sockets(t)
	defer ours.Close()

	var out, said bytes.Buffer
	worker := exec.Command(program(t), prisonWorker, dir, outside.Addr().String(), fillCache(t))
	worker.ExtraFiles = []*os.File{theirs}
	worker.Stdout, worker.Stderr = &out, &said
	if err := worker.Run(); err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
	_, level, err := engine.NewReader(&out, engine.Text)
	if err != nil {
		t.Fatal(err)
	}
	if level.Weak() {
		t.Skipf("the kernel has neither Landlock nor a filter of system calls: level %s", level)
	}
	t.Logf("level %s", level)
	if !strings.Contains(said.String(), "live on: done\n") {
		t.Errorf("the worker could not do what it must: %s", said.String())
	}
	for _, d := range deeds {
		t.Run(d.name, func(t *testing.T) {
			if d.calls && level == engine.Landlock {
				t.Skip("the kernel filters no system calls")
			}
			if !strings.Contains(said.String(), d.name+": refused\n") {
				t.Errorf("not refused; the worker said\n%s", said.String())
			}
		})
	}
}

// sockets gives a pair as the engine makes them.
func sockets(t *testing.T) (ours, theirs *os.File) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fds[0]), "ours"), os.NewFile(uintptr(fds[1]), "theirs")
}
