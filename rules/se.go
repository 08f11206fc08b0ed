package rules

import "time"

var sweden = Country{
	Code: "SE", Zone: "Europe/Stockholm",
	// What is sent to IMY becomes an official document (allmän handling).
	Authority: Authority{Name: "Integritetsskyddsmyndigheten (IMY)", Secrecy: "authority.se.secrecy"},
	Rules: append(gdpr[:len(gdpr):len(gdpr)],
		// Cybersäkerhetslagen (2025:1506) 2 kap. 5–8 §§, in force on 15 January
		// 2026: every municipality and region is covered, whatever its size.
		Rule{ID: "nis2-early", Law: "cybersäkerhetslagen (2025:1506) 2 kap.", Of: Operator, Toward: CSIRT, Start: Detected,
			Within: Period{Hours: 24}, When: Significant, From: day(2026, 1, 15)},
		Rule{ID: "nis2-notification", Law: "cybersäkerhetslagen (2025:1506) 2 kap.", Of: Operator, Toward: CSIRT, Start: Detected,
			Within: Period{Hours: 72}, When: Significant, From: day(2026, 1, 15)},
		Rule{ID: "nis2-final", Law: "cybersäkerhetslagen (2025:1506) 2 kap.", Of: Operator, Toward: CSIRT, Start: Reported,
			Within: Period{Months: 1}, When: Significant, From: day(2026, 1, 15)},
	),
	Holidays: swedishHolidays,
}

// swedishHolidays are those of lagen (1989:253) om allmänna helgdagar. The eves
// that offices close on are none.
func swedishHolidays(year int) []Holiday {
	easter := Easter(year)
	days := []Holiday{
		{day(year, 1, 1), "nyårsdagen"},
		{day(year, 1, 6), "trettondedag jul"},
		{easter.AddDate(0, 0, -2), "långfredagen"},
		{easter, "påskdagen"},
		{easter.AddDate(0, 0, 1), "annandag påsk"},
		{day(year, 5, 1), "första maj"},
		{easter.AddDate(0, 0, 39), "Kristi himmelsfärdsdag"},
		{easter.AddDate(0, 0, 49), "pingstdagen"},
		{onOrAfter(day(year, 6, 20), time.Saturday), "midsommardagen"},
		{onOrAfter(day(year, 10, 31), time.Saturday), "alla helgons dag"},
		{day(year, 12, 25), "juldagen"},
		{day(year, 12, 26), "annandag jul"},
	}
	if year >= 2005 { // lag (2004:1320)
		days = append(days, Holiday{day(year, 6, 6), "Sveriges nationaldag"})
	}
	return inOrder(days...)
}
