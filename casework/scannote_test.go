package casework_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// TestScanOfTheCommandIsInTheList scans at the command line, beside what a server
// was asked for.
func TestScanOfTheCommandIsInTheList(t *testing.T) {
	d, id, folder := small(t, map[string]string{"a.txt": "Aino Koivunen 010594Y9032", "same.txt": "Aino Koivunen 010594Y9032", "broken.zip": "PK\x03\x04 and no more", "its twin.zip": "PK\x03\x04 and no more"})
	s := scansOf(t, d, folder)
	if err := s.Begin(t.Context(), d, id, store.ScanPlan{Folder: "share"}); err != nil {
		t.Fatal(err)
	}
	noted := func(ctx context.Context, evidence string) store.Scan {
		t.Helper()
		o := casework.ScanOptions{Evidence: evidence, Reached: []casework.ReachedRule{{Grade: breach.Likely}, {Prefix: "a.txt", Grade: breach.Proven}}}
		note, err := d.NoteScan(t.Context(), id, &o)
		if err != nil {
			t.Fatal(err)
		}
		if x := newest(t, d, id); x.State != store.ScanBegun || !x.Command || x.Folder != evidence || x.Reached != breach.Likely || x.State.Open() {
			t.Errorf("while it is under way: %+v", x)
		}
		failed := d.Scan(ctx, id, o)
		if got := note.End(ctx, failed); (got == nil) != (failed == nil) {
			t.Errorf("%v became %v", failed, got)
		}
		return newest(t, d, id)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if x := noted(stopped, folder); x.State != store.ScanStopped || x.Ended.IsZero() || x.Problem != "" {
		t.Errorf("stopped: %+v", x)
	}
	if x := noted(t.Context(), filepath.Join(folder, "gone")); x.State != store.ScanFailed || x.Problem != "refusal.no-evidence" || x.Of != 0 {
		t.Errorf("failed: %+v", x)
	}
	x := noted(t.Context(), folder)
	if x.State != store.ScanDone || x.Items != 4 || x.Of != 4 || x.Gaps != 1 || x.Mentions == 0 || x.Ended.IsZero() {
		t.Errorf("done: %+v", x)
	}
	g, err := d.Store.Grant(t.Context(), d.Who, auth.Ask{Action: auth.ReadAccount, Case: id, Now: auth.Instant{Wall: d.Now()}})
	if err != nil {
		t.Fatal(err)
	}
	if _, gaps, err := d.Store.CountItems(t.Context(), g); err != nil || gaps < x.Gaps {
		t.Errorf("of %d gaps in all, error %v", gaps, err)
	}
	account, err := d.Account(t.Context(), id, nil)
	if err != nil || account.Files != x.Of || account.Gaps != x.Gaps || account.Bytes != x.Bytes {
		t.Errorf("the account has %d files, %d bytes and %d gaps, the list %+v; error %v", account.Files, account.Bytes, account.Gaps, x, err)
	}
	running(t, s) // the server's own, which waited, is none the worse
	<-s.Job(store.Local, id).Done()
	list, err := d.Store.Scans(t.Context(), g)
	if err != nil || len(list) != 4 || list[3].State != store.ScanDone || list[3].Command || list[3].Of != 4 {
		t.Errorf("the server's: %+v, error %v", list, err)
	}
}
