package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// leastCompressed is from how many bytes on an answer is made smaller: below, it
// gains less than a packet of the network.
const leastCompressed = 1400

// mayCompress reports whether an answer to a request may be compressed. What the
// length of a compressed page tells, another site could make a browser ask for
// again and again (BREACH); so pages are compressed where our own page or the
// visitor asks, which browsers say.
func mayCompress(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return accepts(r, "gzip")
	}
	return false
}

// accepts reports whether a client takes an encoding: one that is named and not
// refused.
func accepts(r *http.Request, encoding string) bool {
	for part := range strings.SplitSeq(strings.Join(r.Header.Values("Accept-Encoding"), ","), ",") {
		name, rest, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), encoding) {
			q, weighed := strings.CutPrefix(strings.ReplaceAll(rest, " ", ""), "q=")
			weight, err := strconv.ParseFloat(q, 64)
			return !weighed || err == nil && weight > 0
		}
	}
	return false
}

// compressed is a text with gzip around it.
func compressed(raw []byte, level int) []byte {
	var small bytes.Buffer
	w, err := gzip.NewWriterLevel(&small, level)
	if err != nil {
		return raw
	}
	_, _ = w.Write(raw) // a Buffer takes everything
	_ = w.Close()
	return small.Bytes()
}

// zips are writers that are free: a new one takes longer to make, and to clear
// away, than it takes to write a page.
type zips struct{ free sync.Pool }

// write writes a text with gzip around it.
func (z *zips) write(to io.Writer, raw []byte) {
	w, _ := z.free.Get().(*gzip.Writer)
	if w == nil {
		w, _ = gzip.NewWriterLevel(nil, gzip.BestSpeed) // a level that there is
	}
	w.Reset(to)
	_, _ = w.Write(raw) // the client has gone
	_ = w.Close()
	w.Reset(nil)
	z.free.Put(w)
}

// writeOut writes an answer that is whole, as small as may be.
func (v *visit) writeOut() {
	h := v.out.Header()
	if strings.HasPrefix(h.Get("Content-Type"), "text/") || strings.Contains(h.Get("Content-Type"), "json") {
		h.Add("Vary", "Accept-Encoding, Sec-Fetch-Site")
		if v.body.Len() >= leastCompressed && mayCompress(v.Request) {
			h.Set("Content-Encoding", "gzip")
			v.out.WriteHeader(v.status)
			v.zips.write(v.out, v.body.Bytes())
			return
		}
	}
	v.out.WriteHeader(v.status)
	_, _ = v.body.WriteTo(v.out) // the client has gone
}
