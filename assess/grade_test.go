package assess_test

import (
	"fmt"
	"testing"

	"github.com/klarlagt/klarlagt/assess"
	"github.com/klarlagt/klarlagt/breach"
)

func TestGrade(t *testing.T) {
	cases := []struct {
		what          string
		probability   float64
		rule, reached breach.Grade
		want          breach.Grade
	}{
		{"a sure link", 0.999, breach.Proven, breach.Proven, breach.Proven},
		{"just proven", 0.99, breach.Proven, breach.Proven, breach.Proven},
		{"just not proven", 0.9899, breach.Proven, breach.Proven, breach.Likely},
		{"just likely", 0.9, breach.Proven, breach.Proven, breach.Likely},
		{"one of two", 0.5, breach.Possible, breach.Proven, breach.Possible},
		{"a sure link by a weak rule", 0.999, breach.Likely, breach.Proven, breach.Likely},
		{"a sure link in evidence that was likely reached", 0.999, breach.Proven, breach.Likely, breach.Likely},
		{"a likely link in evidence that was possibly reached", 0.95, breach.Proven, breach.Possible, breach.Possible},
		{"evidence that was not reached", 0.999, breach.Proven, breach.Excluded, breach.Excluded},
		{"evidence of which nobody knows", 0.999, breach.Proven, breach.Unknown, breach.Unknown},
		{"a trace", 0, breach.Unknown, breach.Proven, breach.Unknown},
	}
	for _, c := range cases {
		if got := assess.Grade(c.probability, c.rule, c.reached); got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
}

func TestStrangers(t *testing.T) {
	cases := []struct {
		numbers, addresses int64
		want               assess.Range
	}{
		{0, 0, assess.Range{}},
		{3, 0, assess.Range{Low: 3, High: 3}},
		{0, 5, assess.Range{Low: 1, High: 5}},
		{3, 5, assess.Range{Low: 3, High: 8}},
	}
	for _, c := range cases {
		if got := assess.Strangers(c.numbers, c.addresses); got != c.want {
			t.Errorf("%d numbers and %d addresses: %v, want %v", c.numbers, c.addresses, got, c.want)
		}
	}
}

func ExampleGrade() {
	fmt.Println(assess.Grade(0.9995, breach.Proven, breach.Likely))
	// Output: likely
}
