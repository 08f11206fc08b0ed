package casework_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/journal"
)

// growing is a journal that has so many records when it is asked.
type growing struct {
	signer journal.Signer
	key    string
	sizes  []int64
	asked  int
}

func (g *growing) Checkpoint(_ context.Context, now auth.Instant) ([]byte, string, error) {
	size := g.sizes[min(g.asked, len(g.sizes)-1)]
	g.asked++
	signed, err := journal.Sign(journal.Checkpoint{Tenant: "town", Size: size, At: now.Wall}, g.signer)
	return signed, g.key, err
}

func TestCheckpointsGoOutEachMinuteWhileTheJournalGrows(t *testing.T) {
	private, key, err := journal.NewSigner(journal.Origin("town"))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := journal.LoadSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		g := &growing{signer: signer, key: key, sizes: []int64{1, 1, 2, 2, 3, 4}}
		var got []int64
		down, told := 1, 0
		target := casework.Target{Name: "a target", Put: func(_ context.Context, signed []byte) error {
			if c, _, err := journal.Open(signed, key); err != nil {
				t.Error(err)
			} else if c.Size == 2 && down > 0 {
				down--
				return errors.New("down")
			} else {
				got = append(got, c.Size)
			}
			return nil
		}}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			casework.Checkpoints(ctx, g, time.Minute, func() auth.Instant { return auth.Instant{Wall: time.Now()} }, []casework.Target{target},
				func(string, error) { told++ })
		}()
		time.Sleep(4*time.Minute + time.Second)
		stop()
		<-done
		if !slices.Equal(got, []int64{1, 2, 3, 4}) || told != 1 || g.asked != 6 {
			t.Errorf("the target got %v, %d troubles were told, %d checkpoints were made; want 1 2 3, at the end 4, one and six", got, told, g.asked)
		}
	})
}

func TestATargetThatIsToHaveOneSeldomHasOneSeldom(t *testing.T) {
	private, key, err := journal.NewSigner(journal.Origin("town"))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := journal.LoadSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		g := &growing{signer: signer, key: key}
		for size := range int64(200) {
			g.sizes = append(g.sizes, size+1)
		}
		var got []time.Duration
		began := time.Now()
		target := casework.Target{Name: "a mailbox", Every: time.Hour, Put: func(context.Context, []byte) error {
			got = append(got, time.Since(began))
			return nil
		}}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			casework.Checkpoints(ctx, g, time.Minute, func() auth.Instant { return auth.Instant{Wall: time.Now()} }, []casework.Target{target}, nil)
		}()
		time.Sleep(2*time.Hour + 30*time.Minute)
		stop()
		<-done
		if !slices.Equal(got, []time.Duration{0, time.Hour, 2 * time.Hour}) {
			t.Errorf("it had one after %v, want at once and each hour", got)
		}
	})
}

func TestTargetsOfCheckpoints(t *testing.T) {
	var posted []string
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "/", http.StatusTemporaryRedirect)
			return
		}
		body, _ := io.ReadAll(r.Body)
		posted = append(posted, string(body))
	}))
	defer hook.Close()
	syslog, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer syslog.Close()
	put := func(text string, private bool) error {
		target, err := casework.ParseTarget(text, private)
		if err != nil {
			return err
		}
		return target.Put(t.Context(), []byte("one\ntwo\n"))
	}
	path := filepath.Join(t.TempDir(), "checkpoints")
	for range 2 {
		if err := put(path, false); err != nil {
			t.Fatal(err)
		}
	}
	if text, _ := os.ReadFile(path); string(text) != "one\ntwo\none\ntwo\n" {
		t.Errorf("the file holds %q", text)
	}
	if err := put("syslog://"+syslog.LocalAddr().String(), false); err != nil {
		t.Fatal(err)
	}
	message := make([]byte, 1000)
	n, _, err := syslog.ReadFrom(message)
	if err != nil || !strings.HasPrefix(string(message[:n]), "<109>1 ") || !strings.HasSuffix(string(message[:n]), "one|two") {
		t.Errorf("syslog got %q, error %v", message[:n], err)
	}
	if err := put(hook.URL, true); err != nil || len(posted) != 1 || posted[0] != "one\ntwo\n" {
		t.Errorf("the hook got %q, error %v", posted, err)
	}
	if err := put(hook.URL+"/moved", true); err == nil || len(posted) != 1 {
		t.Errorf("a redirect was followed, or no error: %v, %q", err, posted)
	}
	secure := strings.Replace(hook.URL, "http:", "https:", 1)
	for _, bad := range []string{"", "ftp://example.com", "http://example.com/", hook.URL, secure, "https://u:p@example.com/", "https://[::1]:9/x", "https://169.254.169.254/"} {
		if err := put(bad, false); err == nil || len(posted) != 1 {
			t.Errorf("%q: error %v, want one", bad, err)
		}
	}
}
