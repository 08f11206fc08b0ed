package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// evidenceName is what may name a folder on pages, before which an organisation
// of a server with several may stand.
var evidenceName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:([a-z0-9][a-z0-9_-]{0,62}):)?([\pL\pN][\pL\pN ._-]{0,63})$`)
})

// folders reads --evidence NAME=DIR and --evidence TENANT:NAME=DIR.
func (o serving) folders(data string) ([]casework.EvidenceFolder, error) {
	var list []casework.EvidenceFolder
	for _, text := range o.evidence {
		name, dir, _ := strings.Cut(text, "=")
		part := evidenceName().FindStringSubmatch(name)
		path, err := filepath.Abs(dir)
		var info os.FileInfo
		if err == nil {
			info, err = os.Stat(path)
		}
		if part == nil || dir == "" || err != nil || !info.IsDir() || holds(path, data) || holds(data, path) {
			return nil, &breach.Refusal{Key: "cmd.serve.evidence", Args: map[string]any{"Value": text}, Err: err}
		}
		f := casework.EvidenceFolder{Tenant: store.Local, Name: part[2], Path: path}
		if part[1] != "" {
			f.Tenant = auth.TenantID(part[1])
		}
		list = append(list, f)
	}
	return list, nil
}

// holds reports whether a folder is another, or lies in it.
func holds(outer, inner string) bool {
	outer, err := filepath.Abs(outer)
	if err != nil {
		return false
	}
	if inner, err = filepath.Abs(inner); err != nil {
		return false
	}
	rel, err := filepath.Rel(outer, inner)
	return err == nil && filepath.IsLocal(rel)
}

// newScans readies what scans beside requests.
func newScans(o serving, data string, now func() auth.Instant, logger *slog.Logger) (*casework.Scans, error) {
	folders, err := o.folders(data)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find the workers: %w", err)
	}
	return casework.NewScans(casework.ScanSettings{Worker: []string{self, "worker"}, Folders: folders, Now: now,
		Tell: func(t auth.TenantID, id store.CaseID, err error) {
			logger.Error("scan failed", "tenant", t, "case", id, "error", err.Error())
		}}), nil
}

// resume goes on with what the server was scanning for a tenant when it ended.
func (w *chores) resume(ctx context.Context, scans *casework.Scans, id auth.TenantID, s *store.Store) {
	if err := scans.Resume(ctx, s, id); err != nil {
		w.tell(id, "scan", "", err)
	}
}
