//go:build linux || darwin

package engine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
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

// send hands a file over. It does not wait: a worker that takes no files has
// lost its way.
func (s *sender) send(id JobID, f *os.File) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	name := binary.BigEndian.AppendUint64(nil, uint64(id))
	var sendErr error
	err = conn.Control(func(fd uintptr) {
		sendErr = unix.Sendmsg(s.fd, name, unix.UnixRights(int(fd)), nil, unix.MSG_DONTWAIT)
	})
	return errors.Join(err, sendErr)
}

func (s *sender) close() { _ = unix.Close(s.fd) }

// receiver takes the files in the worker.
type receiver struct {
	fd    int
	files chan received
	over  chan struct{}
}

type received struct {
	id   JobID
	file *os.File
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
				_ = got.file.Close()
				return
			}
		}
	}()
	return r
}

// receive waits for one file.
func (r *receiver) receive() (got received, err error) {
	name := make([]byte, 8)
	rights := make([]byte, unix.CmsgSpace(4))
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
	if err != nil || len(fds) != 1 {
		return got, errors.Join(errNoFile, err)
	}
	return received{JobID(binary.BigEndian.Uint64(name)), os.NewFile(uintptr(fds[0]), "evidence")}, nil
}

// file gives the file of a job.
func (r *receiver) file(id JobID) (*os.File, error) {
	got, ok := <-r.files
	if !ok {
		return nil, errNoFile
	}
	if got.id != id {
		_ = got.file.Close()
		return nil, errNoFile
	}
	return got.file, nil
}

// close stops listening.
func (r *receiver) close() {
	close(r.over)
	_ = unix.Shutdown(r.fd, unix.SHUT_RDWR)
	for got := range r.files {
		_ = got.file.Close()
	}
	_ = unix.Close(r.fd)
}
