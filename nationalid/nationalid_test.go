package nationalid_test

import (
	"fmt"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/nationalid"
)

func TestExamplesOfEachCountry(t *testing.T) {
	for _, c := range nationalid.All {
		if len(c.Hits) == 0 || len(c.Misses) == 0 {
			t.Errorf("%s has no examples", c.Code)
		}
		for _, text := range c.Hits {
			n, ok := c.Parse(text)
			if !ok || n.Failed {
				t.Errorf("%s: %q is read as %+v, %v; want a number that holds", c.Code, text, n, ok)
			}
			if n.Country != c.Code {
				t.Errorf("%s: %q is read as a number of %q", c.Code, text, n.Country)
			}
		}
		for _, text := range c.Misses {
			if n, ok := c.Parse(text); ok && !n.Failed {
				t.Errorf("%s: %q is read as %+v; want none, or one that fails", c.Code, text, n)
			}
		}
	}
}

func TestParse(t *testing.T) {
	tests := []struct {
		name, country, text string
		want                nationalid.Number
	}{
		{"hetu", "FI", "131052-308T",
			nationalid.Number{Form: "fi-hetu", Canonical: "131052-308T", Birth: "1952-10-13", Strength: breach.Strong}},
		{"hetu in small letters", "FI", "020516c903k",
			nationalid.Number{Form: "fi-hetu", Canonical: "020516C903K", Birth: "2016-05-02", Strength: breach.Strong, Artificial: true}},
		{"hetu with a new sign keeps it", "FI", "010594Y9032",
			nationalid.Number{Form: "fi-hetu", Canonical: "010594Y9032", Birth: "1994-05-01", Strength: breach.Strong, Artificial: true}},
		{"hetu of the nineteenth century", "FI", "010195+948J",
			nationalid.Number{Form: "fi-hetu", Canonical: "010195+948J", Birth: "1895-01-01", Strength: breach.Strong, Artificial: true}},
		{"hetu with the wrong check character", "FI", "131052-308U",
			nationalid.Number{Form: "fi-hetu", Canonical: "131052-308U", Birth: "1952-10-13", Strength: breach.Weak, Failed: true}},
		{"hetu with an impossible serial", "FI", "010190-001P",
			nationalid.Number{Form: "fi-hetu", Canonical: "010190-001P", Birth: "1990-01-01", Strength: breach.Weak, Failed: true}},
		{"hetu with a blank after the sign", "FI", "010594Y 9032",
			nationalid.Number{Form: "fi-hetu", Canonical: "010594Y9032", Birth: "1994-05-01", Strength: breach.Strong, Artificial: true}},
		{"ten-digit personnummer leaves the century open", "SE", "811228-9841",
			nationalid.Number{Form: "se-personnummer", Canonical: "8112289841", Strength: breach.Middle}},
		{"twelve-digit personnummer", "SE", "19811228-9841",
			nationalid.Number{Form: "se-personnummer", Canonical: "198112289841", Birth: "1981-12-28", Strength: breach.Strong}},
		{"personnummer past a hundred", "SE", "090527+1474",
			nationalid.Number{Form: "se-personnummer", Canonical: "190905271474", Birth: "1909-05-27", Strength: breach.Strong}},
		{"plus does not change twelve digits", "SE", "19090527+1474",
			nationalid.Number{Form: "se-personnummer", Canonical: "190905271474", Birth: "1909-05-27", Strength: breach.Strong}},
		{"samordningsnummer", "SE", "701063-2391",
			nationalid.Number{Form: "se-samordningsnummer", Canonical: "7010632391", Strength: breach.Middle}},
		{"twelve-digit samordningsnummer", "SE", "197302889931",
			nationalid.Number{Form: "se-samordningsnummer", Canonical: "197302889931", Birth: "1973-02-28", Strength: breach.Strong}},
		{"samordningsnummer of somebody with no known birthday", "SE", "19150072-2390",
			nationalid.Number{Form: "se-samordningsnummer", Canonical: "191500722390", Strength: breach.Strong}},
		{"interim number", "SE", "20000101-t220",
			nationalid.Number{Form: "se-interim", Canonical: "20000101T220", Birth: "2000-01-01", Strength: breach.Middle}},
		{"serial 000", "SE", "150916-0006",
			nationalid.Number{Form: "se-personnummer", Canonical: "1509160006", Strength: breach.Weak, Failed: true}},
		{"en dash and no-break blanks", "SE", "811228\u00a0\u2013\u00a09841",
			nationalid.Number{Form: "se-personnummer", Canonical: "8112289841", Strength: breach.Middle}},
		{"full-width digits", "SE", "８１１２２８-９８４１",
			nationalid.Number{Form: "se-personnummer", Canonical: "8112289841", Strength: breach.Middle}},
		{"fødselsnummer", "NO", "130972 48022",
			nationalid.Number{Form: "no-fodselsnummer", Canonical: "13097248022", Birth: "1972-09-13", Strength: breach.Strong}},
		{"D-number", "NO", "53097248016",
			nationalid.Number{Form: "no-d-nummer", Canonical: "53097248016", Birth: "1972-09-13", Strength: breach.Strong}},
		{"H-number", "NO", "13527248013",
			nationalid.Number{Form: "no-h-nummer", Canonical: "13527248013", Birth: "1972-12-13", Strength: breach.Strong}},
		{"Test-Norge", "NO", "10915596784",
			nationalid.Number{Form: "no-fodselsnummer", Canonical: "10915596784", Birth: "1955-11-10", Strength: breach.Strong, Artificial: true}},
		{"series of 2032 tells no birth date", "NO", "30108299939",
			nationalid.Number{Form: "no-fodselsnummer", Canonical: "30108299939", Strength: breach.Middle}},
		{"CPR with a hyphen", "DK", "211062-5629",
			nationalid.Number{Form: "dk-cpr", Canonical: "2110625629", Birth: "1862-10-21", Strength: breach.Middle}},
		{"CPR joined", "DK", "0101074004",
			nationalid.Number{Form: "dk-cpr", Canonical: "0101074004", Birth: "2007-01-01", Strength: breach.Weak}},
		{"replacement CPR", "DK", "610107-4004",
			nationalid.Number{Form: "dk-cpr", Canonical: "6101074004", Birth: "2007-01-01", Strength: breach.Weak}},
		{"kennitala", "IS", "120174-3399",
			nationalid.Number{Form: "is-kennitala", Canonical: "1201743399", Birth: "1974-01-12", Strength: breach.Middle}},
		{"system kennitala", "IS", "892350-1739",
			nationalid.Number{Form: "is-kennitala", Canonical: "8923501739", Strength: breach.Weak}},
		{"isikukood", "EE", "36805280109",
			nationalid.Number{Form: "ee-isikukood", Canonical: "36805280109", Birth: "1968-05-28", Strength: breach.Middle}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.Country = tt.country
			got, ok := nationalid.Parse(tt.country, tt.text)
			if !ok || got != tt.want {
				t.Errorf("Parse(%q, %q) = %+v, %v\nwant %+v", tt.country, tt.text, got, ok, tt.want)
			}
		})
	}
}

func TestNoNumber(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "hyphen first": "-8112289841", "hyphen last": "8112289841-", "two hyphens": "81-12-28-9841",
		"word before": "nr 811228-9841", "letters": "abcdef-ghij", "too long": "8112289841811228984181122898",
		"invalid UTF-8": "811228\xff9841", "only a hyphen": "-", "only blanks": "   ", "unknown country": "",
	} {
		if got := nationalid.Readings(text); got != nil {
			t.Errorf("%s: %d readings, want none", name, len(got))
		}
	}
	if _, ok := nationalid.Parse("XX", "131052-308T"); ok {
		t.Error("a country nobody knows has a number")
	}
}

func TestReadingsPutTheSurestFirst(t *testing.T) {
	// A Swedish number that holds, and the same digits as a Danish date.
	got := nationalid.Readings("050607-2388")
	if len(got) < 2 || got[0].Country != "SE" || got[1].Country != "DK" {
		t.Errorf("readings %+v, want Swedish before Danish", got)
	}
	// Its Luhn digit off by one: now only the Danish reading holds.
	got = nationalid.Readings("050607-2389")
	if len(got) < 2 || got[0].Country != "DK" || !got[len(got)-1].Failed {
		t.Errorf("readings %+v, want those that fail last", got)
	}
}

func TestIsOrganisation(t *testing.T) {
	for text, want := range map[string]bool{
		"2077474-0": true, "2077474-1": false, "20774740": false, "FI20774740": true, "FI20774741": false,
		"857209-0606": true, "802005-1952": true, "8020051952": true, "16802005-1952": true, "SE802005195201": true,
		"802005-1953": false, "811228-9841": false, "SE811228984101": false, "450401-3150": true, "450401-3151": false,
		"120174-3399": false, "": false, "0737546-2": true,
	} {
		if got := nationalid.IsOrganisation(text); got != want {
			t.Errorf("IsOrganisation(%q) = %v, want %v", text, got, want)
		}
	}
}

func TestChecksTakeAnyText(t *testing.T) {
	for name, ok := range map[string]bool{
		"hetu":          nationalid.ValidHetu("131052-308t") && !nationalid.ValidHetu("131052-308u"),
		"hetu bytes":    nationalid.ValidHetu([]byte("131052-308T")) && !nationalid.ValidHetu([]byte("131052")),
		"personnummer":  nationalid.ValidPersonnummer("8112289841") && !nationalid.ValidPersonnummer("8112289842"),
		"fødselsnummer": nationalid.ValidFodselsnummer("13097248022") && !nationalid.ValidFodselsnummer("13097248023"),
		"CPR":           nationalid.ValidCPR("2110625629") && !nationalid.ValidCPR("3102625629"),
		"CPR mod 11":    nationalid.CPRModEleven("2110625629") && !nationalid.CPRModEleven("2110625628"),
		"kennitala":     nationalid.ValidKennitala("1201743399") && !nationalid.ValidKennitala("1201743389"),
		"isikukood":     nationalid.ValidIsikukood("36805280109") && !nationalid.ValidIsikukood("36805280108"),
		"Y-tunnus":      nationalid.ValidYtunnus("20774740") && !nationalid.ValidYtunnus("2077474x"),
		"date":          nationalid.ValidDate(2000, 2, 29) && !nationalid.ValidDate(1900, 2, 29) && !nationalid.ValidDate(2024, 4, 31),
		"Luhn":          nationalid.Luhn("8112289841") && !nationalid.Luhn("") && !nationalid.Luhn("81122898x1"),
		"check":         nationalid.HetuCheck("131052308") == 'T' && nationalid.HetuCheck("13105230") == 0,
	} {
		if !ok {
			t.Errorf("%s: check is wrong", name)
		}
	}
}

func TestChecksAllocateNothing(t *testing.T) {
	ten, eleven, hetu := []byte("8112289841"), []byte("13097248022"), []byte("131052-308T")
	n := testing.AllocsPerRun(100, func() {
		nationalid.ValidPersonnummer(ten)
		nationalid.ValidCPR(ten)
		nationalid.ValidKennitala(ten)
		nationalid.ValidFodselsnummer(eleven)
		nationalid.ValidIsikukood(eleven)
		nationalid.ValidHetu(hetu)
	})
	if n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func ExampleParse() {
	n, ok := nationalid.Parse("SE", "19811228-9841")
	fmt.Println(ok, n.Form, n.Canonical, n.Birth)
	// Output: true se-personnummer 198112289841 1981-12-28
}

func ExampleReadings() {
	for _, n := range nationalid.Readings("050607-2388") {
		fmt.Println(n.Form, n.Failed)
	}
	// Output:
	// se-personnummer false
	// dk-cpr false
	// fi-hetu true
	// is-kennitala true
}

func ExampleIsOrganisation() {
	fmt.Println(nationalid.IsOrganisation("802005-1952"), nationalid.IsOrganisation("811228-9841"))
	// Output: true false
}

func FuzzReadings(f *testing.F) {
	for _, c := range nationalid.All {
		for _, text := range append(c.Hits, c.Misses...) {
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, n := range nationalid.Readings(text) {
			again, ok := nationalid.Parse(n.Country, n.Canonical)
			if n.Country == "IS" && n.Canonical[0] >= '8' {
				continue // system numbers are only read with a hyphen
			}
			if !ok || again.Canonical != n.Canonical || again.Failed != n.Failed || again.Birth != n.Birth {
				t.Errorf("the canonical form of a %s is read otherwise: %+v, then %+v", n.Form, n, again)
			}
			if n.Failed != (n.Failed && n.Strength == breach.Weak) || n.Birth != "" && len(n.Birth) != 10 {
				t.Errorf("inconsistent %s: %+v", n.Form, n)
			}
		}
		nationalid.IsOrganisation(text)
	})
}

func BenchmarkReadings(b *testing.B) {
	for b.Loop() {
		nationalid.Readings("811228-9841")
	}
}

func BenchmarkValidPersonnummer(b *testing.B) {
	ten := []byte("8112289841")
	for b.Loop() {
		nationalid.ValidPersonnummer(ten)
	}
}
