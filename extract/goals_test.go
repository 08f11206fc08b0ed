package extract_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"
	htmlcharset "golang.org/x/net/html/charset"
)

// goal is how much of the reference texts a reader has to find, of all words
// together and of the files in the mean.
type goal struct {
	name        string
	formats     []string // as the manifest names them
	letters     bool     // words with digits do not count
	micro, mean float64
	by          string // who made the reference texts
	note        string // what of the reference is no text of the file

	// text makes the reference of a file's content, where no other program has.
	text func(content []byte) string
	// clean takes out of a reference what is no text of the file.
	clean func(reference string) string
	// guessed reports whether the other program can only have guessed at the
	// text: such a file does not count.
	guessed func(content []byte) bool
}

// without takes out what an expression matches.
func without(expression string) func(string) string {
	match := regexp.MustCompile(expression)
	return func(reference string) string { return match.ReplaceAllString(reference, " ") }
}

// notInCells is what programs write of spreadsheets beside the text of cells:
// the fonts of page headers, and errors, which each works out for itself.
var notInCells = without(`&"[^"]*"|#[A-Z/0]+[!?]|#N/A|Err:\d+`)

// withoutEchoes takes out words that say again what stands before them, as an
// address for the name of whom it is, and the target of a link for its text.
func withoutEchoes(reference string) string {
	var kept []string
	last := ""
	for _, field := range strings.Fields(reference) {
		bare := strings.Trim(field, `<>",'`)
		if _, rest, ok := strings.Cut(last, "://"); ok && bare == rest {
			continue
		}
		if bare != last {
			kept = append(kept, field)
		}
		last = bare
	}
	return strings.Join(kept, " ")
}

// undeclared reports whether a message has text that declares no character set,
// or ASCII, and is neither that nor UTF-8.
func undeclared(content []byte) bool {
	m, err := mail.ReadMessage(bytes.NewReader(content))
	return err == nil && undeclaredPart(textproto.MIMEHeader(m.Header), m.Body)
}

func undeclaredPart(h textproto.MIMEHeader, body io.Reader) bool {
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		kind = "text/plain"
	}
	if strings.HasPrefix(kind, "multipart/") {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			part, err := parts.NextRawPart()
			if err != nil {
				return false
			}
			if undeclaredPart(part.Header, part) {
				return true
			}
		}
	}
	if charset := strings.ToLower(params["charset"]); !strings.HasPrefix(kind, "text/") || charset != "" && charset != "us-ascii" {
		return false
	}
	switch strings.ToLower(h.Get("Content-Transfer-Encoding")) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	text, err := io.ReadAll(body)
	return err == nil && !utf8.Valid(text)
}

const asShown = "Words with digits do not count, for each program shows numbers and dates in its way; nor do fonts named in page headers, and the errors of formulas."

var goals = []goal{
	{name: "PDF", formats: []string{"pdf"}, micro: 0.98, mean: 0.95, by: "pdftotext 22.12",
		note: "The mean suffers from files of a few words made to test fonts, which the two programs spell differently."},
	{name: "DOCX", formats: []string{"docx", "docm"}, micro: 0.99, mean: 0.99, by: "LibreOffice 7.4"},
	{name: "ODT", formats: []string{"odt"}, micro: 0.99, mean: 0.99, by: "LibreOffice 7.4"},
	{name: "RTF", formats: []string{"rtf"}, micro: 0.99, mean: 0.99, by: "LibreOffice 7.4"},
	{name: "XLSX", formats: []string{"xlsx", "xlsm"}, letters: true, micro: 0.98, mean: 0.98, by: "LibreOffice 7.4", note: asShown, clean: notInCells},
	{name: "XLS", formats: []string{"xls", "xlt"}, letters: true, micro: 0.98, mean: 0.98, by: "POI 4.0.1, LibreOffice 7.4", note: asShown, clean: notInCells},
	{name: "ODS", formats: []string{"ods"}, letters: true, micro: 0.98, mean: 0.98, by: "LibreOffice 7.4", note: asShown, clean: notInCells},
	{name: "DOC", formats: []string{"doc", "dot"}, micro: 0.97, mean: 0.97, by: "LibreOffice 7.4"},
	{name: "PPT", formats: []string{"ppt", "pps"}, micro: 0.96, mean: 0.96, by: "POI 4.0.1"},
	{name: "MSG", formats: []string{"msg"}, micro: 0.96, mean: 0.96, by: "POI 4.0.1", clean: without(`(?m)^Date:.*$|Attachment: ([a-z]+/[a-z]+ =)?`),
		note: "The reference's word for what is attached does not count, nor its dates, which it tells in another time zone, and of messages without one."},
	{name: "EML", formats: []string{"eml", "raw"}, micro: 0.97, mean: 0.97, by: "email of Python 3.11", clean: without(`(?ms)^begin [0-7]{3} .*?^end\r?$`), guessed: undeclared,
		note: "Files written into the text by uuencode do not count, nor messages with text that declares no character set and is not UTF-8: the reference takes it for Latin-1, whatever it is."},
	{name: "PST", formats: []string{"pst", "ost"}, micro: 0.99, mean: 0.99, by: "readpst 0.6.76", clean: withoutEchoes,
		note: "The reference has the target of a link beside a text that is the same, and an address beside a name that is the same; these count once."},
	{name: "HTML", formats: []string{"html", "htm"}, micro: 0.98, mean: 0.98, by: "the tree of elements, as a browser builds it", text: textOfTree},
}

// goalOf is the goal of a format of the manifest; nil if there is none.
func goalOf(format string) *goal {
	i := slices.IndexFunc(goals, func(g goal) bool { return slices.Contains(g.formats, format) })
	if i < 0 {
		return nil
	}
	return &goals[i]
}

// reference is the text that a file should give; "" where nobody knows.
func (g *goal) reference(t *testing.T, s sample) string {
	t.Helper()
	path := s.reference
	if g.text != nil {
		path = s.path
	}
	if path == "" {
		return ""
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := string(content)
	if g.text != nil {
		text = g.text(content)
	}
	return text
}

// textOfTree is the text of a page's tree of elements.
func textOfTree(content []byte) string {
	kind := "text/html"
	if utf8.Valid(content) { // whatever it says
		kind += "; charset=utf-8"
	}
	decoded, err := htmlcharset.NewReader(bytes.NewReader(content), kind)
	if err != nil {
		return ""
	}
	tree, err := html.Parse(decoded)
	if err != nil {
		return "" // too deep for a tree
	}
	var b strings.Builder
	for n := range tree.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "style" && n.Parent.Data != "script" && n.Parent.Data != "noscript" {
			b.WriteString(n.Data)
			b.WriteByte(' ')
		}
	}
	return b.String()
}
