//go:build amd64 || arm64

package engine

import (
	"errors"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// calls are the system calls that a worker may make whatever their arguments:
// what the runtime needs, and reading and writing what is open. All others
// fail as forbidden, those that a later kernel brings too.
var calls = []uint32{
	unix.SYS_READ, unix.SYS_PREAD64, unix.SYS_WRITE, unix.SYS_PWRITE64, unix.SYS_READV, unix.SYS_WRITEV,
	unix.SYS_LSEEK, unix.SYS_CLOSE, unix.SYS_FSTAT, unix.SYS_NEWFSTATAT, unix.SYS_FTRUNCATE,
	unix.SYS_RECVMSG, unix.SYS_SHUTDOWN,
	unix.SYS_EPOLL_CREATE1, unix.SYS_EPOLL_CTL, unix.SYS_EPOLL_PWAIT, unix.SYS_EVENTFD2, unix.SYS_PIPE2,
	unix.SYS_MMAP, unix.SYS_MUNMAP, unix.SYS_MPROTECT, unix.SYS_MADVISE, unix.SYS_MINCORE, unix.SYS_BRK,
	unix.SYS_FUTEX, unix.SYS_SCHED_YIELD, unix.SYS_SCHED_GETAFFINITY, unix.SYS_NANOSLEEP, unix.SYS_CLOCK_NANOSLEEP,
	unix.SYS_CLOCK_GETTIME, unix.SYS_GETTIMEOFDAY, unix.SYS_GETRANDOM, unix.SYS_GETRUSAGE,
	unix.SYS_GETPID, unix.SYS_GETTID, unix.SYS_SET_ROBUST_LIST, unix.SYS_RSEQ,
	unix.SYS_RT_SIGACTION, unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGRETURN, unix.SYS_SIGALTSTACK, unix.SYS_RESTART_SYSCALL,
	unix.SYS_EXIT, unix.SYS_EXIT_GROUP,
}

// Where the kernel puts what a filter looks at: struct seccomp_data.
const (
	callNumber = 0
	callArch   = 4
	firstArg   = 16 // the low half: both architectures are little-endian
	argSize    = 8
)

// filterCalls has the kernel refuse every system call that is not listed, for
// all threads. Files may be opened for reading, or not at all.
func filterCalls(open bool) error {
	return install(filterProgram(open), unix.SECCOMP_FILTER_FLAG_TSYNC)
}

// install puts a filter in force: for this thread, or as the flags say.
func install(f filter, flags uintptr) error {
	program := unix.SockFprog{Len: uint16(len(f)), Filter: &f[0]}
	runtime.LockOSThread() // the promise and the filter have to be made by one thread
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	failed, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&program))) // #nosec G103 -- the kernel takes an address
	runtime.KeepAlive(f)
	switch {
	case errno != 0:
		return errno
	case failed != 0:
		return errors.New("a thread could not be filtered")
	}
	return nil
}

// filterProgram is the filter in the kernel's BPF.
func filterProgram(open bool) filter {
	var f filter
	f.load(callArch)
	f.unless(unix.BPF_JEQ, callArchitecture, unix.SECCOMP_RET_KILL_PROCESS)
	f.load(callNumber)
	for _, n := range calls {
		f.when(unix.BPF_JEQ, n, unix.SECCOMP_RET_ALLOW)
	}
	// The C library asks for clone3 and falls back on clone where there is none.
	f.when(unix.BPF_JEQ, unix.SYS_CLONE3, refuse(unix.ENOSYS))

	const writing = unix.O_ACCMODE | unix.O_CREAT | unix.O_TRUNC | unix.O_TMPFILE&^unix.O_DIRECTORY
	if open {
		f.call(unix.SYS_OPENAT, 2, func() {
			f.when(unix.BPF_JSET, writing, refuse(unix.EPERM))
			f.give(unix.SECCOMP_RET_ALLOW)
		})
	}
	f.call(unix.SYS_CLONE, 0, func() { f.when(unix.BPF_JSET, unix.CLONE_THREAD, unix.SECCOMP_RET_ALLOW) })
	f.call(unix.SYS_TGKILL, 0, func() { f.when(unix.BPF_JEQ, uint32(os.Getpid()), unix.SECCOMP_RET_ALLOW) })
	f.call(unix.SYS_FCNTL, 1, func() { // no owner: that would get signals
		for _, command := range []uint32{unix.F_GETFD, unix.F_SETFD, unix.F_GETFL, unix.F_SETFL, unix.F_DUPFD_CLOEXEC} {
			f.when(unix.BPF_JEQ, command, unix.SECCOMP_RET_ALLOW)
		}
	})
	f.give(refuse(unix.EPERM))
	return f
}

// toolCalls are the system calls that another program may not make: what it
// needs beside is its own affair.
var toolCalls = append([]uint32{
	unix.SYS_SOCKET, unix.SYS_CONNECT, unix.SYS_BIND, unix.SYS_LISTEN, unix.SYS_ACCEPT, unix.SYS_ACCEPT4,
	unix.SYS_PTRACE, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV, unix.SYS_KILL, unix.SYS_TKILL, unix.SYS_PIDFD_SEND_SIGNAL,
	unix.SYS_IO_URING_SETUP, unix.SYS_BPF, unix.SYS_PERF_EVENT_OPEN, unix.SYS_USERFAULTFD,
	unix.SYS_UNSHARE, unix.SYS_SETNS, unix.SYS_MOUNT, unix.SYS_KEYCTL, unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY,
}, forks...)

// filterTool is filterCalls for the program that this thread is about to become.
func filterTool() error {
	const x32 = 0x4000_0000 // the other way to make the same calls on amd64
	var f filter
	f.load(callArch)
	f.unless(unix.BPF_JEQ, callArchitecture, unix.SECCOMP_RET_KILL_PROCESS)
	f.load(callNumber)
	f.when(unix.BPF_JSET, x32, refuse(unix.ENOSYS))
	for _, n := range toolCalls {
		f.when(unix.BPF_JEQ, n, refuse(unix.EPERM))
	}
	f.when(unix.BPF_JEQ, unix.SYS_CLONE3, refuse(unix.ENOSYS))
	f.call(unix.SYS_CLONE, 0, func() { f.when(unix.BPF_JSET, unix.CLONE_THREAD, unix.SECCOMP_RET_ALLOW) })
	f.give(unix.SECCOMP_RET_ALLOW)
	return install(f, 0)
}

func refuse(err unix.Errno) uint32 { return unix.SECCOMP_RET_ERRNO | uint32(err) }

// filter is a program being written.
type filter []unix.SockFilter

// load loads a word of what the filter looks at.
func (f *filter) load(at uint32) {
	*f = append(*f, unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: at})
}

// give ends the program.
func (f *filter) give(verdict uint32) {
	*f = append(*f, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: verdict})
}

// when ends the program if a test of the loaded word is true.
func (f *filter) when(test uint16, k, verdict uint32) {
	*f = append(*f, unix.SockFilter{Code: unix.BPF_JMP | test | unix.BPF_K, Jf: 1, K: k})
	f.give(verdict)
}

// unless ends the program if a test of the loaded word is false.
func (f *filter) unless(test uint16, k, verdict uint32) {
	*f = append(*f, unix.SockFilter{Code: unix.BPF_JMP | test | unix.BPF_K, Jt: 1, K: k})
	f.give(verdict)
}

// call judges one system call by an argument; where no test decides, it is
// refused.
func (f *filter) call(number, arg uint32, tests func()) {
	jump := len(*f)
	*f = append(*f, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: number})
	f.load(firstArg + argSize*arg)
	tests()
	f.give(refuse(unix.EPERM))
	(*f)[jump].Jf = uint8(len(*f) - jump - 1)
}
