package seal_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/klarlagt/klarlagt/seal"
)

func TestAWrappedKeyOpensWhereItBelongs(t *testing.T) {
	under, k := seal.NewKey(), seal.NewKey()
	wrapped, err := seal.Wrap(under, here(), k)
	if err != nil || len(wrapped) != seal.WrapSize {
		t.Fatalf("%d bytes, %v", len(wrapped), err)
	}
	got, err := seal.Unwrap(under, here(), wrapped)
	if err != nil || !got.Equal(k) {
		t.Fatalf("not the key that was wrapped: %v", err)
	}
	if _, err := seal.Unwrap(seal.NewKey(), here(), wrapped); !errors.Is(err, seal.ErrForged) {
		t.Errorf("under another key: %v", err)
	}
	for name, w := range elsewhere() {
		if _, err := seal.Unwrap(under, w, wrapped); !errors.Is(err, seal.ErrForged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i := range len(wrapped) * 8 {
		forged := bytes.Clone(wrapped)
		forged[i/8] ^= 1 << (i % 8)
		if _, err := seal.Unwrap(under, here(), forged); !errors.Is(err, seal.ErrForged) {
			t.Errorf("bit %d flipped: %v", i, err)
		}
	}
}

// A new master key touches the tenants' wraps alone; what lies under them stays.
func TestRotationOfKeys(t *testing.T) {
	master, next, tenant := seal.NewKey(), seal.NewKey(), seal.NewKey()
	wrapped, err := seal.Wrap(master, here(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	renewed, err := seal.Rewrap(master, next, here(), wrapped)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := seal.Unwrap(next, here(), renewed); err != nil || !got.Equal(tenant) {
		t.Errorf("under the new master: %v", err)
	}
	if _, err := seal.Unwrap(master, here(), renewed); !errors.Is(err, seal.ErrForged) {
		t.Errorf("the old master opens the new wrap: %v", err)
	}
	if _, err := seal.Rewrap(next, master, here(), wrapped); !errors.Is(err, seal.ErrForged) {
		t.Errorf("from a key it was not under: %v", err)
	}
	if tenant.IsZero() {
		t.Error("rewrapping destroyed a key that is not its own")
	}
}

func TestAKeyForAMember(t *testing.T) {
	private, public, err := seal.NewMember()
	if err != nil {
		t.Fatal(err)
	}
	other, otherPublic, err := seal.NewMember()
	if err != nil {
		t.Fatal(err)
	}
	k := seal.NewKey()
	wrapped, err := seal.WrapTo(public, here(), k)
	if err != nil || len(wrapped) != 1+1120+48 {
		t.Fatalf("%d bytes, %v", len(wrapped), err)
	}
	if got, err := seal.UnwrapAs(private, here(), wrapped); err != nil || !got.Equal(k) {
		t.Errorf("the member cannot open it: %v", err)
	}
	if _, err := seal.UnwrapAs(other, here(), wrapped); !errors.Is(err, seal.ErrForged) {
		t.Errorf("somebody else: %v", err)
	}
	for name, w := range elsewhere() {
		if _, err := seal.UnwrapAs(private, w, wrapped); !errors.Is(err, seal.ErrForged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i := 0; i < len(wrapped)*8; i += 37 {
		forged := bytes.Clone(wrapped)
		forged[i/8] ^= 1 << (i % 8)
		if _, err := seal.UnwrapAs(private, here(), forged); !errors.Is(err, seal.ErrForged) {
			t.Errorf("bit %d flipped: %v", i, err)
		}
	}
	if _, err := seal.WrapTo(public[1:], here(), k); err == nil {
		t.Error("a public key cut short is taken")
	}
	if again, err := seal.Public(private); err != nil || !bytes.Equal(again, public) || bytes.Equal(again, otherPublic) {
		t.Errorf("the public half is not the private's: %v", err)
	}
}

// A member's private half is a Key: it is kept wrapped by what only she has.
func TestAMembersKeyIsKeptWrapped(t *testing.T) {
	own := seal.NewKey()
	private, public, err := seal.NewMember()
	if err != nil {
		t.Fatal(err)
	}
	kept, err := seal.Wrap(own, here(), private)
	if err != nil {
		t.Fatal(err)
	}
	back, err := seal.Unwrap(own, here(), kept)
	if err != nil {
		t.Fatal(err)
	}
	k := seal.NewKey()
	wrapped, err := seal.WrapTo(public, here(), k)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := seal.UnwrapAs(back, here(), wrapped); err != nil || !got.Equal(k) {
		t.Error(err)
	}
}

func BenchmarkMember(b *testing.B) {
	private, public, err := seal.NewMember()
	if err != nil {
		b.Fatal(err)
	}
	k := seal.NewKey()
	wrapped, err := seal.WrapTo(public, here(), k)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("wrap", func(b *testing.B) {
		for b.Loop() {
			if _, err := seal.WrapTo(public, here(), k); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("unwrap", func(b *testing.B) {
		for b.Loop() {
			if _, err := seal.UnwrapAs(private, here(), wrapped); err != nil {
				b.Fatal(err)
			}
		}
	})
}
