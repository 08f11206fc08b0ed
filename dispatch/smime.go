package dispatch

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/smallstep/pkcs7"

	"github.com/klarlagt/klarlagt/breach"
)

// Signer signs mails (S/MIME, RFC 8551) so that readers see that they are the
// sender's and unchanged. It signs when mails are frozen: what is approved and
// sent is the signed bytes.
type Signer struct {
	cert  *x509.Certificate
	chain []*x509.Certificate
	key   crypto.PrivateKey
}

// ErrSigner is a key, or a certificate, that cannot be signed with.
var ErrSigner = errors.New("not a certificate and its key for signing")

// OpenSigner reads a certificate, those above it, and its key, which is not
// encrypted, in PEM. It has to be for the sender's address, and good now.
func OpenSigner(text []byte, sender string, now time.Time) (*Signer, error) {
	s, err := openPair(text, now)
	if err != nil {
		return nil, err
	}
	switch {
	case !slices.ContainsFunc(s.cert.EmailAddresses, func(a string) bool { return strings.EqualFold(a, sender) }):
		return nil, fmt.Errorf("%w: the certificate is not for the sender's address", ErrSigner)
	case len(s.cert.ExtKeyUsage) > 0 && !slices.Contains(s.cert.ExtKeyUsage, x509.ExtKeyUsageEmailProtection) && !slices.Contains(s.cert.ExtKeyUsage, x509.ExtKeyUsageAny):
		return nil, fmt.Errorf("%w: the certificate is not for mails", ErrSigner)
	}
	return s, nil
}

// openPair reads a certificate, those above it, and its key.
func openPair(text []byte, now time.Time) (*Signer, error) {
	s := &Signer{}
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		if err := s.take(block); err != nil {
			return nil, err
		}
	}
	if s.cert == nil || s.key == nil {
		return nil, fmt.Errorf("%w: one of them lacks", ErrSigner)
	}
	public, ok := s.key.(crypto.Signer).Public().(interface{ Equal(crypto.PublicKey) bool })
	switch {
	case !ok || !public.Equal(s.cert.PublicKey):
		return nil, fmt.Errorf("%w: the key is another's", ErrSigner)
	case now.Before(s.cert.NotBefore) || now.After(s.cert.NotAfter):
		return nil, fmt.Errorf("%w: the certificate is not good today", ErrSigner)
	}
	return s, nil
}

func (s *Signer) take(block *pem.Block) error {
	wrong := func() error { return fmt.Errorf("%w: %s", ErrSigner, strings.ToLower(block.Type)) }
	switch block.Type {
	case "CERTIFICATE":
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return wrong()
		}
		if s.cert == nil {
			s.cert = c
		} else {
			s.chain = append(s.chain, c)
		}
	case "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY":
		var key any
		for _, parse := range []func([]byte) (any, error){
			x509.ParsePKCS8PrivateKey,
			func(der []byte) (any, error) { return x509.ParsePKCS1PrivateKey(der) },
			func(der []byte) (any, error) { return x509.ParseECPrivateKey(der) },
		} {
			if k, err := parse(block.Bytes); err == nil {
				key = k
			}
		}
		switch key.(type) {
		case *rsa.PrivateKey, *ecdsa.PrivateKey:
			s.key = key
		default:
			return wrong()
		}
	default:
		return wrong()
	}
	return nil
}

// Fingerprint is the SHA-256 of the certificate.
func (s *Signer) Fingerprint() string { return fmt.Sprintf("%x", sha256.Sum256(s.cert.Raw)) }

// Sign signs a composed mail: its text becomes the first of two parts, and the
// signature, which is over that part alone, the second. Signing again gives other
// bytes, for a signature holds its time.
func (s *Signer) Sign(message breach.Content) (breach.Content, error) {
	head, body, ok := bytes.Cut(message, []byte("\r\n\r\n"))
	if !ok {
		return nil, fmt.Errorf("sign a mail: it has no text: %w", ErrMessage)
	}
	var outer, inner []string
	for _, line := range strings.Split(string(head), "\r\n") {
		folded := strings.HasPrefix(line, " ")
		switch {
		case folded && len(outer) > 0:
			outer[len(outer)-1] += "\r\n" + line
		case strings.HasPrefix(line, "Content-Type:") || strings.HasPrefix(line, "Content-Transfer-Encoding:"):
			inner = append(inner, line)
		default:
			outer = append(outer, line)
		}
	}
	if len(inner) != 2 {
		return nil, fmt.Errorf("sign a mail: it is not of one part: %w", ErrMessage)
	}
	part := slices.Concat([]byte(strings.Join(inner, "\r\n")), []byte("\r\n\r\n"), body)
	signature, err := s.detached(part)
	if err != nil {
		return nil, fmt.Errorf("sign a mail: %w", err)
	}
	boundary := fmt.Sprintf("signed-%x", sha256.Sum256(part))[:40]
	var b bytes.Buffer
	b.WriteString(strings.Join(outer, "\r\n"))
	fmt.Fprintf(&b, "\r\nContent-Type: multipart/signed; protocol=\"application/pkcs7-signature\";\r\n micalg=sha-256; boundary=%q\r\n\r\n--%[1]s\r\n", boundary)
	b.Write(part)
	fmt.Fprintf(&b, "\r\n--%s\r\nContent-Type: application/pkcs7-signature; name=\"smime.p7s\"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"smime.p7s\"\r\n\r\n", boundary)
	for line := range slices.Chunk([]byte(base64.StdEncoding.EncodeToString(signature)), 76) {
		b.Write(line)
		b.WriteString("\r\n")
	}
	fmt.Fprintf(&b, "--%s--\r\n", boundary)
	return b.Bytes(), nil
}

// detached signs bytes with SHA-256.
func (s *Signer) detached(content []byte) ([]byte, error) {
	data, err := pkcs7.NewSignedData(content)
	if err != nil {
		return nil, err
	}
	data.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	if err := data.AddSignerChain(s.cert, s.key, s.chain, pkcs7.SignerInfoConfig{}); err != nil {
		return nil, err
	}
	data.Detach()
	return data.Finish()
}
