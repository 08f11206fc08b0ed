package dispatch_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/dispatch"
)

// organisation is a made-up one's certificate and key.
type organisation struct {
	pem  []byte
	cert *x509.Certificate
	tls  tls.Certificate
}

func newOrganisation(t testing.TB, name string) organisation {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	plan := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, plan, plan, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := slices.Concat(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}))
	return organisation{text, cert, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}}
}

// minaServices is the register and one operator. They take what the interface's
// descriptions allow, over TLS from a sender whose certificate they know, and
// signatures that another program, xmlsec1, verifies; and refuse all else.
type minaServices struct {
	t      testing.TB
	url    string
	sender organisation
	trust  string // its certificate in a file
	box    string // what the register says of testPersonnummer, after its number; %s is the operator's address
	fault  func(w http.ResponseWriter) bool
	late   func(w http.ResponseWriter) bool

	mu    sync.Mutex
	asked []int // how many numbers at a time
	taken []string
}

const minaOpen = `<Type>Secure</Type><Pending>false</Pending><ServiceSupplier><Id>165555555555</Id><Name>Exempelbrev</Name><ServiceAdress>%s/operator</ServiceAdress><InternalServiceAdress>x</InternalServiceAdress></ServiceSupplier></AccountStatus><SenderAccepted>true</SenderAccepted>`

func newMina(t testing.TB, service, sender organisation) (*minaServices, *dispatch.MinaMeddelanden) {
	t.Helper()
	s := &minaServices{t: t, sender: sender, trust: filepath.Join(t.TempDir(), "sender.pem"), box: minaOpen}
	if err := os.WriteFile(s.trust, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: sender.cert.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(s)
	known := x509.NewCertPool()
	known.AddCert(sender.cert)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{service.tls}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: known}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	s.url = server.URL
	m := &dispatch.MinaMeddelanden{Web: dispatch.Web{Base: server.URL + "/register", Wait: 10 * time.Second}, Number: "5555555555", Sender: "Staden Exempel",
		Subject: "Meddelande från Staden Exempel", Support: dispatch.Support{Text: "Frågor & svar: <växeln>", URL: "https://city.example/fragor", Phone: "08-123 456 78", Mail: "dataskydd@city.example"}}
	if err := m.OpenKeys(sender.pem, service.pem, time.Now()); err != nil {
		t.Fatal(err)
	}
	return s, m
}

func (s *minaServices) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 2<<20))
	if err != nil || r.Method != http.MethodPost || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/xml") || r.Header.Get("SOAPAction") != `""` {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	switch r.URL.Path {
	case "/register":
		s.register(w, body)
	case "/operator":
		s.operator(w, body)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// elementNames lists a document's elements with the ends of their namespaces, in order.
func elementNames(body []byte) (list []string) {
	d := xml.NewDecoder(bytes.NewReader(body))
	for {
		t, err := d.Token()
		if err != nil {
			return list
		}
		if e, ok := t.(xml.StartElement); ok {
			list = append(list, strings.TrimPrefix(e.Name.Space, "http://minameddelanden.gov.se/schema/")+" "+e.Name.Local)
		}
	}
}

const soapNames = "http://schemas.xmlsoap.org/soap/envelope/ Envelope|http://schemas.xmlsoap.org/soap/envelope/ Body|"

func minaFault(w http.ResponseWriter, side string, number int) bool {
	w.WriteHeader(http.StatusInternalServerError)
	fmt.Fprintf(w, `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:%s</faultcode><faultstring>%s</faultstring><detail><c:applicationFault xmlns:c="http://minameddelanden.gov.se/schema/Common/v3"><c:ErrorCode>%d</c:ErrorCode></c:applicationFault></detail></s:Fault></s:Body></s:Envelope>`, side, testPersonnummer, number)
	return true
}

func (s *minaServices) register(w http.ResponseWriter, body []byte) {
	var in struct {
		Sender  string   `xml:"Body>isReachable>senderOrgNr"`
		Numbers []string `xml:"Body>isReachable>recipientId"`
	}
	if xml.Unmarshal(body, &in) != nil {
		minaFault(w, "Client", 4999)
		return
	}
	want := soapNames + "Recipient/v3 isReachable|Recipient/v3 senderOrgNr" + strings.Repeat("|Recipient/v3 recipientId", len(in.Numbers))
	number := regexp.MustCompile(`^(18|19|20)\d{2}(0[1-9]|1[0-2])\d{6}$`)
	if in.Sender != "165555555555" || len(in.Numbers) > 1000 || strings.Join(elementNames(body), "|") != want ||
		slices.ContainsFunc(in.Numbers, func(n string) bool { return !number.MatchString(n) }) {
		minaFault(w, "Client", 5001)
		return
	}
	s.asked = append(s.asked, len(in.Numbers))
	fmt.Fprint(w, `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><r:isReachableResponse xmlns:r="http://minameddelanden.gov.se/schema/Recipient/v3" xmlns="http://minameddelanden.gov.se/schema/Recipient">`)
	for _, n := range in.Numbers {
		status := `<Type>Not</Type><Pending>false</Pending></AccountStatus><SenderAccepted>false</SenderAccepted>`
		if n == testPersonnummer {
			status = strings.ReplaceAll(s.box, "%s", s.url)
		}
		fmt.Fprintf(w, `<r:return><AccountStatus><RecipientId>%s</RecipientId>%s</r:return>`, n, status)
	}
	fmt.Fprint(w, `</r:isReachableResponse></s:Body></s:Envelope>`)
}

// minaNames are the elements of a message in the order of the descriptions.
var minaNames = soapNames + strings.Join([]string{"Service/v3 deliverSecure", "Service/v3 deliverSecure", "Message/v3 SignedDelivery", "Message/v3 Delivery", "Message/v3 Header",
	"Message/v2 Sender", "Sender Id", "Sender Name", "Message/v2 Recipient", "Message/v3 Message", "Message/v3 Header", "Message/v3 Id", "Message/v3 Subject", "Message/v3 Supportinfo",
	"Message/v3 Text", "Message/v3 URL", "Message/v3 PhoneNumber", "Message/v3 EmailAdress", "Message/v3 Language", "Message/v3 Body", "Message ContentType", "Message Body"}, "|")

func (s *minaServices) operator(w http.ResponseWriter, body []byte) {
	var in struct {
		Sealed struct {
			Inner  []byte `xml:",innerxml"`
			Signed struct {
				Inner     []byte `xml:",innerxml"`
				Recipient string `xml:"Delivery>Header>Recipient"`
				ID        string `xml:"Delivery>Message>Header>Id"`
				Subject   string `xml:"Delivery>Message>Header>Subject"`
				Type      string `xml:"Delivery>Message>Body>ContentType"`
				Text      string `xml:"Delivery>Message>Body>Body"`
			} `xml:"SignedDelivery"`
			Time string `xml:"Seal>ReceivedTime"`
		} `xml:"Body>deliverSecure>deliverSecure"`
	}
	if s.fault != nil && s.fault(w) {
		return
	}
	plain := func(list []string) string {
		return strings.Join(slices.DeleteFunc(list, func(n string) bool { return strings.Contains(n, "xmldsig") }), "|")
	}
	err := xml.Unmarshal(body, &in)
	signed := in.Sealed.Signed
	text, wrong := base64.StdEncoding.DecodeString(signed.Text)
	_, late := time.Parse(time.DateOnly, in.Sealed.Time)
	if err != nil || wrong != nil || late != nil || signed.Recipient != testPersonnummer || signed.ID == "" || len([]rune(signed.Subject)) > 255 || signed.Type != "text/plain" || len(text) == 0 ||
		plain(elementNames(body)) != minaNames+"|Message/v3 Seal|Message ReceivedTime|Message SignaturesOK" {

		minaFault(w, "Client", 5002)
		return
	}
	// Each is verified as a document of its own, which is how it was signed.
	root := func(name string, inner []byte) string {
		return `<` + name + ` xmlns="http://minameddelanden.gov.se/schema/Message/v3">` + string(inner) + `</` + name + `>`
	}
	if !s.verified(root("SealedDelivery", in.Sealed.Inner)) || !s.verified(root("SignedDelivery", signed.Inner)) {
		minaFault(w, "Client", 5003)
		return
	}
	s.taken = append(s.taken, signed.ID)
	if s.late != nil && s.late(w) {
		return
	}
	delivered := signed.ID != "ref-full"
	fmt.Fprintf(w, `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><v:deliverSecureResponse xmlns:v="http://minameddelanden.gov.se/schema/Service/v3" xmlns="http://minameddelanden.gov.se/schema/Service"><v:return><TransId>t-%d</TransId><Status><RecipientId>%s</RecipientId><Delivered>%v</Delivered></Status></v:return></v:deliverSecureResponse></s:Body></s:Envelope>`, len(s.taken), signed.Recipient, delivered)
}

// verified reports whether the signature that is the root's holds.
func (s *minaServices) verified(document string) bool {
	path := filepath.Join(s.t.TempDir(), "document.xml")
	if err := os.WriteFile(path, []byte(document), 0o600); err != nil {
		return false
	}
	return exec.Command("xmlsec1", "--verify", "--enabled-key-data", "x509", "--trusted-pem", s.trust, "--node-xpath", `/*/*[local-name()="Signature"]`, path).Run() == nil
}

func (s *minaServices) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.taken)
}

func TestMinaMeddelanden(t *testing.T) {
	if _, err := exec.LookPath("xmlsec1"); err != nil {
		t.Skip("xmlsec1 is not installed")
	}
	fault := func(side string) func(http.ResponseWriter) bool {
		return func(w http.ResponseWriter) bool { return minaFault(w, side, 5004) }
	}
	says := func(text string) func(http.ResponseWriter) bool {
		return func(w http.ResponseWriter) bool { _, _ = io.WriteString(w, text); return true }
	}
	service, sender := newOrganisation(t, "services.example"), newOrganisation(t, "Staden Exempel")
	for name, c := range map[string]struct {
		number, ref string
		mend        func(*minaServices, *dispatch.MinaMeddelanden)
		want        error
		taken       int
	}{
		"taken":      {testPersonnummer, "ref-1", nil, nil, 1},
		"no mailbox": {"199001012385", "ref-1", nil, dispatch.ErrRefused, 0},
		"a sender that is not wanted": {testPersonnummer, "ref-1", func(s *minaServices, _ *dispatch.MinaMeddelanden) {
			s.box = strings.Replace(minaOpen, "<SenderAccepted>true", "<SenderAccepted>false", 1)
		}, dispatch.ErrRefused, 0},
		"a mailbox yet to be opened": {testPersonnummer, "ref-1", func(s *minaServices, _ *dispatch.MinaMeddelanden) {
			s.box = strings.Replace(minaOpen, "<Pending>false", "<Pending>true", 1)
		}, dispatch.ErrRefused, 0},
		"an operator without an address": {testPersonnummer, "ref-1", func(s *minaServices, _ *dispatch.MinaMeddelanden) {
			s.box = strings.Replace(minaOpen, "%s/operator", "", 1)
		}, dispatch.ErrRefused, 0},
		"an operator without TLS": {testPersonnummer, "ref-1", func(s *minaServices, _ *dispatch.MinaMeddelanden) {
			s.box = strings.Replace(minaOpen, "%s/operator", "http://operator.example/", 1)
		}, errors.ErrUnsupported, 0},
		"it says it did not deliver":    {testPersonnummer, "ref-full", nil, dispatch.ErrRefused, 1},
		"another sender's number":       {testPersonnummer, "ref-1", func(_ *minaServices, m *dispatch.MinaMeddelanden) { m.Number = "5555555556" }, errors.ErrUnsupported, 0},
		"a fault of ours":               {testPersonnummer, "ref-1", func(s *minaServices, _ *dispatch.MinaMeddelanden) { s.fault = fault("Client") }, dispatch.ErrMessage, 0},
		"a fault of theirs":             {testPersonnummer, "ref-1", func(s *minaServices, _ *dispatch.MinaMeddelanden) { s.late = fault("Server") }, dispatch.ErrUncertain, 1},
		"an answer about nobody":        {testPersonnummer, "ref-1", func(s *minaServices, _ *dispatch.MinaMeddelanden) { s.late = says(`<Envelope><Body/></Envelope>`) }, dispatch.ErrUncertain, 1},
		"an answer that is none":        {testPersonnummer, "ref-1", func(s *minaServices, _ *dispatch.MinaMeddelanden) { s.late = says(`<html>`) }, dispatch.ErrUncertain, 1},
		"the answer lost":               {testPersonnummer, "ref-1", func(s *minaServices, _ *dispatch.MinaMeddelanden) { s.late = hungUp }, dispatch.ErrUncertain, 1},
		"lost before it was had":        {testPersonnummer, "ref-1", func(s *minaServices, _ *dispatch.MinaMeddelanden) { s.fault = hungUp }, dispatch.ErrUncertain, 0},
		"nobody there":                  {testPersonnummer, "ref-1", func(_ *minaServices, m *dispatch.MinaMeddelanden) { m.Base = "https://127.0.0.1:1" }, errors.ErrUnsupported, 0},
		"a service that nobody vouches": {testPersonnummer, "ref-1", func(_ *minaServices, m *dispatch.MinaMeddelanden) { m.TLS.RootCAs = x509.NewCertPool() }, errors.ErrUnsupported, 0},
		"without a certificate":         {testPersonnummer, "ref-1", func(_ *minaServices, m *dispatch.MinaMeddelanden) { m.TLS.Certificates = nil }, errors.ErrUnsupported, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s, m := newMina(t, service, sender)
			wire, err := m.Compose(mailboxNotice(c.number), c.ref)
			if err != nil {
				t.Fatal(err)
			}
			if c.mend != nil {
				c.mend(s, m)
			}
			receipt, err := m.Send(t.Context(), dispatch.Parcel{Ref: c.ref, To: breach.Hide(c.number), Wire: wire})
			if !cameTo(err, c.want) || err == nil && receipt != "message t-1" || s.count() != c.taken || err != nil && strings.Contains(err.Error(), c.number) {
				t.Errorf("receipt %q, error %v, %d taken; want %v, %d", receipt, err, s.count(), c.want, c.taken)
			}
		})
	}
}

func TestMinaMeddelandenReachesInPortions(t *testing.T) {
	s, m := newMina(t, newOrganisation(t, "services.example"), newOrganisation(t, "Staden Exempel"))
	ids := make([]breach.Personal, 1001)
	for i := range ids {
		ids[i] = breach.Hide(fmt.Sprintf("1990010%05d", i))
	}
	ids[1000] = breach.Hide(testPersonnummer)
	ids[3] = breach.Hide("010594Y9032") // no Swedish number: not asked about
	has, err := m.Reach(t.Context(), ids)
	if err != nil || len(has) != len(ids) || !has[1000] || slices.Contains(has[:1000], true) || !slices.Equal(s.asked, []int{999, 1}) {
		t.Errorf("asked %d, error %v", s.asked, err)
	}
}

func TestMinaMeddelandenReadsBack(t *testing.T) {
	sender := newOrganisation(t, "Staden Exempel")
	_, m := newMina(t, sender, sender)
	n := mailboxNotice(testPersonnummer)
	n.Parts[0].Text = append(n.Parts[0].Text, "\nKlockan 9–15 & <inte> annars\n"...)
	wire, err := m.Compose(n, "ref-1")
	if err != nil {
		t.Fatal(err)
	}
	seen, err := m.Read(wire)
	if err != nil || !seen.Says(n, "ref-1") {
		t.Fatalf("read back as\n%s\nerror %v", string(seen.Text), err)
	}
	if other := mailboxNotice("199001012385"); seen.Says(other, "ref-1") || seen.Says(n, "ref-2") {
		t.Error("it is taken for another's")
	}
	for name, change := range map[string][2]string{
		"another reader":   {testPersonnummer, "199001012385"},
		"a second reader":  {"</Recipient>", "</Recipient><Recipient>199001012385</Recipient>"},
		"another name":     {"ref-1", "ref-2"},
		"an attachment":    {"</Body></Message>", "</Body><Attachment></Attachment></Message>"},
		"a space":          {"<Delivery>", "<Delivery> "},
		"a comment":        {"<Delivery>", "<Delivery><!-- 1 -->"},
		"after the end":    {"</SignedDelivery>", "</SignedDelivery><x></x>"},
		"another sender":   {"16" + m.Number, "165555555556"},
		"another language": {"svSE", "enGB"},
	} {
		changed := strings.Replace(string(wire), change[0], change[1], 1)
		if changed == string(wire) {
			t.Fatalf("%s: nothing to change", name)
		}
		if _, err := m.Read([]byte(changed)); !errors.Is(err, dispatch.ErrMessage) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := m.Send(t.Context(), dispatch.Parcel{Ref: "ref-1", To: breach.Hide(testPersonnummer), Wire: breach.Content(changed)}); err == nil {
			t.Errorf("%s: it was sent", name)
		}
	}
	for name, n := range map[string]breach.Notice{"a Finnish number": mailboxNotice("010594Y9032"), "without its century": mailboxNotice("900625-2384")} {
		if _, err := m.Compose(n, "ref-1"); !errors.Is(err, dispatch.ErrMessage) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMinaMeddelandenWantsWhatTheServiceWants(t *testing.T) {
	sender := newOrganisation(t, "Staden Exempel")
	for name, mend := range map[string]func(m *dispatch.MinaMeddelanden){
		"no subject":           func(m *dispatch.MinaMeddelanden) { m.Subject = "" },
		"a subject too long":   func(m *dispatch.MinaMeddelanden) { m.Subject = strings.Repeat("å", 256) },
		"two lines of subject": func(m *dispatch.MinaMeddelanden) { m.Subject = "a\x00b" },
		"no organisation":      func(m *dispatch.MinaMeddelanden) { m.Number = "165555555555" },
		"nobody to ask":        func(m *dispatch.MinaMeddelanden) { m.Support.Text = "" },
		"no address":           func(m *dispatch.MinaMeddelanden) { m.Support.Mail = "dataskydd" },
		"no name":              func(m *dispatch.MinaMeddelanden) { m.Sender = "S" },
	} {
		_, m := newMina(t, sender, sender)
		mend(m)
		if _, err := m.Compose(mailboxNotice(testPersonnummer), "ref-1"); !errors.Is(err, dispatch.ErrMessage) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var m dispatch.MinaMeddelanden
	elliptic := func() []byte { c, k := signingKey(t, "x@city.example", nil); return append(c, k...) }()
	for name, text := range map[string][]byte{"nothing": nil, "a key that is not of RSA": elliptic, "no key": sender.pem[:bytes.Index(sender.pem, []byte("-----BEGIN PRIVATE"))]} {
		if err := m.OpenKeys(text, nil, signedOn); !errors.Is(err, dispatch.ErrSigner) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := m.OpenKeys(sender.pem, []byte("x"), time.Now()); !errors.Is(err, dispatch.ErrSigner) {
		t.Errorf("roots that are none: %v", err)
	}
}

func FuzzMinaMeddelandenReads(f *testing.F) {
	sender := newOrganisation(f, "Staden Exempel")
	m := &dispatch.MinaMeddelanden{Number: "5555555555", Sender: "Staden Exempel", Subject: "Meddelande", Support: dispatch.Support{Text: "Fråga växeln"}}
	if err := m.OpenKeys(sender.pem, nil, time.Now()); err != nil {
		f.Fatal(err)
	}
	wire, err := m.Compose(mailboxNotice(testPersonnummer), "ref-1")
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(wire))
	f.Add([]byte("<SignedDelivery/>"))
	f.Fuzz(func(t *testing.T, text []byte) {
		seen, err := m.Read(text)
		if err == nil && (len(seen.Text) == 0 || !bytes.Contains(text, []byte(m.Sender))) {
			t.Error("what is not ours was read as ours")
		}
	})
}
