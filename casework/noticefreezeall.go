package casework

import (
	"context"
	"encoding/binary"
	"iter"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/leak"
	"github.com/klarlagt/klarlagt/notify"
	"github.com/klarlagt/klarlagt/store"
)

// The waves of mail: a canary, some more, the rest. What no machine hands over
// is in none.
const (
	canaryWave, secondWave, lastWave = 1, 2, 3
	canarySize, secondSize           = 50, 500
)

// NoticeWaves is how many waves there are.
const NoticeWaves = lastWave

// Of how many people the letters are made at once, and how many times as many may
// wait to be kept.
const (
	stretchSize  = 512
	stretchesDue = 4
)

// made is what was made for one reader.
type made struct {
	notice notify.Finished
	ref    string // of a mail: what the world knows it by
	state  breach.DeliveryState
	reason string
	left   int
	leaks  []leak.Leak
	err    error
}

// finished is what was made once nothing is added to it.
func finished(n breach.Notice, state breach.DeliveryState, reason string) made {
	return made{notice: notify.Finish(n), state: state, reason: reason}
}

// all gives the dispatches of everybody in their order, made and sealed by all
// cores while those before them are kept.
func (f *freezing) all(ctx context.Context, people []store.Person) iter.Seq2[store.SealedDispatch, error] {
	type stretch struct {
		list []store.SealedDispatch
		err  error
	}
	return func(yield func(store.SealedDispatch, error) bool) {
		f.bound(people)
		ctx, cancel := context.WithCancel(ctx)
		ready := make(chan stretch, stretchesDue)
		var maker sync.WaitGroup
		defer maker.Wait()
		defer cancel()
		maker.Go(func() {
			defer close(ready)
			for some := range slices.Chunk(people, stretchSize) {
				list, err := f.stretch(some)
				select {
				case ready <- stretch{list, err}:
				case <-ctx.Done():
					return
				}
			}
		})
		for s := range ready {
			if s.err != nil {
				yield(store.SealedDispatch{}, s.err)
				return
			}
			for _, d := range s.list {
				if !yield(d, nil) {
					return
				}
			}
		}
		if err := ctx.Err(); err != nil {
			yield(store.SealedDispatch{}, err)
		}
	}
}

// stretch makes what all readers of some people get, freezes it in its order, and
// seals it.
func (f *freezing) stretch(some []store.Person) ([]store.SealedDispatch, error) {
	each := make([][]made, len(some))
	onAllCores(len(some), func(i int) { each[i] = f.person(some[i]) })
	list := slices.Concat(each...)
	dispatches := make([]store.Dispatch, len(list))
	for i, m := range list {
		var err error
		if dispatches[i], err = f.take(m); err != nil {
			return nil, err
		}
	}
	sealed := make([]store.SealedDispatch, len(list))
	onAllCores(len(list), func(i int) { sealed[i] = f.sealer.Seal(dispatches[i]) })
	return sealed, nil
}

// onAllCores calls f with every number below n, and waits for all.
func onAllCores(n int, f func(i int)) {
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wait.Wait()
}

// take freezes the next.
func (f *freezing) take(m made) (store.Dispatch, error) {
	if m.err != nil {
		return store.Dispatch{}, m.err
	}
	for _, l := range m.leaks {
		f.leaks[l.Rule]++
	}
	f.frozen.ByReason[m.reason]++
	n := m.notice.Notice()
	if n.Channel != breach.Nobody {
		if err := f.freezer.AddFinished(m.notice, m.left); err != nil {
			return store.Dispatch{}, err
		}
	}
	f.taken++
	d := store.Dispatch{Seq: f.taken, Ref: m.ref, State: m.state, Reason: m.reason, Notice: n}
	if n.Channel == breach.Mail || n.Channel == breach.Mailbox {
		d.Wave = f.wave(n.Hash)
		f.frozen.ByWave[d.Wave]++
	}
	return d, nil
}

// bound sets the shares of the waves: who is in the canary, chance decides.
func (f *freezing) bound(people []store.Person) {
	share := ^uint64(0) / uint64(max(len(people), 1))
	bound := func(size int) uint64 {
		if size >= len(people) {
			return ^uint64(0)
		}
		return share * uint64(size)
	}
	f.waves = [2]uint64{bound(canarySize), bound(canarySize + secondSize)}
}

func (f *freezing) wave(hash [32]byte) int64 {
	var mixed [8]byte
	for i, b := range hash {
		mixed[i%8] ^= b ^ f.seed[i]
	}
	rank := binary.BigEndian.Uint64(mixed[:])
	switch {
	case rank <= f.waves[0]:
		return canaryWave
	case rank <= f.waves[1]:
		return secondWave
	}
	return lastWave
}
