package casework

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// Playbooks are what there is to do after each kind of incident: a file a kind in
// playbooks, and a line a task. A line is hours after awareness, a blank, and the
// task in each language, parted by tabs: en, sv, fi.
//
//go:embed playbooks/*.txt
var playbookFiles embed.FS

// Playbooks lists the kinds of incidents in the order in which they are offered.
func Playbooks() []string {
	return []string{"mis-sent", "share", "mailbox", "scraping", "access", "supplier", "ransomware", "other"}
}

// PlayTask is one task of a playbook.
type PlayTask struct {
	Title string
	Hours int // after awareness
}

// Playbook lists the tasks of a kind in a language.
func Playbook(kind, lang string) ([]PlayTask, error) {
	raw, err := fs.ReadFile(playbookFiles, "playbooks/"+kind+".txt")
	if err != nil {
		return nil, fmt.Errorf("playbook: %w", err)
	}
	at := map[string]int{"sv": 1, "fi": 2}[lang]
	var tasks []PlayTask
	for n, line := range strings.Split(strings.TrimSpace(string(raw)), "\n") {
		hours, rest, _ := strings.Cut(line, " ")
		texts := strings.Split(rest, "\t")
		h, err := strconv.Atoi(hours)
		if err != nil || len(texts) != 3 {
			return nil, fmt.Errorf("playbook %s, line %d: not hours and three texts", kind, n+1)
		}
		tasks = append(tasks, PlayTask{texts[at], h})
	}
	return tasks, nil
}

// TakePlaybook adds the tasks of the case's kind that it does not have yet, due
// after awareness, or from now where that is not known. It gives how many.
func (d *Desk) TakePlaybook(ctx context.Context, id store.CaseID, how Typed) (int, error) {
	k, err := d.Known(ctx, id, time.Time{})
	if err != nil {
		return 0, err
	}
	kind := k.Says("case", "kind")
	if kind == "" {
		return 0, &breach.Refusal{Key: "refusal.no-kind"}
	}
	tasks, err := Playbook(kind, how.Say.Lang())
	if err != nil {
		return 0, err
	}
	start := k.Incident().Aware.At
	if start.IsZero() {
		start = d.now()
	}
	there := map[string]bool{}
	for _, f := range k.Items("task") {
		there[f.Parts.Says("name")] = true
	}
	added := 0
	for _, t := range tasks {
		if there[t.Title] {
			continue
		}
		how.Parts = map[string]string{"name": t.Title, "due": start.Add(time.Duration(t.Hours) * time.Hour).Format(time.RFC3339)}
		if _, err := d.Enter(ctx, id, Entering{Sort: "task", Item: breach.NewItem, Typed: how}); err != nil {
			return added, err
		}
		added++
	}
	return added, nil
}
