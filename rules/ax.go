package rules

// Åland has the holidays of Finland. Its own days, 30 March and 9 June, are flag
// days on which offices may close; a period that ends on one is not prolonged,
// so that no deadline is shown later than it is.
var aland = Country{
	Code: "AX", Zone: "Europe/Mariehamn",
	// Åland's own authorities are under its Datainspektion; others on Åland are
	// under Finland's ombudsman.
	Authority: Authority{Name: "Datainspektionen (Åland)", Secrecy: "authority.ax.secrecy"},
	Rules:     gdpr,
	Holidays:  alandHolidays,
}

var alandNames = map[string]string{
	"uudenvuodenpäivä": "nyårsdagen", "loppiainen": "trettondagen", "pitkäperjantai": "långfredagen",
	"pääsiäispäivä": "påskdagen", "toinen pääsiäispäivä": "annandag påsk", "vappu": "första maj",
	"helatorstai": "Kristi himmelsfärdsdag", "helluntaipäivä": "pingstdagen", "juhannuspäivä": "midsommardagen",
	"pyhäinpäivä": "alla helgons dag", "itsenäisyyspäivä": "självständighetsdagen",
	"joulupäivä": "juldagen", "toinen joulupäivä": "annandag jul",
}

// alandHolidays are Finland's, by their Swedish names.
func alandHolidays(year int) []Holiday {
	days := finnishHolidays(year)
	for i := range days {
		days[i].Name = alandNames[days[i].Name]
	}
	return days
}
