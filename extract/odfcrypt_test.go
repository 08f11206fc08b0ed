package extract_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"testing"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/blowfish" //lint:ignore SA1019 old documents are locked with it

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

const odtText = `<office:document-content xmlns:office="o" xmlns:text="t"><office:body><office:text><text:p>Åsa Öberg</text:p></office:text></office:body></office:document-content>`

func deflated(t *testing.T, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, 9)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// lockedODT is a document with one part that is locked.
func lockedODT(t *testing.T, part string, content []byte, how string) []byte {
	return packStored(t, file{"mimetype", []byte("application/vnd.oasis.opendocument.text")}, file{part, content},
		file{"META-INF/manifest.xml", fmt.Appendf(nil, `<manifest:manifest xmlns:manifest="m"><manifest:file-entry manifest:full-path="%s" manifest:size="99">%s</manifest:file-entry></manifest:manifest>`, part, how)})
}

// packStored packs without compression, as what is encrypted is.
func packStored(t testing.TB, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.name})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// lockedOld locks as OpenOffice did.
func lockedOld(t *testing.T, password string) []byte {
	plain := deflated(t, []byte(odtText))
	salt, vector := bytes.Repeat([]byte{3}, 16), bytes.Repeat([]byte{4}, 8)
	start := sha1.Sum([]byte(password))
	key, err := pbkdf2.Key(sha1.New, string(start[:]), salt, 1024, 16)
	if err != nil {
		t.Fatal(err)
	}
	block, err := blowfish.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	content, pad := bytes.Clone(plain), bytes.Clone(vector)
	for i := range content {
		if i%8 == 0 {
			block.Encrypt(pad, pad)
		}
		content[i] ^= pad[i%8]
		pad[i%8] = content[i]
	}
	sum := sha1.Sum(plain[:min(len(plain), 1024)])
	b64 := base64.StdEncoding.EncodeToString
	return lockedODT(t, "content.xml", content, fmt.Sprintf(`<manifest:encryption-data manifest:checksum-type="SHA1/1K" manifest:checksum="%s">`+
		`<manifest:algorithm manifest:algorithm-name="Blowfish CFB" manifest:initialisation-vector="%s"/>`+
		`<manifest:key-derivation manifest:key-derivation-name="PBKDF2" manifest:iteration-count="1024" manifest:salt="%s"/></manifest:encryption-data>`, b64(sum[:]), b64(vector), b64(salt)))
}

// lockedWhole locks as LibreOffice does since 2024: all of a document as one.
func lockedWhole(t *testing.T, password string, memory uint32) []byte {
	inner := packZip(t, file{"mimetype", []byte("application/vnd.oasis.opendocument.text")}, file{"content.xml", []byte(odtText)}, file{"META-INF/manifest.xml", []byte("<m/>")})
	salt, nonce := bytes.Repeat([]byte{3}, 16), bytes.Repeat([]byte{4}, 12)
	start := sha256.Sum256([]byte(password))
	block, err := aes.NewCipher(argon2.IDKey(start[:], salt, 3, min(memory, 64), 4, 32))
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	content := gcm.Seal(nonce, nonce, deflated(t, inner), nil)
	b64 := base64.StdEncoding.EncodeToString
	return lockedODT(t, "encrypted-package", content, fmt.Sprintf(`<manifest:encryption-data>`+
		`<manifest:algorithm manifest:algorithm-name="http://www.w3.org/2009/xmlenc11#aes256-gcm" manifest:initialisation-vector="%s"/>`+
		`<manifest:start-key-generation manifest:start-key-generation-name="http://www.w3.org/2001/04/xmlenc#sha256" manifest:key-size="32"/>`+
		`<manifest:key-derivation manifest:key-derivation-name="urn:org:documentfoundation:names:experimental:office:manifest:argon2id" manifest:key-size="32" loext:argon2-iterations="3" loext:argon2-memory="%d" loext:argon2-lanes="4" manifest:salt="%s"/></manifest:encryption-data>`, b64(nonce), memory, b64(salt)))
}

func TestOpenDocumentOpens(t *testing.T) {
	for name, c := range map[string]struct {
		content []byte
		state   breach.State
	}{
		"Blowfish":            {lockedOld(t, "hemlig"), breach.Read},
		"another password":    {lockedOld(t, "hemligt"), breach.Encrypted},
		"all of it":           {lockedWhole(t, "hemlig", 64), breach.Read},
		"all, otherwise":      {lockedWhole(t, "hemligt", 64), breach.Encrypted},
		"a key of 4 GiB":      {lockedWhole(t, "hemlig", 4<<20), breach.Encrypted},
		"a key of no memory":  {lockedWhole(t, "hemlig", 1), breach.Read},
		"a key of half a TiB": {lockedWhole(t, "hemlig", 1<<29), breach.Encrypted},
	} {
		t.Run(name, func(t *testing.T) {
			a := walk(t, "a.odt", c.content, extract.Limits{Passwords: []string{"fel", "hemlig"}})
			if e := a.items[0]; e.State != c.state {
				t.Fatalf("it is %s %s", e.State, e.Reason)
			}
			if e := a.items[len(a.items)-1]; c.state == breach.Read {
				expect(t, e.Passages, "paragraph 1: Åsa Öberg")
			}
		})
	}
}
