package web_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/seal"
	"github.com/klarlagt/klarlagt/store"
	"github.com/klarlagt/klarlagt/web"
)

// The bounds of the pages of a large case.
const (
	mostTime   = 100 * time.Millisecond // of one page, asked alone
	mostWeight = 120_000                // bytes, compressed: a page with the files that it loads
	mostWait   = 300 * time.Millisecond // p99 of 200 users
)

// TestPagesOfALargeCase asks the server of scripts/bench-web.sh for every page
// that links lead to, one by one, and then as many users at once. It prints a
// table, and fails where a bound is missed.
func TestPagesOfALargeCase(t *testing.T) {
	dir := os.Getenv("KLARLAGT_BENCH_DATA")
	if dir == "" {
		t.Skip("the case is made by scripts/bench-web.sh")
	}
	users := campaignSize("KLARLAGT_BENCH_USERS", 200)
	f := &fleet{t: t, address: freePort(t)}
	f.hire(dir, users)
	f.start(dir)
	f.propose()
	found := f.crawl()
	t.Logf("%-44s %8s %8s %9s %9s %9s", "page", "ms", "slowest", "cpu ms", "kB", "with files")
	var paths []string
	for _, r := range web.Routes() {
		if r.Method != http.MethodGet || r.Page == "" || r.Who == web.Anybody {
			continue
		}
		if len(found[r.Pattern]) == 0 && !slices.Contains(elsewhere(), r.Pattern) {
			t.Errorf("%s: no link leads there", r.Pattern)
		}
		for _, path := range found[r.Pattern] {
			f.weigh(r.Pattern, path)
			paths = append(paths, path)
		}
	}
	f.together(paths, 2*time.Second, 5*time.Second, time.Duration(campaignSize("KLARLAGT_BENCH_SECONDS", 60))*time.Second)
	f.together(paths, 0, 0, time.Duration(campaignSize("KLARLAGT_BENCH_SECONDS", 60))*time.Second/3)
}

// elsewhere lists the pages that this case does not lead to: codes that are shown
// once, an access in an emergency that nobody has had, and a register whose columns
// nobody has confirmed.
func elsewhere() []string {
	return []string{"/recovery", "/cases/{case}/glass/{id}/by/{user}", "/cases/{case}/registers/{id}"}
}

func campaignSize(name string, otherwise int) int {
	n := otherwise
	_, _ = fmt.Sscan(os.Getenv(name), &n)
	return n
}

// fleet is a server of its own with many who are signed in.
type fleet struct {
	t        *testing.T
	address  string
	at       store.CaseID
	users    []*http.Client
	proposed string // a path
	server   int    // its process
}

func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// hire makes users who work on the one case with every role, and signs them in.
func (f *fleet) hire(dir string, many int) {
	f.t.Helper()
	master, err := seal.OpenMasterFile(os.Getenv("KLARLAGT_BENCH_KEY"))
	if err != nil {
		f.t.Fatal(err)
	}
	ctx, now := f.t.Context(), auth.NewClock().Now()
	control, err := store.OpenControl(ctx, store.ControlConfig{Dir: dir, Master: master})
	if err != nil {
		f.t.Fatal(err)
	}
	defer control.Close()
	s, err := store.Open(ctx, store.Config{Dir: dir, Key: master, KeyFrom: "the bench"})
	if err != nil {
		f.t.Fatal(err)
	}
	defer s.Close()
	if err := administer(ctx, control, now); err != nil {
		f.t.Fatal(err)
	}
	grant := func(a auth.Action, of auth.UserID) auth.Grant {
		ask := auth.Ask{Action: a, Subject: of, Object: string(of), Now: now}
		if a == auth.ManageMembers {
			ask.Case = f.at
		}
		g, err := s.Grant(ctx, auth.Console("bench", store.Local, now), ask)
		if err != nil {
			f.t.Fatal(err)
		}
		return g
	}
	cases, err := s.Cases(ctx, grant(auth.ListCases, ""))
	if err != nil || len(cases) != 1 {
		f.t.Fatalf("%d cases, error %v", len(cases), err)
	}
	f.at = cases[0].ID
	officers, err := control.Users(ctx, grant(auth.ManageUsers, ""))
	if err != nil {
		f.t.Fatal(err)
	}
	officers = slices.DeleteFunc(officers, func(u store.User) bool { return len(u.Cases) == 0 })
	for i := range many {
		if len(officers) == i { // an earlier run on the same case has left none
			u, err := f.officer(ctx, control, grant, i, now)
			if err != nil {
				f.t.Fatal(err)
			}
			officers = append(officers, u)
		}
		session, token := auth.Begin(officers[i].User, store.Local, nil, nil, "loopback", now)
		if err := control.BeginSession(ctx, session); err != nil {
			f.t.Fatal(err)
		}
		f.users = append(f.users, f.client(token))
	}
}

// officer makes a user who works on the case with every role.
func (f *fleet) officer(ctx context.Context, control *store.Control, grant func(auth.Action, auth.UserID) auth.Grant, i int, now auth.Instant) (store.User, error) {
	u, err := store.NewUser(store.Local, fmt.Sprintf("officer %d-%d", now.Wall.Unix(), i), "", now)
	if err == nil {
		_, err = control.AddUser(ctx, grant(auth.ManageUsers, ""), u, now)
	}
	if err == nil {
		err = control.SetRoles(ctx, grant(auth.AssignRoles, u.User), []auth.Role{auth.Investigator, auth.Reviewer, auth.DPO, auth.Communications, auth.Administrator})
	}
	if err == nil {
		err = control.Join(ctx, grant(auth.ManageMembers, u.User))
	}
	return u, err
}

// administer makes the first administrator, without whom there are no others; an
// earlier run on the same case has made one.
func administer(ctx context.Context, control *store.Control, now auth.Instant) error {
	code, err := control.NewSetup(ctx, store.Local, now)
	if errors.As(err, new(*breach.Refusal)) {
		return nil
	}
	u, wrong := store.NewUser(store.Local, "administrator", "", now)
	err = errors.Join(err, wrong)
	if err == nil {
		u.Password, err = auth.NewPassword(goodPassword)
	}
	if err == nil {
		u.TOTP, _, err = auth.NewTOTP("Klarlagt", "administrator")
	}
	if err == nil {
		_, u.Recovery = auth.NewRecovery()
		_, err = control.FinishSetup(ctx, code.Reveal(), u, now)
	}
	return err
}

func (f *fleet) client(token auth.Token) *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		f.t.Fatal(err)
	}
	jar.SetCookies(&url.URL{Scheme: "http", Host: f.address, Path: "/"}, []*http.Cookie{{Name: "klarlagt-session", Value: token.Reveal(), Path: "/"}})
	return &http.Client{Jar: jar, Transport: &http.Transport{}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// start starts the server, and waits until it says that it serves.
func (f *fleet) start(dir string) {
	f.t.Helper()
	c := exec.CommandContext(f.t.Context(), os.Getenv("KLARLAGT_BENCH_PROGRAM"), "serve", "--data", dir, "--key", os.Getenv("KLARLAGT_BENCH_KEY"), "--listen", f.address)
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	said, err := c.StderrPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { _ = c.Wait() })
	f.server = c.Process.Pid
	serving := make(chan struct{})
	go func() {
		lines := bufio.NewScanner(said)
		for lines.Scan() {
			var line struct{ Msg, Level, Route, Error string }
			_ = json.Unmarshal(lines.Bytes(), &line) // what is no JSON is none of ours
			if line.Msg == "serving" {
				close(serving)
			}
			if line.Level == "ERROR" {
				f.t.Logf("the server: %s", lines.Text())
			}
		}
	}()
	<-serving
}

// get asks for one path as one user, and tells how long it took to the last byte.
func (f *fleet) get(ctx context.Context, who *http.Client, path string) (status int, body []byte, took time.Duration, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+f.address+path, nil)
	if err != nil {
		return 0, nil, 0, err
	}
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Header.Set("Accept-Language", "sv")
	req.Header.Set("Accept-Encoding", "gzip")
	began := time.Now()
	answer, err := who.Do(req)
	if err != nil {
		return 0, nil, 0, err
	}
	defer answer.Body.Close()
	body, err = io.ReadAll(answer.Body)
	took = time.Since(began)
	if answer.StatusCode == http.StatusSeeOther {
		body = []byte(answer.Header.Get("Location"))
	}
	if err == nil && answer.Header.Get("Content-Encoding") != "gzip" {
		var small bytes.Buffer
		w := gzip.NewWriter(&small)
		_, _ = w.Write(body) // a Buffer takes everything
		_ = w.Close()
		body = small.Bytes()
	}
	return answer.StatusCode, body, took, err
}

func unzip(t *testing.T, body []byte) []byte {
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// propose has the first user ask for something that two others have to agree to.
func (f *fleet) propose() {
	f.t.Helper()
	req, err := http.NewRequestWithContext(f.t.Context(), http.MethodPost, "http://"+f.address+"/cases/"+string(f.at)+"/lists/1/freeze", nil)
	if err != nil {
		f.t.Fatal(err)
	}
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	answer, err := f.users[0].Do(req)
	if err != nil || answer.Body.Close() != nil || answer.StatusCode != http.StatusSeeOther {
		f.t.Fatalf("to propose: %v, %v", answer, err)
	}
	f.proposed = answer.Header.Get("Location")
}

// crawl follows links from the first pages, up to three to each route.
func (f *fleet) crawl() map[string][]string {
	f.t.Helper()
	mux := http.NewServeMux()
	for _, r := range web.Routes() {
		mux.HandleFunc(r.Method+" "+r.Pattern, func(http.ResponseWriter, *http.Request) {})
	}
	found, seen := map[string][]string{}, map[string]bool{}
	here := "/cases/" + string(f.at)
	queue := []string{"/cases", "/account", "/account/tokens", "/unlock", "/glass", "/glasses", "/step-up", f.proposed, here,
		here + "/notices/n1/mailboxes", here + "/notices/n1/unreached"} // where a server has a channel, and somebody was not reached
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		req, err := http.NewRequestWithContext(f.t.Context(), http.MethodGet, path, nil)
		if err != nil || seen[path] {
			continue
		}
		seen[path] = true
		_, pattern := mux.Handler(req)
		_, pattern, _ = strings.Cut(pattern, " ")
		if pattern == "" || len(found[pattern]) == 3 {
			continue
		}
		status, body, _, err := f.get(f.t.Context(), f.users[0], path)
		if err != nil {
			f.t.Fatal(err)
		}
		if status != http.StatusOK {
			f.t.Logf("%s: %d", path, status)
			continue
		}
		found[pattern] = append(found[pattern], path)
		page, err := html.Parse(bytes.NewReader(unzip(f.t, body)))
		if err != nil {
			f.t.Fatal(err)
		}
		each(page, func(n *html.Node) {
			if to, err := url.Parse(attr(n, "href")); err == nil && n.Data == "a" && to.Host == "" && to.Path != "" {
				to = (&url.URL{Path: path}).ResolveReference(to)
				to.Fragment = ""
				queue = append(queue, to.String())
			}
		})
	}
	return found
}

// weigh holds one page against what it may take.
func (f *fleet) weigh(pattern, path string) {
	f.t.Helper()
	var times []time.Duration
	var body []byte
	before := f.worked()
	for range 7 {
		_, b, took, err := f.get(f.t.Context(), f.users[0], path)
		if err != nil {
			f.t.Fatal(err)
		}
		times, body = append(times, took), b
	}
	worked := (f.worked() - before) / 7
	slices.Sort(times)
	weight := len(body) + f.files(unzip(f.t, body))
	line := fmt.Sprintf("%-44s %8.1f %8.1f %9.1f %9.1f %9.1f", strings.Replace(path, string(f.at), "CASE", 1), ms(times[3]), ms(times[6]), ms(worked), float64(len(body))/1000, float64(weight)/1000)
	if times[3] > mostTime || weight > mostWeight {
		f.t.Errorf("%s  MISSED", line)
		return
	}
	f.t.Log(line)
}

// worked is how long the server's threads have had a processor, where the system
// tells: what a page costs is seen by it on a busy machine too.
func (f *fleet) worked() (all time.Duration) {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", f.server))
	for _, name := range threads {
		var ran time.Duration
		if text, err := os.ReadFile(name); err == nil { // a thread may have ended
			_, _ = fmt.Sscan(string(text), &ran)
		}
		all += ran
	}
	return all
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// files is the weight of what a page loads, with the font that a style names.
func (f *fleet) files(page []byte) (all int) {
	doc, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		f.t.Fatal(err)
	}
	each(doc, func(n *html.Node) {
		from := attr(n, "src")
		if n.Data == "link" {
			from = attr(n, "href")
		}
		if strings.HasPrefix(from, "/static/") {
			_, body, _, err := f.get(f.t.Context(), f.users[0], from)
			if err != nil {
				f.t.Fatal(err)
			}
			all += len(body)
			if bytes.Contains(unzip(f.t, body), []byte("inter-latin.woff2")) {
				_, font, _, _ := f.get(f.t.Context(), f.users[0], "/static/inter-latin.woff2")
				all += len(font)
			}
		}
	})
	return all
}

// together has every user ask for pages in any order, with a time to think
// between them, and tells how long the slowest in a hundred waited.
func (f *fleet) together(paths []string, least, most, lasts time.Duration) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), lasts)
	defer cancel()
	var mu sync.Mutex
	var times []time.Duration
	var wrong atomic.Int64
	var wait sync.WaitGroup
	before := f.worked()
	think := func() time.Duration { return least + rand.N(most-least+1) }
	for _, who := range f.users {
		wait.Go(func() {
			pause := time.NewTimer(rand.N(most + 1)) // they do not begin together
			for {
				select {
				case <-ctx.Done():
					return
				case <-pause.C:
				}
				status, _, took, err := f.get(ctx, who, paths[rand.IntN(len(paths))])
				if ctx.Err() != nil {
					return
				}
				if err != nil || status >= http.StatusInternalServerError {
					wrong.Add(1)
				}
				mu.Lock()
				times = append(times, took)
				mu.Unlock()
				pause.Reset(think())
			}
		})
	}
	wait.Wait()
	if len(times) == 0 {
		f.t.Fatal("nobody was answered")
	}
	slices.Sort(times)
	p99 := times[len(times)*99/100]
	f.t.Logf("%d users, %v to %v between pages: %d pages in %v (%.0f a second), median %.1f ms, p99 %.1f ms, slowest %.1f ms, %d failed; %.1f ms of a processor for each",
		len(f.users), least, most, len(times), lasts, float64(len(times))/lasts.Seconds(), ms(times[len(times)/2]), ms(p99), ms(times[len(times)-1]), wrong.Load(), ms(f.worked()-before)/float64(len(times)))
	if wrong.Load() > 0 || most > 0 && p99 > mostWait {
		f.t.Errorf("p99 is to be at most %v, and nothing is to fail", mostWait)
	}
}
