package specimen

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// upper is a name in capitals.
func upper(name string) string { return strings.ToUpper(name) }

// some gives a few different people of a list.
func (t *town) some(d *dice, list []ref, lo, hi int) []person {
	n := min(d.between(lo, hi), len(list))
	var refs []ref
	for len(refs) < n {
		r := one(d, list)
		if slices.Contains(refs, r) {
			n-- // a short list stays short
			continue
		}
		refs = append(refs, r)
	}
	people := make([]person, 0, len(refs))
	for _, r := range refs {
		people = append(people, t.person(r))
	}
	return people
}

func language(d *dice) string { return one(d, []string{"sv", "fi"}) }

// list begins a table with its headings in one of the languages.
func list(d *dice, folder, name, swedish, finnish string) paper {
	p := paper{lang: language(d), folder: folder, name: name}
	p.row(strings.Split(p.in(swedish, finnish), ";")...)
	return p
}

// classList lists a class: in half of the lists the guardians too.
func classList(t *town, d *dice) paper {
	if d.percent(50) {
		return guardianList(t, d)
	}
	p := list(d, "elever", "klasslista", "Namn;Personnummer;Klass;Modersmål;Adress;E-post", "Nimi;Henkilötunnus;Luokka;Äidinkieli;Osoite;Sähköposti")
	for _, c := range t.some(d, t.pupils, 12, 25) {
		address, k := "", kinds(breach.Name, breach.NationalID, breach.Language)
		if c.address.street != "" {
			address, k = c.address.line(), k|kinds(breach.Address)
		}
		if c.email != "" {
			k |= kinds(breach.Email)
		}
		p.row(calls(d, &c), spellID(d, c.id), c.class, tongue(c.language, p.lang), address, c.email)
		p.plant(&c, Unique, k, 0)
	}
	return p
}

// guardianList lists a class with one guardian each.
func guardianList(t *town, d *dice) paper {
	p := list(d, "elever", "vårdnadshavare", "Elevens efternamn;Elevens förnamn;Personnummer;Klass;Vårdnadshavare;Vårdnadshavares telefon;Vårdnadshavares e-post",
		"Oppilaan sukunimi;Oppilaan etunimi;Henkilötunnus;Luokka;Huoltaja;Huoltajan puhelin;Huoltajan sähköposti")
	for _, c := range t.some(d, t.pupils, 10, 22) {
		g := t.guardiansOf(&c)[0]
		p.row(c.surname.name, c.given, spellID(d, c.id), c.class, g.name(), g.phone, g.email)
		p.plant(&c, Unique, kinds(breach.Name, breach.NationalID, breach.Guardian), 0)
		if g.email == "" {
			p.plant(&g, ByName, kinds(breach.Name), kinds(breach.Guardian))
			continue
		}
		p.plantMail(t, &g, kinds(breach.Name, breach.Phone, breach.Email), kinds(breach.Guardian))
	}
	return p
}

// gradeList lists marks.
func gradeList(t *town, d *dice) paper {
	p := list(d, "elever/betyg", "betyg", "Efternamn;Förnamn;Personnummer;Betyg matematik;Betyg svenska", "Sukunimi;Etunimi;Henkilötunnus;Arvosana matematiikka;Arvosana äidinkieli")
	for _, c := range t.some(d, t.pupils, 12, 25) {
		mark := func() string {
			if p.lang == "fi" {
				return strconv.Itoa(d.between(5, 10))
			}
			return one(d, []string{"A", "B", "C", "D", "E", "F"})
		}
		p.row(c.surname.name, c.given, spellID(d, c.id), mark(), mark())
		p.plant(&c, Unique, kinds(breach.Name, breach.NationalID, breach.Grades), 0)
	}
	return p
}

// beliefList is the export that schools send to the congregations.
func beliefList(t *town, d *dice) paper {
	p := list(d, "elever/export", "uppgifter", "Personnummer;Efternamn;Förnamn;Modersmål;Medborgarskap;Trossamfund", "Henkilötunnus;Sukunimi;Etunimi;Äidinkieli;Kansalaisuus;Uskontokunta")
	for _, c := range t.some(d, t.pupils, 15, 40) {
		p.row(spellID(d, c.id), c.surname.name, c.given, tongue(c.language, p.lang), c.nation, c.religion)
		k := kinds(breach.Name, breach.NationalID, breach.Language, breach.Nationality)
		if c.religion != "ingen" {
			k |= kinds(breach.Religion)
		}
		p.plant(&c, Unique, k, kinds(breach.Religion))
	}
	return p
}

// sickList lists the staff's sick leave.
func sickList(t *town, d *dice) paper {
	p := list(d, "henkilöstö", "sjukfrånvaro", "Namn;Personnummer;Sjukfrånvaro fr.o.m.;Sjukfrånvaro t.o.m.;Diagnos", "Nimi;Henkilötunnus;Sairauspoissaolo alkaa;Sairauspoissaolo päättyy;Diagnoosi")
	for _, s := range t.some(d, t.staff, 5, 18) {
		from := today.AddDate(0, 0, -d.between(5, 700))
		p.row(calls(d, &s), spellID(d, s.id), date(from), date(from.AddDate(0, 0, d.between(1, 40))), one(d, diagnoses))
		p.plant(&s, Unique, kinds(breach.Name, breach.NationalID, breach.Absence, breach.Health), kinds(breach.Employment))
	}
	return p
}

var diagnoses = []string{"J06.9", "M54.5", "F32.1", "F43.2", "S93.4", "G43.9", "F90.0"}

// payroll lists salaries and accounts.
func payroll(t *town, d *dice) paper {
	p := list(d, "henkilöstö/löner", "löner", "Anställd;Personnummer;Befattning;Månadslön;Kontonummer", "Työntekijä;Henkilötunnus;Tehtävänimike;Kuukausipalkka;Tilinumero")
	for _, s := range t.some(d, t.staff, 8, 25) {
		account := s.account
		if d.percent(50) {
			account = grouped(account)
		}
		p.row(s.name(), spellID(d, s.id), s.title, fmt.Sprint(d.between(2100, 4900)), account)
		p.plant(&s, Unique, kinds(breach.Name, breach.NationalID, breach.Employment, breach.Income, breach.BankAccount), 0)
	}
	return p
}

// deliveries is a carrier's list of home deliveries: door codes where somebody
// wrote them down.
func deliveries(t *town, d *dice) paper {
	p := list(d, "hemvård", "leveranser", "Kund;Adress;Telefon;E-post;Portkod;Beställning", "Asiakas;Osoite;Puhelin;Sähköposti;Ovikoodi;Tilaus")
	for _, c := range t.some(d, t.customer, 8, 25) {
		if c.email == "" {
			continue
		}
		code, k := "", kinds(breach.Name, breach.Address, breach.Phone, breach.Email, breach.Order)
		if d.percent(40) {
			code, k = fmt.Sprintf("%04d", d.n(10000)), k|kinds(breach.DoorCode)
		}
		p.row(calls(d, &c), c.address.line(), spellPhone(d, c.country, c.phone), c.email, code,
			p.in("inkontinensskydd "+one(d, []string{"M", "L"}), "inkontinenssisuoja "+one(d, []string{"M", "L"})))
		p.plantMail(t, &c, k, kinds(breach.Health))
	}
	return p
}

// parking lists cars of the staff.
func parking(t *town, d *dice) paper {
	p := list(d, "fastighet", "parkering", "Namn;Registreringsnummer;Telefon;E-post", "Nimi;Rekisterinumero;Puhelin;Sähköposti")
	for _, s := range t.some(d, t.staff, 4, 15) {
		p.row(s.name(), plate(d, s.country), spellPhone(d, s.country, s.phone), s.email)
		p.plant(&s, Unique, kinds(breach.Name, breach.Vehicle, breach.Phone, breach.Email), kinds(breach.Employment))
	}
	return p
}

// passports lists travel documents for a trip: birth dates, no identity numbers.
func passports(t *town, d *dice) paper {
	p := list(d, "elever/resor", "resa", "Namn;Födelsedatum;Medborgarskap;Passnummer", "Nimi;Syntymäaika;Kansalaisuus;Passin numero")
	for _, c := range t.some(d, t.pupils, 5, 15) {
		p.row(c.name(), p.spellDate(d, c.born), c.nation, c.passport)
		p.plant(&c, Weak, kinds(breach.Name, breach.BirthDate, breach.Nationality, breach.Passport), 0)
	}
	return p
}

// protectedList is what should never have been on the share.
func protectedList(t *town, d *dice) paper {
	p := list(d, "elever/sekretess", "sekretess", "Namn;Personnummer;Skyddade personuppgifter", "Nimi;Henkilötunnus;Turvakielto")
	for _, c := range t.some(d, t.pupils, 40, 60) {
		if !c.protected && d.percent(90) {
			continue
		}
		k := kinds(breach.Name, breach.NationalID)
		if c.protected {
			k |= kinds(breach.ProtectedIdentity)
		}
		p.row(c.name(), registerID(c.id), p.in(map[bool]string{true: "ja", false: "nej"}[c.protected], map[bool]string{true: "kyllä", false: "ei"}[c.protected]))
		p.plant(&c, Unique, k, 0)
	}
	return p
}

// accounts is a school system's export of its users.
func accounts(t *town, d *dice) paper {
	p := list(d, "it/export", "användare", "Namn;Användarnamn;E-post;Klass", "Nimi;Käyttäjätunnus;Sähköposti;Luokka")
	for _, c := range t.some(d, t.pupils, 15, 40) {
		k := kinds(breach.Name, breach.Username)
		if c.email != "" {
			k |= kinds(breach.Email)
		}
		p.row(c.name(), c.username, c.email, c.class)
		p.plant(&c, Unique, k, 0)
	}
	return p
}

// courses is an export of course bookings.
func courses(t *town, d *dice) paper {
	p := list(d, "vuxenutbildning", "kursanmälningar", "Efternamn;Förnamn;Personnummer;E-post;Telefon;Kursavgift", "Sukunimi;Etunimi;Henkilötunnus;Sähköposti;Puhelin;Kurssimaksu")
	for _, c := range t.some(d, t.customer, 10, 30) {
		k := kinds(breach.Name, breach.NationalID, breach.Fee)
		if c.email != "" {
			k |= kinds(breach.Email, breach.Phone)
		}
		p.row(c.surname.name, c.given, spellID(d, c.id), c.email, c.phone, fmt.Sprintf("%d,00", d.between(20, 190)))
		p.plantMail(t, &c, k, kinds(breach.Application))
	}
	return p
}

// tongue names a language in Swedish or Finnish.
func tongue(code, lang string) string {
	names := map[string][2]string{"sv": {"svenska", "ruotsi"}, "fi": {"finska", "suomi"}, "ar": {"arabiska", "arabia"},
		"so": {"somaliska", "somali"}, "ru": {"ryska", "venäjä"}, "uk": {"ukrainska", "ukraina"}, "et": {"estniska", "viro"},
		"en": {"engelska", "englanti"}, "vi": {"vietnamesiska", "vietnam"}, "pl": {"polska", "puola"}}
	if lang == "fi" {
		return names[code][1]
	}
	return names[code][0]
}
