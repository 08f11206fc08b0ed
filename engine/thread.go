package engine

import "runtime"

// thread is an operating system thread that starts all processes and lives as
// long as they: Linux ends a process with Pdeathsig when the thread that
// started it ends, not the program.
type thread struct {
	todo chan func()
	over chan struct{}
}

func newThread() *thread {
	t := &thread{make(chan func()), make(chan struct{})}
	go func() {
		defer close(t.over)
		runtime.LockOSThread() // for good: it ends with the thread
		unhurried()
		for f := range t.todo {
			f()
		}
	}()
	return t
}

// do calls a function on the thread.
func (t *thread) do(f func() error) (err error) {
	done := make(chan struct{})
	t.todo <- func() {
		defer close(done)
		err = f()
	}
	<-done
	return err
}

// stop ends the thread.
func (t *thread) stop() {
	close(t.todo)
	<-t.over
}
