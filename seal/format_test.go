package seal_test

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/seal"
)

// What was sealed once has to open for as long as the case is open, with
// whatever release. These were sealed by the first, under the key of bytes 0 to
// 31; none of them may ever be made anew.
func TestWhatTheFirstReleaseSealedOpens(t *testing.T) {
	const (
		row     = "ATii2Q5ZjPb8/Ia8L4j64eNvTqg4Y2T3oF2t1rkgl6nl4g5JDYv/"
		wrapped = "AWohH4/bEheSsv1K/Iuo2GEdQxZYirGixaZcr8y6GkVI0VqAhzuWELlchVeT6Ye45ZSKLEpqMEKjkjmPxA=="
		file    = "a2xhcnBhcnQBAf5Yx/amYeTJQ1k2swTJgRUaVOfya71a/F0a6rGVHRXdDOMUDwVBfaMe36HTt6Q05oojPfOfbFLjO/A="
		blind   = "uuCdyvqWdgKrLdFcWAn41g=="
		halfA   = "KLARLAGT-A-874TD-6NJZ5-8QEH8-0S0BM-HH196-5VDWE-PZKY5-3S2RK-JMK5X-9CF85-9B8V2-N0P7J-50TAN-XNDF6-E1VRK-8EXAY"
		halfB   = "KLARLAGT-B-8B4T2-6NJZ5-8QE1D-4SRFS-H529V-BSDNQ-QQPEE-VTAPB-K8V4H-B8ZVC-BV2AS-S5EZV-64QBP-BJDJ6-DSMB2-GPJW9"
		plain   = "Testa Test"
	)
	k := known(t)
	if got, err := rows(t, seal.Ring{1: k}).Open(here(), unbase(t, row)); err != nil || string(got) != plain {
		t.Errorf("row: %v", err)
	}
	if got, err := seal.Unwrap(k, here(), unbase(t, wrapped)); err != nil || !got.Equal(k) {
		t.Errorf("wrapped key: %v", err)
	}
	if got, err := both(t, seal.Ring{1: k}, here(), unbase(t, file)); err != nil || string(got) != plain {
		t.Errorf("part: %v", err)
	}
	if got, err := join(halfA, halfB); err != nil || !got.Equal(k) {
		t.Errorf("halves: %v", err)
	}
	index, err := seal.NewBlind(k)
	if err != nil {
		t.Fatal(err)
	}
	if got := index.Of("name", breach.Hide(plain)); string(got[:]) != string(unbase(t, blind)) {
		t.Errorf("blind index: %x", got)
	}
}

func TestDerivedKeysStayAsTheyAre(t *testing.T) {
	want := map[seal.Purpose]string{
		seal.ForWraps: "657ac2d331c7b447", seal.ForRows: "608c4f6f66f3a1b8", seal.ForParts: "d9d3c8e2134e26bc",
		seal.ForBlind: "0bbec07d8a461210", seal.ForSalts: "440304336244ea2e", seal.ForRegister: "9183f0dfbb4f980a",
	}
	for _, p := range seal.Purposes() {
		if got := hex.EncodeToString(known(t).For(p, "x").Reveal()[:8]); got != want[p] {
			t.Errorf("%s: %s, was %s", p, got, want[p])
		}
	}
}

func known(t *testing.T) seal.Key {
	t.Helper()
	b := make([]byte, seal.KeySize)
	for i := range b {
		b[i] = byte(i)
	}
	k, err := seal.KeyFrom(b)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func unbase(t *testing.T, text string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
