package web_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestPagesAreCompressedWhereNoOtherSiteAsks(t *testing.T) {
	h := newHouse(t)
	p := h.administrator("town", "kalle")
	for name, c := range map[string]struct {
		path, from, takes string
		small             bool
	}{
		"our own page asks":                     {"/users", "same-origin", "gzip, br", true},
		"the visitor asks":                      {"/users", "none", "gzip", true},
		"another site's link":                   {"/users", "cross-site", "gzip", false},
		"a client that does not say who asks":   {"/users", "", "gzip", false},
		"a client that takes none":              {"/users", "same-origin", "", false},
		"a client that refuses it":              {"/users", "same-origin", "gzip;q=0, br", false},
		"a client that takes others rather":     {"/users", "same-origin", "br, gzip;q=0.5", true},
		"a style, whoever asks":                 {"/static/klarlagt.css", "cross-site", "gzip", true},
		"a style for a client that takes none":  {"/static/klarlagt.css", "same-origin", "identity", false},
		"a font, which is compressed in itself": {"/static/inter-latin.woff2", "same-origin", "gzip", false},
	} {
		t.Run(name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.site.URL+c.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Sec-Fetch-Site", c.from)
			req.Header.Set("Accept-Encoding", c.takes) // set by us, the client leaves the answer as it comes
			answer, err := p.client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			body := io.Reader(answer.Body)
			if small := answer.Header.Get("Content-Encoding") == "gzip"; small != c.small {
				t.Fatalf("compressed %v, want %v", small, c.small)
			}
			if c.small {
				if body, err = gzip.NewReader(body); err != nil {
					t.Fatal(err)
				}
			}
			raw, err := io.ReadAll(body)
			if err != nil || answer.StatusCode != http.StatusOK || len(raw) < 1000 || strings.HasSuffix(c.path, "users") && !strings.Contains(string(raw), "</html>") {
				t.Errorf("%d, %d bytes, %v", answer.StatusCode, len(raw), err)
			}
			if !strings.Contains(answer.Header.Get("Vary"), "Accept-Encoding") {
				t.Errorf("a cache is not told: %q", answer.Header.Get("Vary"))
			}
		})
	}
}
