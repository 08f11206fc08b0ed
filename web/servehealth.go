package web

import (
	"fmt"
	"net/http"
	"time"
)

// born is before every clock that is set right: the year of this program.
var born = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// ready says whether the server can do its work: the database is open, brought
// up to date and can be written to, its key is open, and the clock is sane.
// Whoever asks need not be signed in, so it tells no more than that.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	err := s.Control.Ready(r.Context())
	if now := s.Now(); err == nil && now.Wall.Before(born) {
		err = fmt.Errorf("the clock stands at %s", now.Wall.Format(time.DateOnly))
	}
	if err != nil {
		s.Log.Error("not ready", "error", err.Error())
		http.Error(w, "not ready", http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte("ready\n"))
}
