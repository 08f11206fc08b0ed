package casework_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/engine"
	"github.com/klarlagt/klarlagt/seal"
	"github.com/klarlagt/klarlagt/specimen"
	"github.com/klarlagt/klarlagt/store"
)

// TestMain lets the test's own program be the worker, and the scan that other
// tests kill.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 {
		switch os.Args[1] {
		case "worker":
			os.Exit(work(os.Args[2], os.Args[3:]))
		case "scan-to-be-killed":
			os.Exit(scanUntilKilled(os.Args[2], os.Args[3]))
		case "send-to-be-killed":
			os.Exit(sendUntilKilled(os.Args[2:]))
		}
	}
	os.Exit(m.Run())
}

func work(stage string, args []string) int {
	var o engine.WorkerOptions
	f := flag.NewFlagSet("worker", flag.ContinueOnError)
	f.StringVar(&o.Index, "index", "", "")
	f.StringVar(&o.SpoolDir, "spool", "", "")
	f.StringVar(&o.PDFCache, "pdf-cache", "", "")
	f.StringVar(&o.Passwords, "passwords", "", "")
	f.Func("limit", "", o.Limit)
	if err := f.Parse(args); err != nil {
		return 2
	}
	o.Tool = f.Args()
	if err := engine.Work(context.Background(), engine.Stage(stage), os.Stdin, os.Stdout, o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// workers is the command line of a worker: the program that KLARLAGT_TEST_WORKER
// names, or this test's own, which the race detector makes several times slower.
func workers() []string {
	if program := os.Getenv("KLARLAGT_TEST_WORKER"); program != "" {
		return []string{program, "worker"}
	}
	return []string{os.Args[0], "worker"}
}

// desk opens a desk with workers of their own.
func desk(t testing.TB, dir string) *casework.Desk {
	t.Helper()
	s, err := store.Open(context.Background(), store.Config{Dir: dir, Key: master()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	// One cache for all tests: compiling the PDF reader takes seconds.
	if err := os.Symlink(sharedCache(t), filepath.Join(dir, "cache")); err != nil && !errors.Is(err, os.ErrExist) {
		t.Fatal(err)
	}
	return newDesk(s)
}

// master is the master key of all tests.
func master() seal.Key {
	k, err := seal.KeyFrom([]byte("klarlagt tests: nobody's own key"))
	if err != nil {
		panic(err)
	}
	return k
}

func newDesk(s *store.Store) *casework.Desk {
	return &casework.Desk{Store: s, Who: auth.Console("console:test", store.Local, auth.Instant{}), Now: time.Now, Worker: workers(), Workers: 2}
}

func sharedCache(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("klarlagt-test-cache-%d", os.Getuid()))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// town makes a small municipality.
func town(t testing.TB, o specimen.Options) string {
	t.Helper()
	o.Dir = t.TempDir()
	if _, err := specimen.Make(context.Background(), o, nil); err != nil {
		t.Fatal(err)
	}
	return o.Dir
}

// openCase opens a case and imports the registers of a municipality.
func openCase(t testing.TB, d *casework.Desk, dir string) store.CaseID {
	t.Helper()
	c, err := d.Open(context.Background(), "a test")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "registers", "*"))
	if err != nil || len(files) != 4 {
		t.Fatalf("%d registers, error %v", len(files), err)
	}
	sort.Strings(files)
	for _, f := range files {
		if _, err := d.Register(context.Background(), c.ID, f, casework.RegisterOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	return c.ID
}

// scan scans and resolves.
func scan(t testing.TB, d *casework.Desk, id store.CaseID, o casework.ScanOptions) {
	t.Helper()
	if err := d.Scan(context.Background(), id, o); err != nil {
		t.Fatal(err)
	}
	if err := d.Resolve(context.Background(), id, nil); err != nil {
		t.Fatal(err)
	}
}

func export(t testing.TB, d *casework.Desk, id store.CaseID) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := d.ExportExposures(context.Background(), id, casework.ExportOptions{Format: casework.JSONL, Reveal: auth.JudgeMatch}, &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// lines takes an export apart.
func lines(t testing.TB, export []byte) (people []casework.PersonLine, items []casework.EvidenceLine, sum casework.AccountLine) {
	t.Helper()
	for line := range strings.Lines(string(export)) {
		var kind struct{ Type string }
		if err := json.Unmarshal([]byte(line), &kind); err != nil {
			t.Fatal(err)
		}
		var err error
		switch kind.Type {
		case "person":
			var p casework.PersonLine
			err = json.Unmarshal([]byte(line), &p)
			people = append(people, p)
		case "evidence":
			var e casework.EvidenceLine
			err = json.Unmarshal([]byte(line), &e)
			items = append(items, e)
		case "account":
			err = json.Unmarshal([]byte(line), &sum)
		default:
			t.Errorf("a line of the type %q", kind.Type)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return people, items, sum
}

// write makes files of a folder.
func write(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// pupils is a register of made-up people; their numbers are fictitious ones
// that the Finnish Digital and Population Data Services Agency publishes.
const pupils = "Elev-ID;Förnamn;Efternamn;Personbeteckning;E-post\n" +
	"P-1;Aino;Koivunen;010594Y9032;aino.koivunen@example.fi\n" +
	"P-2;Otto;Lindqvist;020594X903P;otto.lindqvist@example.fi\n" +
	"P-3;Siri;Öhman;030594W903B;siri.ohman@example.fi\n"

// small is a case with three pupils and the given evidence.
func small(t testing.TB, evidence map[string]string) (*casework.Desk, store.CaseID, string) {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, map[string]string{"pupils.csv": pupils})
	write(t, filepath.Join(dir, "evidence"), evidence)
	d := desk(t, filepath.Join(dir, "data"))
	c, err := d.Open(context.Background(), "a test")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Register(context.Background(), c.ID, filepath.Join(dir, "pupils.csv"), casework.RegisterOptions{}); err != nil {
		t.Fatal(err)
	}
	return d, c.ID, filepath.Join(dir, "evidence")
}

func TestGradeIsNeverHigherThanTheReach(t *testing.T) {
	d, id, dir := small(t, map[string]string{"sure/a.txt": "Aino Koivunen 010594Y9032\n", "likely/b.txt": "Otto Lindqvist 020594X903P\n", "likely/deep/c.txt": "Siri Öhman 030594W903B\n"})
	scan(t, d, id, casework.ScanOptions{Evidence: dir, Reached: []casework.ReachedRule{{Prefix: "likely", Grade: breach.Likely}, {Prefix: "likely/deep/", Grade: breach.Possible}}})
	people, _, _ := lines(t, export(t, d, id))
	got := map[string]string{}
	for _, p := range people {
		got[*p.Key] = p.Grade
	}
	want := map[string]string{"P-1": "proven", "P-2": "likely", "P-3": "possible"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("grades %v, want %v", got, want)
	}
}

func TestPlacesCanBeFollowed(t *testing.T) {
	d, id, dir := small(t, map[string]string{"lista.csv": "Namn;Personbeteckning\nNågon Annan;x\nAino Koivunen;010594Y9032\n", "brev/a.txt": "Hej\n\nDetta gäller Aino Koivunen, 010594Y9032.\n"})
	scan(t, d, id, casework.ScanOptions{Evidence: dir})
	people, _, _ := lines(t, export(t, d, id))
	if len(people) != 1 || len(people[0].Files) != 2 {
		t.Fatalf("%d people", len(people))
	}
	f := people[0].Files
	got := fmt.Sprintf("%s %v %s %v", f[0].Evidence, f[0].Places, f[1].Evidence, f[1].Places)
	if want := "brev/a.txt [line 3] lista.csv [row 3]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestCopiesCountEverywhereAndAreReadOnce(t *testing.T) {
	text := "Aino Koivunen 010594Y9032\n"
	d, id, dir := small(t, map[string]string{"a.txt": text, "b/c.txt": text, "empty1": "", "empty2": ""})
	scan(t, d, id, casework.ScanOptions{Evidence: dir})
	people, items, sum := lines(t, export(t, d, id))
	if len(people) != 1 || len(people[0].Files) != 2 {
		t.Errorf("%d people, want one in two files", len(people))
	}
	if sum.States["read"] != 1 || sum.States["duplicate_of"] != 1 || sum.States["empty"] != 2 || items[1].Of != "a.txt" {
		t.Errorf("states %v", sum.States)
	}
}

func TestWhatIsNotReadIsInTheAccount(t *testing.T) {
	d, id, dir := small(t, map[string]string{"a.txt": "x", "b.iso": "y", "locked.txt": "z"})
	if err := os.Symlink("a.txt", filepath.Join(dir, "link")); err != nil {
		t.Skip("symbolic links are not to be had here")
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "out")); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "caf\xe9.txt")
	if err := os.WriteFile(name, []byte("010594Y9032"), 0o644); err != nil {
		t.Logf("this file system takes no such name: %v", err)
	}
	scan(t, d, id, casework.ScanOptions{Evidence: dir, Exclude: []string{"*.iso"}})
	_, items, sum := lines(t, export(t, d, id))
	got := map[string]string{}
	for _, it := range items {
		got[it.Evidence] = it.State + " " + it.Reason
	}
	for name, want := range map[string]string{"b.iso": "excluded ", "link": "excluded link_not_followed", "out": "excluded link_not_followed", "a.txt": "read "} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
	if _, err := os.Stat(name); err == nil && got[`caf\xe9.txt`] == "" {
		t.Errorf("a name that is no UTF-8 is not in the account")
	}
	total := int64(0)
	for _, n := range sum.States {
		total += n
	}
	if total != sum.Items || sum.Items != sum.Files+sum.Members || sum.Items != int64(len(items)) {
		t.Errorf("items %d, files %d, members %d, states %d, lines %d", sum.Items, sum.Files, sum.Members, total, len(items))
	}
}

func TestSecondScanIsToldWhoHoldsTheCase(t *testing.T) {
	d, id, dir := small(t, map[string]string{"a.txt": "x"})
	g, err := d.Store.Grant(t.Context(), d.Who, auth.Ask{Action: auth.Scan, Case: id, Now: auth.Instant{Wall: time.Now()}})
	if err != nil {
		t.Fatal(err)
	}
	lock, err := d.Store.Lock(t.Context(), g, "scan", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	var refusal *breach.Refusal
	if err := d.Scan(context.Background(), id, casework.ScanOptions{Evidence: dir}); !errors.As(err, &refusal) || refusal.Key != "refusal.case-held" {
		t.Errorf("got %v", err)
	}
}

func TestNewRegisterReadsAnew(t *testing.T) {
	d, id, dir := small(t, map[string]string{"a.txt": "Berit Ståhl, tel 070-1740605\n"})
	scan(t, d, id, casework.ScanOptions{Evidence: dir})
	if people, _, _ := lines(t, export(t, d, id)); len(people) != 0 {
		t.Fatalf("%d people before the register", len(people))
	}
	register := filepath.Join(t.TempDir(), "staff.csv")
	if err := os.WriteFile(register, []byte("Anställningsnr;Namn;Telefon\nS-1;Berit Ståhl;070-1740605\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Register(context.Background(), id, register, casework.RegisterOptions{Country: "SE"}); err != nil {
		t.Fatal(err)
	}
	scan(t, d, id, casework.ScanOptions{Evidence: dir})
	if people, _, _ := lines(t, export(t, d, id)); len(people) != 1 || *people[0].Register != "staff" {
		t.Errorf("%d people after the register, want the one in it", len(people))
	}
}

func TestChangedEvidenceIsReadAnew(t *testing.T) {
	d, id, dir := small(t, map[string]string{"a.txt": "Aino Koivunen 010594Y9032\n", "b.txt": "x"})
	scan(t, d, id, casework.ScanOptions{Evidence: dir})
	write(t, dir, map[string]string{"a.txt": "Otto Lindqvist 020594X903P, en längre text\n"})
	if err := os.Remove(filepath.Join(dir, "b.txt")); err != nil {
		t.Fatal(err)
	}
	scan(t, d, id, casework.ScanOptions{Evidence: dir})
	people, items, _ := lines(t, export(t, d, id))
	if len(people) != 1 || *people[0].Key != "P-2" || len(items) != 1 {
		t.Errorf("%d people and %d items", len(people), len(items))
	}
}

func TestEvidenceThatIsNotThereIsRefused(t *testing.T) {
	d, id, dir := small(t, nil)
	var refusal *breach.Refusal
	if err := d.Scan(context.Background(), id, casework.ScanOptions{Evidence: filepath.Join(dir, "nowhere")}); !errors.As(err, &refusal) {
		t.Errorf("got %v, want a refusal", err)
	}
}

func TestRevealIsNoted(t *testing.T) {
	d, id, dir := small(t, map[string]string{"a.txt": "ny@example.org"})
	scan(t, d, id, casework.ScanOptions{Evidence: dir})
	export(t, d, id)
	for p, err := range d.People(t.Context(), id) {
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Reveal(t.Context(), id, auth.ReachPerson, p); err != nil {
			t.Fatal(err)
		}
	}
	g, err := d.Store.Grant(t.Context(), d.Who, auth.Ask{Action: auth.ReadCaseJournal, Case: id, Now: auth.Instant{Wall: time.Now()}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for r, err := range d.Store.CaseJournal(t.Context(), g) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Who != "console:test" || r.Origin != "console" {
			t.Errorf("%s was done by %q from %q", r.Act, r.Who, r.Origin)
		}
		got = append(got, strings.TrimSpace(fmt.Sprint(r.Act, " ", r.Object, " ", r.Purpose)))
	}
	want := []string{"open-case opened", "import-register", "import-register register:1,version=1,new=3,changed=0,gone=0", "scan", "resolve",
		"export-values exposures judge-match", "list-people", "reveal person:p4 reach-person", "read-case-journal"}
	if !slices.Equal(got, want) {
		t.Errorf("the journal has\n%q, want\n%q", got, want)
	}
}

func TestFileThatVanishesIsALineInTheAccount(t *testing.T) {
	d, id, dir := small(t, map[string]string{"a.txt": "Aino Koivunen 010594Y9032\n", "b.txt": "x"})
	scan(t, d, id, casework.ScanOptions{Evidence: dir, Progress: func(p casework.Progress) {
		if p.Phase == casework.Readying {
			_ = os.Remove(filepath.Join(dir, "b.txt"))
		}
	}})
	people, items, _ := lines(t, export(t, d, id))
	if len(people) != 1 || len(items) != 2 || items[1].State != "not_readable" || items[1].Reason != "io_error" {
		t.Errorf("%d people; items %+v", len(people), items)
	}
}
