package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestMetricsTellHowManyRecordsWait(t *testing.T) {
	h := newHouse(t)
	waiting := int64(2)
	h.server.Waiting(func() map[string]int64 { return map[string]int64{"syslog+tls://log.example.com:6514": waiting} })
	for _, want := range []string{"2", "0"} {
		answer := httptest.NewRecorder()
		h.server.Metrics().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		if line := `klarlagt_journal_waiting{target="syslog+tls://log.example.com:6514"} ` + want + "\n"; !strings.Contains(answer.Body.String(), line) {
			t.Errorf("the metrics do not say %q", line)
		}
		waiting = 0
	}
}
