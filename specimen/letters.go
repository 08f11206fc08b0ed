package specimen

import (
	"fmt"

	"github.com/klarlagt/klarlagt/breach"
)

// letter begins a document about one person, in the person's language.
func letter(who *person, folder, name, swedish, finnish string) paper {
	p := paper{lang: who.writes(), folder: folder, name: name}
	p.title = p.in(swedish, finnish)
	return p
}

// office adds what offices add: a case number, or the person's name to the
// file's.
func (p *paper) office(d *dice, who *person) {
	if d.percent(10) {
		p.noise(d)
	}
	if d.percent(8) {
		p.name += " " + who.name()
	}
}

// intro names the person a document is about, with the identity number.
func (p *paper) intro(d *dice, who *person) {
	id := spellID(d, who.id)
	switch d.n(3) {
	case 0:
		p.para("%s: %s\n%s: %s", p.in("Namn", "Nimi"), calls(d, who), p.in("Personnummer", "Henkilötunnus"), id)
	case 1:
		p.para(p.in("Ärendet gäller %s (%s).", "Asia koskee: %s (%s)."), who.name(), id)
	default:
		p.para("%s %s, %s %s", p.in("Elev:", "Oppilas:"), who.name(), p.in("personnummer", "henkilötunnus"), id)
	}
}

// supportRequest asks for special support for a pupil.
func supportRequest(t *town, d *dice) paper {
	c := t.any(d, t.pupils)
	p := letter(&c, "elever/elevhälsa", "begäran", "Begäran om särskilt stöd", "Erityisen tuen hakemus")
	p.intro(d, &c)
	if p.lang == "fi" {
		if d.percent(50) {
			p.para("%s %s ehdotetaan erityisen tuen päätöstä. Oppilas tarvitsee erityistä tukea matematiikassa ja keskittymisessä.", c.given, c.surname.to())
		} else {
			p.para("%s %s erityisen tuen tarve on arvioitu. Oppilas tarvitsee erityistä tukea lukemisessa.", c.given, c.surname.of())
		}
		p.para("Pedagoginen selvitys on tehty %s.", p.spellDate(d, today.AddDate(0, 0, -d.n(300))))
	} else {
		p.para("%s behov av särskilt stöd har kartlagts. Eleven behöver särskilt stöd i matematik och för sin koncentration.", genitiveSwedish(c.name()))
		p.para("Den pedagogiska utredningen gjordes %s.", p.spellDate(d, today.AddDate(0, 0, -d.n(300))))
	}
	p.office(d, &c)
	p.plant(&c, Unique, kinds(breach.Name, breach.NationalID, breach.SpecialSupport), kinds(breach.Health, breach.Application, breach.Grades))
	return p
}

// healthStatement is a doctor's statement.
func healthStatement(t *town, d *dice) paper {
	c := t.any(d, t.pupils)
	if d.percent(30) {
		c = t.any(d, t.staff)
	}
	p := letter(&c, "elever/elevhälsa/intyg", "utlåtande", "Läkarutlåtande", "Lääkärinlausunto")
	p.intro(d, &c)
	if p.lang == "fi" {
		p.para("Diagnoosi: %s. Potilas on ollut hoidossa %s lähtien, lääkitys jatkuu.", one(d, diagnoses), p.spellDate(d, today.AddDate(0, 0, -d.n(500))))
		p.para("Tämä lääkärinlausunto on annettu potilaan pyynnöstä.")
	} else {
		p.para("Diagnos: %s. Patienten har behandlats sedan %s, medicineringen fortsätter.", one(d, diagnoses), p.spellDate(d, today.AddDate(0, 0, -d.n(500))))
		p.para("Detta läkarutlåtande har givits på patientens begäran.")
	}
	p.office(d, &c)
	p.plant(&c, Unique, kinds(breach.Name, breach.NationalID, breach.Health), kinds(breach.Absence, breach.SpecialSupport))
	return p
}

// feeDecision sets a day-care fee: the payer with income, and the child.
func feeDecision(t *town, d *dice) paper {
	c := t.any(d, t.pupils)
	g := t.guardiansOf(&c)[0]
	p := letter(&g, "avgifter", "avgiftsbeslut", "Avgiftsbeslut", "Maksupäätös")
	k := kinds(breach.Name, breach.NationalID, breach.Fee, breach.Income)
	fee, income := d.between(20, 295), d.between(1900, 7800)
	if p.lang == "fi" {
		p.para("Maksaja %s, %s: asiakasmaksu on %d,00 euroa kuukaudessa. Maksun perusteena ovat bruttotulot %d euroa.", g.name(), spellID(d, g.id), fee, income)
		p.para("Lapsi: %s, %s", c.name(), spellID(d, c.id))
	} else {
		p.para("Betalare %s, %s: avgiften är %d,00 euro i månaden. Grund för avgiften är bruttoinkomsten %d euro.", g.name(), spellID(d, g.id), fee, income)
		p.para("Barn: %s, %s", c.name(), spellID(d, c.id))
	}
	if g.address.street != "" {
		k |= kinds(breach.Address)
		p.paras[0] += fmt.Sprintf(" %s: %s.", p.in("Adress", "Osoite"), g.address.line())
	}
	p.office(d, &g)
	p.plant(&g, Unique, k, kinds(breach.Guardian))
	p.plant(&c, Unique, kinds(breach.Name, breach.NationalID), kinds(breach.Fee, breach.Income, breach.Guardian))
	return p
}

// welfareReport tells the social services of a worry about a child.
func welfareReport(t *town, d *dice) paper {
	c := t.any(d, t.pupils)
	p := letter(&c, "socialtjänst", "anmälan", "Orosanmälan till socialtjänsten", "Lastensuojeluilmoitus")
	p.intro(d, &c)
	if p.lang == "fi" {
		p.para("Lastensuojeluilmoitus %s %s tehdään lain nojalla. Lapsi on useasti tullut kouluun ilman aamupalaa.", c.given, c.surname.about())
	} else {
		p.para("Anmälan till socialtjänsten om %s görs med stöd av skollagen. Barnet har flera gånger kommit till skolan utan frukost.", c.name())
	}
	p.plant(&c, Unique, kinds(breach.Name, breach.NationalID, breach.SocialWelfare), kinds(breach.Guardian, breach.Health))
	return p
}

// applicants is how many strangers apply for work; the ones after them are
// namesakes of pupils.
const applicants = 5000

// application is a job application of somebody in no register.
func application(t *town, d *dice) paper {
	s := t.stranger(d.n(applicants))
	p := letter(&s, "rekrytering", "ansökan", "Arbetsansökan", "Työhakemus")
	p.para("%s: %s\n%s: %s\n%s: %s\n%s: %s\n%s: %s", p.in("Namn", "Nimi"), s.name(), p.in("Personnummer", "Henkilötunnus"), spellID(d, s.id),
		p.in("Adress", "Osoite"), s.address.line(), p.in("Telefon", "Puhelin"), spellPhone(d, s.country, s.phone), p.in("E-post", "Sähköposti"), s.email)
	p.para("%s", p.in("Min ansökan gäller tjänsten som skolgångshandledare. Jag har arbetat med barn i flera år.",
		"Hakemukseni koskee koulunkäynninohjaajan paikkaa. Olen työskennellyt lasten kanssa useita vuosia."))
	p.plant(&s, Unique, kinds(breach.Name, breach.NationalID, breach.Address, breach.Phone, breach.Email, breach.Application), kinds(breach.Employment))
	return p
}

// absenceNote tells of absence by name and birth date alone.
func absenceNote(t *town, d *dice) paper {
	c := t.any(d, t.pupils)
	p := letter(&c, "elever/frånvaro", "frånvaro", "Frånvaro", "Poissaolo")
	if p.lang == "fi" {
		p.para("%s, syntynyt %s, luokka %s: poissaolo %d tuntia tässä jaksossa.", c.name(), p.spellDate(d, c.born), c.class, d.between(2, 60))
	} else {
		p.para("%s, född %s, klass %s: frånvaro %d timmar under perioden.", c.name(), p.spellDate(d, c.born), c.class, d.between(2, 60))
	}
	p.plant(&c, Weak, kinds(breach.Name, breach.BirthDate, breach.Absence), 0)
	return p
}

// contactNote asks somebody to call a guardian.
func contactNote(t *town, d *dice) paper {
	g := t.any(d, t.guardians)
	p := letter(&g, "kansli", "kontakt", "Att göra", "Tehtävät")
	if g.phone == "" {
		p.para(p.in("%s har sökt kansliet.", "%s on tavoitellut kansliaa."), g.name())
		p.plant(&g, ByName, kinds(breach.Name), 0)
		return p
	}
	p.para(p.in("%s vill bli uppringd, tfn %s.", "%s toivoo soittoa, puh. %s."), g.name(), spellPhone(d, g.country, g.phone))
	p.plant(&g, Weak, kinds(breach.Name, breach.Phone), 0)
	return p
}

// mistyped is a note with a wrong digit in the identity number.
func mistyped(t *town, d *dice) paper {
	c := t.any(d, t.pupils)
	p := letter(&c, "kansli", "anteckning", "Anteckning", "Muistiinpano")
	b := []byte(registerID(c.id))
	last := len(b) - 2 // the serial's last digit: the check no longer holds
	b[last] = '0' + (b[last]-'0'+1)%10
	p.para("%s: %s\n%s: %s", p.in("Elev", "Oppilas"), c.name(), p.in("Personnummer", "Henkilötunnus"), b)
	p.plant(&c, Weak, kinds(breach.Name), kinds(breach.NationalID, breach.BirthDate))
	return p
}

// minutes name people and say nothing more of them; they are full of numbers
// that are nobody's.
func minutes(t *town, d *dice) paper {
	p := paper{lang: language(d), folder: "beslut/protokoll", name: "protokoll"}
	p.title = p.in("Protokoll från elevhälsogruppens möte", "Oppilashuoltoryhmän kokouspöytäkirja")
	for _, s := range t.some(d, t.staff, 2, 5) {
		p.para(p.in("Närvarande: %s", "Läsnä: %s"), s.name())
		p.plant(&s, ByName, kinds(breach.Name), kinds(breach.Employment))
	}
	p.noise(d)
	return p
}

// namesake is about somebody in no register who has the name of somebody in
// one, and another number.
func namesake(t *town, d *dice) paper {
	at := d.n(len(t.pupils))
	known, s := t.person(t.pupils[at]), t.stranger(applicants+at)
	s.given, s.surname = known.given, known.surname
	p := letter(&s, "elever/elevhälsa", "utredning", "Beslut om särskilt stöd", "Erityisen tuen päätös")
	p.intro(d, &s)
	p.para("%s", p.in("Beslutet om särskilt stöd gäller till läsårets slut.", "Erityisen tuen päätös on voimassa lukuvuoden loppuun."))
	p.plant(&s, Unique, kinds(breach.Name, breach.NationalID, breach.SpecialSupport), kinds(breach.Health, breach.Application))
	p.decoys = append(p.decoys, Decoy{What: "namesake", Entries: known.entries()})
	return p
}

// otherSign is about somebody whose Finnish number differs from that of
// somebody in a register in nothing but the century sign.
func otherSign(t *town, d *dice) paper {
	at := d.n(len(t.pupils))
	known, s := t.person(t.pupils[at]), t.stranger(applicants+at)
	if known.country != "FI" {
		return namesake(t, d)
	}
	s.household.n += 1 << 26 // somebody else than the pupil's namesake
	b := []byte(known.id)
	b[6] = 'F'
	s.id, s.born = string(b), known.born
	p := letter(&s, "elever/elevhälsa", "intyg", "Läkarintyg", "Lääkärintodistus")
	p.para("%s: %s\n%s: %s", p.in("Namn", "Nimi"), s.name(), p.in("Personnummer", "Henkilötunnus"), s.id)
	p.plant(&s, Unique, kinds(breach.Name, breach.NationalID), kinds(breach.Health))
	p.decoys = append(p.decoys, Decoy{What: "same digits, another century sign", Entries: known.entries()})
	return p
}
