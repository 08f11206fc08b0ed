package journal_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/journal"
)

func TestACheckpointIsSignedAndOpened(t *testing.T) {
	s, key := signer(t, journal.Origin("exempelstad"))
	c := head(t, filled(t, 7))
	signed := sign(t, c, s)
	got, by, err := journal.Open(signed, key)
	if err != nil || got != c || len(by) != 0 {
		t.Fatalf("%+v by %q, %v", got, by, err)
	}
	if lines := strings.Split(string(signed), "\n"); lines[0] != "klarlagt/exempelstad" || lines[1] != "7" || lines[3] != "at 2026-03-01T08:00:00.000000Z" {
		t.Errorf("the text is\n%s", signed)
	}
}

func TestCheckpointsThatAreNone(t *testing.T) {
	s, key := signer(t, journal.Origin("exempelstad"))
	forger, _ := signer(t, journal.Origin("exempelstad"))
	neighbour, neighbourKey := signer(t, journal.Origin("exempelby"))
	c := head(t, filled(t, 7))
	good := sign(t, c, s)
	alter := func(old, new string) []byte { return bytes.Replace(good, []byte(old), []byte(new), 1) }

	for name, b := range map[string]struct {
		signed []byte
		want   error
	}{
		"one more record":       {alter("\n7\n", "\n8\n"), journal.ErrUnsigned},
		"another time":          {alter("08:00", "09:00"), journal.ErrUnsigned},
		"signed by another key": {sign(t, c, forger), journal.ErrUnsigned},
		"without a signature":   {good[:bytes.Index(good, []byte("\n\n"))+2], journal.ErrCheckpoint},
		"nothing":               {nil, journal.ErrCheckpoint},
		"control characters":    {append([]byte("\x00"), good...), journal.ErrCheckpoint},
		"far too long":          {append(bytes.Clone(good), make([]byte, 1<<20)...), journal.ErrCheckpoint},
	} {
		if _, _, err := journal.Open(b.signed, key); !errors.Is(err, b.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := journal.Sign(c, neighbour); err == nil {
		t.Error("a journal's checkpoint is signed with another's key")
	}
	// The neighbour's own key under the neighbour's checkpoint says nothing of ours.
	if _, _, err := journal.Open(good, neighbourKey); !errors.Is(err, journal.ErrUnsigned) {
		t.Errorf("the neighbour's key: %v", err)
	}
	// Nor does the neighbour's signature as a witness make ours the neighbour's.
	both, _, err := journal.Cosign(good, key, journal.Checkpoint{}, nil, neighbour)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := journal.Open(both, neighbourKey); !errors.Is(err, journal.ErrUnsigned) {
		t.Errorf("a witness's key: %v", err)
	}
	for _, bad := range []journal.Checkpoint{{}, {Tenant: "a b"}, {Tenant: "exempelstad", Size: -1}, {Tenant: "a\nb"}} {
		if _, err := journal.Sign(bad, s); err == nil {
			t.Errorf("%+v is signed", bad)
		}
	}
	if _, _, err := journal.Open(good, "no key"); err == nil {
		t.Error("a key that is none is taken")
	}
}

func TestEachBitOfACheckpointCounts(t *testing.T) {
	s, key := signer(t, journal.Origin("exempelstad"))
	signed := sign(t, head(t, filled(t, 7)), s)
	for i := range len(signed) * 8 {
		if i/8 >= len(signed)-4 { // base64 leaves two bits over at the end of a signature, which say nothing
			continue
		}
		forged := bytes.Clone(signed)
		forged[i/8] ^= 1 << (i % 8)
		if _, _, err := journal.Open(forged, key); err == nil {
			t.Errorf("bit %d flipped: opens", i)
		}
	}
}

func TestAWitnessSignsWhatGrew(t *testing.T) {
	s, key := signer(t, journal.Origin("exempelstad"))
	witness, witnessKey := signer(t, "exempelby")
	second, secondKey := signer(t, "supplier.example")
	m := filled(t, 9)
	older := head(t, m)
	first, last, err := journal.Cosign(sign(t, older, s), key, journal.Checkpoint{}, nil, witness)
	if err != nil || last != older {
		t.Fatalf("the first checkpoint: %+v, %v", last, err)
	}
	if _, by, err := journal.Open(first, key, witnessKey, secondKey); err != nil || fmt.Sprint(by) != "[exempelby]" {
		t.Errorf("signed by %q, %v", by, err)
	}

	for i := range 8 {
		if _, err := journal.Append(t.Context(), m, act(i)); err != nil {
			t.Fatal(err)
		}
	}
	newer := head(t, m)
	growth, err := journal.ProveGrowth(t.Context(), m, older, newer)
	if err != nil {
		t.Fatal(err)
	}
	twice, _, err := journal.Cosign(sign(t, newer, s), key, last, growth, witness)
	if err != nil {
		t.Fatal(err)
	}
	twice, _, err = journal.Cosign(twice, key, journal.Checkpoint{}, nil, second)
	if err != nil {
		t.Fatal(err)
	}
	got, by, err := journal.Open(twice, key, witnessKey, secondKey)
	if err != nil || got != newer || fmt.Sprint(by) != "[exempelby supplier.example]" {
		t.Errorf("%+v by %q, %v", got, by, err)
	}
	if _, by, err := journal.Open(twice, key); err != nil || len(by) != 0 {
		t.Errorf("signatures of nobody we know count: %q, %v", by, err)
	}

	forked := filled(t, 8)
	for i := range 9 {
		if _, err := journal.Append(t.Context(), forked, act(i+50)); err != nil {
			t.Fatal(err)
		}
	}
	fork := head(t, forked)
	proof, err := journal.ProveGrowth(t.Context(), forked, older, fork)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := journal.Cosign(sign(t, fork, s), key, last, proof, witness); !errors.Is(err, journal.ErrFork) {
		t.Errorf("a second history is signed: %v", err)
	}
	if _, _, err := journal.Cosign(sign(t, newer, s), key, last, nil, witness); !errors.Is(err, journal.ErrProof) {
		t.Errorf("without a proof: %v", err)
	}
	if _, _, err := journal.Cosign(sign(t, newer, s), key, journal.Checkpoint{}, nil, s); err == nil {
		t.Error("a journal is its own witness")
	}
	if _, _, err := journal.Cosign(sign(t, newer, s), secondKey, journal.Checkpoint{}, nil, witness); !errors.Is(err, journal.ErrUnsigned) {
		t.Errorf("a checkpoint of nobody we know: %v", err)
	}
}

func TestAFileOfCheckpoints(t *testing.T) {
	s, key := signer(t, journal.Origin("exempelstad"))
	witness, _ := signer(t, "exempelby")
	var file []byte
	for n := range 5 {
		signed := sign(t, head(t, filled(t, n)), s)
		if n%2 == 0 {
			var err error
			if signed, _, err = journal.Cosign(signed, key, journal.Checkpoint{}, nil, witness); err != nil {
				t.Fatal(err)
			}
		}
		file = append(file, signed...)
	}
	all, err := journal.OpenAll(file, key)
	if err != nil || len(all) != 5 || all[4].Size != 4 {
		t.Fatalf("%d checkpoints, %v", len(all), err)
	}
	if r, err := journal.Verify("exempelstad", filled(t, 4).all(), all...); err != nil || r.Checkpoints != 5 {
		t.Errorf("%+v, %v", r, err)
	}
	for name, bad := range map[string][]byte{
		"cut":              file[:len(file)-10],
		"text between":     bytes.Replace(file, []byte("\nklarlagt/exempelstad\n3"), []byte("\nx\nklarlagt/exempelstad\n3"), 1),
		"one altered":      bytes.Replace(file, []byte("exempelstad\n3\n"), []byte("exempelstad\n2\n"), 1),
		"no end":           bytes.Repeat([]byte("x\n"), 1<<18),
		"signatures alone": bytes.Repeat([]byte("— x\n"), 1<<18),
	} {
		if _, err := journal.OpenAll(bad, key); err == nil {
			t.Errorf("%s: opens", name)
		}
	}
	if all, err := journal.OpenAll(nil, key); err != nil || len(all) != 0 {
		t.Errorf("nothing: %d, %v", len(all), err)
	}
}

func TestASigningKeyDoesNotPrint(t *testing.T) {
	private, public, err := journal.NewSigner("exempelby")
	if err != nil {
		t.Fatal(err)
	}
	s, err := journal.LoadSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	secret := private.Reveal()
	secret = strings.SplitN(secret, "+", 5)[4] // PRIVATE+KEY+name+hash+secret
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q", "%d"} {
		if out := fmt.Sprintf(verb+verb+verb, s, private, struct{ s journal.Signer }{s}); strings.Contains(out, secret[:12]) || len(out) > 1000 {
			t.Errorf("%s prints the key", verb)
		}
	}
	if strings.Contains(public, secret) {
		t.Error("the public half holds the private one")
	}
	if _, err := journal.LoadSigner(breach.Hide("PRIVATE+KEY+exempelby+00000000+" + secret)); err == nil || strings.Contains(err.Error(), secret[:8]) {
		t.Errorf("a key that is none: %v", err)
	}
	for _, bad := range []string{"", "a b", "a+b", "a\nb"} {
		if _, _, err := journal.NewSigner(bad); err == nil {
			t.Errorf("a key is named %q", bad)
		}
	}
}

func FuzzOpen(f *testing.F) {
	s, key := signer(f, journal.Origin("exempelstad"))
	good := sign(f, head(f, filled(f, 3)), s)
	f.Add(good)
	f.Add(append(bytes.Clone(good), good...))
	f.Fuzz(func(t *testing.T, signed []byte) {
		if c, _, err := journal.Open(signed, key); err == nil && (c.Size != 3 || !bytes.Contains(signed, []byte(c.Root.String()))) {
			t.Errorf("%+v was never signed", c)
		}
		if all, err := journal.OpenAll(signed, key); err == nil && len(all) > len(signed)/100 {
			t.Errorf("%d checkpoints in %d bytes", len(all), len(signed))
		}
	})
}
