package casework_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// scansOf is a server's, of a desk with one folder that may be scanned.
func scansOf(t *testing.T, d *casework.Desk, folder string) *casework.Scans {
	t.Helper()
	return casework.NewScans(casework.ScanSettings{Worker: d.Worker, Folders: []casework.EvidenceFolder{{Tenant: store.Local, Name: "share", Path: folder}},
		Now: func() auth.Instant { return auth.Instant{Wall: d.Now()} }, Tell: func(_ auth.TenantID, _ store.CaseID, err error) { t.Error(err) }})
}

// running has scans done until what is called.
func running(t *testing.T, s *casework.Scans) (end func()) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); s.Run(ctx) }()
	end = func() { stop(); <-ended }
	t.Cleanup(end)
	return end
}

// ended waits for the scan of a case, and gives the newest as it is kept.
func ended(t *testing.T, s *casework.Scans, d *casework.Desk, id store.CaseID) store.Scan {
	t.Helper()
	if j := s.Job(store.Local, id); j != nil {
		<-j.Done()
	}
	return newest(t, d, id)
}

func newest(t *testing.T, d *casework.Desk, id store.CaseID) store.Scan {
	t.Helper()
	g, err := d.Store.Grant(t.Context(), d.Who, auth.Ask{Action: auth.ReadAccount, Case: id, Now: auth.Instant{Wall: d.Now()}})
	if err != nil {
		t.Fatal(err)
	}
	list, err := d.Store.Scans(t.Context(), g)
	if err != nil || len(list) == 0 {
		t.Fatalf("%d scans, error %v", len(list), err)
	}
	return list[0]
}

// refuses holds an error against the refusal that it should be.
func refuses(t *testing.T, err error, key string) {
	t.Helper()
	var refusal *breach.Refusal
	if !errors.As(err, &refusal) || refusal.Key != key {
		t.Errorf("got %v, want %s", err, key)
	}
}

func TestServerScansWhatTheCommandWould(t *testing.T) {
	d, id, folder := small(t, map[string]string{"a.txt": "Aino Koivunen 010594Y9032", "b.csv": "Namn;Personbeteckning\nIlta Järvinen;020594Y904R\n"})
	s := scansOf(t, d, folder)
	running(t, s)
	if err := s.Begin(t.Context(), d, id, store.ScanPlan{Folder: "share", Reached: breach.Likely, Passwords: []string{"hemligt"}}); err != nil {
		t.Fatal(err)
	}
	x := ended(t, s, d, id)
	if x.State != store.ScanDone || x.Items != 2 || x.Of != 2 || x.Gaps != 0 || x.Passwords != nil || x.Ended.IsZero() || x.Problem != "" {
		t.Errorf("got %+v", x)
	}
	_, items, _ := lines(t, export(t, d, id))
	if len(items) == 0 {
		t.Error("nobody was found")
	}
	other, same, _ := small(t, map[string]string{"a.txt": "Aino Koivunen 010594Y9032", "b.csv": "Namn;Personbeteckning\nIlta Järvinen;020594Y904R\n"})
	scan(t, other, same, casework.ScanOptions{Evidence: folder, Reached: []casework.ReachedRule{{Grade: breach.Likely}}})
	if !bytes.Equal(export(t, d, id), export(t, other, same)) {
		t.Error("the command gives another export")
	}
}

// TestScanIsPausedEndedAndGoesOn stands in the queue, so that nothing hangs on who
// is faster.
func TestScanIsPausedEndedAndGoesOn(t *testing.T) {
	d, id, folder := small(t, map[string]string{"a.txt": "Aino Koivunen 010594Y9032"})
	s := scansOf(t, d, folder)
	plan := store.ScanPlan{Folder: "share", Passwords: []string{"hemligt"}}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.Begin(t.Context(), d, id, plan))
	refuses(t, s.Begin(t.Context(), d, id, plan), "refusal.scan-open")
	must(s.Pause(t.Context(), d, id))
	if j := s.Job(store.Local, id); j == nil || !j.State().Ending {
		t.Error("it does not say that it ends")
	}
	running(t, s)
	if x := ended(t, s, d, id); x.State != store.ScanPaused || len(x.Passwords) != 1 {
		t.Errorf("paused: %+v", x)
	}
	refuses(t, s.Begin(t.Context(), d, id, plan), "refusal.scan-open")
	must(s.Continue(t.Context(), d, id))
	if x := ended(t, s, d, id); x.State != store.ScanDone || x.Items != 1 || x.Passwords != nil {
		t.Errorf("gone on with: %+v", x)
	}
	refuses(t, s.Pause(t.Context(), d, id), "refusal.scan-none")
	refuses(t, s.Continue(t.Context(), d, id), "refusal.scan-none")
}

func TestPausedScanIsEnded(t *testing.T) {
	d, id, folder := small(t, map[string]string{"a.txt": "made up"})
	s := scansOf(t, d, folder)
	err := s.Begin(t.Context(), d, id, store.ScanPlan{Folder: "share"})
	if err == nil {
		err = s.Pause(t.Context(), d, id)
	}
	running(t, s)
	ended(t, s, d, id)
	if err == nil {
		err = s.Stop(t.Context(), d, id)
	}
	if x := newest(t, d, id); err != nil || x.State != store.ScanStopped {
		t.Errorf("%+v, error %v", x, err)
	}
}

// TestScanGoesOnWhenTheServerIsStartedAnew ends a server before it has scanned;
// nobody is signed in when the next one starts.
func TestScanGoesOnWhenTheServerIsStartedAnew(t *testing.T) {
	d, id, folder := small(t, map[string]string{"a.txt": "Aino Koivunen 010594Y9032"})
	first := scansOf(t, d, folder)
	if err := first.Begin(t.Context(), d, id, store.ScanPlan{Folder: "share"}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	first.Run(ctx)
	if x := newest(t, d, id); x.State != store.ScanGoing {
		t.Fatalf("the server has ended: %+v", x)
	}
	second := scansOf(t, d, folder)
	running(t, second)
	if err := second.Resume(t.Context(), d.Store, store.Local); err != nil {
		t.Fatal(err)
	}
	if x := ended(t, second, d, id); x.State != store.ScanDone || x.Items != 1 || x.By != d.Who.User {
		t.Errorf("gone on with: %+v", x)
	}
	if err := second.Resume(t.Context(), d.Store, store.Local); err != nil || second.Job(store.Local, id) != nil {
		t.Errorf("what was done is done anew: %v", err)
	}
}

func TestOnlyFoldersThatAreNamedAreScanned(t *testing.T) {
	d, id, folder := small(t, map[string]string{"a.txt": "made up"})
	s := scansOf(t, d, folder)
	running(t, s)
	for _, name := range []string{"other", folder, "../share", "share/", "/", "village:share"} {
		refuses(t, s.Begin(t.Context(), d, id, store.ScanPlan{Folder: name}), "refusal.evidence-name")
	}
	if names := s.Names("village"); len(names) != 0 {
		t.Errorf("another organisation has %q", names)
	}
	if err := os.Rename(folder, folder+"-gone"); err != nil {
		t.Fatal(err)
	}
	if err := s.Begin(t.Context(), d, id, store.ScanPlan{Folder: "share"}); err != nil {
		t.Fatal(err)
	}
	if x := ended(t, s, d, id); x.State != store.ScanFailed || x.Problem != "refusal.evidence-gone" || x.Args["Name"] != "share" {
		t.Errorf("a folder that is gone: %+v", x)
	}
}

// TestUploadsAreScannedAndLieSealed searches the data folder for what was sent.
func TestUploadsAreScannedAndLieSealed(t *testing.T) {
	d, id, folder := small(t, nil)
	s := scansOf(t, d, folder)
	running(t, s)
	const text = "Aino Koivunen 010594Y9032 nobody-sees-this-in-the-open"
	send := func(name, text string) store.Upload {
		u, err := d.Upload(t.Context(), id, store.ForEvidence, name, strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	first := send(`C:\fakepath\aino-koivunen.txt`, text)
	send("aino-koivunen.txt", "another one")
	if got := first.Name.Reveal(); got != "aino-koivunen.txt" || first.Size != int64(len(text)) {
		t.Errorf("%q of %d bytes", got, first.Size)
	}
	scanned := func(files int64) {
		t.Helper()
		if err := s.Begin(t.Context(), d, id, store.ScanPlan{}); err != nil {
			t.Fatal(err)
		}
		if x := ended(t, s, d, id); x.State != store.ScanDone || x.Of != files || x.Gaps != 0 {
			t.Errorf("%+v", x)
		}
	}
	scanned(2)
	holdsNone(t, d.Store.Dir(), []string{text, "aino-koivunen", "010594Y9032"})
	if err := d.RemoveUpload(t.Context(), id, first); err != nil {
		t.Fatal(err)
	}
	scanned(1)
	if left, err := filepath.Glob(filepath.Join(d.Store.CaseDir(id), "uploads", "*")); err != nil || len(left) != 1 {
		t.Errorf("%q are left, error %v", left, err)
	}
	c, err := d.Case(t.Context(), string(id))
	if err != nil {
		t.Fatal(err)
	}
	checkClosed(t, d, c)
}

// endless is a file that never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestUploadThatIsTooLargeOrBreaksOffIsNotKept(t *testing.T) {
	d, id, _ := small(t, nil)
	_, err := d.Upload(t.Context(), id, store.ForEvidence, "large.bin", endless{})
	refuses(t, err, "refusal.upload-large")
	broken := errors.New("the browser went away")
	if _, err := d.Upload(t.Context(), id, store.ForEvidence, "half.txt", io.MultiReader(strings.NewReader("half of"), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(d.Store.CaseDir(id), "uploads", "*")); err != nil || len(left) != 0 {
		t.Errorf("%q are left, error %v", left, err)
	}
}
