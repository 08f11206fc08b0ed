package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/casework"
)

// streams counts who watches: each holds a connection.
type streams struct {
	mu   sync.Mutex
	open map[auth.SessionID]int
	all  int
}

// How many streams there are at once: of a sign-in, which has a few windows, and
// of the server.
const (
	mostStreams = 200
	mostWindows = 6
)

func (s *streams) enter(id auth.SessionID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all >= mostStreams || s.open[id] >= mostWindows {
		return false
	}
	s.all++
	s.open[id]++
	return true
}

func (s *streams) leave(id auth.SessionID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all--
	if s.open[id]--; s.open[id] == 0 {
		delete(s.open, id)
	}
}

// stream is a row of events (server-sent events, of the HTML standard) to one
// browser, which a script of ours reads.
type stream struct {
	out     http.ResponseWriter
	control *http.ResponseController
}

// betweenEvents is how often a browser is told at most.
const betweenEvents = 500 * time.Millisecond

// underWay is something that the server does, and that may be watched.
type underWay interface {
	Watch() (bell <-chan struct{}, end func())
	Done() <-chan struct{}
}

// watchScan tells how far a scan is as long as it lasts, the sign-in is open, and
// its user works on the case.
func watchScan(v *visit) error {
	var j *casework.ScanJob
	if v.Scans != nil {
		j = v.Scans.Job(v.session.Tenant, v.caseID())
	}
	if j == nil {
		return v.watched(auth.ReadAccount, nil, nil)
	}
	return v.watched(auth.ReadAccount, j, func() any { return v.progress(j.State()) })
}

// watched tells what is said of something under way, to whoever may do an action;
// of nothing, that it has ended.
func (v *visit) watched(a auth.Action, j underWay, say func() any) error {
	if j != nil && !v.streams.enter(v.session.ID) {
		v.status = http.StatusServiceUnavailable
		v.out.Header().Set("Retry-After", "60")
		return nil
	}
	v.release() // it may last for hours
	v.streamed = true
	v.out.Header().Set("Content-Type", "text/event-stream")
	v.out.Header().Set("X-Accel-Buffering", "no") // of a proxy
	s := &stream{v.out, http.NewResponseController(v.out)}
	if j == nil {
		return s.send("end", nil)
	}
	defer v.streams.leave(v.session.ID)
	return v.watch(s, a, j, say)
}

func (v *visit) watch(s *stream, a auth.Action, j underWay, say func() any) error {
	bell, end := j.Watch()
	defer end()
	turn, beat := time.NewTicker(betweenEvents), time.NewTicker(v.Beat)
	defer turn.Stop()
	defer beat.Stop()
	err := s.send("", say())
	for err == nil {
		select {
		case <-v.Context().Done(): // nobody is there any more
			return nil
		case <-v.Ending: // the browser asks again when the server is back
			return nil
		case <-j.Done():
			return s.send("end", nil)
		case <-beat.C:
			if !v.stillMay(a) {
				return s.send("end", nil)
			}
			err = s.send("", say()) // also where nothing changed: else a proxy hangs up
		case <-turn.C:
			select {
			case <-bell:
				err = s.send("", say())
			default:
			}
		}
	}
	return nil // whoever read it has gone
}

// stillMay reports whether the sign-in is open, and its user works on the case in
// a role that may do something. To ask is no request of theirs: it keeps no
// sign-in open.
func (v *visit) stillMay(a auth.Action) bool {
	now, open, err := v.Control.Look(v.Context(), v.session.ID, v.Now())
	if err != nil || !open || !slices.Contains(now.Cases, v.caseID()) {
		return false
	}
	v.session.Roles = now.Roles
	return v.may(a)
}

// send sends one event; the usual one has no name.
func (s *stream) send(name string, data any) error {
	raw, err := json.Marshal(data)
	if err != nil {
		return err
	}
	if name != "" {
		name = "event: " + name + "\n"
	}
	_, err = fmt.Fprintf(s.out, "%sdata: %s\n\n", name, raw)
	return errors.Join(err, s.control.Flush())
}
