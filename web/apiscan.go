package web

import (
	"errors"
	"net/http"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

type (
	apiScan struct {
		Number   int64           `json:"number"`
		State    store.ScanState `json:"state" enum:"going,begun,paused,stopped,done,failed" doc:"Begun: at the command line, under way there or cut off."`
		Command  bool            `json:"command,omitempty" doc:"Made at the command line."`
		Folder   string          `json:"folder,omitempty" doc:"By its name on the server, or as it was named at the command line; missing for what was sent."`
		Reached  string          `json:"reached" doc:"How sure it is that the evidence was reached."`
		By       string          `json:"by"`
		Began    time.Time       `json:"began"`
		Ended    *time.Time      `json:"ended,omitempty"`
		Files    int64           `json:"files" doc:"Done, when it ended."`
		Of       int64           `json:"of" doc:"Known then."`
		Bytes    int64           `json:"bytes"`
		Mentions int64           `json:"mentions"`
		Gaps     int64           `json:"gaps"`
		Problem  string          `json:"problem,omitempty" doc:"Why it failed, for people."`
	}
	apiProgress struct {
		Phase    string  `json:"phase,omitempty" enum:"listing,indexing,readying,reading,looking,resolving"`
		Waits    bool    `json:"waits" doc:"For its turn."`
		Ending   bool    `json:"ending" doc:"It was asked to end, and keeps what was read."`
		Files    int64   `json:"files"`
		Of       int64   `json:"of"`
		Bytes    int64   `json:"bytes"`
		OfBytes  int64   `json:"of_bytes"`
		Mentions int64   `json:"mentions"`
		Gaps     int64   `json:"gaps"`
		Pictures int64   `json:"pictures"`
		Rate     float64 `json:"rate" doc:"Bytes a second; 0 where nobody knows."`
		Left     float64 `json:"left" doc:"Seconds, at that rate; 0 where nobody knows."`
		Sandbox  string  `json:"sandbox,omitempty" doc:"How the workers are shut in."`
	}
	apiUpload struct {
		Number int64     `json:"number"`
		Name   string    `json:"name" doc:"As it was sent; it may hold names."`
		Size   int64     `json:"size"`
		At     time.Time `json:"at"`
	}
	apiScans struct {
		Scans   []apiScan    `json:"scans" nullable:"false" doc:"The newest first. One that is going, without progress, waits for the server: continue it."`
		Going   *apiProgress `json:"progress,omitempty" doc:"Of the newest, while it is under way."`
		Folders []string     `json:"folders" nullable:"false" doc:"Of the server, which may be scanned."`
		Uploads []apiUpload  `json:"uploads" nullable:"false" doc:"Files that were sent as evidence."`
	}
	apiScanned struct {
		Number int64           `json:"number"`
		State  store.ScanState `json:"state"`
	}
)

// A scan takes what the command's does: see [casework.Scans].
func scanOperations(a *api) {
	too := []auth.Action{auth.Resolve, auth.ReadPictures}
	reads(a, "/cases/{case}/scans", auth.ReadAccount, "scans-list", "What was scanned, what is being scanned and how far it is, and what may be", apiListScans)
	operation(a, doing{method: http.MethodPost, path: "/cases/{case}/scans", action: auth.Scan, too: too, id: "scans-begin", summary: "Begin to scan a folder of the server, or what was sent"}, apiBeginScan)
	acts(a, "/cases/{case}/scans/pause", auth.Scan, "scans-pause", "Pause the scan: what was read is kept", apiPauseScan)
	operation(a, doing{method: http.MethodPost, path: "/cases/{case}/scans/continue", action: auth.Scan, too: too, id: "scans-continue", summary: "Go on with a scan that was paused"}, apiContinueScan)
	acts(a, "/cases/{case}/scans/stop", auth.Scan, "scans-stop", "End the scan for good: what was read is kept", apiStopScan)
	operation(a, doing{method: http.MethodPost, path: "/cases/{case}/uploads", action: auth.Scan, id: "scans-send", allowance: sending, file: true, summary: "Send a small file as evidence"}, apiSendEvidence)
	acts(a, "/cases/{case}/uploads/{id}/remove", auth.Scan, "scans-take-back", "Take back a file that was sent as evidence", apiRemoveEvidence)
}

func apiListScans(v *visit, _ *caseIn) (apiScans, error) {
	out := apiScans{Scans: []apiScan{}, Folders: []string{}, Uploads: []apiUpload{}}
	list, err := v.tenant.Scans(v.Context(), v.grant)
	if err != nil {
		return out, err
	}
	lines, err := v.scanLines(list)
	if err != nil {
		return out, err
	}
	for _, x := range lines {
		one := apiScan{Number: x.Number, State: x.State, Command: x.Command, Folder: x.Folder, Reached: x.Reached.String(), By: x.Who, Began: x.Began,
			Files: x.Items, Of: x.Of, Bytes: x.Bytes, Mentions: x.Mentions, Gaps: x.Gaps, Problem: x.Problem}
		if !x.Ended.IsZero() {
			one.Ended = &x.Ended
		}
		out.Scans = append(out.Scans, one)
	}
	sent, err := v.tenant.Uploads(v.Context(), v.grant, store.ForEvidence)
	for _, u := range sent {
		out.Uploads = append(out.Uploads, apiUploadOf(u))
	}
	if v.Scans == nil {
		return out, err
	}
	out.Folders = append(out.Folders, v.Scans.Names(v.session.Tenant)...)
	if j := v.Scans.Job(v.session.Tenant, v.grant.Case()); j != nil {
		x := j.State()
		out.Going = &apiProgress{string(x.Phase), x.Waits, x.Ending, x.Items, x.Of, x.Bytes, x.OfBytes, x.Mentions, x.Gaps, x.Pictures, x.Rate, x.Left.Seconds(), x.Sandbox}
	}
	return out, err
}

// apiUploadOf shows a file's name, to whoever may see what files are called.
func apiUploadOf(u store.Upload) apiUpload {
	return apiUpload{u.Number, u.Name.Reveal(), u.Size, u.At}
}

type beginIn struct {
	Case string `path:"case" doc:"The case's number."`
	Body struct {
		Folder    string   `json:"folder,omitempty" doc:"One of scans-list."`
		Uploads   bool     `json:"uploads,omitempty" doc:"What was sent, instead of a folder."`
		Reached   string   `json:"reached,omitempty" enum:"proven,likely,possible" doc:"How sure it is that the evidence was reached; proven where it is missing."`
		Passwords []string `json:"passwords,omitempty" maxItems:"1000" doc:"To try on what is locked. They are kept until the scan is done."`
	}
}

func apiBeginScan(v *visit, in *beginIn) (apiScanned, error) {
	b := in.Body
	plan := store.ScanPlan{Folder: b.Folder, Reached: breach.Proven, Passwords: b.Passwords}
	if grade, ok := breach.ParseGrade(b.Reached); ok {
		plan.Reached = grade
	}
	if b.Uploads == (b.Folder != "") {
		return apiScanned{}, &breach.Refusal{Key: "refusal.evidence-name", Args: map[string]any{"Name": b.Folder}}
	}
	return v.apiScan(func(d *casework.Desk) error { return v.Scans.Begin(v.Context(), d, v.caseID(), plan) })
}

func apiPauseScan(v *visit, _ *caseIn) (apiScanned, error) {
	return v.apiScan(func(d *casework.Desk) error { return v.Scans.Pause(v.Context(), d, v.caseID()) })
}

func apiContinueScan(v *visit, _ *caseIn) (apiScanned, error) {
	return v.apiScan(func(d *casework.Desk) error { return v.Scans.Continue(v.Context(), d, v.caseID()) })
}

func apiStopScan(v *visit, _ *caseIn) (apiScanned, error) {
	return v.apiScan(func(d *casework.Desk) error { return v.Scans.Stop(v.Context(), d, v.caseID()) })
}

// apiScan does something about a scan, and gives the one that it is about.
func (v *visit) apiScan(do func(*casework.Desk) error) (apiScanned, error) {
	d, err := v.scanning()
	if err == nil {
		err = do(d)
	}
	if store.IsSecret(err) {
		err = &breach.Refusal{Key: "refusal.scan-secret"}
	}
	if err != nil {
		return apiScanned{}, err
	}
	list, err := v.tenant.Scans(v.Context(), v.grant)
	for _, x := range list {
		if !x.Command {
			return apiScanned{x.Number, x.State}, err
		}
	}
	return apiScanned{}, err
}

// apiSend keeps the one file of a form.
func (v *visit) apiSend(use store.UploadUse) (store.Upload, error) {
	var sent []store.Upload
	_, err := v.send(use, func(u store.Upload) { sent = append(sent, u) })
	if err == nil && len(sent) != 1 {
		err = &breach.Refusal{Key: "refusal.upload-none"}
	}
	if err == nil {
		return sent[0], nil
	}
	for _, u := range sent { // what was refused is not kept
		err = errors.Join(err, v.desk().RemoveUpload(v.Context(), v.caseID(), u))
	}
	return store.Upload{}, err
}

func apiSendEvidence(v *visit, _ *caseIn) (apiNumber, error) {
	u, err := v.apiSend(store.ForEvidence)
	return apiNumber{u.Number}, err
}

type uploadIn struct {
	Case string `path:"case" doc:"The case's number."`
	ID   string `path:"id" doc:"The number of the file."`
}

func apiRemoveEvidence(v *visit, _ *uploadIn) (apiNumber, error) {
	u, err := v.theUpload(store.ForEvidence)
	if err == nil {
		err = v.desk().RemoveUpload(v.Context(), v.caseID(), u)
	}
	return apiNumber{u.Number}, err
}
