package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"runtime/debug"
	"time"
)

// policy is what a page may load: nothing but our own, and no script may make
// HTML. Data addresses are Designsystemet's icons.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// guard puts what holds for every answer around all of them: headers, no
// requests from other sites, bounds, a number for the log, and a recovery.
func (s *Server) guard(mux *http.ServeMux, allowed map[string]Allowance) http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(s.serve(Route{Pattern: "cross-origin", Who: Anybody, serve: crossOrigin}))
	next := cross.Handler(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		var raw [8]byte
		_, _ = rand.Read(raw[:]) // never fails: crypto/rand
		id := hex.EncodeToString(raw[:])
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-create=(self), publickey-credentials-get=(self)")
		h.Set("Cache-Control", "no-store")
		h.Set("X-Request-Id", id)
		if !s.Plain {
			h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
		}
		_, pattern := mux.Handler(r)
		b := allowed[pattern]
		ctx, cancel := context.WithTimeout(context.WithValue(r.Context(), requestKey{}, id), cmp.Or(b.Time, requestTime))
		defer cancel()
		r = r.WithContext(ctx)
		r.Body = http.MaxBytesReader(w, r.Body, cmp.Or(b.Body, mostBody))
		seen := &seen{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			p := recover()
			if p != nil && p != http.ErrAbortHandler {
				// What was being handled may be personal: the place alone is told.
				s.Log.Error("panic", "request", id, "stack", string(debug.Stack()))
				http.Error(seen, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
			}
			s.metrics.request(r.Pattern, seen.status, time.Since(began))
			s.Log.Info("request", "request", id, "method", method(r.Method), "route", r.Pattern, "status", seen.status, "ms", time.Since(began).Milliseconds())
			if p == http.ErrAbortHandler { // the browser is to see that the answer is not whole
				panic(p)
			}
		}()
		next.ServeHTTP(seen, r)
	})
}

// requestKey finds the number of a request in its context.
type requestKey struct{}

// method is one of those we know: what a client sends is not for the log.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost:
		return m
	}
	return "other"
}

// seen notes the status of an answer.
type seen struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes the status.
func (s *seen) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

// Unwrap lets an answer be flushed while it is written.
func (s *seen) Unwrap() http.ResponseWriter { return s.ResponseWriter }
