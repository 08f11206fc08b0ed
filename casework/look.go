package casework

import (
	"context"
	"errors"
	"slices"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/engine"
	"github.com/klarlagt/klarlagt/extract"
	"github.com/klarlagt/klarlagt/store"
)

// sureEnough is the mean confidence below which the text of a picture counts
// as unsure. Measured by scripts/ocr.sh: of pages with less, half and more had
// lost a fifth of their identifiers; clean print has 90.
const sureEnough = 75

// maxSights bounds the text that goes with one job.
const maxSights = 64 << 20

// look reads one picture and keeps what came of it.
func (l *looking) look(ctx context.Context, p *engine.Picture) error {
	// The same picture may have been met elsewhere since the job was handed out.
	known, err := l.d.Store.Sights(ctx, l.g, p.Item)
	if err != nil || slices.ContainsFunc(known, func(v store.Sight) bool { return v.Page == p.Page }) {
		return err
	}
	sight := store.Sight{SHA256: p.Item, Page: p.Page, State: breach.NoText, Tool: l.recognizer.Name}
	switch {
	case p.Reason != "":
		sight.State, sight.Reason = breach.NotReadable, p.Reason
	case p.Image == nil: // nothing to read
		sight.State = breach.Read
	default:
		read, err := l.recognizer.Read(ctx, p.Image)
		switch {
		case errors.Is(err, engine.ErrUnread):
			sight.State, sight.Reason = breach.NotReadable, breach.OCRFailed
		case err != nil:
			return err
		case len(read.Text) == 0: // there is something on it
		case read.Confidence < sureEnough:
			sight.State, sight.Reason, sight.Text = breach.Partly, breach.LowOCRConfidence, read.Text
		default:
			sight.State, sight.Text = breach.Read, read.Text
		}
	}
	if err := l.d.Store.SaveSights(ctx, l.g, []store.Sight{sight}); err != nil {
		return err
	}
	l.tell(func(t *Progress) { t.Pictures++ })
	return nil
}

// giveUp settles the pictures of a content that nobody could draw.
func (l *looking) giveUp(ctx context.Context, u store.Unseen) error {
	var sights []store.Sight
	for _, sha := range u.Hashes {
		sights = append(sights, store.Sight{SHA256: sha, State: breach.NotReadable, Reason: breach.OCRFailed, Tool: l.recognizer.Name})
	}
	return l.d.Store.SaveSights(ctx, l.g, sights)
}

// sights gathers what is known of the pictures that a content waits for, with
// or without their text.
func (s *scan) sights(ctx context.Context, u store.Unseen, text bool) (map[extract.Picture]extract.Sight, error) {
	known := map[extract.Picture]extract.Sight{}
	room := maxSights
	for _, sha := range u.Hashes {
		list, err := s.d.Store.Sights(ctx, s.g, sha)
		if err != nil {
			return nil, err
		}
		for _, v := range list {
			sight := extract.Sight{State: v.State, Reason: v.Reason}
			if text {
				sight.Text = v.Text
			}
			if room -= len(sight.Text); room < 0 {
				return known, nil // the rest goes on waiting
			}
			known[extract.Picture{Item: sha, Page: v.Page}] = sight
		}
	}
	return known, nil
}
