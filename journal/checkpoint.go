package journal

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint says how the journal of a tenant stood at one time: so many
// records, under this root. Signed, it is a note (c2sp.org/tlog-checkpoint):
//
//	klarlagt/exempelstad
//	1234
//	CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//	at 2026-11-22T01:12:27.000000Z
//
//	— klarlagt/exempelstad x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
type Checkpoint struct {
	Tenant string
	Size   int64
	Root   Hash
	At     time.Time
}

// maxSigned is more than a note with a hundred signatures, which is what a note
// may have.
const maxSigned = 64 << 10

// What may be wrong with a checkpoint.
var (
	ErrCheckpoint = errors.New("not a checkpoint of the journal")
	ErrUnsigned   = errors.New("not signed by the journal's key")
)

// Origin is the first line of a tenant's checkpoints and the name of its key.
func Origin(tenant string) string { return originPrefix + tenant }

const originPrefix = "klarlagt/"

func (c Checkpoint) text() string {
	return fmt.Sprintf("%s\n%d\n%s\nat %s\n", Origin(c.Tenant), c.Size, c.Root, c.At.UTC().Format(timeLayout))
}

// Sign makes the signed note of a checkpoint.
func Sign(c Checkpoint, with Signer) ([]byte, error) {
	if _, err := parseCheckpoint(c.text()); err != nil {
		return nil, fmt.Errorf("signing a checkpoint: %w", err)
	}
	if with.Name() != Origin(c.Tenant) {
		return nil, fmt.Errorf("signing a checkpoint of %q: the key is of %q", Origin(c.Tenant), with.Name())
	}
	signed, err := note.Sign(&note.Note{Text: c.text()}, with)
	if err != nil {
		return nil, fmt.Errorf("signing a checkpoint: %w", err)
	}
	return signed, nil
}

// Open reads a signed checkpoint. It must be signed by the key of the journal
// whose origin it names, and no signature by a key that is known may be wrong.
// Of the witnesses' keys it gives the names of those who signed it too; other
// signatures are left alone.
func Open(signed []byte, key string, witnesses ...string) (Checkpoint, []string, error) {
	c, n, err := open(signed, key, witnesses)
	if err != nil {
		return Checkpoint{}, nil, err
	}
	var by []string
	for _, s := range n.Sigs {
		if s.Name != Origin(c.Tenant) {
			by = append(by, s.Name)
		}
	}
	return c, by, nil
}

func open(signed []byte, key string, witnesses []string) (Checkpoint, *note.Note, error) {
	if len(signed) > maxSigned {
		return Checkpoint{}, nil, fmt.Errorf("%d bytes: %w", len(signed), ErrCheckpoint)
	}
	own, err := note.NewVerifier(key)
	if err != nil {
		return Checkpoint{}, nil, fmt.Errorf("key of the journal: %w", err)
	}
	known := []note.Verifier{own}
	for i, w := range witnesses {
		v, err := note.NewVerifier(w)
		if err != nil {
			return Checkpoint{}, nil, fmt.Errorf("key of witness %d: %w", i+1, err)
		}
		known = append(known, v)
	}
	n, err := note.Open(signed, note.VerifierList(known...))
	var unverified *note.UnverifiedNoteError
	var invalid *note.InvalidSignatureError
	switch {
	case errors.As(err, &unverified), errors.As(err, &invalid):
		return Checkpoint{}, nil, fmt.Errorf("checkpoint: %w", ErrUnsigned)
	case err != nil:
		return Checkpoint{}, nil, fmt.Errorf("checkpoint: %w: %w", ErrCheckpoint, err)
	}
	c, err := parseCheckpoint(n.Text)
	if err != nil {
		return Checkpoint{}, nil, err
	}
	for _, s := range n.Sigs {
		if s.Name == own.Name() && s.Hash == own.KeyHash() && s.Name == Origin(c.Tenant) {
			return c, n, nil
		}
	}
	return Checkpoint{}, nil, fmt.Errorf("checkpoint of %q: %w", Origin(c.Tenant), ErrUnsigned)
}

// OpenAll reads a file to which one checkpoint after another was added.
func OpenAll(file []byte, key string, witnesses ...string) ([]Checkpoint, error) {
	var all []Checkpoint
	for len(file) > 0 {
		one := firstNote(file)
		file = file[len(one):]
		c, _, err := Open(one, key, witnesses...)
		if err != nil {
			return nil, fmt.Errorf("checkpoint %d: %w", len(all)+1, err)
		}
		all = append(all, c)
	}
	return all, nil
}

// firstNote is the file as far as the last line of its first run of signatures.
func firstNote(file []byte) []byte {
	signed, at := false, 0
	for line := range bytes.Lines(file[:min(len(file), maxSigned+1)]) {
		signature := bytes.HasPrefix(line, []byte("— "))
		if signed && !signature {
			return file[:at]
		}
		signed, at = signature, at+len(line)
	}
	if signed && at < len(file) { // so long a run of signatures is none of ours
		return file
	}
	return file[:at]
}

// parseCheckpoint reads a checkpoint's text, of which there is one form.
func parseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 5 {
		return Checkpoint{}, ErrCheckpoint
	}
	tenant, found := strings.CutPrefix(lines[0], originPrefix)
	size, sizeErr := strconv.ParseInt(lines[1], 10, 64)
	root, rootErr := tlog.ParseHash(lines[2])
	at, timeErr := time.Parse("at "+timeLayout, lines[3])
	c := Checkpoint{tenant, size, root, at}
	if !found || tenant == "" || !isID(tenant) || size < 0 || errors.Join(sizeErr, rootErr, timeErr) != nil || c.text() != text {
		return Checkpoint{}, ErrCheckpoint
	}
	return c, nil
}
