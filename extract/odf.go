package extract

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// The formats of LibreOffice: OASIS OpenDocument 1.3, part 3. One reader
// serves them all, for a spreadsheet is a document of tables.
var (
	odt = odf("odt", []string{"odt", "ott", "odm"}, "application/vnd.oasis.opendocument.text")
	ods = odf("ods", []string{"ods", "ots"}, "application/vnd.oasis.opendocument.spreadsheet")
	odp = odf("odp", []string{"odp", "otp", "odg"}, "application/vnd.oasis.opendocument.presentation", "application/vnd.oasis.opendocument.graphics")
)

// flatODF is the same in one XML file.
var flatODF = Format{
	Name:       "fodt",
	Extensions: []string{"fodt", "fods", "fodp"},
	Sniff: func(in *Input) bool {
		head := in.Head()
		head = head[:min(len(head), 4096)]
		return bytes.Contains(head, []byte("<office:document")) && bytes.Contains(head, []byte("urn:oasis:names:tc:opendocument"))
	},
	Read: func(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
		t := newODFText(out, breach.Place{}, bytes.Contains(in.Head(), []byte("opendocument.spreadsheet")))
		err := t.read(newMarkup(in.Stream()))
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return breach.Outcome{}, err
	},
}

func odf(name string, extensions []string, types ...string) Format {
	return Format{
		Name:       name,
		Extensions: extensions,
		Strings:    true,
		Sniff: func(in *Input) bool {
			// The first member, stored, says what the archive is.
			head := in.Head()
			head = head[:min(len(head), 256)]
			for _, t := range types {
				if isZip(head) && bytes.Contains(head, []byte("mimetype"+t)) {
					return true
				}
			}
			if !isZip(head) || !in.HasExtension(extensions...) {
				return false
			}
			zip, err := in.Zip()
			return err == nil && (zip.Find("content.xml") != nil || zip.Find(odfWhole) != nil) && zip.Find("META-INF/manifest.xml") != nil
		},
		Read: func(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
			o, err := openOOXML(in, out)
			if err != nil {
				return breach.Outcome{}, err
			}
			d := odfDocument{ooxml: o, sheets: name == "ods"}
			for _, step := range []func() error{d.unlock, d.contents, d.meta, o.files} {
				if d.whole {
					break
				}
				if err := step(); err != nil {
					return d.outcome(), err
				}
			}
			return d.outcome(), nil
		},
	}
}

// odfDocument is an OpenDocument file while it is read. Its parts stand in an
// archive as those of OOXML do.
type odfDocument struct {
	*ooxml
	sheets bool // tables are sheets
	whole  bool // all of it was locked as one part, and has been handed over
}

// contents reads the text: of the document, of its page headers, and of the
// objects inside it, which have folders of their own.
func (d *odfDocument) contents() error {
	t := newODFText(d.out, breach.Place{}, d.sheets)
	if err := d.part("content.xml", t.read); err != nil {
		return err
	}
	header := newODFText(d.out, breach.At(breach.Step{Unit: breach.Header}), false)
	if err := d.part("styles.xml", header.read); err != nil {
		return err
	}
	for i, m := range d.zip.Members {
		key := memberKey(m.Name)
		if path.Base(key) != "content.xml" {
			continue
		}
		inside := newODFText(d.out, breach.At(breach.Step{Unit: breach.Part, N: int64(i + 1)}), false)
		if err := d.part(m.Name, inside.read); err != nil {
			return err
		}
	}
	return nil
}

// meta reads the document properties.
func (d *odfDocument) meta() error {
	var l labels
	if err := d.part("meta.xml", func(m *markup) error { return properties(m, &l) }); err != nil {
		return err
	}
	// What is left to hand over is files: pictures, and objects of other programs.
	for _, m := range d.zip.Members {
		key := memberKey(m.Name)
		first, _, _ := strings.Cut(key, "/")
		switch first {
		case "thumbnails", "objectreplacements", "configurations2", "meta-inf", "mimetype", "settings.xml", "layout-cache", "manifest.rdf":
			d.ooxml.read[key] = true
		}
	}
	return l.flush(d.out, breach.At(breach.Step{Unit: breach.Property}))
}
