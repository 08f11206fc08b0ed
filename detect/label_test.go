package detect_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/detect"
)

// headings are cells with the headings above them.
var headings = []struct {
	heading, cell string
	want          breach.Kind
	value         string // "" if it is as in the cell
}{
	{"Namn", "Elin Holm", breach.Name, ""},
	{"Elevens namn", "Elin Holm", breach.Name, ""},
	{"Oppilas", "Elin Holm", breach.Name, ""},
	{"Full name", "Elin Holm", breach.Name, ""},
	{"Personnr", "20120304-2393", breach.NationalID, "201203042393"},
	{"HENKILÖTUNNUS", "010594y9032", breach.NationalID, "010594Y9032"},
	{"socialSecurityNumber", "010594Y9032", breach.NationalID, ""},
	{"Födelsedatum", "4.3.2012", breach.BirthDate, "2012-03-04"},
	{"syntymäaika", "4.3.2012", breach.BirthDate, "2012-03-04"},
	{"e_post", "elin@example.se", breach.Email, ""},
	{"Sähköposti 2", "elin@example.fi", breach.Email, ""},
	{"Mobil", "070-174 06 05", breach.Phone, "+46701740605"},
	{"puh.nro", "040 628 0400", breach.Phone, "+358406280400"},
	{"Adress", "Storgatan 12, 123 45 Malmö", breach.Address, "Storgatan 12, 12345 Malmö"},
	{"Katuosoite", "Kirkkokatu 7 A 3", breach.Address, ""},
	{"userName", "elihol", breach.Username, ""},
	{"Lösenord", "Vinter2024", breach.Password, ""},
	{"Tilinumero", "FI21 1234 5600 0007 85", breach.BankAccount, "FI2112345600000785"},
	{"Kontonummer", "8327-9 123456789", breach.BankAccount, "83279123456789"},
	{"Rek.nro", "ABC-123", breach.Vehicle, "ABC123"},
	{"Passin numero", "XP1234567", breach.Passport, ""},
	{"Portkod", "1204", breach.DoorCode, ""},
	{"Modersmål", "somali", breach.Language, ""},
	{"Hemspråk", "svenska", breach.Language, ""},
	{"Kansalaisuus", "Ruotsi", breach.Nationality, ""},
	{"Trossamfund", "ev.luth.", breach.Religion, ""},
	{"Allergier", "nötter", breach.Health, ""},
	{"Diagnoskod", "F90.0", breach.Health, ""},
	{"Erityinen tuki", "kyllä", breach.SpecialSupport, ""},
	{"Betyg matematik", "B", breach.Grades, ""},
	{"Kursavgift", "125,00", breach.Fee, ""},
	{"Månadslön", "3100", breach.Income, ""},
	{"Frånvaro (h)", "12", breach.Absence, ""},
	{"Sairauspoissaolo alkaa", "2024-01-02", breach.Absence, ""},
	{"Befattning", "lärare", breach.Employment, ""},
	{"Hakutoive 1", "lukio", breach.Application, ""},
	{"Beställning", "skor", breach.Order, ""},
	{"Försörjningsstöd", "beviljat", breach.SocialWelfare, ""},
	{"Turvakielto", "kyllä", breach.ProtectedIdentity, ""},
	{"Foto", "elin.jpg", breach.Photo, ""},
}

// TestHeadings reads one cell under a heading, beside a number.
func TestHeadings(t *testing.T) {
	s := detect.New(nil)
	for _, tt := range headings {
		t.Run(tt.heading, func(t *testing.T) {
			if tt.value == "" {
				tt.value = tt.cell
			}
			text := fmt.Sprintf("Nr\tE-post\t%s\n1\tkontakt@example.com\t%s\n", tt.heading, tt.cell)
			for _, m := range read(t, s, "x.csv", passage(breach.Row, 1, text)) {
				for _, f := range m.Findings {
					if f.Kind == tt.want && f.Value.Reveal() == tt.value && f.Labelled {
						return
					}
				}
			}
			t.Errorf("%q under %q: got %s", tt.cell, tt.heading, show(read(t, s, "x.csv", passage(breach.Row, 1, text))))
		})
	}
}

func TestCellsThatSayNothing(t *testing.T) {
	s := detect.New(nil)
	for _, cell := range []string{"", "-", "nej", "Ei", "no", "0", "null", "saknas", "  "} {
		text := "Namn\tE-post\tAllergier\nElin Holm\telin@example.se\t" + cell + "\n"
		if got := show(read(t, s, "x.csv", passage(breach.Row, 1, text))); strings.Contains(got, "health") {
			t.Errorf("%q under Allergier: got %s", cell, got)
		}
	}
}

func TestNumbersThatASheetHasChanged(t *testing.T) {
	s := detect.New(nil)
	for _, tt := range []struct{ name, heading, cell, want string }{
		{"a leading zero lost", "Personnummer", "501012393", "0501012393"},
		{"stored as a number", "Personnummer", "201203042393", "201203042393"},
		{"shown with an exponent, all digits there", "Personnummer", "2.01203042393E11", "201203042393"},
		{"shown with an exponent, digits lost", "Personnummer", "2.01203E11", ""},
		{"the same digits under another heading", "Diarienummer", "501012393", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := "Namn\t" + tt.heading + "\nElin Holm\t" + tt.cell + "\n"
			got := show(read(t, s, "x.csv", passage(breach.Row, 1, text)))
			if found := strings.Contains(got, "national-id"); found != (tt.want != "") || !strings.Contains(got, tt.want) {
				t.Errorf("%s: got %s, want %s", tt.cell, got, tt.want)
			}
		})
	}
}

func TestGuardiansHaveMentionsOfTheirOwn(t *testing.T) {
	s := detect.New(nil)
	for _, tt := range []struct{ name, headings, row, want string }{
		{"numbered", "Namn\tVH1 namn\tVH1 e-post\tVH2 namn\tVH2 e-post", "Elin Holm\tEva Holm\teva@example.se\tPer Ek\tper@example.se",
			"row 2: name*=Elin Holm | guardian*=Eva Holm | guardian*=Per Ek\nrow 2: name*=Eva Holm | email*=eva@example.se\nrow 2: name*=Per Ek | email*=per@example.se"},
		{"twice the same heading", "Namn\tHuoltaja\tHuoltajan puhelin\tHuoltaja\tHuoltajan puhelin", "Elin Holm\tEva Holm\t+46701740605\tPer Ek\t+46701740606",
			"row 2: name*=Elin Holm | guardian*=Eva Holm | guardian*=Per Ek\nrow 2: name*=Eva Holm | phone*=+46701740605\nrow 2: name*=Per Ek | phone*=+46701740606"},
		{"behind", "Namn\tNamn vårdnadshavare", "Elin Holm\tEva Holm", "row 2: name*=Elin Holm | guardian*=Eva Holm\nrow 2: name*=Eva Holm"},
		{"a list of guardians alone", "guardian_first_name\tguardian_last_name\tguardian_email", "Eva\tHolm\teva@example.se",
			"row 2: name*=Eva Holm | email*=eva@example.se"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := show(read(t, s, "x.csv", passage(breach.Row, 1, tt.headings+"\n"+tt.row+"\n"))); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}
