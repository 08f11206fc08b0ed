package store

import (
	"os"
	"sync"
	"time"
)

// keepIndexFor is how long an index stays open after its last user: pages of a
// large case, each of which looks somebody up, do not unseal it each time.
const keepIndexFor = 30 * time.Second

// keptIndexes are the indexes of cases that are open in memory. Whoever asks for
// one was let in before, and has the case's key.
type keptIndexes struct {
	mu sync.Mutex
	of map[CaseID]*keptIndex
}

type keptIndex struct {
	open  *Opened
	of    os.FileInfo // the sealed file that it was opened from
	users int
	ends  *time.Timer
}

// open gives the index of a case, opened anew where the sealed file is another.
func (x *keptIndexes) open(id CaseID, path string, unseal func() (*Opened, error)) (*Opened, error) {
	info, err := os.Stat(path)
	if err != nil || !keepsOpened {
		return unseal()
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	k := x.of[id]
	if k == nil || !os.SameFile(k.of, info) || k.of.ModTime() != info.ModTime() || k.of.Size() != info.Size() {
		open, err := unseal()
		if err != nil {
			return nil, err
		}
		x.forget(id)
		k = &keptIndex{open: open, of: info}
		if x.of == nil {
			x.of = map[CaseID]*keptIndex{}
		}
		x.of[id] = k
	}
	k.users++
	var once sync.Once
	return &Opened{File: k.open.File, path: k.open.path, done: func() error {
		once.Do(func() { x.release(id, k) })
		return nil
	}}, nil
}

// release is one user less.
func (x *keptIndexes) release(id CaseID, k *keptIndex) {
	x.mu.Lock()
	defer x.mu.Unlock()
	k.users--
	switch {
	case k.users > 0:
	case x.of[id] != k:
		_ = k.open.drop()
	case k.ends == nil:
		k.ends = time.AfterFunc(keepIndexFor, func() { x.end(id, k) })
	default:
		k.ends.Reset(keepIndexFor)
	}
}

// end closes one that nobody asked for in the meantime.
func (x *keptIndexes) end(id CaseID, k *keptIndex) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if k.users == 0 && x.of[id] == k {
		x.forget(id)
	}
}

// forget keeps the index of a case no longer: it is closed now, or by its last
// user. The lock is held.
func (x *keptIndexes) forget(id CaseID) {
	k := x.of[id]
	if k == nil {
		return
	}
	delete(x.of, id)
	if k.ends != nil {
		k.ends.Stop()
	}
	if k.users == 0 {
		_ = k.open.drop()
	}
}

// forgetAll is for when the keys are forgotten.
func (x *keptIndexes) forgetAll() {
	x.mu.Lock()
	defer x.mu.Unlock()
	for id := range x.of {
		x.forget(id)
	}
}
