package draft_test

import (
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/draft"
)

// at is a moment in a zone.
func at(t testing.TB, zone, text string) time.Time {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	when, err := time.ParseInLocation("2006-01-02 15:04", text, loc)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

const (
	helsinki  = "Europe/Helsinki"
	stockholm = "Europe/Stockholm"
)

func some(n int64) *draft.Range { return &draft.Range{Lower: n, Upper: n} }

func from(n int64) *draft.Range { return &draft.Range{Lower: n} }

func kinds(people *draft.Range, list ...breach.Kind) []draft.KindCount {
	var counts []draft.KindCount
	for _, k := range list {
		counts = append(counts, draft.KindCount{Kind: k, People: people})
	}
	return counts
}

// incident is one of five that are publicly known, as the case may have stood
// when the first notification was made: of its facts only those that were made
// public then or in the weeks after, no names of people, and hours that nobody
// told as estimates. Counted in the evidence is only what a log shows.
type incident struct {
	name string
	made func(testing.TB) draft.Case
}

var incidents = []incident{
	{"Helsinki, the education division, 2024", helsinkiCase},
	{"Vklass, Lidingö, 2022", vklassCase},
	{"Skolplattformen, Stockholm, 2019", skolplattformenCase},
	{"Kursor, Helsinki, 2014", kursorCase},
	{"Westlog, Helsinki, 2023", westlogCase},
}

func helsinkiCase(t testing.TB) draft.Case {
	m := draft.Mark{By: "officer", At: at(t, helsinki, "2024-05-02 09:00")}
	return draft.Case{
		Lang: "fi", Now: at(t, helsinki, "2024-05-02 12:00"), Reference: "HEL-2024", Incomplete: true,
		Controller: draft.Organisation{Mark: m, Name: "Helsingin kaupunki, kasvatuksen ja koulutuksen toimiala", Sector: "public", Activity: "koulutus"},
		Incident: breach.Incident{Country: "FI", Role: breach.Controller,
			OccurredFrom: breach.Moment{At: at(t, helsinki, "2024-04-30 00:00"), Estimated: true},
			Aware:        breach.Moment{At: at(t, helsinki, "2024-04-30 23:30"), Estimated: true}, AwareWhy: "ilmoitus Kyberturvallisuuskeskukselle",
			Contained: breach.Moment{At: at(t, helsinki, "2024-04-30 23:59"), Estimated: true}},
		IncidentMark: m,
		Discovery:    draft.Discovery{Mark: m, How: "controller", Text: "Kaupunki havaitsi tietomurron omassa verkossaan ja aloitti selvityksen heti."},
		Nature: draft.Nature{Mark: m, Nature: []string{"confidentiality"}, Confidentiality: "likely", Unintelligible: "no",
			Incident: "vulnerability", Cause: "external-malicious", Description: "Tietomurto etäyhteyspalvelimen kautta toimialan verkkoon."},
		Systems: []draft.System{{Mark: m, Name: "Etäyhteyspalvelin", State: "suljettu"}, {Mark: m, Name: "Verkkolevy", Where: "toimialan tietoverkko"}},
		Extent: draft.Extent{Mark: m, People: &draft.Range{Lower: 80_000, Upper: 118_000},
			Groups: []draft.Group{{Name: "oppijat ja huoltajat", Categories: []string{"students", "minors", "customers"}, People: from(80_000)},
				{Name: "henkilöstö", Categories: []string{"employees"}, People: some(38_000)}},
			Kinds: kinds(nil, breach.Username, breach.Email, breach.NationalID, breach.Address, breach.Language, breach.Nationality,
				breach.Religion, breach.Fee, breach.SpecialSupport, breach.Health, breach.Absence, breach.Passport)},
		Cohorts: []draft.Cohort{{Mark: m, Name: "oppijat ja huoltajat", Score: 5, Level: draft.VeryHigh, Risk: draft.RiskHigh, Why: "henkilötunnus, osoite ja uskonto"}},
		Taken:   draft.Measures{Mark: m, Text: "Murron mahdollistaneet järjestelmät suljettiin. Kriittisten järjestelmien salasanat vaihdettiin. Valvontaa tehostettiin koko verkossa."},
		Prevention: draft.Measures{Mark: m, Kinds: []string{"access-control"},
			Text: "Ulkopuoliset asiantuntijat selvittävät murtoa; valvontaa on tehostettu."},
		Notice: draft.Notice{Mark: m, Told: "yes", When: at(t, helsinki, "2024-05-02 12:00"), Means: "public",
			NotAllWhy: "Asianosaisia ei voida yksilöidä.", Content: "Mitä tapahtui, mitä tietoja se voi koskea ja miten suojautua."},
		Reports: []draft.Report{{Mark: m, To: draft.Police}, {Mark: m, To: draft.CSIRT, When: breach.Moment{At: at(t, helsinki, "2024-04-30 23:30")}}},
		Open:    map[draft.ID]draft.Reason{"75": draft.Investigating, "76": draft.Investigating},
	}
}

func vklassCase(t testing.TB) draft.Case {
	m := draft.Mark{By: "officer", At: at(t, stockholm, "2022-09-23 09:00")}
	return draft.Case{
		Lang: "sv", Now: at(t, stockholm, "2022-09-23 15:00"), Reference: "LID-2022", Incomplete: true,
		Controller: draft.Organisation{Mark: m, Name: "Lidingö stad", Sector: "public", Activity: "utbildning"},
		Parties:    []draft.Party{{Mark: m, Name: "Vklass", Role: "personuppgiftsbiträde till den 1 januari 2022"}},
		Incident: breach.Incident{Country: "SE", Role: breach.Controller, Told: breach.Moment{At: at(t, stockholm, "2022-09-22 12:00"), Estimated: true},
			Aware: breach.Moment{At: at(t, stockholm, "2022-09-22 12:00"), Estimated: true}},
		IncidentMark: m,
		Discovery:    draft.Discovery{Mark: m, How: "processor", Text: "Leverantören upptäckte en webbplats med uppgifter ur plattformen."},
		Chain: []draft.Step{
			{Mark: m, When: breach.Moment{At: at(t, stockholm, "2022-09-21 12:00"), Estimated: true}, Who: "Vklass", What: "webbplatsen upptäcktes"},
			{Mark: m, When: breach.Moment{At: at(t, stockholm, "2022-09-22 12:00"), Estimated: true}, Who: "Vklass", Told: "Lidingö stad"}},
		Nature: draft.Nature{Mark: m, Nature: []string{"confidentiality"}, Confidentiality: "disclosed", Unintelligible: "no",
			Incident: "exfiltration", Cause: "external-malicious", Description: "En användare hämtade uppgifter ur plattformen och publicerade dem på en webbplats, som stängdes den 22 september."},
		Systems: []draft.System{{Mark: m, Name: "Vklass", Where: "hos leverantören", State: "lämnades av staden den 1 januari 2022"}},
		Extent: draft.Extent{Mark: m, Groups: []draft.Group{{Name: "elever", Categories: []string{"students", "minors"}}, {Name: "vårdnadshavare", Categories: []string{"users"}},
			{Name: "personal", Categories: []string{"employees"}}},
			Kinds: kinds(nil, breach.Name, breach.Photo, breach.Email, breach.Phone, breach.Username)},
		Cohorts: []draft.Cohort{{Mark: m, Name: "elever", Score: 2, Level: draft.Medium, Risk: draft.RiskPresent, Why: "namn, bild och klass"},
			{Mark: m, Name: "elever med skyddade personuppgifter", Score: 5, Level: draft.VeryHigh, Risk: draft.RiskHigh, Why: "vistelseort kan röjas"}},
		Taken:      draft.Measures{Mark: m, Text: "Webbplatsen är nedtagen. Händelsen är polisanmäld."},
		Prevention: draft.Measures{Mark: m, Kinds: []string{"other"}, Text: "Leverantören har vidtagit åtgärder så att incidenten inte ska kunna upprepas."},
		Notice:     draft.Notice{Mark: m, Told: "planned-tbd"},
		Reports:    []draft.Report{{Mark: m, To: draft.Police}},
		Open:       map[draft.ID]draft.Reason{"68": draft.Investigating},
	}
}

func skolplattformenCase(t testing.TB) draft.Case {
	m := draft.Mark{By: "officer", At: at(t, stockholm, "2019-08-23 10:00")}
	return draft.Case{
		Lang: "sv", Now: at(t, stockholm, "2019-08-23 16:00"), Reference: "STO-2019-1", Incomplete: true,
		Controller: draft.Organisation{Mark: m, Name: "Stockholms stad", Sector: "public", Activity: "utbildning"},
		Incident: breach.Incident{Country: "SE", Role: breach.Controller, Aware: breach.Moment{At: at(t, stockholm, "2019-08-23 08:00"), Estimated: true},
			Contained: breach.Moment{At: at(t, stockholm, "2019-08-23 12:00"), Estimated: true}},
		IncidentMark: m,
		Discovery:    draft.Discovery{Mark: m, How: "external", Text: "Staden fick uppgifter om att obehöriga kunnat komma åt personuppgifter.", When: at(t, stockholm, "2019-08-23 08:00")},
		Nature: draft.Nature{Mark: m, Nature: []string{"confidentiality"}, Confidentiality: "not-assessable", Unintelligible: "no",
			Incident: "vulnerability", Cause: "internal-non-malicious", Description: "I inloggat läge gick det att ändra anropen till databasen och få fram uppgifter om andra."},
		Systems: []draft.System{{Mark: m, Name: "Skolplattformen, Elevdokumentation", State: "stängd"}, {Mark: m, Name: "Skolplattformen, övriga moduler", State: "testas"}},
		Extent: draft.Extent{Mark: m, People: &draft.Range{Upper: 500_000}, Groups: []draft.Group{{Name: "elever", Categories: []string{"students", "minors"}}, {Name: "vårdnadshavare", Categories: []string{"users"}}},
			Kinds: kinds(nil, breach.Name, breach.Grades, breach.SpecialSupport, breach.NationalID)},
		Cohorts:    []draft.Cohort{{Mark: m, Name: "elever", Score: 4.25, Level: draft.VeryHigh, Risk: draft.RiskHigh, Why: "elevdokumentation"}},
		Taken:      draft.Measures{Mark: m, Text: "Modulen Elevdokumentation stängdes omgående och hålls stängd tills felen är rättade."},
		Prevention: draft.Measures{Mark: m, Kinds: []string{"audits", "updates"}, Text: "Extra säkerhetstester av alla delar."},
		Open:       map[draft.ID]draft.Reason{"75": draft.Investigating},
	}
}

func kursorCase(t testing.TB) draft.Case {
	m := draft.Mark{By: "officer", At: at(t, helsinki, "2014-01-13 09:00")}
	return draft.Case{
		Lang: "fi", Now: at(t, helsinki, "2014-01-13 12:00"), Reference: "TYO-2014",
		Controller: draft.Organisation{Mark: m, Name: "Helsingin työväenopisto", Sector: "public", Activity: "aikuiskoulutus"},
		Parties:    []draft.Party{{Mark: m, Name: "Grynos Oy", Role: "järjestelmän toimittaja"}},
		Incident: breach.Incident{Country: "FI", Role: breach.Controller, OccurredFrom: breach.Moment{At: at(t, helsinki, "2014-01-12 19:30")},
			OccurredTo: breach.Moment{At: at(t, helsinki, "2014-01-12 19:30")}, Aware: breach.Moment{At: at(t, helsinki, "2014-01-12 21:00"), Estimated: true},
			Contained: breach.Moment{At: at(t, helsinki, "2014-01-13 00:02")}},
		IncidentMark: m,
		Discovery:    draft.Discovery{Mark: m, How: "controller", Text: "Opisto huomasi virheen postituksen jälkeen."},
		Nature: draft.Nature{Mark: m, Nature: []string{"confidentiality"}, Confidentiality: "disclosed", Unintelligible: "no", Incident: "open-list", Cause: "internal-non-malicious",
			Description: "Massapostituksen lokitiedosto kopioitui viestin sisältöön, ja postituskomento annettiin kaksoisnapsautuksella."},
		Systems: []draft.System{{Mark: m, Name: "Kursor", Where: "toimittajan palvelu", State: "virhe korjattu"}},
		Extent: draft.Extent{Mark: draft.Mark{At: m.At}, People: some(13_600), Records: some(13_600), Items: 1,
			Groups: []draft.Group{{Name: "asiakkaat", Categories: []string{"customers"}, People: some(13_600)}}, Kinds: kinds(some(13_600), breach.Email)},
		Cohorts: []draft.Cohort{{Mark: m, Name: "asiakkaat", Score: 1, Level: draft.Low, Risk: draft.RiskPresent, Why: "vain sähköpostiosoitteita, mutta suuri määrä"}},
		Before:  draft.Measures{Mark: m, Kinds: []string{"audits"}, Text: "Järjestelmä oli läpäissyt tietoturvatestit."},
		Taken:   draft.Measures{Mark: m, Text: "Asiakkaita pyydettiin samana yönä poistamaan viesti avaamatta sitä. Toimittaja paikallisti ja korjasi virheen."},
		Prevention: draft.Measures{Mark: m, Kinds: []string{"processes"},
			Text: "Opisto ja toimittaja ovat käyneet läpi toimintatavat."},
		Notice: draft.Notice{Mark: m, Told: "yes", When: at(t, helsinki, "2014-01-13 00:02"), All: true, Means: "individual", Content: "Pyyntö poistaa aiemmat viestit niitä avaamatta."},
	}
}

func westlogCase(t testing.TB) draft.Case {
	m := draft.Mark{By: "officer", At: at(t, helsinki, "2023-09-19 09:00")}
	return draft.Case{
		Lang: "sv", Now: at(t, helsinki, "2023-09-20 12:00"), Reference: "SOTEPE-2023", Incomplete: true,
		Controller: draft.Organisation{Mark: m, Name: "Helsingfors stad, social-, hälsovårds- och räddningssektorn", Sector: "public", Activity: "hälso- och sjukvård"},
		Parties: []draft.Party{{Mark: m, Name: "Essity Oy", Role: "leverantör, personuppgiftsbiträde"},
			{Mark: m, Name: "Westlog Oy", Role: "transport, underbiträde"}},
		Chain: []draft.Step{
			{Mark: m, When: breach.Moment{At: at(t, helsinki, "2023-08-24 12:00"), Estimated: true}, Who: "Westlog Oy", What: "utpressningsprogram på servern"},
			{Mark: m, When: breach.Moment{At: at(t, helsinki, "2023-09-04 12:00"), Estimated: true}, Who: "Westlog Oy", What: "kundernas uppgifter är inte längre konfidentiella"},
			{Mark: m, When: breach.Moment{At: at(t, helsinki, "2023-09-18 12:00"), Estimated: true}, Who: "Essity Oy", Told: "Helsingfors stad"}},
		Incident: breach.Incident{Country: "FI", Role: breach.Controller, OccurredFrom: breach.Moment{At: at(t, helsinki, "2023-08-24 00:00"), Estimated: true},
			Contained: breach.Moment{At: at(t, helsinki, "2023-09-04 00:00"), Estimated: true}, Told: breach.Moment{At: at(t, helsinki, "2023-09-18 12:00"), Estimated: true},
			Aware: breach.Moment{At: at(t, helsinki, "2023-09-18 12:00"), Estimated: true}},
		IncidentMark: m,
		Discovery:    draft.Discovery{Mark: m, How: "processor", Text: "Underbiträdet märkte ett utpressningsprogram på sin server; staden fick veta genom leverantören."},
		Nature: draft.Nature{Mark: m, Nature: []string{"confidentiality"}, Confidentiality: "likely", Unintelligible: "no",
			Incident: "ransomware", Cause: "external-malicious", Description: "Utpressningsprogram hos transportföretaget."},
		Systems: []draft.System{{Mark: m, Name: "Leveranssystemet för hemtransport", Where: "hos Westlog Oy"}},
		Extent: draft.Extent{Mark: m, People: from(9_000), Groups: []draft.Group{{Name: "kunder med hemtransport", Categories: []string{"customers", "patients", "vulnerable"}, People: from(9_000)}},
			Kinds: append(kinds(from(9_000), breach.Name, breach.Phone, breach.Email, breach.Address, breach.Order), kinds(nil, breach.NationalID, breach.DoorCode)...)},
		Cohorts: []draft.Cohort{{Mark: m, Name: "kunder", Score: 4, Level: draft.VeryHigh, Risk: draft.RiskHigh, Why: "beställningarna tyder på hälsa"},
			{Mark: m, Name: "kunder med portkod och personnummer", Score: 5, Level: draft.VeryHigh, Risk: draft.RiskHigh}},
		Taken:   draft.Measures{Mark: m, Text: "Utredning tillsammans med övriga berörda organisationer."},
		Notice:  draft.Notice{Mark: m, Told: "planned-tbd"},
		Reports: []draft.Report{{Mark: m, To: draft.CSIRT, Details: "Westlog Oy har anmält till Cybersäkerhetscentret."}, {Mark: m, To: draft.Police, Details: "Westlog Oy har gjort polisanmälan."}},
		Open:    map[draft.ID]draft.Reason{"75": draft.Investigating, "94": draft.Investigating, "95": draft.Investigating},
	}
}
