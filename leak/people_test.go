package leak_test

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"mime"
	"mime/quotedprintable"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/leak"
	"github.com/klarlagt/klarlagt/nationalid"
)

var (
	givens   = strings.Fields("Aino Otso Maja Åsa Björn Eevi Ilmari Tuulikki Göran Zsófia Łukasz Nils-Erik Bo Li Anna Maria Karl Märta Jean Søren Ólafur Inga Pekka Helmi Väinö Siiri Ludvig Astrid Ebba Tor")
	surnames = strings.Fields("Esimerkkinen Exempelsson Provberg Testström Mallikas Ek Al-Zahra Lindholm Öhman Ångström Nieminiemi Kuvitelma Påhittad Bergsdotter O'Brien Koekoski Lahdelma Tuulensuu Skogsrå Mårtendal Vikström Esimies Harjoitus Näytetalo Østby Þórsdóttir Wójcik Kovács Harju Lind Lindh Berg Bergius")
	streets  = strings.Fields("Provgatan Koekatu Mallivägen Testikuja Exempelgränd Esimerkintie Påhittsstigen Kuvitteellisentie")
)

// person makes the nth made-up person.
func person(n int) breach.Entry {
	r := rand.New(rand.NewPCG(7, uint64(n)))
	given, surname := givens[r.IntN(len(givens))], surnames[r.IntN(len(surnames))]
	if n%3 == 0 {
		given += " " + givens[r.IntN(len(givens))]
	}
	nine := fmt.Sprintf("%02d%02d%02d%03d", 1+r.IntN(28), 1+r.IntN(12), 50+r.IntN(50), 900+n%100)
	return breach.Entry{
		ID: breach.EntryID(n), Names: []breach.FullName{{Given: breach.Hide(given), Surname: breach.Hide(surname)}},
		NationalIDs: []breach.Personal{breach.Hide(nine[:6] + "-" + nine[6:] + string(nationalid.HetuCheck(nine)))},
		Emails:      []breach.Personal{breach.Hide(fmt.Sprintf("%s.%d@mail%d.example.com", []string{"aava", "nobody", "k.test", "x-y"}[n%4], n, n%7))},
		Phones:      []breach.Personal{breach.Hide(fmt.Sprintf("+%s%07d", []string{"35845700", "4670174"}[n%2], n))},
		Addresses:   []breach.Postal{{Street: breach.Hide(fmt.Sprintf("%s %d %c", streets[n%len(streets)], 1+n/8, 'A'+n%5)), Postcode: breach.Hide("00100"), Town: breach.Hide("Exempelby")}},
		Accounts:    []breach.Personal{breach.Hide(fmt.Sprintf("FI21%014d", n))},
		Usernames:   []breach.Personal{breach.Hide(fmt.Sprintf("user%05d", n))},
	}
}

func name(e breach.Entry) string {
	return e.Names[0].Given.Reveal() + " " + e.Names[0].Surname.Reveal()
}

const sender = "dataskydd@city.example"

const wording = `Personuppgifter har läckt ut, och det berör dig. I brevet står vad som har hänt.

Ulkopuoliset ovat saaneet henkilötietojasi. Tässä kirjeessä kerromme, mitä on tapahtunut.

Ring 09 555 0100 på vardagar klockan 9–15, eller skriv till fragor@city.example. Fråga efter Märta Öhman. Vår adress är Provgatan 3 B.
`

// letter is what one person gets.
func letter(e breach.Entry) string {
	return "Hej " + name(e) + "!\n\n" + wording + "\nDet här är säkert. Detta har blivit känt:\n- namn\n- personbeteckning\n- adress\n\nUppge koden 7K3M9-0QXDT-21EW8. Den 20 september 2026.\n" +
		name(e) + "\n" + e.Addresses[0].Street.Reveal() + "\n"
}

// message is the same as e-mail.
func message(to breach.Entry, body string) string {
	var b strings.Builder
	b.WriteString(head(to) + "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")
	w := quotedprintable.NewWriter(&b)
	_, _ = w.Write([]byte(body))
	_ = w.Close()
	return b.String()
}

func head(to breach.Entry) string {
	return "From: " + mime.QEncoding.Encode("utf-8", "Staden Påhitt") + " <" + sender + ">\r\nTo: " + mime.QEncoding.Encode("utf-8", name(to)) + " <" + to.Emails[0].Reveal() +
		">\r\nSubject: =?utf-8?q?Dina_personuppgifter_har_l=C3=A4ckt_ut?=\r\nDate: Sun, 20 Sep 2026 19:30:01 +0300\r\n" +
		"Message-ID: <0123456789abcdef@city.example>\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
}

func own(e breach.Entry) leak.Own {
	return leak.Own{Mail: e.Emails[0], Entries: []breach.Entry{e}}
}

func index(people int) *leak.Index {
	x := leak.New(42)
	for n := range people {
		x.Add(person(n))
	}
	x.Approve([]byte(wording))
	return x
}

// base64Body is a message whose body is in base64.
func base64Body(to breach.Entry, body string) string {
	enc := base64.StdEncoding.EncodeToString([]byte(body))
	var lines strings.Builder
	for len(enc) > 76 {
		lines.WriteString(enc[:76] + "\r\n")
		enc = enc[76:]
	}
	return head(to) + "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" + lines.String() + enc + "\r\n"
}

// mixed is a message of several parts.
func mixed(to breach.Entry, preamble string, parts ...string) string {
	b := head(to) + "Content-Type: multipart/alternative; boundary=b0\r\n\r\n" + preamble + "\r\n"
	for _, p := range parts {
		b += "--b0\r\n" + p + "\r\n"
	}
	return b + "--b0--\r\n"
}

const plainPart = "Content-Type: text/plain; charset=utf-8\r\n\r\n"
