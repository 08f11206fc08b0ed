//go:build linux || darwin

package engine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// handover is how files go to workers here: open, over a socket, so that a
// worker needs no path and can be kept from opening any.
const handover = byDescriptor

// socketFD is where a worker finds its end of the socket.
const socketFD = 3

// sender hands open files to one worker.
type sender struct{ fd int }

// newSender makes the socket, and the end of it for the worker.
func newSender() (*sender, *os.File, error) {
	// Between the two steps no worker may start: it would inherit the socket
	// of another.
	syscall.ForkLock.RLock()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.CloseOnExec(fds[0])
		unix.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, fmt.Errorf("make a socket: %w", err)
	}
	return &sender{fds[0]}, os.NewFile(uintptr(fds[1]), "socket"), nil
}

// maxRights is how many files go over at a time: systems bound it.
const maxRights = 64

// send hands the files of a job over. It does not wait: a worker that takes no
// files has lost its way.
func (s *sender) send(id JobID, files []*os.File) error {
	name := binary.BigEndian.AppendUint64(nil, uint64(id))
	for some := range slices.Chunk(files, maxRights) {
		err := withFDs(some, nil, func(fds []int) error {
			return unix.Sendmsg(s.fd, name, unix.UnixRights(fds...), nil, unix.MSG_DONTWAIT)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// withFDs calls f with the descriptors of files, which stay open meanwhile.
func withFDs(files []*os.File, fds []int, f func(fds []int) error) error {
	if len(files) == 0 {
		return f(fds)
	}
	conn, err := files[0].SyscallConn()
	if err != nil {
		return err
	}
	var sent error
	err = conn.Control(func(fd uintptr) { sent = withFDs(files[1:], append(fds, int(fd)), f) })
	return errors.Join(err, sent)
}

func (s *sender) close() { _ = unix.Close(s.fd) }

// receiver takes the files in the worker.
type receiver struct {
	fd    int
	files chan received
	over  chan struct{}
}

// received is what came over at a time: the files of a job, or some of them.
type received struct {
	id    JobID
	files []*os.File
}

// newReceiver begins to listen. It calls orphaned when the socket ends before
// close: then the parent is gone.
func newReceiver(fd int, orphaned func()) *receiver {
	r := &receiver{fd: fd, files: make(chan received), over: make(chan struct{})}
	go func() {
		defer close(r.files)
		for {
			got, err := r.receive()
			if err != nil {
				select {
				case <-r.over:
				default:
					orphaned()
				}
				return
			}
			select {
			case r.files <- got:
			case <-r.over:
				_ = closeAll(got.files...)
				return
			}
		}
	}()
	return r
}

// receive waits for files.
func (r *receiver) receive() (got received, err error) {
	name := make([]byte, 8)
	rights := make([]byte, unix.CmsgSpace(4*maxRights))
	n, oobn, _, _, err := unix.Recvmsg(r.fd, name, rights, 0)
	for errors.Is(err, unix.EINTR) {
		n, oobn, _, _, err = unix.Recvmsg(r.fd, name, rights, 0)
	}
	if err != nil || n != len(name) {
		return got, errors.Join(errNoFile, err)
	}
	messages, err := unix.ParseSocketControlMessage(rights[:oobn])
	if err != nil || len(messages) != 1 {
		return got, errors.Join(errNoFile, err)
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) == 0 {
		return got, errors.Join(errNoFile, err)
	}
	got.id = JobID(binary.BigEndian.Uint64(name))
	for _, fd := range fds {
		got.files = append(got.files, os.NewFile(uintptr(fd), "evidence"))
	}
	return got, nil
}

// take gives the n files of a job.
func (r *receiver) take(id JobID, n int) (files []*os.File, err error) {
	for len(files) < n {
		got, ok := <-r.files
		files = append(files, got.files...)
		if !ok || got.id != id || len(files) > n {
			return nil, errors.Join(errNoFile, closeAll(files...))
		}
	}
	return files, nil
}

// close stops listening.
func (r *receiver) close() {
	close(r.over)
	_ = unix.Shutdown(r.fd, unix.SHUT_RDWR)
	for got := range r.files {
		_ = closeAll(got.files...)
	}
	_ = unix.Close(r.fd)
}
