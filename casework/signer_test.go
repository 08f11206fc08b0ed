package casework_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
)

// signerFile holds a certificate for an address and its key.
func signerFile(t *testing.T, address string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: noon.AddDate(-1, 0, 0), NotAfter: noon.AddDate(1, 0, 0), EmailAddresses: []string{address}}
	cert, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "signer.pem")
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})...)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// What is signed is what is frozen, approved and sent: the server gets the same
// bytes that the proof has.
func TestMailsAreSignedWhenTheyAreFrozen(t *testing.T) {
	d := desk(t, t.TempDir())
	id := course(t, d, 5)
	n, err := d.WriteNotice(t.Context(), id, "", mailFirst())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.OpenSigner(signerFile(t, "somebody@example.com"), n.Draft); refused(err) != "refusal.mail-signer" {
		t.Errorf("with another's certificate: %v", err)
	}
	signer, err := d.OpenSigner(signerFile(t, n.Draft.Sender.Mail), n.Draft)
	if err == nil {
		n, err = d.FreezeSigned(t.Context(), id, n, signer)
	}
	if err != nil || n.Frozen.SignedBy != signer.Fingerprint() {
		t.Fatalf("frozen: %v", err)
	}
	s := newSink(t)
	n = readyToSend(t, d, id, n, s)
	sendAll(t, d, id, n, s)
	signed := 0
	for _, message := range s.taken {
		if bytes.Contains(message, []byte("multipart/signed")) && bytes.Contains(message, []byte("smime.p7s")) {
			signed++
		}
	}
	if got := total(t, d, id, n); signed != 5 || got[breach.Accepted] != 5 {
		t.Errorf("%d signed mails, %v", signed, got)
	}
}
