package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/klarlagt/klarlagt/auth"
)

// born is before every clock that is set right: the year of this program.
var born = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

const (
	// leastFree is how much has to be free for the data: below it, a scan or a
	// migration would stop half-way.
	leastFree = 1 << 30

	// healthFor is how long an answer is good: whoever asks need not be signed
	// in, and is not to make the databases work.
	healthFor = 5 * time.Second
)

// health is what was last found out about the server.
type health struct {
	mu    sync.Mutex
	known bool
	at    auth.Instant
	wrong error
}

// ready says whether the server can do its work. It tells no more than that; why
// not is in the log.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	now := s.Now()
	s.health.mu.Lock()
	defer s.health.mu.Unlock()
	if last := s.health.at; !s.health.known || now.Wall.Sub(last.Wall).Abs() >= healthFor || now.Up-last.Up >= healthFor {
		s.health.known, s.health.at, s.health.wrong = true, now, s.unready(r.Context(), now)
		if s.health.wrong != nil {
			s.Log.Error("not ready", "error", s.health.wrong.Error())
		}
	}
	if s.health.wrong != nil {
		http.Error(w, "not ready", http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte("ready\n"))
}

// unready is why the server cannot do its work: the clock is wrong, the disk is
// full, or a database is not brought up to date, cannot be written to or does
// not open with the key.
func (s *Server) unready(ctx context.Context, now auth.Instant) error {
	if now.Wall.Before(born) {
		return fmt.Errorf("the clock stands at %s", now.Wall.Format(time.DateOnly))
	}
	if s.Free != nil {
		free, err := s.Free()
		if err != nil {
			return fmt.Errorf("free space: %w", err)
		}
		if free < leastFree {
			return fmt.Errorf("%d MiB are free for the data, and %d are needed", free>>20, leastFree>>20)
		}
	}
	if err := s.Control.Ready(ctx); err != nil {
		return err
	}
	tenants, err := s.Control.Tenants(ctx)
	for _, id := range tenants {
		tenant, wrong := s.Tenant(ctx, id)
		if wrong == nil {
			wrong = tenant.Ready(ctx, now)
		}
		err = errors.Join(err, wrong)
	}
	return err
}
