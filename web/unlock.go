package web

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/seal"
	"github.com/klarlagt/klarlagt/store"
)

// lockers hold what members of cases in secret mode have unlocked, each for one
// sign-in, in memory alone: see docs/decisions on secret mode over the server.
type lockers struct {
	after func(time.Duration, func()) Timer
	mu    sync.Mutex
	held  map[auth.SessionID]*locker
}

// Timer is what a [time.Timer] is of which nobody reads the channel.
type Timer interface {
	Stop() bool
	Reset(time.Duration) bool
}

// locker is one sign-in's. Requests hold it for reading, and whoever destroys the
// keys waits for the last of them.
type locker struct {
	use   sync.RWMutex
	store *store.Store // nil once it is destroyed
	timer Timer
}

// put keeps what somebody has unlocked until they lock it, sign out, or make no
// request for as long as a sign-in lasts without one.
func (l *lockers) put(id auth.SessionID, s *store.Store) {
	l.end(id)
	k := &locker{store: s}
	l.mu.Lock()
	defer l.mu.Unlock()
	k.timer = l.after(auth.IdleFor, func() { l.end(id) })
	l.held[id] = k
}

// open gives what a sign-in has unlocked, or else the store itself, and what is to
// be called after the last use of it.
func (l *lockers) open(id auth.SessionID, s *store.Store) (_ *store.Store, unlocked bool, done func()) {
	l.mu.Lock()
	k := l.held[id]
	if k != nil {
		k.timer.Reset(auth.IdleFor)
	}
	l.mu.Unlock()
	if k == nil {
		return s, false, func() {}
	}
	k.use.RLock()
	if k.store == nil { // it ended meanwhile
		k.use.RUnlock()
		return s, false, func() {}
	}
	return k.store, true, sync.OnceFunc(k.use.RUnlock)
}

// count is how many sign-ins have something unlocked.
func (l *lockers) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.held)
}

// end destroys what a sign-in has unlocked.
func (l *lockers) end(id auth.SessionID) {
	l.mu.Lock()
	k := l.held[id]
	delete(l.held, id)
	l.mu.Unlock()
	if k == nil {
		return
	}
	k.timer.Stop()
	k.use.Lock()
	defer k.use.Unlock()
	if k.store != nil {
		k.store.Forget()
		k.store = nil
	}
}

// unlockPage asks for a member's key, or the two halves of the recovery key.
type unlockPage struct {
	Next string
	Open bool // something is unlocked
}

func showUnlock(v *visit) error { return v.unlockForm(nil) }

func (v *visit) unlockForm(wrong error) error {
	return v.form("unlock", unlockPage{local(v.FormValue("next")), v.unlocked}, wrong)
}

// unlock opens cases in secret mode for this sign-in. The key is in the request
// and in memory: neither file nor log nor database has it.
func unlock(v *visit) error {
	private, err := v.memberKey()
	if err == nil {
		var s *store.Store
		if s, err = v.tenant.Unlocked(v.Context(), v.grant, private); err == nil {
			v.release()
			v.lockers.put(v.session.ID, s)
			return v.redirect(local(v.FormValue("next")))
		}
		private.Destroy()
	}
	return v.unlockForm(err)
}

// memberKey reads the key that was sent: one at a time, for a passphrase costs
// 256 MiB.
func (v *visit) memberKey() (seal.Key, error) {
	leave, err := v.enterHashing(v.Context())
	if err != nil {
		return seal.Key{}, err
	}
	defer leave()
	none := &breach.Refusal{Key: "refusal.member-key"}
	if first, second := v.PostFormValue("first"), v.PostFormValue("second"); first != "" || second != "" {
		private, err := seal.Join(breach.Hide(first), breach.Hide(second))
		if err != nil {
			return seal.Key{}, &breach.Refusal{Key: "refusal.recovery-halves", Args: map[string]any{"Why": err.Error()}, Err: err}
		}
		return private, nil
	}
	file, _, err := v.FormFile("key")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return seal.Key{}, none
	}
	if err != nil {
		return seal.Key{}, err
	}
	defer file.Close()
	var raw bytes.Buffer
	if _, err := io.Copy(&raw, file); err != nil {
		return seal.Key{}, err
	}
	defer clear(raw.Bytes())
	passphrase := []byte(v.PostFormValue("passphrase"))
	defer clear(passphrase)
	private, err := seal.OpenMember(raw.Bytes(), passphrase)
	if err != nil {
		none.Err = err
		return seal.Key{}, none
	}
	return private, nil
}

// lock destroys what this sign-in has unlocked.
func lock(v *visit) error {
	v.release()
	v.lockers.end(v.session.ID)
	return v.redirect("/unlock")
}
