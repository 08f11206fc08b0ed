package assess

import (
	"cmp"
	"math"
	"slices"
)

// Precedent is one of the 18 cases of EDPB Guidelines 01/2021 (v2.0, 14 December
// 2021), with what the guidelines conclude. They are shown beside a case; they
// never decide it.
type Precedent struct {
	Number    int
	Features  Features
	Authority bool // to be notified
	Persons   bool // to be told
}

// Features is what cases are compared by.
type Features struct {
	Cause      Cause
	Reach      Reach
	Protected  bool       // by encryption or hashing that still holds
	Disruption Disruption // of what people need
	Data       int        // DPC points of the worst data, 1 to 4
	Identity   bool       // enough to be taken for somebody: numbers, dates of birth, cards
	People     int64
}

// Cause is how it came about.
type Cause uint8

// The causes.
const (
	Ransomware Cause = iota + 1
	Intrusion
	Insider
	Lost
	Misdirected
	Impersonation
)

// Reach is whom the data reached.
type Reach uint8

// The reaches, from nobody to anybody.
const (
	Nobody  Reach = iota // evidence says that nothing left
	Trusted              // who is bound to secrecy, and says it is deleted
	Few                  // known, few
	Anybody              // unknown, or many
)

// Disruption is what people had to do without.
type Disruption uint8

// The disruptions.
const (
	None Disruption = iota
	Delays
	Harm // an operation postponed
)

// Precedents are the 18 cases in order. The features are a reading of the facts.
var Precedents = []Precedent{
	{1, Features{Ransomware, Nobody, false, None, 1, false, 36}, false, false},
	{2, Features{Ransomware, Nobody, false, Delays, 1, false, 36}, true, false},
	{3, Features{Ransomware, Nobody, false, Harm, 4, true, 5_000}, true, true},
	{4, Features{Ransomware, Anybody, false, Delays, 3, true, 5_000}, true, true},
	{5, Features{Intrusion, Anybody, false, None, 2, false, 213}, true, true},
	{6, Features{Intrusion, Anybody, true, None, 1, false, 1_200}, false, false},
	{7, Features{Intrusion, Anybody, false, None, 3, true, 100_000}, true, true},
	{8, Features{Insider, Few, false, None, 1, true, 1_000}, true, false},
	{9, Features{Misdirected, Trusted, false, None, 1, false, 24}, false, false},
	{10, Features{Lost, Anybody, true, None, 2, false, 50}, false, false},
	{11, Features{Lost, Anybody, false, None, 1, true, 100_000}, true, true},
	{12, Features{Lost, Anybody, false, None, 4, false, 100}, true, true},
	{13, Features{Misdirected, Few, false, None, 1, false, 2}, false, false},
	{14, Features{Misdirected, Anybody, false, None, 2, true, 60_000}, true, true},
	{15, Features{Misdirected, Few, false, None, 2, false, 15}, false, false},
	{16, Features{Misdirected, Few, false, None, 1, true, 2}, true, false},
	{17, Features{Impersonation, Anybody, false, None, 2, true, 1}, true, true},
	{18, Features{Intrusion, Anybody, false, None, 3, true, 99}, true, true},
}

// Nearest lists the precedents by likeness, the most like first.
func Nearest(f Features) []Precedent {
	list := slices.Clone(Precedents)
	slices.SortStableFunc(list, func(a, b Precedent) int {
		return cmp.Compare(distance(f, a.Features), distance(f, b.Features))
	})
	return list
}

// distance weighs what the guidelines themselves turn on: whom the data reached
// and whether they can be read; the rest tells cases of one sort apart.
func distance(a, b Features) float64 {
	d := 0.0
	differ := func(weight float64, yes bool) {
		if yes {
			d += weight
		}
	}
	differ(3, a.Cause != b.Cause)
	differ(3, a.Protected != b.Protected)
	differ(1.5, a.Identity != b.Identity)
	d += 1.5 * math.Abs(float64(a.Reach)-float64(b.Reach))
	d += 1.5 * math.Abs(float64(a.Disruption)-float64(b.Disruption))
	d += math.Abs(float64(a.Data - b.Data))
	d += 0.3 * math.Abs(math.Log10(float64(1+a.People))-math.Log10(float64(1+b.People)))
	return d
}

// Suggestion is what the reasoning of the guidelines comes to for a case. A
// person decides; Because says what it turns on.
type Suggestion struct {
	Authority, Persons bool
	Because            Because
}

// Because is what a suggestion turns on: the key of a text.
type Because string

// The reasons.
const (
	BecauseUnreadable Because = "suggest.unreadable" // nobody can read the data
	BecauseRestored   Because = "suggest.restored"   // nothing left, nothing was missed
	BecauseDelays     Because = "suggest.delays"     // nothing left, people had to wait
	BecauseHarm       Because = "suggest.harm"       // people came to harm for want of it
	BecauseTrusted    Because = "suggest.trusted"    // a trusted recipient deleted it
	BecauseSlight     Because = "suggest.slight"     // few known recipients, and little said of anybody
	BecauseFew        Because = "suggest.few"        // known recipients, and data that can be misused
	BecauseOpen       Because = "suggest.open"       // anybody may have it, and can misuse it
	BecauseHarmless   Because = "suggest.harmless"   // anybody may have it; it says little
)

// Suggest reasons as the guidelines do: first whether anybody can read the data
// at all, then whom they reached, then what can be done with them.
func Suggest(f Features) Suggestion {
	switch {
	case f.Disruption == Harm:
		return Suggestion{true, true, BecauseHarm}
	case f.Reach == Nobody && f.Disruption == None:
		return Suggestion{false, false, BecauseRestored}
	case f.Reach == Nobody:
		return Suggestion{true, false, BecauseDelays}
	case f.Protected:
		return Suggestion{false, false, BecauseUnreadable}
	case f.Reach == Trusted:
		return Suggestion{false, false, BecauseTrusted}
	case f.Reach == Few && !f.Identity && f.Data < 3:
		return Suggestion{false, false, BecauseSlight}
	case f.Reach == Few && f.Data < 4:
		return Suggestion{true, false, BecauseFew}
	case f.Data == 1 && !f.Identity:
		return Suggestion{true, false, BecauseHarmless}
	}
	return Suggestion{true, true, BecauseOpen}
}
