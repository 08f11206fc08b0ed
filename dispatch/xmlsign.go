package dispatch

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
)

// element is one of an XML document that is written in the form in which it is
// signed: without prefixes, a namespace being declared where it changes, without
// space between elements, and with nothing empty left out. So written, a document
// is its own canonical form, the inclusive one and the exclusive one alike (W3C,
// Canonical XML 1.0; Exclusive XML Canonicalization 1.0), and need not be parsed
// to be signed.
type element struct {
	space, name string // "" is its parent's namespace
	attr        [2]string
	text        string
	kids        []element
}

// node is an element with others in it, leaf one with text.
func node(name string, kids ...element) element { return element{name: name, kids: kids} }
func leaf(name, text string) element            { return element{name: name, text: text} }

// in puts an element into a namespace, and with those of its elements that are in
// none of their own.
func (e element) in(space string) element {
	e.space = space
	return e
}

// optional leaves an element out that would be empty.
func optional(list []element, name, text string) []element {
	if text == "" {
		return list
	}
	return append(list, leaf(name, text))
}

// xmlText writes text as canonical XML has it.
var xmlText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#xD;")

// write appends an element that stands in a namespace.
func (e element) write(b *bytes.Buffer, within string) {
	b.WriteString("<" + e.name)
	if e.space != "" && e.space != within {
		b.WriteString(` xmlns="` + e.space + `"`)
		within = e.space
	}
	if e.attr[0] != "" {
		b.WriteString(" " + e.attr[0] + `="` + e.attr[1] + `"`)
	}
	b.WriteString(">" + xmlText.Replace(e.text))
	for _, kid := range e.kids {
		kid.write(b, within)
	}
	b.WriteString("</" + e.name + ">")
}

// bytes is a document of which the element is the root.
func (e element) bytes() []byte {
	var b bytes.Buffer
	e.write(&b, "")
	return b.Bytes()
}

// What signatures in XML are made of (W3C, XML Signature Syntax and Processing;
// RFC 9231).
const (
	xmlSignature = "http://www.w3.org/2000/09/xmldsig#"
	xmlEnveloped = xmlSignature + "enveloped-signature"
	xmlExclusive = "http://www.w3.org/2001/10/xml-exc-c14n#"
	xmlSHA256    = "http://www.w3.org/2001/04/xmlenc#sha256"
	xmlRSA       = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
)

// signXML puts a signature into a document, as the last of its root: enveloped,
// over the whole, SHA-256 and RSA. The same document gives the same bytes.
func (s *Signer) signXML(root element) (element, error) {
	key, ok := s.key.(*rsa.PrivateKey)
	if !ok {
		return element{}, fmt.Errorf("%w: the key is not of RSA", ErrSigner)
	}
	method := func(name, algorithm string) element {
		return element{name: name, attr: [2]string{"Algorithm", algorithm}}
	}
	digest := sha256.Sum256(root.bytes())
	info := node("SignedInfo",
		method("CanonicalizationMethod", xmlExclusive),
		method("SignatureMethod", xmlRSA),
		element{name: "Reference", attr: [2]string{"URI", ""}, kids: []element{
			node("Transforms", method("Transform", xmlEnveloped)),
			method("DigestMethod", xmlSHA256),
			leaf("DigestValue", base64.StdEncoding.EncodeToString(digest[:])),
		}}).in(xmlSignature)
	sum := sha256.Sum256(info.bytes())
	value, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		return element{}, fmt.Errorf("sign a document: %w", err)
	}
	signature := node("Signature", info,
		leaf("SignatureValue", base64.StdEncoding.EncodeToString(value)),
		node("KeyInfo", node("X509Data",
			leaf("X509SubjectName", s.cert.Subject.String()),
			leaf("X509Certificate", base64.StdEncoding.EncodeToString(s.cert.Raw))))).in(xmlSignature)
	root.kids = append(root.kids[:len(root.kids):len(root.kids)], signature)
	return root, nil
}
