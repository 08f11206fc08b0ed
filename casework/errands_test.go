package casework_test

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/dispatch"
	"github.com/klarlagt/klarlagt/store"
)

// errandsOf is a server's, of a desk.
func errandsOf(t *testing.T, d *casework.Desk, c casework.Channels) *casework.Errands {
	t.Helper()
	c.Wait, c.Every = time.Minute, time.Millisecond
	t.Cleanup(c.Close)
	return casework.NewErrands(casework.ErrandSettings{Channels: map[auth.TenantID]casework.Channels{store.Local: c}, Again: time.Millisecond,
		Now: func() auth.Instant { return auth.Instant{Wall: d.Now()} }, Tell: func(_ auth.TenantID, _ store.CaseID, err error) { t.Error(err) }})
}

// runErrands has errands done until what is called.
func runErrands(t *testing.T, s *casework.Errands) (end func()) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); s.Run(ctx) }()
	end = func() { stop(); <-ended }
	t.Cleanup(end)
	return end
}

// errand waits for one of a kind, and gives it as it is kept.
func errand(t *testing.T, s *casework.Errands, d *casework.Desk, id store.CaseID, kind store.ErrandKind) casework.Errand {
	t.Helper()
	if j := s.Job(store.Local, id, "n1", kind); j != nil {
		<-j.Done()
	}
	list, err := d.Errands(t.Context(), id, "n1")
	i := slices.IndexFunc(list, func(e casework.Errand) bool { return e.Kind == kind })
	if err != nil || i < 0 {
		t.Fatalf("%d errands, error %v", len(list), err)
	}
	return list[i]
}

// unpacked reads what was written of a batch.
func unpacked(t *testing.T, d *casework.Desk, id store.CaseID, n casework.Notice, batch string) map[string][]byte {
	t.Helper()
	f, err := d.TakeLetters(t.Context(), id, n, batch)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(f)
	if err != nil || f.Close() != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[strings.TrimPrefix(f.Name, batch+"/")], err = io.ReadAll(in); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func TestServerWritesTheLettersThatTheCommandWould(t *testing.T) {
	d := desk(t, t.TempDir())
	hidden := student(61)
	hidden.Protected = true
	id := course(t, d, 4, hidden)
	n := approvedLetters(t, d, id, byLetter())
	s := errandsOf(t, d, casework.Channels{Posti: &dispatch.Posti{Customer: "000000"}})
	plan := casework.LetterPlan{Form: casework.LetterBundle, Posti: true}
	if left, err := d.LettersLeft(t.Context(), id, n); err != nil || left[breach.Paper] != 4 {
		t.Errorf("%v letters wait, error %v", left, err)
	}
	for _, wrong := range []casework.LetterPlan{{}, {Form: "pigeon"}, {Form: casework.LetterTable, House: "age1"}, {Form: casework.LetterFiles, Posti: true}} {
		if err := s.Begin(t.Context(), d, id, n, store.ErrandLetters, wrong); refused(err) == "" {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
	if err := s.Begin(t.Context(), d, id, n, store.ErrandLetters, plan); err != nil {
		t.Fatal(err)
	}
	refuses(t, s.Begin(t.Context(), d, id, n, store.ErrandLetters, plan), "refusal.errand-open")
	runErrands(t, s)
	e := errand(t, s, d, id, store.ErrandLetters)
	if e.State != store.ErrandDone || e.Sum.Done != 4 || e.Ended.IsZero() || len(e.Letters.Batch) != 6 {
		t.Fatalf("got %+v", e)
	}
	files := unpacked(t, d, id, n, e.Letters.Batch)
	if len(files) != 4 || !bytes.HasPrefix(files["batch.pdf"], []byte("%PDF-")) || !bytes.Contains(files["batch.xml"], []byte("LetterBundle")) || bytes.Contains(files["manifest.csv"], []byte("Provgatan")) {
		t.Errorf("%d files: batch.pdf %d bytes", len(files), len(files["batch.pdf"]))
	}
	_, dir := made(t, d, id, n, casework.LetterOptions{Batch: e.Letters.Batch})
	if same, err := os.ReadFile(filepath.Join(dir, "batch.pdf")); err != nil || !bytes.Equal(same, files["batch.pdf"]) {
		t.Errorf("the command writes another batch.pdf (error %v)", err)
	}
	raw, err := os.ReadFile(filepath.Join(d.Store.CaseDir(id), "batches", e.Letters.Batch))
	if err != nil || bytes.Contains(raw, []byte("%PDF-")) {
		t.Errorf("the letters lie in the open (error %v)", err)
	}
	if left, err := d.LettersLeft(t.Context(), id, n); err != nil || left[breach.Paper] != 0 {
		t.Errorf("%v letters wait still, error %v", left, err)
	}
	if err := s.Begin(t.Context(), d, id, n, store.ErrandLetters, plan); err != nil {
		t.Fatal(err)
	}
	if e := errand(t, s, d, id, store.ErrandLetters); e.State != store.ErrandFailed || e.Problem != "refusal.no-letters" {
		t.Errorf("asked again: %+v", e)
	}
	if _, err := d.TakeLetters(t.Context(), id, n, "NOSUCH"); refused(err) != "refusal.no-such-batch" {
		t.Errorf("a batch that is not there: %v", err)
	}
}

// TestLettersThatWereBegunAreWrittenAfterARestart leaves a batch as a server does
// that ends when its letters are taken and none is written.
func TestLettersThatWereBegunAreWrittenAfterARestart(t *testing.T) {
	d := desk(t, t.TempDir())
	id := course(t, d, 3)
	n := approvedLetters(t, d, id, byLetter())
	first := errandsOf(t, d, casework.Channels{})
	if err := first.Begin(t.Context(), d, id, n, store.ErrandLetters, casework.LetterPlan{Form: casework.LetterFiles, Batch: "K7F3A2"}); err != nil {
		t.Fatal(err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	first.Run(stopped)
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "x"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := d.MakeLetters(t.Context(), id, n, casework.LetterOptions{Dir: full, Name: "K7F3A2", Form: casework.LetterFiles}); refused(err) != "refusal.letters-folder" {
		t.Fatal(err)
	}
	if _, err := d.TakeLetters(t.Context(), id, n, "K7F3A2"); refused(err) != "refusal.batch-not-made" {
		t.Errorf("what is not written is given out: %v", err)
	}
	second := errandsOf(t, d, casework.Channels{})
	if err := second.Resume(t.Context(), d.Store, store.Local); err != nil {
		t.Fatal(err)
	}
	runErrands(t, second)
	if e := errand(t, second, d, id, store.ErrandLetters); e.State != store.ErrandDone || e.Sum.Done != 3 || e.Letters.Batch != "K7F3A2" {
		t.Errorf("gone on with: %+v", e)
	}
	if files := unpacked(t, d, id, n, "K7F3A2"); len(files) != 5 || total(t, d, id, n)[breach.Handing] != 3 {
		t.Errorf("%d files", len(files))
	}
}

func TestServerRehearsesAndHandsOver(t *testing.T) {
	d := desk(t, t.TempDir())
	id := course(t, d, 60)
	var later atomic.Int64 // than noon: what hands over reads the clock meanwhile
	d.Now = func() time.Time { return noon.Add(time.Duration(later.Load())) }
	n := frozenNotice(t, d, id, mailFirst())
	post := newSink(t)
	s := errandsOf(t, d, casework.Channels{Relay: post.relay(), Seeds: []string{"seed@example.com"}, Inbox: post})
	runErrands(t, s)
	if err := s.Begin(t.Context(), d, id, n, store.ErrandRehearse, casework.LetterPlan{}); err != nil {
		t.Fatal(err)
	}
	e := errand(t, s, d, id, store.ErrandRehearse)
	n = newestNotice(t, d, id)
	if e.State != store.ErrandDone || e.Sum.Same != e.Sum.Done || e.Sum.Same == 0 || !n.Rehearsal.Stood || len(n.Rehearsal.Mails) != n.Rehearsal.Sent || !n.Rehearsal.Mails[0].Arrived {
		t.Fatalf("the rehearsal: %+v, %+v", e, n.Rehearsal)
	}
	rehearsed, _ := post.counts()
	a, err := d.ProposeSending(t.Context(), id, n)
	if err != nil {
		t.Fatal(err)
	}
	agree(t, d, id, a.ID)
	if n, err = d.BeginSending(t.Context(), id, n, a.ID); err != nil {
		t.Fatal(err)
	}
	handed := int64(0)
	for wave := range int64(2) {
		later.Store(wave * int64(31*time.Minute))
		if r, err := d.ReleaseWave(t.Context(), id, n, wave+1, string(rune('a'+wave))); err != nil || r.Outcome != "released" {
			t.Fatalf("wave %d: %q, error %v", wave+1, r.Outcome, err)
		}
		n = newestNotice(t, d, id)
		for range 3 { // from three windows
			if err := s.Begin(t.Context(), d, id, n, store.ErrandSend, casework.LetterPlan{}); err != nil {
				t.Fatal(err)
			}
		}
		for j := s.Job(store.Local, id, "n1", store.ErrandSend); j != nil; j = s.Job(store.Local, id, "n1", store.ErrandSend) {
			<-j.Done()
		}
		handed = total(t, d, id, n)[breach.Accepted]
	}
	taken, twice := post.counts()
	if want := int64(n.Frozen.ByWave[1] + n.Frozen.ByWave[2]); handed != want || int64(taken-rehearsed) != want || twice != 0 {
		t.Errorf("%d accepted, %d arrived, %d twice; want %d", handed, taken-rehearsed, twice, want)
	}
}

func newestNotice(t *testing.T, d *casework.Desk, id store.CaseID) casework.Notice {
	t.Helper()
	n, err := d.Notice(t.Context(), id, "n1")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestServerAsksMailboxes(t *testing.T) {
	d := desk(t, t.TempDir())
	id := course(t, d, 4)
	m := &mailboxes{has: map[breach.Personal]bool{student(1).NationalIDs[0]: true}, asked: map[breach.Personal]int{}, taken: map[string]string{}}
	draft := byLetter()
	draft.Policy.Order = []breach.Channel{breach.Mailbox, breach.Paper}
	n, err := d.WriteNotice(t.Context(), id, "", draft)
	if err != nil {
		t.Fatal(err)
	}
	s := errandsOf(t, d, casework.Channels{Mailbox: m})
	runErrands(t, s)
	for _, kind := range []store.ErrandKind{store.ErrandReach, store.ErrandAsk} {
		if err := s.Begin(t.Context(), d, id, n, kind, casework.LetterPlan{}); err != nil {
			t.Fatal(err)
		}
		if e := errand(t, s, d, id, kind); e.State != store.ErrandDone || kind == store.ErrandReach && (e.Sum.Done != 4 || e.Sum.Found != 1) {
			t.Errorf("%s: %+v", kind, e)
		}
	}
	none := errandsOf(t, d, casework.Channels{})
	refuses(t, none.Begin(t.Context(), d, id, n, store.ErrandReach, casework.LetterPlan{}), "refusal.no-mailbox")
	refuses(t, none.Begin(t.Context(), d, id, n, store.ErrandRehearse, casework.LetterPlan{}), "refusal.no-seeds")
	if n, err = d.FreezeNotice(t.Context(), id, newestNotice(t, d, id)); err != nil {
		t.Fatal(err)
	}
	if err := s.Begin(t.Context(), d, id, n, store.ErrandReach, casework.LetterPlan{}); err != nil {
		t.Fatal(err)
	}
	if e := errand(t, s, d, id, store.ErrandReach); e.State != store.ErrandFailed || e.Problem != "refusal.notice-frozen-already" {
		t.Errorf("asked when it was frozen: %+v", e)
	}
}

func TestParseChannels(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"secret": "made up", "box.json": `{"kind":"kivra","tenant":"t","client_id":"c","subject":"Meddelande","secret_file":"secret"}`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "channels.json")
	for name, c := range map[string]struct{ text, refused string }{
		"all of them":                       {`{"mail":{"smtp":"smtp://localhost"},"rehearsal":{"seeds":["seed@example.com"],"imap":"imap://seed@localhost","secret_file":"secret"},"mailbox":"box.json","posti":{"customer":"000000","test":true}}`, "<nil>"},
		"none":                              {`{}`, "<nil>"},
		"a rehearsal without a mail server": {`{"rehearsal":{"seeds":["seed@example.com"],"imap":"imap://seed@localhost","secret_file":"secret"}}`, "refusal.channels-file"},
		"a rehearsal for nobody":            {`{"mail":{"smtp":"smtp://localhost"},"rehearsal":{"seeds":[],"imap":"imap://seed@localhost","secret_file":"secret"}}`, "refusal.channels-file"},
		"a seed that is no address":         {`{"mail":{"smtp":"smtp://localhost"},"rehearsal":{"seeds":["x"],"imap":"imap://seed@localhost","secret_file":"secret"}}`, "refusal.channels-file"},
		"a password in the file":            {`{"mail":{"smtp":"smtp://localhost","password":"x"}}`, "refusal.channels-file"},
		"a mail server that is none":        {`{"mail":{"smtp":"localhost"}}`, "refusal.mail-relay"},
		"an inbox that is none":             {`{"mail":{"smtp":"smtp://localhost"},"rehearsal":{"seeds":["seed@example.com"],"imap":"localhost","secret_file":"secret"}}`, "refusal.mail-inbox"},
		"a mailbox file that is not there":  {`{"mailbox":"other.json"}`, "cmd.cannot-read"},
		"Posti without a customer":          {`{"posti":{}}`, "refusal.channels-file"},
	} {
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := casework.ParseChannels(path)
		if refused(err) != c.refused {
			t.Errorf("%s: got %v, want %q", name, err, c.refused)
		}
		if name == "all of them" && (got.Relay == nil || got.Inbox == nil || got.Mailbox == nil || got.Posti == nil || len(got.Seeds) != 1) {
			t.Errorf("something is left out: %+v", got.Seeds)
		}
	}
	if _, err := casework.ParseChannels(filepath.Join(dir, "gone")); refused(err) != "cmd.cannot-read" {
		t.Errorf("a file that is not there: %v", err)
	}
}
