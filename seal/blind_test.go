package seal_test

import (
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/seal"
)

func TestTheBlindIndexFindsEqualValuesAlone(t *testing.T) {
	k := seal.NewKey()
	b, err := seal.NewBlind(k)
	if err != nil {
		t.Fatal(err)
	}
	again, err := seal.NewBlind(k)
	if err != nil {
		t.Fatal(err)
	}
	other, err := seal.NewBlind(seal.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	number := breach.Hide("010594Y9032")
	at := b.Of("national-id", number)
	if at != again.Of("national-id", number) {
		t.Error("one value has two places under one key")
	}
	for name, elsewhere := range map[string][16]byte{
		"another value":   b.Of("national-id", breach.Hide("010594Y9033")),
		"another column":  b.Of("phone", number),
		"a border moved":  b.Of("national-id0", breach.Hide("10594Y9032")),
		"no value":        b.Of("national-id", breach.Personal{}),
		"another case":    other.Of("national-id", number),
		"the zero place ": {},
	} {
		if at == elsewhere {
			t.Errorf("%s has the same place", name)
		}
	}
}

func BenchmarkBlind(b *testing.B) {
	blind, err := seal.NewBlind(seal.NewKey())
	if err != nil {
		b.Fatal(err)
	}
	number := breach.Hide("010594Y9032")
	for b.Loop() {
		blind.Of("national-id", number)
	}
}
