package casework_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/journal"
)

// ledger is a journal in memory.
type ledger struct {
	mu   sync.Mutex
	list []journal.Entry
}

// add adds records of an act each.
func (l *ledger) add(t *testing.T, acts ...string) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, act := range acts {
		r := journal.Record{Seq: int64(len(l.list)), At: time.Date(2026, 3, 2, 8, 0, len(l.list), 5000, time.UTC), Tenant: "town", Who: "u1", Act: act, Verdict: journal.Done}
		if act == "refused" {
			r.Verdict = journal.Refused
		}
		line, err := r.Line()
		if err != nil {
			t.Fatal(err)
		}
		l.list = append(l.list, journal.Entry{Record: r, Line: line})
	}
}

func (l *ledger) records(_ context.Context, from, most int64) ([]journal.Entry, int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := int64(len(l.list))
	return l.list[min(from, all):min(from+most, all)], all, nil
}

// acts is what a target was told, in its order.
func acts(t *testing.T, lines []byte) string {
	t.Helper()
	var list []string
	for e, err := range journal.Lines(bytes.NewReader(lines)) {
		r, wrong := journal.ParseLine(e.Line)
		if err != nil || wrong != nil {
			t.Fatalf("%q: %v %v", e.Line, err, wrong)
		}
		list = append(list, r.Act)
	}
	return strings.Join(list, " ")
}

// forwarding is a target that may be down, and what it got.
type forwarding struct {
	*casework.Forward
	mu   sync.Mutex
	got  bytes.Buffer
	down error
	told []string
}

func newForwarding(l *ledger, position string) *forwarding {
	f := new(forwarding)
	put := func(_ context.Context, lines []byte) error {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.down == nil {
			f.got.Write(lines)
		}
		return f.down
	}
	tell := func(err error) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.told = append(f.told, fmt.Sprint(err))
	}
	f.Forward = &casework.Forward{Records: l.records, To: casework.Target{Name: "log", Put: put}, Position: position, Every: time.Second, Tell: tell}
	return f
}

// is puts the target down, or up again with nil.
func (f *forwarding) is(down error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down = down
}

// so is what arrived, and what was told.
func (f *forwarding) so(t *testing.T) (string, []string) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	return acts(t, f.got.Bytes()), slices.Clone(f.told)
}

// once hands on what there is, as a server does that starts and stops.
func (f *forwarding) once(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	f.Run(ctx)
}

func TestRecordsGoOnWhereTheyStopped(t *testing.T) {
	l, position := new(ledger), filepath.Join(t.TempDir(), "position")
	l.add(t, "open", "scan")
	first := newForwarding(l, position)
	first.once(t)
	l.add(t, "reveal", "refused")
	again := newForwarding(l, position)
	again.once(t)
	if a, b := acts(t, first.got.Bytes()), acts(t, again.got.Bytes()); a != "open scan" || b != "reveal refused" {
		t.Errorf("before the server started anew %q arrived, after it %q", a, b)
	}
	if err := os.WriteFile(position, []byte("2 torn"), 0o600); err != nil {
		t.Fatal(err)
	}
	torn := newForwarding(l, position)
	torn.once(t)
	if got := acts(t, torn.got.Bytes()); got != "open scan reveal refused" || torn.Waiting() != 0 {
		t.Errorf("when nobody knew how far it had come, %q arrived, %d wait", got, torn.Waiting())
	}
}

func TestATargetThatIsDownIsToldOnceAndCaughtUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := new(ledger)
		l.add(t, "open")
		f := newForwarding(l, filepath.Join(t.TempDir(), "position"))
		ctx, stop := context.WithCancel(t.Context())
		var done sync.WaitGroup
		done.Go(func() { f.Run(ctx) })
		synctest.Wait()
		f.is(errors.New("down"))
		l.add(t, "scan", "reveal")
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if _, told := f.so(t); f.Waiting() != 2 || len(told) != 1 || told[0] != "down" {
			t.Errorf("while it is down %d wait and %v was told; want 2, and once", f.Waiting(), told)
		}
		f.is(nil)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got, told := f.so(t); got != "open scan reveal" || f.Waiting() != 0 || len(told) != 2 || told[1] != "<nil>" {
			t.Errorf("when it works again %q has arrived, %d wait, told %v", got, f.Waiting(), told)
		}
		l.add(t, "close")
		stop()
		done.Wait()
		if got, _ := f.so(t); !strings.HasSuffix(got, "close") {
			t.Errorf("at the end %q has arrived: the last act is not there", got)
		}
	})
}

func TestAJournalThatWasPutBackIsToldAndGoesOutWhole(t *testing.T) {
	for name, acts2 := range map[string][]string{"shorter": {"open"}, "as long, but another": {"open", "close", "destroy"}} {
		t.Run(name, func(t *testing.T) {
			l, position := new(ledger), filepath.Join(t.TempDir(), "position")
			l.add(t, "open", "scan", "reveal")
			newForwarding(l, position).once(t)
			l.list = nil
			l.add(t, acts2...)
			f := newForwarding(l, position)
			f.once(t)
			if got := acts(t, f.got.Bytes()); got != strings.Join(acts2, " ") || len(f.told) != 2 || f.told[0] != casework.ErrPutBack.Error() {
				t.Errorf("%q arrived and %q was told", got, f.told)
			}
		})
	}
}

// collector is a syslog server that takes messages one after the other, and ends
// a connection when the other side does.
type collector struct {
	net.Listener
	read chan []string // of one connection
}

func collect(t *testing.T, l net.Listener) *collector {
	t.Helper()
	c := &collector{l, make(chan []string, 10)}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			from, list := bufio.NewReader(conn), []string{}
			for {
				length, err := from.ReadString(' ')
				n, _ := strconv.Atoi(strings.TrimSpace(length))
				message := make([]byte, n)
				if err != nil || n == 0 {
					break
				}
				if _, err := io.ReadFull(from, message); err != nil {
					break
				}
				list = append(list, string(message))
			}
			_ = conn.Close()
			c.read <- list
		}
	}()
	return c
}

// ownTLS is a certificate for this machine, and who signed it.
func ownTLS(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	raw, err := x509.CreateCertificate(rand.Reader, c, c, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(signed)
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: private}, roots
}

func TestSyslogServersGetEachRecordAsAMessage(t *testing.T) {
	cert, roots := ownTLS(t)
	l := new(ledger)
	l.add(t, "open", "refused")
	lines := append(append(append([]byte{}, l.list[0].Line...), '\n'), append(l.list[1].Line, '\n')...)
	for name, c := range map[string]struct {
		scheme string
		tls    *tls.Config
	}{"in the open": {"syslog+tcp://", nil}, "over TLS": {"syslog+tls://", &tls.Config{Certificates: []tls.Certificate{cert}}}} {
		t.Run(name, func(t *testing.T) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			if c.tls != nil {
				listener = tls.NewListener(listener, c.tls)
			}
			server := collect(t, listener)
			to, err := casework.Outlets{Roots: roots}.Parse(c.scheme + listener.Addr().String())
			if err == nil {
				err = to.Put(t.Context(), lines)
			}
			if err != nil {
				t.Fatal(err)
			}
			got := <-server.read
			if len(got) != 2 || !strings.HasPrefix(got[0], "<109>1 2026-03-02T08:00:00.000005Z ") || !strings.HasPrefix(got[1], "<108>1 2026-03-02T08:00:01.000005Z ") ||
				!strings.HasSuffix(got[1], " klarlagt - record - "+string(l.list[1].Line)) {
				t.Errorf("the server got %q", got)
			}
			if c.tls != nil {
				if other, err := (casework.Outlets{}).Parse(c.scheme + listener.Addr().String()); err != nil || other.Put(t.Context(), lines) == nil {
					t.Error("a server whose certificate nobody trusts was sent records")
				}
				<-server.read
			}
			if err := listener.Close(); err != nil {
				t.Fatal(err)
			}
			if err := to.Put(t.Context(), lines); err == nil {
				t.Error("a server that is gone was sent records")
			}
		})
	}
}

// TestASyslogServerThatDiesAmidMessagesGetsThemAgain hangs up before everything
// was read: the piece counts as not sent.
func TestASyslogServerThatDiesAmidMessagesGetsThemAgain(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	l := new(ledger)
	l.add(t, "open")
	to, err := casework.Outlets{}.Parse("syslog+tcp://" + listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		conn, err := listener.Accept()
		if err == nil {
			_, _ = io.ReadFull(conn, make([]byte, 10))
			_ = conn.(*net.TCPConn).SetLinger(0) // as a machine that lost its power
			_ = conn.Close()
		}
	}()
	if err := to.Put(t.Context(), append(l.list[0].Line, '\n')); err == nil {
		t.Error("what was not read counts as sent")
	}
}

func TestRecordsGoToFilesAndWebAddresses(t *testing.T) {
	l := new(ledger)
	l.add(t, "open", "scan")
	line := func(i int) []byte { return append(append([]byte{}, l.list[i].Line...), '\n') }
	file := filepath.Join(t.TempDir(), "town.jsonl")
	if err := os.WriteFile(file, l.list[0].Line[:20], 0o600); err != nil { // the machine died here
		t.Fatal(err)
	}
	var posted []byte
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Content-Type") != "application/x-ndjson" {
			w.WriteHeader(http.StatusUnsupportedMediaType)
			return
		}
		body, _ := io.ReadAll(r.Body)
		posted = append(posted, body...)
	}))
	defer web.Close()
	for _, text := range []string{file, web.URL} {
		to, err := casework.Outlets{Private: true}.Parse(text)
		for i := range l.list {
			if err == nil {
				err = to.Put(t.Context(), line(i))
			}
		}
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	raw, err := os.ReadFile(file)
	if want := string(l.list[0].Line[:20]) + "\n" + string(line(0)) + string(line(1)); err != nil || string(raw) != want {
		t.Errorf("the file holds %q, want %q (%v)", raw, want, err)
	}
	if got := acts(t, posted); got != "open scan" {
		t.Errorf("the web address got %q", got)
	}
}

func TestTargetsOfRecordsThatAreNone(t *testing.T) {
	for name, text := range map[string]string{"nothing": "", "syslog that loses without a word": "syslog://log.example.com:514", "without a port": "syslog+tls://log.example.com",
		"without a host": "syslog+tcp://:514", "a web address in the open": "http://log.example.com", "with a password": "https://u:p@log.example.com", "of another kind": "kafka://x:1"} {
		if to, err := (casework.Outlets{}).Parse(text); err == nil {
			t.Errorf("%s: %q is a target, %s", name, text, to.Name)
		}
	}
}
