package dispatch_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/dispatch"
)

var signedOn = time.Date(2026, 9, 22, 12, 0, 0, 0, time.UTC)

// signingKey makes a certificate of its own for an address, and its key, in PEM.
func signingKey(t *testing.T, address string, mend func(*x509.Certificate)) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Staden Exempel"}, NotBefore: signedOn.AddDate(-1, 0, 0), NotAfter: signedOn.AddDate(20, 0, 0),
		EmailAddresses: []string{address}, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection},
		BasicConstraintsValid: true, IsCA: true}
	if mend != nil {
		mend(c)
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})
}

func TestSignedMailsAreVerifiedByOthers(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not installed")
	}
	cert, key := signingKey(t, "dataskydd@city.example", nil)
	s, err := dispatch.OpenSigner(append(key, cert...), "Dataskydd@city.example", signedOn)
	if err != nil {
		t.Fatal(err)
	}
	from := dispatch.Sender{Name: "Staden Exempel", Mail: "dataskydd@city.example"}
	n := notice("p1", func(n *breach.Notice) {
		n.Channel, n.To = breach.Mail, breach.Addressee{Name: breach.Hide("Exempla Provsson"), Email: breach.Hide("nobody@example.com")}
	})
	plain, err := from.Compose(n, from.MessageID([16]byte{1}), signedOn)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := s.Sign(plain)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	verify := func(message []byte) ([]byte, error) {
		mail, ca := filepath.Join(dir, "mail"), filepath.Join(dir, "ca.pem")
		if err := errors.Join(os.WriteFile(mail, message, 0o600), os.WriteFile(ca, cert, 0o600)); err != nil {
			t.Fatal(err)
		}
		return exec.Command("openssl", "cms", "-verify", "-in", mail, "-CAfile", ca, "-purpose", "smimesign").Output()
	}
	text, err := verify(signed)
	if err != nil {
		t.Fatalf("openssl: %v", err)
	}
	_, body, _ := bytes.Cut(plain, []byte("\r\n\r\n"))
	if !bytes.Contains(text, body) {
		t.Errorf("what was signed is\n%s", text)
	}
	for name, mend := range map[string][2]string{"a word": {"portkod", "bankkod"}, "a line end": {"portkod\r\n", "portkod \r\n"}} {
		changed := strings.Replace(string(signed), mend[0], mend[1], 1)
		if _, err := verify([]byte(changed)); changed == string(signed) || err == nil {
			t.Errorf("%s changed, and it is still verified", name)
		}
	}
	head, _, _ := bytes.Cut(signed, []byte("\r\n\r\n"))
	for _, want := range []string{"\r\nTo: ", "\r\nMessage-ID: ", "\r\nMIME-Version: 1.0\r\n", "multipart/signed"} {
		if !bytes.Contains(head, []byte(want)) {
			t.Errorf("the headers lack %q:\n%s", want, head)
		}
	}
}

func TestWhatCannotSign(t *testing.T) {
	cert, key := signingKey(t, "dataskydd@city.example", nil)
	_, other := signingKey(t, "dataskydd@city.example", nil)
	stranger, strangerKey := signingKey(t, "somebody@example.com", nil)
	old, oldKey := signingKey(t, "dataskydd@city.example", func(c *x509.Certificate) { c.NotAfter = signedOn.AddDate(0, 0, -1) })
	web, webKey := signingKey(t, "dataskydd@city.example", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} })
	for name, text := range map[string][]byte{"nothing": nil, "no key": cert, "no certificate": key, "another's key": append(cert, other...), "for another address": append(stranger, strangerKey...),
		"over": append(old, oldKey...), "for a web server": append(web, webKey...), "an encrypted key": append(cert, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"...)} {
		if _, err := dispatch.OpenSigner(text, "dataskydd@city.example", signedOn); !errors.Is(err, dispatch.ErrSigner) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
