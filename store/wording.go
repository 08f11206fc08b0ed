package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/klauspost/compress/s2"

	"github.com/klarlagt/klarlagt/breach"
)

// What letters of one version have in common is kept once, beside them, as a
// dictionary of S2 (see decision 25): of each letter what is its own is sealed,
// and where the rest stands. So a letter is a few hundred bytes and not thousands.

// wordingSummary names the summary that holds the dictionary of a version.
func wordingSummary(n NoticeVersion) string { return fmt.Sprintf("wording-%s-%d", n.ID, n.Version) }

// newWording makes the dictionary of what letters have in common; nil where that is
// hardly anything.
func newWording(wording []byte) *s2.Dict {
	if len(wording) < s2.MinDictSize {
		return nil
	}
	return s2.MakeDict(wording, nil) // of its end, where it is too long
}

// shortened begins what is written with a dictionary. What is written without one
// begins with the length of a reason, which is one byte below.
const shortened = 0xff

// shorten writes what a letter says with the dictionary of its version, into a
// buffer that may be large enough; as it is where there is none.
func shorten(wording *s2.Dict, out, data []byte) []byte {
	if wording == nil {
		return append(out[:0], data...)
	}
	out = slices.Grow(out[:0], 1+s2.MaxEncodedLen(len(data)))
	out = append(out, shortened)
	return out[:1+len(wording.Encode(out[1:cap(out)], data))]
}

// errNoWording is said of a version without a dictionary, as earlier versions of
// this program froze all, and of a draft.
var errNoWording = errors.New("no wording is kept")

// wordingOf gives what makes whole again what the letters of a version say.
func (s *Store) wordingOf(ctx context.Context, k *caseKeys, n NoticeVersion) (func([]byte) ([]byte, error), error) {
	type ofVersion struct {
		notice  breach.NoticeID
		version int64
	}
	wording, err := keep(k.forGood.value(ofVersion{n.ID, n.Version}), func() (*s2.Dict, error) {
		var kept []byte
		known, err := s.summary(ctx, k, wordingSummary(n), &kept)
		if err == nil && !known {
			err = errNoWording
		}
		return s2.NewDict(kept), err
	})
	if errors.Is(err, errNoWording) {
		err = nil
	}
	return func(data []byte) ([]byte, error) {
		if len(data) == 0 || data[0] != shortened {
			return data, nil
		}
		if wording == nil {
			return nil, errPacked
		}
		return wording.Decode(nil, data[1:])
	}, err
}
