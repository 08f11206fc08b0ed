package specimen

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/breach"
)

// sickMail is a teacher's mail to a guardian about a child.
func sickMail(t *town, d *dice) paper {
	c := t.any(d, t.pupils)
	s := t.any(d, t.staff)
	g := t.guardiansOf(&c)[0]
	p := letter(&g, "postilaatikko", "viesti", "Frånvaro", "Poissaolo")
	p.from, p.to = address(&s), "kansli@kivijoki.example.fi"
	p.plant(&s, Unique, kinds(breach.Name, breach.Email), kinds(breach.Employment))
	if g.email != "" && g.ref != s.ref {
		p.to = address(&g)
		p.plantMail(t, &g, kinds(breach.Name, breach.Email), kinds(breach.Guardian))
	} else {
		p.decoy("function mailbox", p.to)
	}
	p.para("%s", p.in("Hej!", "Hei!"))
	p.para(p.in("%s, %s, har varit sjuk och borta från skolan i %d dagar, läkarintyg behövs.",
		"%s, %s, on ollut sairaana ja poissa koulusta %d päivää, lääkärintodistus tarvitaan."), c.name(), spellID(d, c.id), d.between(4, 15))
	p.para("%s\n%s", p.in("Hälsningar", "Terveisin"), s.given)
	p.plant(&c, Unique, kinds(breach.Name, breach.NationalID, breach.Health), kinds(breach.Absence))
	return p
}

// address is "Name <address>" as a mail header has it.
func address(p *person) string {
	return mime.QEncoding.Encode("utf-8", p.name()) + " <" + p.email + ">"
}

// mailed makes a message, with an attachment if there is one. The letters of
// its text are quoted-printable or Base64.
func mailed(d *dice, p *paper, attached *member) []byte {
	var b bytes.Buffer
	at := today.Add(-time.Duration(d.n(300*24)) * time.Hour)
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\nSubject: %s\r\nDate: %s\r\nMessage-ID: <%s>\r\nMIME-Version: 1.0\r\n",
		p.from, p.to, mime.BEncoding.Encode("utf-8", p.title), at.Format(time.RFC1123Z), p.decoy("message id", messageID(d)))
	text := strings.ReplaceAll(strings.Join(p.paras, "\n\n"), "\n", "\r\n")
	boundary := "=_" + hex(d, 16)
	if attached != nil {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=%q\r\n\r\n--%s\r\n", boundary, boundary)
	}
	b.WriteString("Content-Type: text/plain; charset=utf-8\r\n")
	if d.percent(50) {
		b.WriteString("Content-Transfer-Encoding: quoted-printable\r\n\r\n")
		q := quotedprintable.NewWriter(&b)
		_, _ = q.Write([]byte(text)) // a Buffer does not fail
		_ = q.Close()
		b.WriteString("\r\n")
	} else {
		b.WriteString("Content-Transfer-Encoding: base64\r\n\r\n")
		folded(&b, []byte(text))
	}
	if attached != nil {
		fmt.Fprintf(&b, "--%s\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=%q\r\n\r\n", boundary, attached.name)
		folded(&b, attached.content)
		fmt.Fprintf(&b, "--%s--\r\n", boundary)
	}
	return b.Bytes()
}

// folded writes Base64 in lines of 76.
func folded(b *bytes.Buffer, content []byte) {
	text := base64.StdEncoding.EncodeToString(content)
	for len(text) > 76 {
		b.WriteString(text[:76] + "\r\n")
		text = text[76:]
	}
	b.WriteString(text + "\r\n")
}

// mailbox makes an MBOX file of messages.
func mbox(messages [][]byte) []byte {
	var b bytes.Buffer
	for _, m := range messages {
		b.WriteString("From MAILER-DAEMON Tue Apr 30 12:00:00 2024\n")
		for line := range strings.SplitSeq(strings.TrimSuffix(strings.ReplaceAll(string(m), "\r\n", "\n"), "\n"), "\n") {
			if strings.HasPrefix(line, "From ") {
				b.WriteByte('>')
			}
			b.WriteString(line + "\n")
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}
