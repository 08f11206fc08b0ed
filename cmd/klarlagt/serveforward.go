package main

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// betweenRecords is how often the server looks for records to hand on.
const betweenRecords = 2 * time.Second

// outlets are where the records of a tenant's journal go. A folder holds a file
// for each tenant.
func (w *chores) outlets(id auth.TenantID) ([]casework.Target, error) {
	o := casework.Outlets{Private: w.private}
	if w.recordsCA != "" {
		raw, err := os.ReadFile(w.recordsCA)
		if o.Roots = x509.NewCertPool(); err == nil && !o.Roots.AppendCertsFromPEM(raw) {
			err = errors.New("no certificate in it")
		}
		if err != nil {
			return nil, &breach.Refusal{Key: "cmd.cannot-read", Args: map[string]any{"Path": w.recordsCA}, Err: err}
		}
	}
	var all []casework.Target
	for _, text := range w.records {
		if !strings.Contains(text, "://") {
			if info, err := os.Stat(text); err != nil || !info.IsDir() {
				return nil, &breach.Refusal{Key: "cmd.serve.journal-to", Err: err}
			}
			text = filepath.Join(text, string(id)+".jsonl")
		}
		t, err := o.Parse(text)
		if err != nil {
			return nil, &breach.Refusal{Key: "cmd.serve.journal-to", Err: err}
		}
		all = append(all, t)
	}
	return all, nil
}

// forwardJournal begins to hand a tenant's records on, to each target by itself.
func (w *chores) forwardJournal(ctx context.Context, id auth.TenantID, s *store.Store) {
	targets, err := w.outlets(id)
	if err != nil {
		w.tell(id, "journal", "", err)
	}
	for i, t := range targets {
		sum := sha256.Sum256([]byte(w.records[i])) // the text may hold a secret
		f := &casework.Forward{Records: s.Records, To: t, Every: betweenRecords, Position: filepath.Join(s.Home(), "forwarded-"+hex.EncodeToString(sum[:8])),
			Tell: func(err error) {
				if err == nil {
					w.log.Info("journal arrives again", "tenant", id, "target", t.Name)
					return
				}
				w.tell(id, "journal", t.Name, err)
			}}
		to := t.Name
		if !strings.Contains(to, "://") {
			to = w.records[i] // the folder: no number of the server's names a tenant
		}
		w.mu.Lock()
		w.forward[to] = append(w.forward[to], f)
		w.mu.Unlock()
		w.busy.Go(func() { f.Run(ctx) })
	}
}

// waiting is how many records have not arrived yet, by target.
func (w *chores) waiting() map[string]int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := map[string]int64{}
	for to, list := range w.forward {
		for _, f := range list {
			all[to] += f.Waiting()
		}
	}
	return all
}
