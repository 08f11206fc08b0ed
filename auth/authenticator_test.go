package auth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"
)

// authenticator is a key in software: it makes ES256 passkeys and signs with
// them as a telephone does (WebAuthn level 3, sections 6.1 and 6.5).
type authenticator struct {
	origin, host string
	key          *ecdsa.PrivateKey
	id, handle   []byte
	count        uint32
	flags        byte // user present 1, user verified 4
}

func newAuthenticator(t *testing.T) *authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 32)
	_, _ = rand.Read(id)
	return &authenticator{origin: "https://breach.example", host: "breach.example", key: key, id: id, flags: 1 | 4}
}

// asked is what both kinds of options have in common.
type asked struct {
	PublicKey struct {
		Challenge string `json:"challenge"`
		User      struct {
			ID string `json:"id"`
		} `json:"user"`
		RPID string `json:"rpId"`
	} `json:"publicKey"`
}

func (a *authenticator) read(t *testing.T, options []byte) asked {
	t.Helper()
	var o asked
	if err := json.Unmarshal(options, &o); err != nil || o.PublicKey.Challenge == "" {
		t.Fatalf("options: %v in %s", err, options)
	}
	return o
}

var b64 = base64.RawURLEncoding.EncodeToString

func (a *authenticator) client(kind, challenge string) []byte {
	raw, _ := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": a.origin, "crossOrigin": false})
	return raw
}

// data is the authenticator data, with the new credential if there is one.
func (a *authenticator) data(credential []byte) []byte {
	host := sha256.Sum256([]byte(a.host))
	flags := a.flags
	if credential != nil {
		flags |= 64
	}
	a.count++
	data := append(host[:], flags)
	data = binary.BigEndian.AppendUint32(data, a.count)
	return append(data, credential...)
}

// make answers a registration.
func (a *authenticator) make(t *testing.T, options []byte) []byte {
	t.Helper()
	o := a.read(t, options)
	a.handle, _ = base64.RawURLEncoding.DecodeString(o.PublicKey.User.ID)
	point, err := a.key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		t.Fatal(err)
	}
	// COSE: {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}
	cose := append([]byte{0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20}, point[1:33]...)
	cose = append(append(cose, 0x22, 0x58, 0x20), point[33:]...)
	credential := append(make([]byte, 16), byte(len(a.id)>>8), byte(len(a.id)))
	credential = append(append(credential, a.id...), cose...)
	data := a.data(credential)
	// CBOR: {"fmt": "none", "attStmt": {}, "authData": bytes}
	object := append([]byte{0xa3, 0x63}, "fmt\x64none\x67attStmt\xa0\x68authData\x59"...)
	object = append(append(object, byte(len(data)>>8), byte(len(data))), data...)
	return answer(a.id, map[string]string{"attestationObject": b64(object), "clientDataJSON": b64(a.client("webauthn.create", o.PublicKey.Challenge))})
}

// sign answers a sign-in.
func (a *authenticator) sign(t *testing.T, options []byte) []byte {
	t.Helper()
	o := a.read(t, options)
	client, data := a.client("webauthn.get", o.PublicKey.Challenge), a.data(nil)
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(append(data[:len(data):len(data)], hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return answer(a.id, map[string]string{"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature), "userHandle": b64(a.handle)})
}

func answer(id []byte, response map[string]string) []byte {
	raw, _ := json.Marshal(map[string]any{"id": b64(id), "rawId": b64(id), "type": "public-key", "response": response})
	return raw
}
