package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"io"
	"net/http"
	"strconv"

	"github.com/klarlagt/klarlagt/breach"
)

// The key by which a program asks again: the header of
// draft-ietf-httpapi-idempotency-key-header, and its longest value in bytes.
const (
	idempotencyHeader = "Idempotency-Key"
	mostKey           = 200
)

// given is the answer to an act as it is kept. It has ids and versions alone.
type given struct {
	Status int
	Type   string
	Body   []byte
}

// once lets an act be done one time for a key, and answers the same act again
// with what was answered then. Where the act was refused nothing was done, and
// the key can be used again. Of what is large, the length alone tells one request
// from another.
func (v *visit) once(large bool, do func(http.ResponseWriter)) {
	key := v.Header.Get(idempotencyHeader)
	if v.Method != http.MethodPost || key == "" {
		do(v.out)
		return
	}
	request, err := v.fingerprint(large)
	var before []byte
	if err == nil && len(key) > mostKey {
		err = &breach.Refusal{Key: "refusal.api-key"}
	}
	if err == nil {
		before, err = v.Control.BeginAPIAct(v.Context(), v.session, key, request, v.now.Wall)
	}
	if err != nil {
		v.writeProblem(err)
		return
	}
	if before != nil {
		v.answerAgain(before)
		return
	}
	kept := &recorder{ResponseWriter: v.out, status: http.StatusOK}
	do(kept)
	var answer []byte
	if kept.status < http.StatusBadRequest {
		answer, err = json.Marshal(given{kept.status, v.out.Header().Get("Content-Type"), kept.body.Bytes()})
	}
	if err == nil {
		err = v.Control.EndAPIAct(v.Context(), v.session, key, answer)
	}
	if err != nil {
		// It was done and answered; asked again, nobody will know.
		v.Log.Error("answer not kept", "request", v.id(), "route", v.Pattern, "error", err.Error())
	}
	kept.send()
}

func (v *visit) answerAgain(raw []byte) {
	var g given
	if err := json.Unmarshal(raw, &g); err != nil {
		v.writeProblem(err)
		return
	}
	v.out.Header().Set("Content-Type", g.Type)
	v.out.Header().Set("Idempotency-Replayed", "true")
	v.out.WriteHeader(g.Status)
	_, _ = v.out.Write(g.Body) // the client has gone
}

// fingerprint tells one request from another: the SHA-256 of its method, its
// path and its body, which can be read again after it; of a large one, its length.
func (v *visit) fingerprint(large bool) (sum [32]byte, err error) {
	body := strconv.AppendInt(nil, v.ContentLength, 10)
	if !large {
		if body, err = io.ReadAll(v.Body); err != nil { // guard bounds it
			return sum, err
		}
		v.Body = io.NopCloser(bytes.NewReader(body))
	}
	h := sha256.New()
	for _, part := range []string{v.Method, v.URL.RequestURI(), string(body)} {
		n := sha256.Sum256([]byte(part))
		h.Write(n[:])
	}
	return [32]byte(h.Sum(nil)), nil
}

// recorder keeps an answer until it is known to be kept.
type recorder struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

// WriteHeader notes the status.
func (r *recorder) WriteHeader(status int) { r.status = status }

// Write keeps a part of the body.
func (r *recorder) Write(p []byte) (int, error) { return r.body.Write(p) }

// send gives the answer out.
func (r *recorder) send() {
	r.ResponseWriter.WriteHeader(r.status)
	_, _ = r.body.WriteTo(r.ResponseWriter) // the client has gone
}
