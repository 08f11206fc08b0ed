package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics counts what the server does. Its labels are rows of our own table:
// none names a tenant, a case or a person.
type metrics struct {
	all      *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	failed   prometheus.Counter
}

func newMetrics() *metrics {
	m := &metrics{
		all:      prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "klarlagt_requests_total", Help: "Requests answered, by route and class of status."}, []string{"route", "status"}),
		seconds:  prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "klarlagt_request_seconds", Help: "Time to answer, by route.", Buckets: []float64{.005, .025, .1, .5, 2, 10}}, []string{"route"}),
		failed:   prometheus.NewCounter(prometheus.CounterOpts{Name: "klarlagt_sign_ins_failed_total", Help: "Sign-ins and set-ups that failed."}),
	}
	m.all.MustRegister(m.requests, m.seconds, m.failed, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// request counts an answer. A path that is none of ours has no pattern.
func (m *metrics) request(pattern string, status int, took time.Duration) {
	if pattern == "" {
		pattern = "none"
	}
	m.requests.WithLabelValues(pattern, strconv.Itoa(status/100)+"xx").Inc()
	m.seconds.WithLabelValues(pattern).Observe(took.Seconds())
}

func (m *metrics) failedSignIn() { m.failed.Inc() }

func (m *metrics) handler() http.Handler { return promhttp.HandlerFor(m.all, promhttp.HandlerOpts{}) }

// unlockedNow is the number of sign-ins that hold the keys of a case in secret mode
// in memory.
func unlockedNow(l *lockers) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "klarlagt_unlocked", Help: "Sign-ins that have cases in secret mode unlocked."}, func() float64 { return float64(l.count()) })
}

// recordsWaiting is the one number that is asked for when somebody looks.
var recordsWaiting = prometheus.NewDesc("klarlagt_journal_waiting", "Records of the journal that have not arrived where they are forwarded to, by target.", []string{"target"}, nil)

// waiting asks how many records wait, by target.
type waiting func() map[string]int64

// Describe names the number.
func (waiting) Describe(to chan<- *prometheus.Desc) { to <- recordsWaiting }

// Collect asks for it.
func (w waiting) Collect(to chan<- prometheus.Metric) {
	for target, n := range w() {
		to <- prometheus.MustNewConstMetric(recordsWaiting, prometheus.GaugeValue, float64(n), target)
	}
}

// Waiting has the metrics tell what f says: how many records of the journal have
// not arrived yet, by where they are forwarded to. It is called once.
func (s *Server) Waiting(f func() map[string]int64) { s.metrics.all.MustRegister(waiting(f)) }
