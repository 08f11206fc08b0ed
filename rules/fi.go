package rules

import "time"

var finland = Country{
	Code: "FI", Zone: "Europe/Helsinki",
	Authority: Authority{Name: "Tietosuojavaltuutetun toimisto", Secrecy: "authority.fi.secrecy"},
	Rules: append(gdpr[:len(gdpr):len(gdpr)],
		// Kyberturvallisuuslaki 124/2025 § 11, in force on 8 April 2025. Whether
		// a body is covered is for the case to say: municipalities as a rule
		// are not, their waterworks can be.
		Rule{ID: "nis2-early", Law: "kyberturvallisuuslaki (124/2025) 11 §", Of: Operator, Toward: CSIRT, Start: Detected,
			Within: Period{Hours: 24}, When: Significant, From: day(2025, 4, 8)},
		Rule{ID: "nis2-notification", Law: "kyberturvallisuuslaki (124/2025) 11 §", Of: Operator, Toward: CSIRT, Start: Detected,
			Within: Period{Hours: 72}, When: Significant, From: day(2025, 4, 8)},
		Rule{ID: "nis2-final", Law: "kyberturvallisuuslaki (124/2025)", Of: Operator, Toward: CSIRT, Start: Reported,
			Within: Period{Months: 1}, When: Significant, From: day(2025, 4, 8)},
	),
	Holidays: finnishHolidays,
}

// finnishHolidays are the church holidays (kirkkolaki), Independence Day and May
// Day. Midsummer Eve and Christmas Eve are none, though offices are closed.
func finnishHolidays(year int) []Holiday {
	easter := Easter(year)
	return inOrder(
		Holiday{day(year, 1, 1), "uudenvuodenpäivä"},
		Holiday{day(year, 1, 6), "loppiainen"},
		Holiday{easter.AddDate(0, 0, -2), "pitkäperjantai"},
		Holiday{easter, "pääsiäispäivä"},
		Holiday{easter.AddDate(0, 0, 1), "toinen pääsiäispäivä"},
		Holiday{day(year, 5, 1), "vappu"},
		Holiday{easter.AddDate(0, 0, 39), "helatorstai"},
		Holiday{easter.AddDate(0, 0, 49), "helluntaipäivä"},
		Holiday{onOrAfter(day(year, 6, 20), time.Saturday), "juhannuspäivä"},
		Holiday{onOrAfter(day(year, 10, 31), time.Saturday), "pyhäinpäivä"},
		Holiday{day(year, 12, 6), "itsenäisyyspäivä"},
		Holiday{day(year, 12, 25), "joulupäivä"},
		Holiday{day(year, 12, 26), "toinen joulupäivä"},
	)
}
