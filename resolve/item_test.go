package resolve_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
)

func TestItem(t *testing.T) {
	many := func(m ...breach.Mention) []breach.Mention { return m }
	cases := []struct {
		what     string
		mentions []breach.Mention
		want     []string
	}{
		// unique identifiers
		{"a hetu alone", many(prose(1, hetu("010594Y9032"))), []string{"1 national-id: national-id"}},
		{"a hetu with the name", many(row(2, labelled(name("Koivunen Matti")), labelled(hetu("010594Y9032")))),
			[]string{"1 national-id-agrees: name national-id"}},
		{"a hetu beside another name", many(row(2, labelled(name("Pekka Puro")), labelled(hetu("010594Y9032")))),
			[]string{"1 national-id-differs: name=likely national-id"}},
		{"a pupil who is in two registers", many(prose(1, hetu("010516B903X"))), []string{"0 national-id: national-id"}},
		{"an e-mail that one person has", many(prose(1, email("anna.berg@example.se"))), []string{"5 unique-value: email"}},
		{"an e-mail and the name of its owner, one of two namesakes", many(prose(1, name("Anna Berg"), email("ab@example.se"))),
			[]string{"6 unique-value-agrees: name email"}},
		{"a username and an account", many(row(2, labelled(box("zelvon")), labelled(iban("SE4550000000058398257466")))),
			[]string{"7 unique-value-agrees: username bank-account"}},
		{"ten digits under a heading", many(row(2, labelled(ten("8112289841")))), []string{"5 national-id: national-id"}},
		{"twelve digits of a number registered with ten", many(row(2, labelled(find(breach.NationalID, "se-personnummer", "198112289841", breach.Strong)))),
			[]string{"5 national-id: national-id"}},

		// what goes with an identifier
		{"cells under headings", many(row(2, labelled(hetu("010516B903X")), labelled(cell(breach.Language)), labelled(cell(breach.Religion)))),
			[]string{"0 national-id: national-id language religion"}},
		{"words and values nobody has", many(row(2, hetu("010516B903X"), word(breach.Health), labelled(phone("+358401000099")), phone("+358401000098"))),
			[]string{"0 national-id: national-id phone health=likely"}},
		{"the phone of the mother in the row of the child", many(row(2, labelled(hetu("010516B903X")), labelled(phone("+358401000002")))),
			[]string{"0 national-id: national-id phone=likely", "2 trace-weak: phone=unknown"}},
		{"a function's mailbox is nobody's", many(prose(1, hetu("010516B903X"), email("kirjaamo@example.fi"))),
			[]string{"0 national-id: national-id"}},

		// weak fields
		{"a name alone", many(prose(1, name("Ella Mäkinen"))), []string{"3 trace-name: name=unknown"}},
		{"a name alone that two have", many(prose(1, name("Anna Berg"), word(breach.Health))), []string{"5 6 trace-name: name=unknown health=unknown"}},
		{"a name and a birth date", many(row(2, name("Anna Berg"), birth("2010-01-02"), labelled(cell(breach.Grades)))),
			[]string{"6 fields: name=likely birth-date=likely grades=likely"}},
		{"an inflected name and a phone", many(prose(1, name("Ella Mäkiselle"), phone("+358401000003"))),
			[]string{"3 fields: name=likely phone=likely"}},
		{"a name, a birth date and an address", many(prose(1, name("Elias Mäkinen"), birth("2016-05-02"), address("Kuusitie 3, 00270"))),
			[]string{"4 fields: name birth-date address"}},
		{"a phone alone", many(prose(1, phone("+358401000003"))), []string{"3 4 trace-weak: phone=unknown"}},
		{"namesakes with one phone", many(prose(1, name("Anna Berg"), phone("+46701740605"))), []string{"5 6 one-of: name=possible phone=possible"}},
		{"twins by birth date and address", many(prose(1, birth("2016-05-02"), address("Kuusitie 3, 00270"), word(breach.Absence))),
			[]string{"3 4 one-of: birth-date=possible address=possible absence=possible"}},
		{"a household by phone and address", many(prose(1, phone("+46701740607"), address("Lillgatan 4, 12345"))),
			[]string{"8 9 one-of: address=possible phone=possible"}},
		{"a shared e-mail", many(prose(1, email("koivuset@example.fi"))), []string{"0 1 2 one-of: email=possible"}},
		{"a shared e-mail with the name of one", many(prose(1, name("Sanna Koivunen"), email("koivuset@example.fi"))),
			[]string{"2 fields: name=likely email=likely"}},
		{"a mistyped number with the name", many(row(2, labelled(name("Sanna Koivunen")), labelled(failed(hetu("020594X902P"))))),
			[]string{"2 near-number: name=likely national-id=likely"}},
		{"a mistyped number alone", many(prose(1, failed(hetu("020594X902P")))), []string{"2 trace-weak: national-id=unknown"}},

		{"a list of names and birth dates in prose", many(prose(1, name("Anna Berg"), birth("1981-12-28"), name("Ella Mäkinen"), birth("2010-01-02"), name("Elias Mäkinen"), birth("2016-05-02"))),
			[]string{"4 fields: name=likely birth-date=likely", "5 fields: name=likely birth-date=likely", "3 trace-name: name=unknown"}},
		{"birth dates before the names", many(prose(1, birth("1981-12-28"), name("Anna Berg"), birth("2016-05-02"), name("Ella Mäkinen"))),
			[]string{"3 fields: name=likely birth-date=likely", "5 fields: name=likely birth-date=likely"}},

		// conflicts
		{"a namesake with a number nobody has", many(row(2, labelled(name("Sanna Koivunen")), labelled(hetu("030594W903B")), labelled(cell(breach.Fee)))),
			[]string{"stranger(2) stranger-number: name national-id fee"}},
		{"a namesake with a number nobody has, an address that agrees", many(row(2, labelled(name("Sanna Koivunen")), labelled(hetu("030594W903B")), address("Storgatan 12, 06100"))),
			[]string{"stranger(2) stranger-number: name national-id address=likely"}},
		{"one twin's name, the other's number", many(row(2, labelled(name("Ella Mäkinen")), labelled(hetu("020516C903K")), labelled(phone("+358401000003")))),
			[]string{"4 national-id-agrees: name=likely national-id phone"}},
		{"a number of a person registered without one, born that day", many(row(2, labelled(name("Željko von Essen")), labelled(find(breach.NationalID, "fi-hetu", "030594W903B", breach.Strong)))),
			[]string{"7 fields: name=likely national-id=likely"}},
		{"a number of somebody born another day than the namesake", many(row(2, labelled(name("Željko von Essen")), labelled(hetu("040594V9030")))),
			[]string{"stranger(2) stranger-number: name national-id"}},
		{"an e-mail and the name of another", many(prose(1, name("Sanna Koivunen"), email("matti.koivunen@example.fi"))),
			[]string{"1 unique-value-differs: email", "2 trace-name: name=unknown"}},
		{"a row with an e-mail and the name of another", many(row(2, labelled(name("Sanna Koivunen")), labelled(email("matti.koivunen@example.fi")), labelled(cell(breach.DoorCode)))),
			[]string{"1 unique-value-differs: name=possible email door-code=possible", "2 trace-name: name=unknown"}},

		{"a number nobody has, beside a namesake of whom nothing more is known", many(prose(1, name("Berit Lund"), hetu("040594V9030"), name("Anna Berg"))),
			[]string{"stranger(2) stranger-number: name national-id", "8 trace-name: name=unknown", "5 6 trace-name: name=unknown"}},
		{"a number of a person registered without one, and somebody else", many(prose(1, name("Željko von Essen"), hetu("030594W903B"), name("Anna Berg"))),
			[]string{"7 fields: name=likely national-id=likely", "5 6 trace-name: name=unknown"}},

		// several people
		{"a family row", many(row(2, labelled(name("Aino Koivunen")), labelled(hetu("010516B903X")), name("Matti Koivunen"), email("matti.koivunen@example.fi"), name("Sanna Koivunen"),
			phone("+358401000002"), labelled(cell(breach.Health)))),
			[]string{"0 national-id-agrees: name national-id health=likely", "1 unique-value-agrees: name email", "2 fields: name=likely phone=likely"}},
		{"prose about two", many(prose(1, name("Aino Koivunen"), hetu("010516B903X"), word(breach.Health), hetu("020516C902J"), word(breach.Fee))),
			[]string{"0 national-id-agrees: name national-id health=likely", "3 national-id: national-id fee=likely"}},
		{"prose about two, and a word far from both", many(prose(1, hetu("010516B903X"), hetu("020516C902J"), far(900, word(breach.Fee)))),
			[]string{"0 national-id: national-id fee=possible", "3 national-id: national-id fee=possible"}},
		{"a log, and what looks like a phone in another line", many(lines(labelled(box("zelvon")), phone("+358401000098"))),
			[]string{"7 unique-value: phone=possible username"}},
		{"a colleague named in prose", many(prose(1, name("Aino Koivunen"), hetu("010516B903X"), name("Ella Mäkinen"))),
			[]string{"0 national-id-agrees: name national-id", "3 trace-name: name=unknown"}},
		{"a guardian and the number of the child", many(prose(1, name("Sanna Koivunen"), phone("+358401000002"), hetu("010516B903X"))),
			[]string{"0 national-id: national-id", "2 fields: name=likely phone=likely"}},

		// the document
		{"a name again in the same document", many(prose(1, name("Ella Mäkinen")), prose(2, name("Mäkinen Ella"), hetu("020516C902J")), prose(3, name("Ella Mäkiselle"), word(breach.SpecialSupport))),
			[]string{"3 national-id-agrees: name national-id", "3 same-document: name=likely", "3 same-document: name=likely special-support=likely"}},
		{"a name of two who are both in the document", many(prose(1, name("Anna Berg"), ten("8112289841")), prose(2, email("ab@example.se")), prose(3, name("Anna Berg"))),
			[]string{"5 national-id-agrees: name national-id", "6 unique-value: email", "5 6 trace-name: name=unknown"}},
		{"a name that is a stranger's in the document", many(prose(1, hetu("020594X902N")), prose(2, name("Sanna Koivunen"), hetu("030594W903B")), prose(3, name("Sanna Koivunen"))),
			[]string{"2 national-id: national-id", "stranger(2) stranger-number: name national-id", "2 trace-name: name=unknown"}},
		{"a private address of somebody in the document", many(prose(1, hetu("020594X902N")), prose(2, name("Sanna Koivunen"), email("sanna.k@example.com"))),
			[]string{"2 national-id: national-id", "2 same-document: name=likely email=likely", "2 same-document: name=likely"}},
		{"names in a mailbox are of their own message", many(message(1, hetu("020516C902J")), message(2, name("Ella Mäkinen")), message(3, name("Ella Mäkinen"), hetu("020516C902J")), message(3, name("Ella Mäkinen"))),
			[]string{"3 national-id: national-id", "3 trace-name: name=unknown", "3 national-id-agrees: name national-id", "3 same-document: name=likely"}},
		{"a topic and one person", many(title(word(breach.SpecialSupport)), prose(2, hetu("020516C902J"))),
			[]string{"3 national-id: national-id", "3 document-topic: special-support=likely"}},
		{"a topic and two persons", many(title(word(breach.SpecialSupport)), prose(2, hetu("020516C902J")), prose(3, hetu("010516B903X"))),
			[]string{"3 national-id: national-id", "0 national-id: national-id"}},
		{"a topic, one person, and the official by e-mail", many(title(word(breach.Fee)), prose(2, hetu("020516C902J")), prose(3, email("anna.berg@example.se"))),
			[]string{"3 national-id: national-id", "5 unique-value: email", "3 document-topic: fee=likely"}},
		{"a topic, a child by name and birth date, and an official by e-mail", many(title(word(breach.Absence)), prose(2, name("Ella Mäkinen"), birth("2016-05-02")), prose(3, email("bo.ek@example.com"))),
			[]string{"3 fields: name=likely birth-date=likely", "stranger(1) stranger-email: email", "3 document-topic: absence=likely"}},
		{"a topic over a list", many(row(2, hetu("020516C902J")), row(3, hetu("010516B903X")), row(3, email("matti.koivunen@example.fi")), row(4, hetu("030594W903B")), title(labelled(word(breach.Absence)), word(breach.Health))),
			[]string{"3 national-id: national-id", "0 national-id: national-id", "1 unique-value: email", "stranger(1) stranger-number: national-id",
				"0 document-topic: absence=likely", "3 document-topic: absence=likely", "stranger(1) document-topic: absence=likely"}},

		// strangers
		{"a number and an e-mail in a row", many(row(2, name("Bo Ek"), hetu("030594W903B"), email("bo.ek@example.com"), labelled(cell(breach.Income)))),
			[]string{"stranger(3) stranger-number: name national-id email=likely income"}},
		{"an e-mail with a name", many(prose(1, name("Bo Ek"), email("bo.ek@example.com"))), []string{"stranger(2) stranger-email: name email"}},
		{"an e-mail alone", many(prose(1, email("bo.ek@example.com"))), []string{"stranger(1) stranger-email: email"}},
		{"a function's mailbox alone", many(prose(1, email("no-reply@example.com"), email("registrator.skola@example.se"))), nil},
		{"ten digits without a label", many(prose(1, ten("7010632391"))), nil},
		{"ten digits with a name before them", many(prose(1, name("Bo Ek"), ten("7010632391"))), []string{"stranger(2) stranger-number: name national-id"}},
		{"ten digits of a namesake, who may have a Swedish number too", many(prose(1, name("Sanna Koivunen"), ten("7010632391"))),
			[]string{"stranger(2) stranger-number: name national-id", "2 trace-name: name=unknown"}},
		{"a stranger who lives where others do", many(prose(1, name("Bo Ek"), labelled(hetu("030594W903B")), labelled(address("Storgatan 12, 06100")))),
			[]string{"stranger(2) stranger-number: name national-id address=likely"}},
		{"a case number after a name", many(prose(1, name("Sanna Koivunen"), far(6, ten("7010632391")))), []string{"2 trace-name: name=unknown"}},
		{"a case number that passes as a hetu of digits", many(prose(1, hetu("201017-2381"))), nil},
		{"a hetu of digits with a name before it", many(prose(1, name("Bo Ek"), hetu("201017-2381"))), []string{"stranger(2) stranger-number: name national-id"}},
		{"ten digits under a heading, nobody's", many(row(2, labelled(ten("7010632391")))), []string{"stranger(1) stranger-number: national-id"}},
		{"a reference in somebody's row", many(row(2, labelled(hetu("020516C902J")), ten("7010632391"), labelled(cell(breach.Fee)))),
			[]string{"3 national-id: national-id fee"}},
		{"an account, a card and a phone make nobody", many(row(2, iban("FI2112345600000785"), find(breach.PaymentCard, "card", "4000000000000000", breach.Weak), phone("+358401000098"))), nil},
		{"an official's address beside the number of a child", many(prose(1, name("Aino Koivunen"), hetu("010516B903X"), far(40, email("bo.ek@example.com")))),
			[]string{"0 national-id-agrees: name national-id", "stranger(1) stranger-email: email"}},
		{"ten digits that three countries read", many(spot(labelled(ten("7010632391")), labelled(find(breach.NationalID, "dk-cpr", "7010632391", breach.Middle)), find(breach.Phone, "phone", "+467010632391", breach.Weak))),
			[]string{"stranger(1) stranger-number: national-id"}},
		{"ten digits that three countries read, somebody's", many(spot(find(breach.NationalID, "dk-cpr", "8112289841", breach.Middle), ten("8112289841"), phone("+467010632391"))),
			[]string{"5 national-id: national-id"}},
		{"a phone that holds a Norwegian number", many(row(2, labelled(name("Ella Mäkinen")), labelled(phone("+358401000003")), inside(1, find(breach.NationalID, "no-d-nummer", "46846500421", breach.Strong)))),
			[]string{"3 fields: name=likely phone=likely"}},
		{"a number that is two people's phone", many(spot(phone("+46701740605"), phone("+46701740607"))), []string{"5 6 trace-weak: phone=unknown", "8 9 trace-weak: phone=unknown"}},
		{"the same number twice", many(prose(1, hetu("030594W903B"), hetu("030594W903B"))), []string{"stranger(1) stranger-number: national-id"}},

		{"nothing", nil, nil},
		{"words alone", many(prose(1, word(breach.Health))), nil},
	}
	for _, c := range cases {
		t.Run(c.what, func(t *testing.T) {
			var got []string
			for _, l := range links(t, c.mentions) {
				got = append(got, show(l))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(c.want, "\n  "))
			}
		})
	}
}
