package casework

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/assess"
	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/journal"
	"github.com/klarlagt/klarlagt/store"
)

// keep writes what the law wants kept of a case and says nothing of anybody:
// counts, the sums of the account, the report.
func (d *Desk) keep(ctx context.Context, c store.Case, o CloseOptions, dir string) error {
	account, err := d.Counts(ctx, c.ID)
	if err != nil {
		return err
	}
	result, err := d.Result(ctx, c.ID)
	var refusal *breach.Refusal
	unresolved := errors.As(err, &refusal) && refusal.Key == "refusal.not-resolved" // nothing was found out that could be kept
	if err != nil && !unresolved {
		return err
	}
	summary := map[string]any{"case": c.ID, "opened_at": c.OpenedAt, "items": account.Items, "files": account.Files, "members": account.Members,
		"bytes": account.Bytes, "unread": account.Gaps, "resolved": !unresolved}
	if !unresolved {
		summary["resolved_at"], summary["people"], summary["strangers"] = result.At, result.Exposed, result.Strangers
		summary["protected"], summary["one_of"], summary["traces"] = Few(result.Protected), result.OneOf, result.Traces
	}
	approvals, err := d.Approvals(ctx, c.ID)
	if err != nil {
		return err
	}
	notices, err := d.keptNotices(ctx, c.ID)
	if err != nil {
		return err
	}
	letters, err := d.keptLetters(ctx, c.ID)
	if err != nil {
		return err
	}
	write := map[string]func(io.Writer) error{
		"letters.csv":   func(w io.Writer) error { return csv.NewWriter(w).WriteAll(letters) },
		"notices.csv":   func(w io.Writer) error { return csv.NewWriter(w).WriteAll(notices) },
		"approvals.csv": func(w io.Writer) error { return approvalsCSV(w, approvals) },
		"case.json":     func(w io.Writer) error { return encode(w, summary) },
		"account.csv":   func(w io.Writer) error { return accountCSV(w, account) },
	}
	if !unresolved {
		write["counts.csv"] = func(w io.Writer) error { return countsCSV(w, result.Rows) }
		if o.Report != nil {
			write["report.html"] = o.Report
		}
	}
	for name, f := range write {
		if err := writeFile(filepath.Join(dir, name), f); err != nil {
			return err
		}
	}
	return nil
}

func accountCSV(to io.Writer, a Account) error {
	w := csv.NewWriter(to)
	_ = w.Write([]string{"part", "name", "state", "reason", "items", "bytes"}) // Flush tells
	line := func(part, name string, states []StateSum) {
		for _, s := range states {
			_ = w.Write([]string{part, name, string(s.State), "", strconv.FormatInt(s.Items, 10), strconv.FormatInt(s.Bytes, 10)})
			for _, r := range s.Reasons {
				_ = w.Write([]string{part, name, string(s.State), string(r.Reason), strconv.FormatInt(r.Items, 10), ""})
			}
		}
	}
	line("all", "", a.States)
	for _, p := range a.Formats {
		line("format", p.Name, p.States)
	}
	for _, p := range a.Sizes {
		line("size", p.Name, p.States)
	}
	w.Flush()
	return w.Error()
}

// approvalsCSV lists what was proposed, and who decided it, by id. When each of
// them did stands in the journal.
func approvalsCSV(to io.Writer, list []auth.Approval) error {
	w := csv.NewWriter(to)
	_ = w.Write([]string{"approval", "action", "state", "author", "proposed_at", "payload_sha256", "opened", "agreed"}) // Flush tells
	ids := func(list []auth.UserID) string {
		var texts []string
		for _, u := range list {
			texts = append(texts, string(u))
		}
		return strings.Join(texts, " ")
	}
	for _, a := range list {
		_ = w.Write([]string{a.ID, string(a.Action), string(a.State), string(a.Author), a.Made.Wall.UTC().Format(time.RFC3339),
			hex.EncodeToString(a.Payload[:]), ids(a.Opened), ids(a.Agreed)})
	}
	w.Flush()
	return w.Error()
}

func countsCSV(to io.Writer, rows []assess.Row) error {
	w := csv.NewWriter(to)
	_ = w.Write([]string{"group", "kind", "registered", "proven", "likely", "possible", "excluded", "unknown", "upper"}) // Flush tells
	for _, row := range rows {
		for _, n := range row.Counts {
			kind := ""
			if n.Kind != 0 {
				kind = n.Kind.String()
			}
			line := []string{row.Group, kind}
			for _, count := range []int64{n.Registered, n.Proven, n.Likely, n.Possible, n.Excluded, n.Unknown, n.Upper} {
				line = append(line, strconv.FormatInt(count, 10))
			}
			if FewIn(n) { // the others would tell, by what is left
				line = []string{row.Group, kind, line[2], "", "", "", "", "", Few(n.Upper)}
			}
			_ = w.Write(line)
		}
	}
	w.Flush()
	return w.Error()
}

// keepJournal writes the case's records, a signed checkpoint, and for each
// record the proof that it is in the journal that was signed.
func (d *Desk) keepJournal(ctx context.Context, g auth.Grant, dir string) error {
	signed, key, err := d.Store.Checkpoint(ctx, d.instant())
	if err != nil {
		return err
	}
	for name, content := range map[string]string{"checkpoint.txt": string(signed), "journal-key.txt": key + "\n"} {
		if err := writeFile(filepath.Join(dir, name), func(w io.Writer) error { _, err := io.WriteString(w, content); return err }); err != nil {
			return err
		}
	}
	return writeFile(filepath.Join(dir, "journal.jsonl"), func(lines io.Writer) error {
		return writeFile(filepath.Join(dir, "journal-proofs.jsonl"), func(proofs io.Writer) error {
			for p, err := range d.Store.CaseProofs(ctx, g, signed, key) {
				if err != nil {
					return err
				}
				if _, _, err := journal.OpenProof(p.Proof, key); err != nil {
					return err
				}
				if _, err := fmt.Fprintf(lines, "%s\n", p.Line); err != nil {
					return err
				}
				if err := json.NewEncoder(proofs).Encode(map[string]any{"seq": p.Seq, "proof": string(p.Proof)}); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// KeptFile is a line of a manifest.
type KeptFile struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// writeManifest lists what lies in a folder, and gives the list's own hash.
func writeManifest(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", fmt.Errorf("write manifest: %w", err)
	}
	list := []KeptFile{}
	for _, e := range entries {
		switch e.Name() {
		case manifestFile, begunFile, certificateFile, certificateFile + ".tmp":
			continue
		}
		size, sum, err := store.HashFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return "", fmt.Errorf("write manifest: %w", err)
		}
		list = append(list, KeptFile{e.Name(), size, sum})
	}
	path := filepath.Join(dir, manifestFile)
	if err := writeJSON(path, list); err != nil {
		return "", err
	}
	_, sum, err := store.HashFile(path)
	return sum, err
}

func writeJSON(path string, v any) error {
	return writeFile(path, func(w io.Writer) error { return encode(w, v) })
}

func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// writeFile writes a file for its owner alone that appears when it is whole and
// on the disk.
func writeFile(path string, write func(io.Writer) error) (err error) {
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	buffered := bufio.NewWriterSize(f, 64<<10)
	if err = write(buffered); err == nil {
		err = buffered.Flush()
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(path+".new", path)
	}
	if err == nil {
		return nil
	}
	if gone := os.Remove(path + ".new"); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return fmt.Errorf("write %s: %w", filepath.Base(path), err)
}
