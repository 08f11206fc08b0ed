package web

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// scansPage is what is being scanned of a case, what was, and what may be.
type scansPage struct {
	casePage
	Path    string
	Going   *scanProgress // nil: nothing is under way here
	Paused  bool
	Lost    bool // it should be under way, and is not
	List    []scanLine
	Uploads []store.Upload
	Folders []string
	Folder  string // as chosen
	Grades  []breach.Grade
	Grade   breach.Grade
	Begin   bool // the visitor may begin a scan now
	Act     bool // may pause and stop
	Off     bool // this server scans nothing
	Watch   bool
	Stream  bool  // it may be watched: not through broken glass
	Limit   int64 // megabytes of a file that is sent
}

// scanLine is one scan.
type scanLine struct {
	store.Scan
	Who, Took, Problem string
}

// scanProgress is how far a scan is, in words and as a part of the whole. Words
// are told apart by name: a script puts newer ones in their place.
type scanProgress struct {
	Value, Max int64
	Known      bool `json:"-"` // how much there is
	Words      []scanWord
}

// scanWord is one of them.
type scanWord struct{ Name, Key, Says string }

func showScans(v *visit) error { return v.scansForm(nil) }

func (v *visit) scansForm(wrong error) error {
	base, err := v.theCase()
	if err != nil {
		return err
	}
	p := scansPage{casePage: base, Path: v.inCase("scans"), Act: v.may(auth.Scan), Off: v.Scans == nil, Limit: casework.MostUpload >> 20, Stream: v.grant.Glass() == "", Folder: v.PostFormValue("evidence"),
		Grades: []breach.Grade{breach.Proven, breach.Likely, breach.Possible}, Grade: breach.Proven, Watch: v.URL.Query().Get("watch") != "" && wrong == nil}
	if grade, ok := breach.ParseGrade(v.PostFormValue("reached")); ok {
		p.Grade = grade
	}
	list, err := v.tenant.Scans(v.Context(), v.grant)
	if err == nil {
		p.Uploads, err = v.tenant.Uploads(v.Context(), v.grant, store.ForEvidence)
	}
	if err == nil {
		p.List, err = v.scanLines(list)
	}
	if err != nil {
		return err
	}
	if v.Scans != nil {
		p.Folders = v.Scans.Names(v.session.Tenant)
		if j := v.Scans.Job(v.session.Tenant, base.Case.ID); j != nil {
			p.Going = v.progress(j.State())
		}
	}
	at := slices.IndexFunc(list, func(x store.Scan) bool { return x.State.Open() })
	open := at >= 0
	p.Paused = p.Going == nil && open && list[at].State == store.ScanPaused
	p.Lost = p.Going == nil && open && !p.Paused
	p.Begin = p.Act && !p.Off && !open && p.Going == nil && len(p.Folders)+len(p.Uploads) > 0
	if p.Watch && p.Going != nil {
		v.out.Header().Set("Refresh", "10")
	}
	return v.form("scans", p, wrong)
}

// scanLines puts scans into words.
func (v *visit) scanLines(list []store.Scan) ([]scanLine, error) {
	names, err := v.colleagues()
	if err != nil {
		return nil, err
	}
	var lines []scanLine
	for _, x := range list {
		l := scanLine{Scan: x, Who: names.of(string(x.By))}
		if !x.Ended.IsZero() {
			l.Took = v.span(x.Ended.Sub(x.Began))
		}
		if x.Problem != "" {
			l.Problem = v.text.Text(x.Problem, x.Args)
		}
		lines = append(lines, l)
	}
	return lines, nil
}

// progress puts how far a scan is into words.
func (v *visit) progress(x casework.ScanState) *scanProgress {
	p := &scanProgress{Value: x.Items, Max: x.Of, Known: x.Of > 0}
	if x.Phase == casework.Reading && x.OfBytes > 0 {
		p.Value, p.Max = x.Bytes, x.OfBytes
	}
	at := v.text.T("cmd.phase." + string(x.Phase))
	switch {
	case x.Ending:
		at = v.text.T("web.scans.ending")
	case x.Waits, x.Phase == "":
		at = v.text.T("web.scans.waits")
	}
	p.Words = []scanWord{{"phase", "web.scans.phase", title(at)}, {"files", "web.scans.files", v.text.T("web.scans.of", "Items", x.Items, "Of", x.Of)}}
	count := func(name string, n int64) {
		p.Words = append(p.Words, scanWord{name, "web.scans." + name, v.text.Number(n)})
	}
	count("found", x.Mentions)
	count("gaps", x.Gaps)
	rate, left := v.text.T("web.scans.unknown"), v.text.T("web.scans.unknown")
	if x.Rate > 0 {
		rate = v.text.T("web.scans.rate", "Size", v.text.Bytes(int64(x.Rate)))
		left = v.span(x.Left)
	}
	p.Words = append(p.Words, scanWord{"speed", "web.scans.speed", rate}, scanWord{"left", "web.scans.left", left})
	if x.Phase == casework.Looking {
		count("pictures", x.Pictures)
	}
	return p
}

// span is a stretch of time in words, as coarse as it is long.
func (v *visit) span(d time.Duration) string {
	d = max(d.Round(time.Second), time.Second)
	hours, minutes, seconds := int64(d/time.Hour), int64(d%time.Hour/time.Minute), int64(d%time.Minute/time.Second)
	switch {
	case hours > 0:
		return v.text.T("web.span.hours", "Hours", hours, "Minutes", minutes)
	case minutes > 0:
		return v.text.T("web.span.minutes", "Minutes", minutes, "Seconds", seconds)
	}
	return v.text.T("web.span.seconds", "Seconds", seconds)
}

// scanning is what scans go by.
func (v *visit) scanning() (*casework.Desk, error) {
	if v.Scans == nil {
		return nil, &breach.Refusal{Key: "refusal.scans-off"}
	}
	return v.lasting()
}

// lasting is a desk for what outlasts the sign-in: the case as the server itself
// opens it. One in secret mode it cannot open.
func (v *visit) lasting() (*casework.Desk, error) {
	own, err := v.Tenant(v.Context(), v.session.Tenant)
	if err != nil {
		return nil, err
	}
	d := v.desk()
	d.Store = own
	return d, nil
}

// scanDo does something about a scan, and shows how it stands.
func (v *visit) scanDo(do func(d *casework.Desk) error) error {
	d, err := v.scanning()
	if err == nil {
		err = do(d)
	}
	if store.IsSecret(err) {
		err = &breach.Refusal{Key: "refusal.scan-secret"}
	}
	if isRefusal(err) {
		return v.scansForm(err)
	}
	if err != nil {
		return err
	}
	return v.redirect(v.inCase("scans"))
}

// beginScan begins a scan of a folder by its name, or of what was uploaded.
func beginScan(v *visit) error {
	grade, ok := breach.ParseGrade(v.PostFormValue("reached"))
	if !ok || grade < breach.Possible {
		grade = breach.Proven
	}
	plan := store.ScanPlan{Reached: grade, Passwords: lines(v.PostFormValue("passwords"))}
	kind, name, _ := strings.Cut(v.PostFormValue("evidence"), ":")
	if kind == "folder" {
		plan.Folder = name
	}
	if kind != "uploads" && plan.Folder == "" {
		return v.scansForm(&breach.Refusal{Key: "refusal.evidence-name", Args: map[string]any{"Name": name}})
	}
	return v.scanDo(func(d *casework.Desk) error { return v.Scans.Begin(v.Context(), d, v.caseID(), plan) })
}

// lines are those of a text that hold something.
func lines(text string) (list []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			list = append(list, line)
		}
	}
	return list
}

func pauseScan(v *visit) error {
	return v.scanDo(func(d *casework.Desk) error { return v.Scans.Pause(v.Context(), d, v.caseID()) })
}

func continueScan(v *visit) error {
	return v.scanDo(func(d *casework.Desk) error { return v.Scans.Continue(v.Context(), d, v.caseID()) })
}

func stopScan(v *visit) error {
	return v.scanDo(func(d *casework.Desk) error { return v.Scans.Stop(v.Context(), d, v.caseID()) })
}

// sendEvidence keeps files that are sent.
func sendEvidence(v *visit) error {
	n, err := v.send(store.ForEvidence, func(store.Upload) {})
	if err == nil && n == 0 {
		err = &breach.Refusal{Key: "refusal.upload-none"}
	}
	if isRefusal(err) {
		return v.scansForm(err)
	}
	if err != nil {
		return err
	}
	return v.redirect(v.inCase("scans"))
}

// send keeps each file of a form as it arrives, and gives how many there were.
func (v *visit) send(use store.UploadUse, kept func(store.Upload)) (n int, err error) {
	form, err := v.MultipartReader()
	if err != nil {
		return 0, &breach.Refusal{Key: "refusal.upload-none", Err: err}
	}
	for {
		part, err := form.NextPart()
		switch {
		case errors.Is(err, io.EOF):
			return n, nil
		case err != nil:
			return n, err
		case part.FileName() == "":
			continue
		}
		u, err := v.desk().Upload(v.Context(), v.caseID(), use, part.FileName(), part)
		if err != nil {
			return n, err
		}
		kept(u)
		n++
	}
}

// theUpload finds what the path names among what was sent for a use.
func (v *visit) theUpload(use store.UploadUse) (store.Upload, error) {
	list, err := v.tenant.Uploads(v.Context(), v.grant, use)
	for _, u := range list {
		if fmt.Sprint(u.Number) == v.PathValue("id") {
			return u, err
		}
	}
	if err == nil {
		err = errNotThere
	}
	return store.Upload{}, err
}

func removeEvidence(v *visit) error {
	u, err := v.theUpload(store.ForEvidence)
	if err == nil {
		err = v.desk().RemoveUpload(v.Context(), v.caseID(), u)
	}
	if err != nil {
		return err
	}
	return v.redirect(v.inCase("scans"))
}
