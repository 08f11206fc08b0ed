package leak_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/url"
	"runtime"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/leak"
)

const town = 13_600 // people, as many as once got each other's addresses

// secret is one thing of somebody's as it may be written.
type secret struct {
	name string
	of   func(e breach.Entry) string
}

var secrets = []secret{
	{"name", name},
	{"name in a list", func(e breach.Entry) string { return e.Names[0].Surname.Reveal() + ", " + strings.Fields(name(e))[0] }},
	{"name in capitals", func(e breach.Entry) string { return strings.ToUpper(name(e)) }},
	{"e-mail", func(e breach.Entry) string { return e.Emails[0].Reveal() }},
	{"e-mail for people", func(e breach.Entry) string { return strings.Replace(e.Emails[0].Reveal(), "@", " (at) ", 1) }},
	{"phone", func(e breach.Entry) string { return e.Phones[0].Reveal() }},
	{"phone at home", func(e breach.Entry) string {
		p := e.Phones[0].Reveal()
		home := strings.TrimPrefix(strings.TrimPrefix(p, "+358"), "+46")
		return "0" + home[:2] + "-" + home[2:5] + " " + home[5:]
	}},
	{"identity number", func(e breach.Entry) string { return e.NationalIDs[0].Reveal() }},
	{"street", func(e breach.Entry) string { return e.Addresses[0].Street.Reveal() }},
	{"account", func(e breach.Entry) string {
		a := e.Accounts[0].Reveal()
		return a[:4] + " " + a[4:8] + " " + a[8:12] + " " + a[12:]
	}},
	{"user name", func(e breach.Entry) string { return e.Usernames[0].Reveal() }},
}

// hiding is one way for a secret to get into a message.
type hiding struct {
	name string
	in   func(to breach.Entry, secret string) string
}

func middle(s string) int { // between two characters
	i := len(s) / 2
	for i > 0 && s[i]&0xc0 == 0x80 {
		i--
	}
	return i
}

var hidings = []hiding{
	{"in the body", func(to breach.Entry, s string) string { return message(to, letter(to)+"\n"+s+"\n") }},
	{"in a sentence", func(to breach.Entry, s string) string { return message(to, letter(to)+"Också ("+s+") berörs.\n") }},
	{"split over lines", func(to breach.Entry, s string) string {
		return message(to, letter(to)+"så att "+s[:middle(s)]+"\n"+s[middle(s):]+" berörs.\n")
	}},
	{"split by a hyphen in a quotation", func(to breach.Entry, s string) string {
		return message(to, letter(to)+"> så att "+s[:middle(s)]+"-\n> "+s[middle(s):]+" berörs.\n")
	}},
	{"in base64", func(to breach.Entry, s string) string { return base64Body(to, letter(to)+"\n"+s+"\n") }},
	{"as base64 in the text", func(to breach.Entry, s string) string {
		return message(to, letter(to)+"data="+base64.StdEncoding.EncodeToString([]byte("mottagare: "+s+"; sänt"))+"\nslut\n")
	}},
	{"as hexadecimal digits", func(to breach.Entry, s string) string {
		return message(to, letter(to)+hex.EncodeToString([]byte("till "+s))+"\n")
	}},
	{"with percent signs", func(to breach.Entry, s string) string {
		return message(to, letter(to)+"?q="+strings.ReplaceAll(url.QueryEscape(s), "+", "%20")+"&x=1 100 %\n")
	}},
	{"in an attribute of HTML", func(to breach.Entry, s string) string {
		return mixed(to, "", plainPart+letter(to), "Content-Type: text/html; charset=utf-8\r\n\r\n<p title=\""+html.EscapeString(s)+"\">"+html.EscapeString(wording)+"</p>")
	}},
	{"under tags of HTML", func(to breach.Entry, s string) string {
		return mixed(to, "", plainPart+letter(to), "Content-Type: text/html; charset=utf-8\r\n\r\n<p>"+html.EscapeString(wording)+" "+html.EscapeString(s[:middle(s)])+"<b>"+html.EscapeString(s[middle(s):])+"</b></p>")
	}},
	{"in the name of an attachment", func(to breach.Entry, s string) string {
		return mixed(to, "", plainPart+letter(to), "Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: attachment; filename=\""+mime.BEncoding.Encode("utf-8", s+".txt")+"\"\r\n\r\n"+wording)
	}},
	{"before the first part", func(to breach.Entry, s string) string { return mixed(to, s, plainPart+letter(to)) }},
	{"in the subject", func(to breach.Entry, s string) string {
		return strings.Replace(message(to, letter(to)), "_ut?=", "_ut?= "+mime.BEncoding.Encode("utf-8", "å "+s), 1)
	}},
	{"in a header of its own", func(to breach.Entry, s string) string {
		return strings.Replace(message(to, letter(to)), "MIME-Version", "X-Row: "+mime.QEncoding.Encode("utf-8", "rad "+s)+"\r\nMIME-Version", 1)
	}},
	{"in a log", func(to breach.Entry, s string) string {
		return message(to, "2014-01-12 19:30:01 INFO sent to "+s+" ok\n2014-01-12 19:30:02 INFO sent to "+s+"\n"+wording)
	}},
}

func TestEveryPlantedLeakIsRefused(t *testing.T) {
	t.Parallel()
	x := index(town)
	planted := 0
	for round := range 61 {
		for _, s := range secrets {
			for _, h := range hidings {
				to, other := person((planted*7919)%town), person((planted*104729+1)%town)
				if s.of(other) == s.of(to) || strings.Contains(name(to), name(other)) || strings.HasPrefix(s.name, "name") && name(other) == "Märta Öhman" {
					other = person((planted + 17) % town)
				}
				planted++
				if s.of(other) == s.of(to) {
					continue
				}
				found := x.Mail([]byte(h.in(to, s.of(other))), own(to), []string{sender}, leak.Limits{})
				if !breaks(found, leak.Another, leak.Address, leak.Number) && !tooShort(s.name, other) {
					t.Errorf("round %d: somebody's %s %s is found as %v", round, s.name, h.name, found)
				}
			}
		}
	}
	if planted < 10_000 {
		t.Errorf("%d planted", planted)
	}
	if !t.Failed() {
		t.Logf("%d leaks planted in %d ways, all refused", planted, len(secrets)*len(hidings))
	}
}

// tooShort reports whether a name is of fewer letters than are looked for.
func tooShort(what string, e breach.Entry) bool {
	return strings.HasPrefix(what, "name") && len(strings.ReplaceAll(name(e), " ", "")) < 4
}

func breaks(found []leak.Leak, rules ...leak.Rule) bool {
	for _, l := range found {
		for _, r := range rules {
			if l.Rule == r {
				return true
			}
		}
	}
	return false
}

func TestACleanMessageIsNotRefused(t *testing.T) {
	t.Parallel()
	x := index(town)
	for n := range 10_000 {
		to := person(n)
		if found := x.Mail([]byte(message(to, letter(to))), own(to), []string{sender}, leak.Limits{}); len(found) > 0 {
			t.Errorf("message %d: %v", n, found)
		}
		if found := x.Text([]byte(letter(to)), own(to), leak.Limits{}); len(found) > 0 {
			t.Errorf("letter %d: %v", n, found)
		}
	}
}

func TestEveryAddressOfTheLogOf2014IsFoundInTheBody(t *testing.T) {
	t.Parallel()
	x := index(town)
	var log strings.Builder
	for n := range 300 {
		fmt.Fprintf(&log, "%s\n", person(n + 100).Emails[0].Reveal())
	}
	to := person(1)
	found := x.Mail([]byte(message(to, log.String())), own(to), []string{sender}, leak.Limits{})
	if !breaks(found, leak.Another) || len(found) != 20 {
		t.Errorf("the log is found as %v", found)
	}
}

func TestMessagesOfAWrongForm(t *testing.T) {
	x := index(100)
	to := person(5)
	good := message(to, letter(to))
	change := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("%q is not in the message", old)
		}
		return strings.Replace(good, old, new, 1)
	}
	line := "To: " + mime.QEncoding.Encode("utf-8", name(to)) + " <" + to.Emails[0].Reveal() + ">"
	for name, c := range map[string]struct {
		wire string
		rule leak.Rule
	}{
		"no recipient":                {change(line+"\r\n", ""), leak.Recipient},
		"another recipient":           {change(to.Emails[0].Reveal(), person(6).Emails[0].Reveal()), leak.Recipient},
		"two recipients":              {change(line, line+", x@example.com"), leak.Recipient},
		"two headers of recipients":   {change(line, line+"\r\n"+line), leak.Recipient},
		"a copy":                      {change(line, line+"\r\nCc: "+to.Emails[0].Reveal()), leak.Recipient},
		"a blind copy to oneself":     {change(line, line+"\r\nBcc: "+sender), leak.Recipient},
		"another sender":              {change(sender, "other@example.com"), leak.Header},
		"an address in another place": {change("MIME-Version", "X-To: x@example.com\r\nMIME-Version"), leak.Header},
		"an address in a resent":      {change("MIME-Version", "Resent-To: x@example.com\r\nMIME-Version"), leak.Header},
		"an attachment":               {mixed(to, "", plainPart+letter(to), "Content-Type: application/pdf; name=a.pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n\r\nx"), leak.Structure},
		"many parts":                  {mixed(to, "", strings.Split(strings.Repeat(plainPart+letter(to)+"\x00", 12), "\x00")...), leak.Structure},
		"a part without an end":       {strings.TrimSuffix(mixed(to, "", plainPart+letter(to)), "--b0--\r\n"), leak.Structure},
		"an unknown encoding":         {change("quoted-printable", "x-uuencode"), leak.Structure},
		"no headers":                  {letter(to), leak.Structure},
		"a field that is not filled":  {message(to, letter(to)+"Hej {Name}"), leak.Unfilled},
		"a field of another template": {message(to, letter(to)+"Hej <no value>"), leak.Unfilled},
		"a subject not filled":        {change("Dina_", "{{Name}}_Dina_"), leak.Unfilled},
		"a time to the second":        {message(to, letter(to)+"12.1.2014 19:30:01"), leak.Log},
		"an error of a program":       {message(to, letter(to)+"ERROR: no row"), leak.Log},
		"its own identity number":     {message(to, letter(to)+to.NationalIDs[0].Reveal()), leak.Number},
		"nearly nothing":              {head(to) + "\r\nHej", leak.Size},
		"far too much":                {message(to, strings.Repeat(letter(to), 200)), leak.Size},
	} {
		limits := leak.Limits{}
		if name == "nearly nothing" {
			limits.Least = len(good) / 2
		}
		if found := x.Mail([]byte(c.wire), own(to), []string{sender}, limits); !breaks(found, c.rule) {
			t.Errorf("%s: found %v, want %s", name, found, c.rule)
		}
	}
	if found := x.Mail([]byte(good), own(to), []string{sender}, leak.Limits{}); len(found) > 0 {
		t.Errorf("the message as it should be: %v", found)
	}
	signed := strings.Replace(mixed(to, "", plainPart+letter(to), "Content-Type: application/pkcs7-signature; name=smime.p7s\r\nContent-Disposition: attachment; filename=smime.p7s\r\nContent-Transfer-Encoding: base64\r\n\r\nMIIB"),
		"multipart/alternative", "multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256", 1)
	if found := x.Mail([]byte(signed), own(to), []string{sender}, leak.Limits{}); len(found) > 0 {
		t.Errorf("the message, signed: %v", found)
	}
	if found := x.Mail([]byte(mixed(to, "", plainPart+letter(to), "Content-Type: text/html; charset=utf-8\r\n\r\n<p>"+html.EscapeString(letter(to))+"</p>")), own(to), []string{sender}, leak.Limits{}); len(found) > 0 {
		t.Errorf("the message in two forms: %v", found)
	}
}

func TestANameIsFoundHoweverItIsInflected(t *testing.T) {
	x := leak.New(5)
	x.Add(breach.Entry{Names: []breach.FullName{{Given: breach.Hide("Siiri Aino"), Surname: breach.Hide("Esimerkkinen")}}})
	x.Add(breach.Entry{Names: []breach.FullName{{Given: breach.Hide("Åsa"), Surname: breach.Hide("Provberg")}}})
	for text, want := range map[string]bool{
		"Siiri Esimerkkinen": true, "Siiri Esimerkkisen": true, "Siiri Esimerkkiselle": true, "Esimerkkinen Siiri Aino": true,
		"Åsa Provbergs": true, "ÅSA PROVBERG": true, "A\u030asa Provbergille": true, "åsa.provberg": true, "Åsa\r\n\tProv\u00adberg": true, "Asa_Provberg": true,
		"Åsa": false, "Provberg": false, "Åsa Provbergsgatan": false, "Maria Provberg": false, "Åsa och Provberg": false, "Siiri Aino": false,
	} {
		if found := x.Text([]byte("Vi skrev till "+text+", som svarade."), leak.Own{}, leak.Limits{Least: 1}); breaks(found, leak.Another) != want {
			t.Errorf("%q: %v", text, found)
		}
	}
}

func TestWordingThatIsSomebodysIsShown(t *testing.T) {
	x := leak.New(1)
	x.Add(person(3))
	if found := x.Approve([]byte("Ring " + name(person(3)) + ".")); len(found) == 0 {
		t.Error("nobody is told that the wording is a name of the case")
	}
	if found := x.Approve([]byte("Ring oss.")); len(found) != 0 {
		t.Errorf("found %v", found)
	}
}

func TestAnExportHoldsNobodyOfAnotherController(t *testing.T) {
	x := leak.New(1)
	for n := range 50 {
		x.Add(person(n))
	}
	var rows strings.Builder
	for n := range 5000 {
		fmt.Fprintf(&rows, "Nobody %d;%s;%s\n", n, person(1000 + n).Emails[0].Reveal(), person(1000 + n).Accounts[0].Reveal())
	}
	clean := rows.String()
	if found, err := x.Export(strings.NewReader(clean)); err != nil || len(found) > 0 {
		t.Fatalf("clean: %v %v", found, err)
	}
	for _, at := range []int{0, 64<<10 - 9, 64 << 10, 200_000, len(clean)} {
		found, err := x.Export(strings.NewReader(clean[:at] + ";" + person(7).Emails[0].Reveal() + ";" + clean[at:]))
		if err != nil || !breaks(found, leak.Another) {
			t.Errorf("at %d: %v %v", at, found, err)
		}
	}
}

func TestWhatIsWrittenInsideEndlesslyIsRefused(t *testing.T) {
	x := index(50)
	inside := "nobody at all is in this text"
	for len(inside) < 30_000 {
		inside = base64.StdEncoding.EncodeToString([]byte(inside + "\n" + inside))
	}
	text := inside
	for range 3 {
		text = hex.EncodeToString([]byte(text[:min(len(text), 15_000)])) + "\n" + text[:min(len(text), 30_000)]
	}
	for name, text := range map[string]string{
		"encodings in encodings": text,
		"lines":                  strings.Repeat("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo\n", 1800),
		"tags":                   strings.Repeat("<a>&lt;b%3e=3d", 4000),
		"signs":                  strings.Repeat("=3D", 20_000),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		x.Text([]byte(text), leak.Own{}, leak.Limits{Most: 1 << 20})
		runtime.ReadMemStats(&after)
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 64<<20 {
			t.Errorf("%s: %d bytes of text cost %d MB", name, len(text), grown>>20)
		}
	}
}

func FuzzMail(f *testing.F) {
	x := index(50)
	for n, h := range hidings {
		f.Add(h.in(person(n), secrets[n%len(secrets)].of(person(n+1))))
	}
	f.Add("To: a\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x--")
	f.Fuzz(func(t *testing.T, wire string) {
		for _, l := range x.Mail([]byte(wire), own(person(1)), []string{sender}, leak.Limits{}) {
			if l.Offset < 0 || l.Where == "" || l.Rule == "" {
				t.Errorf("%q: %v", wire, l)
			}
		}
	})
}

// FuzzUnquote holds the quick way through quoted-printable against the reader of the
// standard library.
func FuzzUnquote(f *testing.F) {
	for _, text := range []string{"", "=", "=\r\n", "a=\r\n", "Hej =C3=85sa=\r\n!\r\n", "a \r\n", "a =\r\n b\r\n", "=c3=a5\r\n", "=3D=3\r\n", "x\n", "a\tb\r\n", "==\r\n", "=\r\n=\r\n", "å\r\n", "no end", "\r\n\r\n", "a\rb\r\n", "=0D=0A\r\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := leak.Unquote([]byte(text))
		want, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(text)))
		if ok && (err != nil || string(got) != string(want)) {
			t.Errorf("%q: got %q, want %q, error %v", text, got, want, err)
		}
	})
}

func BenchmarkText(b *testing.B) {
	x := index(town)
	text, o := []byte(letter(person(9))), own(person(9))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if found := x.Text(text, o, leak.Limits{}); len(found) > 0 {
			b.Fatal(found)
		}
	}
}
