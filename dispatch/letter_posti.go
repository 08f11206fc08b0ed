package dispatch

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/pdfletter"
)

// Posti is what Posti's iPost service asks of a sender whose letters it prints.
type Posti struct {
	Customer string
	Password breach.Personal
	Contact  string // whom Posti calls
	Test     bool   // the letters are a test: nothing is printed
	Class    string // of postage; empty: "1"
	Envelope string // empty: "S"
}

// postiFile is the name of the XML that goes with batch.pdf.
const postiFile = "batch.xml"

// The elements of LetterBundle v1x0, in the order its schema asks for. They are
// named with their prefix, for encoding/xml writes namespaces otherwise than
// iPost's examples do.
type (
	postiBundle struct {
		XMLName xml.Name     `xml:"lb:LetterBundle"`
		Schema  string       `xml:"schemaVersion,attr"`
		Space   string       `xml:"xmlns:lb,attr"`
		Bundle  postiLetters `xml:"lb:Bundle"`
	}
	postiLetters struct {
		ID      string        `xml:"senderBundleId,attr"`
		Common  postiCommon   `xml:"lb:BundleCommon"`
		Letters []postiLetter `xml:"lb:Letter"`
	}
	postiCommon struct {
		Test   bool `xml:"isTest,attr"`
		Sender struct {
			Contact string `xml:"contact,attr"`
		} `xml:"lb:Sender"`
		Processing postiProcessing `xml:"lb:StdBundleProcessing"`
		Channels   struct {
			DenyCopy bool `xml:"denyElectronicCopyDelivery,attr"`
			DenyOnly bool `xml:"denyElectronicOnlyDelivery,attr"`
		} `xml:"lb:DeliveryChannelControl"`
		File struct {
			Name string `xml:"fileName,attr"`
		} `xml:"lb:ExternalFile"`
	}
	postiProcessing struct {
		Customer   string `xml:"customerId,attr"`
		Password   string `xml:"password,attr"`
		Function   string `xml:"serviceFunction,attr"`
		Class      string `xml:"letterClass,attr"`
		Envelope   string `xml:"envelope,attr"`
		Paper      string `xml:"paper,attr"`
		Format     string `xml:"fileFormat,attr"`
		Department bool   `xml:"departmentClassification,attr"`
		Duplex     bool   `xml:"isDuplex,attr"`
	}
	postiLetter struct {
		Location postiLocation `xml:"lb:LetterMeta>lb:Location"`
		Address  postiAddress  `xml:"lb:LetterMeta>lb:Recipient>lb:Address>lb:Eu1"`
	}
	postiLocation struct {
		Start int `xml:"startPage,attr"`
		Pages int `xml:"pages,attr"`
	}
	postiAddress struct {
		Name     string `xml:"name,attr"`
		Address  string `xml:"address,attr"`
		Postcode string `xml:"postalCode,attr"`
		City     string `xml:"city,attr"`
		Country  string `xml:"countryCode,attr"`
	}
)

// postiLetter is what is told of one letter: where it lies in the file, and
// where it goes. Never the identity number: with it the letter would be kept in
// a mailbox too, where others may read it.
func (b LetterBatch) postiLetter(to breach.Addressee, at pdfletter.Printed) postiLetter {
	country := to.Country
	if country == "" {
		country = b.Country
	}
	p := to.Postal
	return postiLetter{postiLocation{at.First, at.Pages},
		postiAddress{to.Name.Reveal(), p.Street.Reveal(), p.Postcode.Reveal(), p.Town.Reveal(), strings.ToUpper(country)}}
}

// save writes the LetterBundle of a batch.
func (p *Posti) save(dir Folder, b LetterBatch, file string, letters []postiLetter) error {
	doc := postiBundle{Schema: "v1x0", Space: "urn:itella.com:/schema/ipost/letterbundle/v1x0"}
	doc.Bundle = postiLetters{ID: b.ID, Letters: letters}
	common := &doc.Bundle.Common
	common.Test, common.Sender.Contact, common.File.Name = p.Test, p.Contact, file
	common.Channels.DenyCopy, common.Channels.DenyOnly = true, true
	common.Processing = postiProcessing{Customer: p.Customer, Password: p.Password.Reveal(), Function: "0",
		Class: cmp.Or(p.Class, "1"), Envelope: cmp.Or(p.Envelope, "S"), Paper: "0", Format: "0", Duplex: b.Duplex}
	return save(dir, postiFile, func(w io.Writer) error {
		if _, err := io.WriteString(w, xml.Header); err != nil {
			return err
		}
		e := xml.NewEncoder(w)
		e.Indent("", " ")
		if err := e.Encode(doc); err != nil {
			return fmt.Errorf("write the letter bundle: %w", err)
		}
		return e.Close()
	})
}
