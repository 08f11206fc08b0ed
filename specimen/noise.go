package specimen

import (
	"fmt"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/breach"
)

// noise adds paragraphs with what looks like people's data and is not.
func (p *paper) noise(d *dice) {
	year := d.between(2017, 2023) // no test numbers of anybody here begin so late
	caseNumber := withLuhn(fmt.Sprintf("%02d%02d%02d%d", year%100, d.between(1, 12), d.between(1, 28), d.between(238, 239)))
	p.para("%s %s-%s, %s %s.", p.in("Dnr", "Dnro"), p.decoy("case number", caseNumber)[:6], caseNumber[6:],
		p.in("handläggs av registraturen", "käsittelijä kirjaamo"), p.decoy("function mailbox", mailbox(d)))
	p.para("%s: %d (%s).", p.in("Lag", "Laki"), d.between(100, 1200), date(today.AddDate(0, 0, -d.n(4000))))
	switch d.n(3) {
	case 0:
		p.para("%s %s", p.in("Leverantörens organisationsnummer", "Toimittajan y-tunnus"), p.decoy("organisation number", organisation(d, p.lang)))
	case 1:
		p.para("ID %s, %s %s", hex(d, 8)+"-"+hex(d, 4)+"-4"+hex(d, 3)+"-a"+hex(d, 3)+"-"+hex(d, 12), p.in("ändrad", "muutettu"), today.AddDate(0, 0, -d.n(400)).Format("2006-01-02T15:04:05Z"))
	}
}

// invoice is a bill from a company: numbers that pass Luhn and are nobody's.
func invoice(_ *town, d *dice) paper {
	p := paper{lang: language(d), folder: "ekonomi/fakturor", name: "faktura"}
	p.title = p.in("Faktura", "Lasku")
	p.para("%s: %s", p.in("Organisationsnummer", "Y-tunnus"), p.decoy("organisation number", organisation(d, p.lang)))
	p.para("OCR: %s\nBankgiro: %s", p.decoy("payment reference", reference(d)), p.decoy("bankgiro", bankgiro(d)))
	account := []byte(iban("FI", d.next()))
	account[3] = '0' + (account[3]-'0'+1)%10
	p.para("IBAN: %s\n%s: %s", p.decoy("account with a wrong check", string(account)), p.in("Frågor", "Tiedustelut"), p.decoy("function mailbox", mailbox(d)))
	p.para("%s: %d,%02d EUR", p.in("Att betala", "Maksettava"), d.between(20, 9000), d.n(100))
	return p
}

// serverLog is a log with user names, addresses of machines and message ids.
func serverLog(t *town, d *dice) paper {
	p := paper{lang: "sv", folder: "it/logg", name: "inloggningar"}
	var b strings.Builder
	at := today.AddDate(0, 0, -d.n(300))
	people := append(t.some(d, t.pupils, 3, 12), t.some(d, t.staff, 2, 6)...)
	for len(people) > 0 {
		at = at.Add(time.Duration(d.between(1, 90_000)) * time.Millisecond)
		stamp := at.Format("2006-01-02T15:04:05.000Z")
		if d.percent(15) {
			fmt.Fprintf(&b, "%s INFO login ok user=%s ip=10.%d.%d.%d\n", stamp, people[0].username, d.n(255), d.n(255), d.n(255))
			p.plant(&people[0], Unique, kinds(breach.Username), 0)
			people = people[1:]
			continue
		}
		fmt.Fprintf(&b, "%s DEBUG req=%s ms=%d bytes=%d ref=%s\n", stamp, hex(d, 32), d.n(900), d.n(1<<20), reference(d))
	}
	fmt.Fprintf(&b, "%s INFO queued <%s>\n", at.Format("2006-01-02T15:04:05.000Z"), p.decoy("message id", messageID(d)))
	p.paras = []string{strings.TrimSuffix(b.String(), "\n")}
	return p
}

// mailerLog is the log of a mass mailing: addresses and nothing else.
func mailerLog(t *town, d *dice) paper {
	p := paper{lang: "fi", folder: "it/logg", name: "massutskick"}
	var b strings.Builder
	for _, c := range t.some(d, t.customer, 20, 60) {
		if c.email == "" {
			continue
		}
		fmt.Fprintf(&b, "sent to %s status=250\n", c.email)
		p.plantMail(t, &c, kinds(breach.Email), 0)
	}
	fmt.Fprintf(&b, "from %s done\n", p.decoy("function mailbox", "noreply@kivijoki.example.fi"))
	p.paras = []string{strings.TrimSuffix(b.String(), "\n")}
	return p
}

func mailbox(d *dice) string {
	return one(d, []string{"info", "kirjaamo", "registrator", "noreply", "registratur", "palaute"}) + "@" +
		one(d, []string{"kivijoki.example.fi", "stena.example.se", "leverantor.example.com"})
}

// organisation makes the number of a company: for Sweden the third digit says
// that it is one, for Finland no number so high is given out.
func organisation(d *dice, lang string) string {
	if lang == "sv" {
		ten := withLuhn(fmt.Sprintf("55%d%06d", d.between(8, 9), d.n(1_000_000)))
		return ten[:6] + "-" + ten[6:]
	}
	for {
		n, sum := fmt.Sprintf("9%06d", d.n(1_000_000)), 0
		for i, weight := range [...]int{7, 9, 10, 5, 8, 4, 2} {
			sum += int(n[i]-'0') * weight
		}
		switch sum % 11 {
		case 0:
			return n + "-0"
		case 1: // has no check digit
		default:
			return n + "-" + fmt.Sprint(11-sum%11)
		}
	}
}

// reference makes a payment reference that passes Luhn; none has the length of
// an identity number.
func reference(d *dice) string {
	return withLuhn(fmt.Sprintf("%0*d", one(d, []int{7, 8, 13, 14, 15}), d.n(10_000_000)))
}

func bankgiro(d *dice) string {
	b := withLuhn(fmt.Sprintf("991%04d", d.n(10_000)))
	return b[:4] + "-" + b[4:]
}

func messageID(d *dice) string {
	return fmt.Sprintf("%s.%d@mail.kivijoki.example.fi", today.AddDate(0, 0, -d.n(500)).Format("20060102150405"), d.n(1_000_000))
}

func hex(d *dice, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = "0123456789abcdef"[d.n(16)]
	}
	return string(b)
}
