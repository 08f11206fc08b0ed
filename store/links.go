package store

import (
	"context"
	"errors"
	"fmt"
	"github.com/klarlagt/klarlagt/auth"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// Link is one place that tells something of one person: a row of the links
// part, which is sorted by person, path and place.
type Link struct {
	Person      int64
	Root        int64
	Path        string // of the evidence with its members, raw bytes; may hold names
	Place       breach.Place
	Proven      breach.Kinds // the kinds that this place proves, and so on
	Likely      breach.Kinds
	Possible    breach.Kinds
	Probability float64
	Why         string // the reason's key, see resolve
	WhyKinds    breach.Kinds
	Candidates  int32 // how many people it could be; 1 where it is settled
}

// Kinds is all that the place tells.
func (l Link) Kinds() breach.Kinds { return l.Proven | l.Likely | l.Possible }

type linkRow struct {
	Person   int64  `parquet:"person,delta"`
	Root     int64  `parquet:"root"`
	Path     []byte `parquet:"path,dict"`
	Evidence int64  `parquet:"evidence"`
	placeRow
	Proven      int64   `parquet:"proven"`
	Likely      int64   `parquet:"likely"`
	Possible    int64   `parquet:"possible"`
	Probability float64 `parquet:"probability"`
	Why         string  `parquet:"why,dict"`
	WhyKinds    int64   `parquet:"why_kinds"`
	Candidates  int32   `parquet:"candidates"`
}

func rowOfLink(l Link) linkRow {
	return linkRow{
		Person: l.Person, Root: l.Root, Path: []byte(l.Path), Evidence: int64(l.Place.Evidence), placeRow: rowOfPlace(l.Place),
		Proven: int64(l.Proven), Likely: int64(l.Likely), Possible: int64(l.Possible),
		Probability: l.Probability, Why: l.Why, WhyKinds: int64(l.WhyKinds), Candidates: l.Candidates,
	}
}

func (r *linkRow) link() Link {
	return Link{
		Person: r.Person, Root: r.Root, Path: string(r.Path), Place: r.place(breach.EvidenceID(r.Evidence)),
		Proven: breach.Kinds(r.Proven), Likely: breach.Kinds(r.Likely), Possible: breach.Kinds(r.Possible),
		Probability: r.Probability, Why: r.Why, WhyKinds: breach.Kinds(r.WhyKinds), Candidates: r.Candidates,
	}
}

func (s *Store) linksPath(id CaseID, part int64) string {
	return filepath.Join(s.CaseDir(id), fmt.Sprintf("links-%06d.part", part))
}

// linksSummary names the summary that tells which links part is in force.
const linksSummary = "links"

func (s *Store) linksPart(ctx context.Context, k *caseKeys) (part int64, err error) {
	_, err = s.summary(ctx, k, linksSummary, &part)
	return part, err
}

// Links calls f for the links of all people from the given row on, in order,
// until f says false.
func (s *Store) Links(ctx context.Context, g auth.Grant, first int64, f func(Link) (bool, error)) error {
	id := g.Case()
	k, err := s.under(ctx, g, toLook...)
	if err != nil {
		return err
	}
	part, err := s.linksPart(ctx, k)
	if err != nil || part == 0 {
		return err
	}
	return readPart(k, "links", s.linksPath(id, part), first, func(r *linkRow) (bool, error) {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		return f(r.link())
	})
}

// clearLinks removes every links part but one.
func (s *Store) clearLinks(id CaseID, keep int64) error {
	files, err := os.ReadDir(s.CaseDir(id))
	if err != nil {
		return fmt.Errorf("clear links: %w", err)
	}
	for _, f := range files {
		name := f.Name()
		if !strings.HasPrefix(name, "links-") || name == filepath.Base(s.linksPath(id, keep)) {
			continue
		}
		if err := os.Remove(filepath.Join(s.CaseDir(id), name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("clear links: %w", err)
		}
	}
	return nil
}
