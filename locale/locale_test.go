package locale_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/locale"
)

func TestMatch(t *testing.T) {
	for asked, want := range map[string]string{
		"sv": "sv", "sv-FI": "sv", "fi_FI.UTF-8": "fi", "SV": "sv", "en-GB": "en", "": "en", "C": "en", "de-DE": "en", "svenska": "en",
	} {
		if got := locale.Match(asked); got != want {
			t.Errorf("%q gives %s, want %s", asked, got, want)
		}
	}
}

func TestTexts(t *testing.T) {
	for _, c := range []struct{ name, got, want string }{
		{"one", locale.For("en").T("report.gaps.more", "Count", 1), "One more is not shown here. All of them are listed by"},
		{"many", locale.For("en").T("report.gaps.more", "Count", 1200), "1,200 more are not shown here. All of them are listed by"},
		{"many in Finnish", locale.For("fi").T("report.gaps.more", "Count", 2), "Lisäksi 2 kohdetta ei näytetä tässä. Kaikki luettelee komento"},
		{"the same for every number", locale.For("sv").T("report.few", "Number", 5, "Count", 1), "färre än 5"},
		{"from a map", locale.For("sv").Text("report.matrix.at-most", map[string]any{"Number": 12}), "högst 12"},
		{"a list of things with titles", locale.For("sv").T("why.fields", "Fields", []titled{{"namn"}, {"adress"}, {"telefon"}}),
			"Flera uppgifter stämmer med den här personen och ingen annan: namn, adress och telefon."},
		{"a key without a text", locale.For("sv").T("no.such.key"), "⟦no.such.key⟧"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, c.got, c.want)
		}
	}
}

// titled has the same title in every language.
type titled struct{ word string }

func (w titled) Title(string) string { return w.word }

func TestNumbersAndDates(t *testing.T) {
	at := time.Date(2022, 9, 7, 9, 5, 0, 0, time.FixedZone("EEST", 3*3600))
	for _, c := range []struct{ name, sv, fi, en string }{
		{"thousands", "1\u00a0234\u00a0567", "1\u00a0234\u00a0567", "1,234,567"},
		{"negative", "−1\u00a0200", "−1\u00a0200", "−1,200"},
		{"decimals", "1\u00a0234,5", "1\u00a0234,5", "1,234.5"},
		{"a third", "33\u00a0%", "33\u00a0%", "33%"},
		{"hardly any", "<\u00a00,1\u00a0%", "<\u00a00,1\u00a0%", "<\u00a00.1%"},
		{"nearly all", ">\u00a099,9\u00a0%", ">\u00a099,9\u00a0%", ">\u00a099.9%"},
		{"of nothing", "–", "–", "–"},
		{"bytes", "1,5\u00a0GB", "1,5\u00a0GB", "1.5\u00a0GB"},
		{"few bytes", "999\u00a0B", "999\u00a0B", "999\u00a0B"},
		{"range", "5–1\u00a0000", "5–1\u00a0000", "5–1,000"},
		{"no range", "7", "7", "7"},
		{"date", "7 september 2022", "7. syyskuuta 2022", "7 September 2022"},
		{"time", "7 september 2022 kl. 09.05 (EEST)", "7. syyskuuta 2022 klo 09.05 (EEST)", "7 September 2022 at 09:05 (EEST)"},
	} {
		for lang, want := range map[string]string{"sv": c.sv, "fi": c.fi, "en": c.en} {
			p := locale.For(lang)
			got := map[string]string{
				"thousands": p.Number(1_234_567), "negative": p.Number(-1200), "decimals": p.Decimal(1234.5, 1),
				"a third": p.Percent(1, 3), "hardly any": p.Percent(3, 10_000), "nearly all": p.Percent(9_999, 10_000), "of nothing": p.Percent(0, 0),
				"bytes": p.Bytes(1_500_000_000), "few bytes": p.Bytes(999), "range": p.Range(5, 1000), "no range": p.Range(7, 7),
				"date": p.Date(at), "time": p.Time(at),
			}[c.name]
			if got != want {
				t.Errorf("%s in %s: got %q, want %q", c.name, lang, got, want)
			}
		}
	}
}

func ExampleFor() {
	for _, lang := range locale.Languages() {
		p := locale.For(lang)
		fmt.Println(p.T("grade.likely"), "|", p.List([]string{"a", "b", "c"}), "|", p.Date(time.Date(2022, 9, 27, 0, 0, 0, 0, time.UTC)))
	}
	// Output:
	// Likely | a, b and c | 27 September 2022
	// Sannolik | a, b och c | 27 september 2022
	// Todennäköinen | a, b ja c | 27. syyskuuta 2022
}
