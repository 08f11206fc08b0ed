package dispatch

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/klarlagt/klarlagt/breach"
)

// MinaMeddelanden hands notices over to the mailboxes of Mina meddelanden in
// Sweden, whichever operator somebody has theirs at: a register tells where it
// is, and the message goes there, signed by the sender and sealed, over mutual
// TLS. One message goes to one person, as plain text without attachments.
//
// Source: the service descriptions (WSDL, XSD) "Recipient" and "Service",
// version 3, and how a public sender signs
// (Sundsvallskommun/api-service-digital-mail-sender); it has not been tried
// against the service itself. Nothing is known of a control of duplicates, so
// what may have been taken stays uncertain.
type MinaMeddelanden struct {
	Web            // Base is the address of the service Recipient
	Number  string // the sender's organisation number, 10 digits
	Sender  string // its name: 2 to 256 characters
	Subject string // of every message: it says nothing of the matter, for it is shown in notifications
	Support Support

	keys *Signer
}

// Support is whom readers may ask: at most 1,024 characters, and 255 of each of
// the others, which may be empty.
type Support struct{ Text, URL, Phone, Mail string }

// What is the interface's own.
const (
	minaAtOnce   = 1000    // numbers in one question
	minaEnvelope = 2 << 20 // bytes of what is handed over, as a public sender keeps to

	minaSOAP        = "http://schemas.xmlsoap.org/soap/envelope/"
	minaSchema      = "http://minameddelanden.gov.se/schema/"
	minaRecipient   = minaSchema + "Recipient/v3"
	minaService     = minaSchema + "Service/v3"
	minaMessage     = minaSchema + "Message"
	minaMessage2    = minaMessage + "/v2"
	minaMessage3    = minaMessage + "/v3"
	minaSenderSpace = minaSchema + "Sender"
)

// OpenKeys takes the sender's certificate, those above it, and its RSA key, in
// PEM: by them it is known to the services, and signs. roots, which may be empty,
// are the only ones a service may then be certified by.
func (m *MinaMeddelanden) OpenKeys(text, roots []byte, now time.Time) error {
	s, err := openPair(text, now)
	if err != nil {
		return err
	}
	if _, ok := s.key.(*rsa.PrivateKey); !ok {
		return fmt.Errorf("%w: the key is not of RSA", ErrSigner)
	}
	pair := tls.Certificate{Certificate: [][]byte{s.cert.Raw}, PrivateKey: s.key, Leaf: s.cert}
	for _, c := range s.chain {
		pair.Certificate = append(pair.Certificate, c.Raw)
	}
	config := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	if len(roots) > 0 {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(roots) {
			return fmt.Errorf("%w: no certificate of a root", ErrSigner)
		}
	}
	m.keys, m.TLS = s, config
	return nil
}

// Name names the service.
func (m *MinaMeddelanden) Name() string { return "Mina meddelanden" }

// Compose writes the message and signs it as the sender.
func (m *MinaMeddelanden) Compose(n breach.Notice, ref string) (breach.Content, error) {
	title, text, err := letterText(n)
	number := n.To.NationalID.Reveal()
	if err == nil && !minaNumber.MatchString(number) {
		err = fmt.Errorf("compose %s: no Swedish number: %w", n, ErrMessage)
	}
	if err == nil {
		err = m.whole()
	}
	if err != nil {
		return nil, err
	}
	root, err := m.signed(number, ref, title+"\n\n"+text)
	if err != nil {
		return nil, err
	}
	wire := root.bytes()
	if len(wire) > minaEnvelope-minaSealed {
		return nil, fmt.Errorf("compose %s: larger than the service takes: %w", n, ErrMessage)
	}
	return wire, nil
}

// minaSealed is more than seal, second signature and envelope add.
const minaSealed = 16 << 10

// minaNumber is what the interface takes for a person: a number of twelve digits.
var minaNumber = regexp.MustCompile(`^(18|19|20)\d{2}(0[1-9]|1[0-2])\d{2}\d{4}$`)

// whole reports what of the settings the interface would refuse.
func (m *MinaMeddelanden) whole() error {
	fits := func(text string, least, most int) bool {
		n := utf8.RuneCountInString(text)
		return n >= least && n <= most && utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' })
	}
	s := m.Support
	if m.keys == nil || !swedishOrganisation(m.Number) || !fits(m.Sender, 2, 256) || !fits(m.Subject, 1, 255) ||
		!fits(s.Text, 1, 1024) || !fits(s.URL, 0, 255) || !fits(s.Phone, 0, 255) || s.Mail != "" && !(fits(s.Mail, 5, 256) && strings.Contains(s.Mail, "@")) {
		return fmt.Errorf("the settings of %s are not what it takes: %w", m.Name(), ErrMessage)
	}
	return nil
}

// swedishOrganisation reports whether a number is an organisation's, in ten digits.
func swedishOrganisation(text string) bool {
	return len(text) == 10 && strings.Trim(text, "0123456789") == ""
}

// signed makes a SignedDelivery. Its text begins with the heading, for the
// subject says nothing.
func (m *MinaMeddelanden) signed(number, ref, text string) (element, error) {
	support := []element{leaf("Text", m.Support.Text)}
	support = optional(support, "URL", m.Support.URL)
	support = optional(support, "PhoneNumber", m.Support.Phone)
	support = optional(support, "EmailAdress", m.Support.Mail)
	root := node("SignedDelivery", node("Delivery",
		node("Header",
			node("Sender", leaf("Id", "16"+m.Number).in(minaSenderSpace), leaf("Name", m.Sender).in(minaSenderSpace)).in(minaMessage2),
			leaf("Recipient", number).in(minaMessage2)),
		node("Message",
			node("Header", leaf("Id", ref), leaf("Subject", m.Subject), node("Supportinfo", support...), leaf("Language", "svSE")),
			node("Body", leaf("ContentType", "text/plain").in(minaMessage),
				leaf("Body", base64.StdEncoding.EncodeToString([]byte(text))).in(minaMessage))))).in(minaMessage3)
	return m.keys.signXML(root)
}

// Read reads a message back.
func (m *MinaMeddelanden) Read(wire []byte) (Seen, error) {
	_, seen, err := m.read(wire)
	return seen, err
}

// read reads a message: written again from what was read of it, it has to come
// out as it is, to the byte.
func (m *MinaMeddelanden) read(wire []byte) (element, Seen, error) {
	wrong := fmt.Errorf("read a message to %s back: %w", m.Name(), ErrMessage)
	var d struct {
		Recipient string `xml:"Delivery>Header>Recipient"`
		Ref       string `xml:"Delivery>Message>Header>Id"`
		Body      string `xml:"Delivery>Message>Body>Body"`
	}
	if m.keys == nil || decodeXML(wire, &d) != nil {
		return element{}, Seen{}, wrong
	}
	text, err := base64.StdEncoding.DecodeString(d.Body)
	if err != nil {
		return element{}, Seen{}, wrong
	}
	root, err := m.signed(d.Recipient, d.Ref, string(text))
	if err != nil || !bytes.Equal(root.bytes(), wire) {
		return element{}, Seen{}, wrong
	}
	return root, Seen{d.Ref, breach.Hide(d.Recipient), text}, nil
}

// minaBox is what the register says of one number.
type minaBox struct {
	Number   string `xml:"AccountStatus>RecipientId"`
	Pending  bool   `xml:"AccountStatus>Pending"`
	Address  string `xml:"AccountStatus>ServiceSupplier>ServiceAdress"`
	Accepted bool   `xml:"SenderAccepted"`
}

// Reach asks which numbers have a mailbox that takes messages of ours.
func (m *MinaMeddelanden) Reach(ctx context.Context, ids []breach.Personal) ([]bool, error) {
	reached := make([]bool, 0, len(ids))
	for some := range slices.Chunk(ids, minaAtOnce) {
		at, err := m.boxes(ctx, some)
		if err != nil {
			return nil, err
		}
		for _, id := range some {
			reached = append(reached, at[id] != "")
		}
	}
	return reached, nil
}

// boxes gives the addresses at which those who take messages of ours have their
// mailboxes. One counts where its owner accepts the sender, it is not yet to be
// opened, and its operator has an address.
func (m *MinaMeddelanden) boxes(ctx context.Context, ids []breach.Personal) (map[breach.Personal]string, error) {
	if err := m.whole(); err != nil {
		return nil, err
	}
	ask := node("isReachable", leaf("senderOrgNr", "16"+m.Number)).in(minaRecipient)
	for _, id := range ids {
		if minaNumber.MatchString(id.Reveal()) { // another would have all refused
			ask.kids = append(ask.kids, leaf("recipientId", id.Reveal()))
		}
	}
	var answer struct {
		Boxes []minaBox `xml:"Body>isReachableResponse>return"`
	}
	if len(ask.kids) == 1 {
		return nil, nil
	}
	if err := m.soap(ctx, m.Base, ask, &answer); err != nil {
		return nil, fmt.Errorf("ask %s for mailboxes: %w", m.Name(), err)
	}
	at := map[breach.Personal]string{}
	for _, b := range answer.Boxes {
		if b.Accepted && !b.Pending && strings.TrimSpace(b.Address) != "" {
			at[breach.Hide(b.Number)] = strings.TrimSpace(b.Address)
		}
	}
	return at, nil
}

// Send asks the register where the mailbox is, seals the message and hands it
// over there, once.
func (m *MinaMeddelanden) Send(ctx context.Context, p Parcel) (string, error) {
	at, err := m.boxes(ctx, []breach.Personal{p.To})
	if err != nil {
		return "", fmt.Errorf("%v: not sent", err) // no more than a question has gone out: certain
	}
	if at[p.To] == "" {
		return "", fmt.Errorf("no mailbox at %s: %w", m.Name(), ErrRefused)
	}
	sealed, err := m.seal(p.Wire)
	if err != nil {
		return "", err
	}
	var answer struct {
		Result *struct {
			ID     string `xml:"TransId"`
			States []struct {
				Number    string `xml:"RecipientId"`
				Delivered bool
			} `xml:"Status"`
		} `xml:"Body>deliverSecureResponse>return"`
	}
	if err := m.soap(ctx, at[p.To], sealed, &answer); err != nil {
		return "", fmt.Errorf("hand over to %s: %w", m.Name(), err)
	}
	if answer.Result == nil || len(answer.Result.States) != 1 || breach.Hide(answer.Result.States[0].Number) != p.To {
		return "", fmt.Errorf("hand over to %s: it answers of something else: %w", m.Name(), ErrUncertain)
	}
	if !answer.Result.States[0].Delivered {
		return "", fmt.Errorf("%s says that it did not deliver: %w", m.Name(), ErrRefused)
	}
	return "message " + answer.Result.ID, nil
}

// seal puts a signed message into its seal, which the sender signs as well, for
// nobody goes between. What is signed is the message as a document of its own; it
// travels under another name.
func (m *MinaMeddelanden) seal(wire []byte) (element, error) {
	signed, _, err := m.read(wire)
	if err != nil {
		return element{}, err
	}
	root, err := m.keys.signXML(node("SealedDelivery", signed, node("Seal",
		leaf("ReceivedTime", m.now().Format(time.DateOnly)).in(minaMessage),
		leaf("SignaturesOK", "true").in(minaMessage)).in(minaMessage3)).in(minaMessage3))
	if err != nil {
		return element{}, err
	}
	root.name = "deliverSecure"
	return node("deliverSecure", root.in(minaService)).in(minaService), nil
}

// soap asks by SOAP 1.1 and reads the answer. A fault that is the caller's by the
// service's own word is one of ours; after any other nobody knows.
func (m *MinaMeddelanden) soap(ctx context.Context, url string, body element, answer any) error {
	envelope := node("Envelope", node("Body", body)).in(minaSOAP)
	head := http.Header{"Content-Type": {"text/xml; charset=utf-8"}, "Soapaction": {`""`}}
	got, text, err := m.ask(ctx, http.MethodPost, url, envelope.bytes(), head)
	if err != nil {
		return err
	}
	var fault struct {
		Code   string `xml:"Body>Fault>faultcode"`
		Number int    `xml:"Body>Fault>detail>applicationFault>ErrorCode"`
	}
	switch broken := decodeXML(text, &fault); {
	case broken == nil && fault.Code != "":
		f := &webFault{Code: cmp.Or(fault.Number, got.StatusCode), Outcome: ErrUncertain}
		if strings.HasPrefix(fault.Code[strings.LastIndex(fault.Code, ":")+1:], "Client") {
			f.Outcome = ErrMessage
		}
		return f
	case got.StatusCode != http.StatusOK:
		return judge(got.StatusCode)
	case broken != nil || decodeXML(text, answer) != nil:
		return &webFault{Code: got.StatusCode, Outcome: ErrUncertain, Cause: errors.New("the answer is not XML")}
	}
	return nil
}

// decodeXML reads one document and nothing after it.
func decodeXML(text []byte, v any) error {
	d := xml.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(v); err != nil {
		return err
	}
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if _, ok := t.(xml.CharData); err != nil || !ok {
			return errors.New("more than one document")
		}
	}
}
