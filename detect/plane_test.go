package detect

import (
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

// This file tests the first pass from inside, for nothing outside can see it:
// the masks against their definition byte by byte, and the candidates against
// what they mean.

// sampleTexts are texts that fill blocks and windows in every way.
func sampleTexts(t testing.TB) [][]byte {
	r := rand.New(rand.NewPCG(3, 4))
	random := make([]byte, 10_000)
	for i := range random {
		random[i] = byte(r.Uint32())
	}
	const matter = "0123456789 -./+:=@,;\tABab\xc3\x85\xa5\xa4\xc4\n"
	drawn := make([]byte, 30_000)
	for i := range drawn {
		drawn[i] = matter[r.IntN(len(matter))]
	}
	texts := [][]byte{nil, []byte("A"), []byte("Anna Berg"), random, drawn}
	for _, n := range []int{63, 64, 65, 127, 128, 64*window - 1, 64 * window, 64*window + 1, 64*window + 65} {
		texts = append(texts, drawn[:n])
	}
	if b, err := os.ReadFile("../../shared/corpus/text/sv_talbanken-ud-dev.conllu"); err == nil {
		texts = append(texts, b[:min(len(b), 100_000)])
	} else {
		t.Log("without the treebank: ../../shared/corpus/text is not there")
	}
	return texts
}

func TestPlanesAreWhatTheirDefinitionSays(t *testing.T) {
	defined := [planes]func(c byte) bool{
		planeDigit:   func(c byte) bool { return c >= '0' && c <= '9' },
		planeSep:     func(c byte) bool { return strings.IndexByte(" -./+", c) >= 0 },
		planeBlank:   func(c byte) bool { return c == ' ' },
		planeWord:    func(c byte) bool { return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= 0x80 },
		planeUpper:   func(c byte) bool { return c >= 'A' && c <= 'Z' || c >= 0xC3 && c <= 0xC5 },
		planeStart:   func(c byte) bool { return c == '0' || c == '+' || c == '@' },
		planeLow:     func(c byte) bool { return strings.IndexByte("01@=:", c) >= 0 },
		planeBetween: func(c byte) bool { return strings.IndexByte(" ,;._-\"'|\t\n\r", c) >= 0 },
	}
	for _, text := range sampleTexts(t) {
		for i := range len(text) / 64 {
			var got masks
			classifyTable(&got, 1, 1, text[64*i:])
			for p, is := range defined {
				var want uint64
				for j := range 64 {
					if is(text[64*i+j]) {
						want |= 1 << j
					}
				}
				if got[p][1] != want {
					t.Fatalf("block %d of %d bytes, plane %d: %064b, want %064b", i, len(text), p, got[p][1], want)
				}
			}
		}
	}
}

// tierTexts are the sample texts and more of what is random.
func tierTexts(t testing.TB) [][]byte {
	r := rand.New(rand.NewPCG(5, 6))
	random := make([]byte, 1<<20)
	for i := range random {
		random[i] = byte(r.Uint32())
	}
	return append(sampleTexts(t), random)
}

func TestTiersAreTheSameBitForBit(t *testing.T) {
	list := tiers()
	if len(list) == 1 {
		t.Skip("this machine runs the table alone")
	}
	for _, text := range tierTexts(t) {
		for from := 0; from+64 < len(text); from += 64*window + 1 { // texts do not begin where vectors would like
			part := text[from:min(len(text), from+64*window)]
			n := len(part) / 64
			var want masks
			var wantNumbers [window]uint64
			classifyTable(&want, 1, n, part)
			numbersTable(&wantNumbers, &want, n)
			for _, tier := range list {
				var got masks
				var gotNumbers [window]uint64
				tier.classify(&got, 1, n, part)
				if got != want {
					t.Fatalf("%s: planes of %d bytes from %d differ from the table's", tier.name, len(part), from)
				}
				tier.numbers(&gotNumbers, &got, n)
				if !slices.Equal(gotNumbers[:n], wantNumbers[:n]) {
					t.Fatalf("%s: numbers of %d bytes from %d: %064b, want %064b", tier.name, len(part), from, gotNumbers[:n], wantNumbers[:n])
				}
			}
		}
	}
}

// candidateList gathers candidates as they come.
type candidateList struct{ at [starts][]int }

func (c *candidateList) judge(kind Start, at int) { c.at[kind] = append(c.at[kind], at) }

func TestCandidatesAreWhatTheyMean(t *testing.T) {
	for _, text := range sampleTexts(t) {
		checkCandidates(t, text)
	}
}

func FuzzCandidates(f *testing.F) {
	f.Add([]byte("Anna Berg, 811228-9841, tel. +46 70-174 06 05, SE45 5000 0000 0583 9825 7466"))
	f.Add([]byte("Ebba von Essen 13097248022\nberg.anna@example.se;4111 1111 1111 1111"))
	f.Fuzz(func(t *testing.T, text []byte) { checkCandidates(t, text) })
}

// checkCandidates compares the candidates of a text with slow definitions of
// them that look at bytes.
func checkCandidates(t *testing.T, text []byte) {
	var want candidateList
	at := func(i int) byte {
		if i < 0 || i >= len(text) {
			return 0
		}
		return text[i]
	}
	for i, c := range text {
		switch {
		case c == '@', (c == '=' || c == ':') && !isDigit(at(i-1)):
			want.judge(AtSign, i)
		case isDigit(c) && !isDigit(at(i-1)) && slowNumber(at, i):
			want.judge(AtNumber, i)
		case isCapital(c) && !isLetter(at(i-1)) && slowPair(at, i):
			want.judge(AtPair, i)
		}
	}
	for _, tier := range tiers() {
		first := firstPass{tier: tier}
		var got candidateList
		first.run(text, true, &got)
		for kind := range want.at[:AtPair+1] {
			if g, w := got.at[kind], want.at[kind]; !equal(g, w) {
				t.Fatalf("%s: candidates of kind %d in %q: %v, want %v", tier.name, kind, text[:min(len(text), 200)], g, w)
			}
		}
	}
}

func equal(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func isCapital(c byte) bool { return isUpper(c) || c >= 0xC3 && c <= 0xC5 }

// slowNumber says in bytes what numbers says in masks.
func slowNumber(at func(int) byte, i int) bool {
	digits := func(from, n int) bool {
		for k := from; k < from+n; k++ {
			if !isDigit(at(i + k)) {
				return false
			}
		}
		return true
	}
	is := func(k int, set string) bool { return at(i+k) != 0 && strings.IndexByte(set, at(i+k)) >= 0 }
	joined := func(k int) bool {
		return isDigit(at(i+k)) || is(k, " -./+") && isDigit(at(i+k-1)) && isDigit(at(i+k+1))
	}
	low := func(k int) bool { return is(k, "01") }
	if isCapital(at(i-1)) && isCapital(at(i-2)) && !isWord(at(i-3)) {
		return true
	}
	if isLetter(at(i - 1)) {
		return false
	}
	five := digits(7, 5)
	six := digits(0, 6) && !isDigit(at(i+6)) && (joined(6) || isLetter(at(i+6))) && (low(2) || five)
	eleven := isDigit(at(i+10)) && !isDigit(at(i+11))
	long := digits(0, 8) && (isDigit(at(i+9)) || !isDigit(at(i+8))) && (low(2) || low(4) || eleven || isDigit(at(i+12)))
	eight := true
	for k := range 8 {
		eight = eight && joined(k)
	}
	phone := eight && (is(0, "0") && !is(-1, "-./+") || is(2, " ") || is(3, " ") || is(4, " "))
	fours := digits(0, 4) && is(4, " -./+") && digits(5, 4) && is(9, " -./+") && digits(10, 4)
	return six || long || phone || fours || is(-1, "+")
}

// slowPair says in bytes what pairs says in masks.
func slowPair(at func(int) byte, i int) bool {
	between := func(k int) bool { return at(i-k) != 0 && strings.IndexByte(" ,;._-\"'|\t\n\r", at(i-k)) >= 0 }
	// capitalised reports whether the byte k before i is in a word that begins
	// with a capital.
	capitalised := func(k int) bool {
		if !isLetter(at(i - k)) {
			return false
		}
		for isLetter(at(i - k - 1)) {
			k++
		}
		return isCapital(at(i - k))
	}
	near := between(1) && (capitalised(2) || between(2) && (capitalised(3) || between(3) && capitalised(4)))
	small := at(i-1) == ' ' && isLetter(at(i-2)) && isLetter(at(i-3)) &&
		(at(i-4) == ' ' && capitalised(5) || isLetter(at(i-4)) && at(i-5) == ' ' && capitalised(6))
	return near || small
}
