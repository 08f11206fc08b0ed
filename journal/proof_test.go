package journal_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/journal"
)

func TestAProofOfOneRecord(t *testing.T) {
	s, key := signer(t, journal.Origin("exempelstad"))
	_, otherKey := signer(t, journal.Origin("exempelstad"))
	for _, n := range []int{1, 2, 3, 16, 37} {
		m := filled(t, n)
		signed := sign(t, head(t, m), s)
		for i := range n {
			text, err := journal.Prove(t.Context(), m, m.entries[i].Line, signed, key)
			if err != nil {
				t.Fatal(err)
			}
			r, c, err := journal.OpenProof(text, key)
			if err != nil || r.Seq != int64(i) || c.Size != int64(n) {
				t.Fatalf("record %d of %d: %d of %d, %v", i, n, r.Seq, c.Size, err)
			}
			if _, _, err := journal.OpenProof(text, otherKey); !errors.Is(err, journal.ErrUnsigned) {
				t.Errorf("another key: %v", err)
			}
			forged := bytes.Replace(text, []byte("person:"), []byte("person:9"), 1)
			if _, _, err := journal.OpenProof(forged, key); !errors.Is(err, journal.ErrProof) {
				t.Errorf("record %d of %d altered: %v", i, n, err)
			}
		}
	}
}

func TestEachBitOfAProofCounts(t *testing.T) {
	s, key := signer(t, journal.Origin("exempelstad"))
	m := filled(t, 11)
	text, err := journal.Prove(t.Context(), m, m.entries[6].Line, sign(t, head(t, m), s), key)
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(text) * 8 {
		forged := bytes.Clone(text)
		forged[i/8] ^= 1 << (i % 8)
		if i/8 >= len(text)-4 { // base64 leaves two bits over at the end of a signature, which say nothing
			continue
		}
		if _, _, err := journal.OpenProof(forged, key); err == nil {
			t.Errorf("bit %d flipped: holds", i)
		}
	}
	for n := 0; n < len(text); n += 3 {
		if _, _, err := journal.OpenProof(text[:n], key); err == nil {
			t.Errorf("cut to %d bytes: holds", n)
		}
	}
}

func TestNoProofOfWhatIsNotThere(t *testing.T) {
	s, key := signer(t, journal.Origin("exempelstad"))
	m := filled(t, 11)
	signed := sign(t, head(t, filled(t, 5)), s)
	if _, err := journal.Prove(t.Context(), m, m.entries[6].Line, signed, key); err == nil {
		t.Error("a record after the checkpoint is proved by it")
	}
	other := act(4)
	other.Seq, other.Act = 4, "export"
	line, err := other.Line()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := journal.Prove(t.Context(), m, line, sign(t, head(t, m), s), key); !errors.Is(err, journal.ErrProof) {
		t.Errorf("a record that was never written: %v", err)
	}
	// The neighbour's record under our checkpoint.
	other.Tenant = "exempelby"
	if line, err = other.Line(); err != nil {
		t.Fatal(err)
	}
	if _, err := journal.Prove(t.Context(), m, line, sign(t, head(t, m), s), key); !errors.Is(err, journal.ErrProof) {
		t.Errorf("another tenant's record: %v", err)
	}
	// And one that was written into our tree.
	stray, err := journal.Append(t.Context(), m, other)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := journal.Prove(t.Context(), m, m.entries[stray.Seq].Line, sign(t, head(t, m), s), key); !errors.Is(err, journal.ErrProof) {
		t.Errorf("another tenant's record in our tree: %v", err)
	}
}

func TestGrowthOfEverySizeToEverySize(t *testing.T) {
	const most = 34
	m := filled(t, most)
	var heads []journal.Checkpoint
	for n := range most + 1 {
		heads = append(heads, head(t, filled(t, n)))
	}
	for a := range heads {
		for b := a; b < len(heads); b++ {
			proof, err := journal.ProveGrowth(t.Context(), m, heads[a], heads[b])
			if err != nil {
				t.Fatal(err)
			}
			if err := journal.CheckGrowth(heads[a], heads[b], proof); err != nil {
				t.Errorf("%d to %d: %v", a, b, err)
			}
			if a == 0 {
				continue
			}
			forked := heads[a]
			forked.Root[5] ^= 1
			if err := journal.CheckGrowth(forked, heads[b], proof); !errors.Is(err, journal.ErrFork) {
				t.Errorf("%d to %d of another history: %v", a, b, err)
			}
			if a < b {
				if err := journal.CheckGrowth(heads[b], heads[a], proof); !errors.Is(err, journal.ErrFork) {
					t.Errorf("%d shrunk to %d: %v", b, a, err)
				}
			}
		}
	}
	other := heads[5]
	other.Tenant = "exempelby"
	empty, err := journal.ProveGrowth(t.Context(), m, heads[5], heads[5])
	if err != nil {
		t.Fatal(err)
	}
	if err := journal.CheckGrowth(other, heads[5], empty); !errors.Is(err, journal.ErrProof) {
		t.Errorf("of two journals: %v", err)
	}
	for name, bad := range map[string]string{
		"nothing":         "",
		"no hashes":       "klarlagt journal growth 1\nx\n",
		"far too many":    "klarlagt journal growth 1\n" + strings.Repeat(heads[1].Root.String()+"\n", 100),
		"no break at end": strings.TrimSuffix("klarlagt journal growth 1\n"+heads[1].Root.String()+"\n", "\n"),
	} {
		if err := journal.CheckGrowth(heads[2], heads[9], []byte(bad)); !errors.Is(err, journal.ErrProof) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzOpenProof(f *testing.F) {
	s, key := signer(f, journal.Origin("exempelstad"))
	m := filled(f, 6)
	c := head(f, m)
	signed := sign(f, c, s)
	for i := range 6 {
		text, err := journal.Prove(f.Context(), m, m.entries[i].Line, signed, key)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	growth, err := journal.ProveGrowth(f.Context(), m, head(f, filled(f, 3)), c)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(growth)
	f.Fuzz(func(t *testing.T, text []byte) {
		if r, _, err := journal.OpenProof(text, key); err == nil {
			line, err := r.Line()
			if err != nil || r.Seq > 5 || !bytes.Equal(line, m.entries[r.Seq].Line) {
				t.Errorf("record %d was never written", r.Seq)
			}
		}
		fork := c
		fork.Size, fork.Root[0] = 3, fork.Root[0]^1
		if journal.CheckGrowth(fork, c, text) == nil {
			t.Error("a fork grew")
		}
	})
}

// What an outsider does with a proof that somebody was sent.
func ExampleOpenProof() {
	private, key, _ := journal.NewSigner(journal.Origin("exempelstad"))
	s, _ := journal.LoadSigner(private)
	m := &memory{}
	for n := range 100 {
		_, _ = journal.Append(context.Background(), m, act(n))
	}
	c, _ := journal.Head(context.Background(), m, "exempelstad", start)
	signed, _ := journal.Sign(c, s)
	text, _ := journal.Prove(context.Background(), m, m.entries[41].Line, signed, key)

	r, c, err := journal.OpenProof(text, key)
	fmt.Println(r.Who, "did", r.Act, r.Object, "at", r.At.Format("15:04:05"), "with", c.Size, "records", err)
	// Output: u4 did reveal person:41 at 08:00:41 with 100 records <nil>
}
