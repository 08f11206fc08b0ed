package dispatch_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/dispatch"
)

func batch() dispatch.LetterBatch {
	return dispatch.LetterBatch{ID: "K7F3A2", Title: "Letters", Lang: "en", Country: "FI", Sender: []string{"PL 999", "00099 Exempelstad"}}
}

// notice is what somebody is told by letter.
func notice(id string, mend func(*breach.Notice)) breach.Notice {
	n := breach.Notice{
		ID: "n1", Version: 1, Subject: breach.PersonID(id), Reader: breach.PersonID(id), Letter: "first", Channel: breach.Paper,
		To: breach.Addressee{Name: breach.Hide("Exempla Provsson"),
			Postal: breach.Postal{Street: breach.Hide("Provgatan 1 B 2"), Postcode: breach.Hide("99999"), Town: breach.Hide("Exempelstad")}},
		Parts: []breach.Wording{{Language: "sv", Title: breach.Content("Dina uppgifter har läckt"),
			Text: breach.Content("Hej Exempla!\n\n# Vilka uppgifter\n\nDetta är säkert:\n- namn och adress\n- portkod\n\nDetta vet vi inte:\n- telefon\n\nExempelstad\n18.9.2026\n")}},
	}
	if mend != nil {
		mend(&n)
	}
	return n
}

func each(notices ...breach.Notice) iter.Seq2[breach.Notice, error] {
	return func(yield func(breach.Notice, error) bool) {
		for _, n := range notices {
			if !yield(n, nil) {
				return
			}
		}
	}
}

func folder(t testing.TB) (*os.Root, string) {
	t.Helper()
	path := t.TempDir()
	root, err := os.OpenRoot(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	return root, path
}

func names(t *testing.T, path string) []string {
	t.Helper()
	entries, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestLettersInFiles(t *testing.T) {
	root, path := folder(t)
	m, err := batch().Files(dispatch.In(root), each(notice("p1", nil), notice("p2", nil)))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := names(t, path), []string{"000001.pdf", "000002.pdf", "manifest.csv", "manifest.json"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if m.Count != 2 || m.Pages != 2 || m.Sheets != 2 || m.Letters[1].Dispatch != "n1/1/p2/p2" || m.Letters[1].Code != "K7F3A2-000002" {
		t.Errorf("got %+v", m)
	}
	raw, err := os.ReadFile(filepath.Join(path, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var again dispatch.Manifest
	if err := json.Unmarshal(raw, &again); err != nil || again.Letters[0] != m.Letters[0] {
		t.Errorf("written %+v, read %+v (%v)", m.Letters[0], again.Letters[0], err)
	}
	table, err := os.ReadFile(filepath.Join(path, "manifest.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{"Exempla", "Provgatan", "Exempelstad"} {
		if bytes.Contains(raw, []byte(value)) || bytes.Contains(table, []byte(value)) {
			t.Errorf("the manifest holds a value of somebody's")
		}
	}
}

func TestABatchIsNeverWrittenTwice(t *testing.T) {
	root, _ := folder(t)
	for _, want := range []bool{true, false} {
		if _, err := batch().Bundle(dispatch.In(root), nil, each(notice("p1", nil))); (err == nil) != want {
			t.Errorf("written: %v, want %v", err == nil, want)
		}
	}
	other, _ := folder(t)
	if _, err := batch().Files(dispatch.In(other), each(notice("p1", nil), notice("p1", nil))); err == nil {
		t.Error("one notice was printed twice")
	}
}

func TestOneFileOrManyTheSameContent(t *testing.T) {
	files, _ := folder(t)
	one, path := folder(t)
	notices := each(notice("p1", nil), notice("p2", nil), notice("p3", nil))
	a, err := batch().Files(dispatch.In(files), notices)
	if err != nil {
		t.Fatal(err)
	}
	duplex := batch()
	duplex.Duplex = true
	b, err := duplex.Bundle(dispatch.In(one), nil, notices)
	if err != nil {
		t.Fatal(err)
	}
	for i := range a.Letters {
		if a.Letters[i].Content != b.Letters[i].Content {
			t.Errorf("letter %d is drawn otherwise in the batch", i+1)
		}
		if b.Letters[i].First != 2*i+1 {
			t.Errorf("letter %d begins on page %d: on the back of another's sheet", i+1, b.Letters[i].First)
		}
	}
	if got, want := names(t, path), []string{"batch.pdf", "manifest.csv", "manifest.json"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestWhatIsNotPrintedIsListed(t *testing.T) {
	for name, c := range map[string]struct {
		mend   func(*breach.Notice)
		reason string
	}{
		"a protected person in a batch": {func(n *breach.Notice) { n.Channel = breach.Envelope }, "refusal.letter-channel"},
		"a mail":                        {func(n *breach.Notice) { n.Channel = breach.Mail }, "refusal.letter-channel"},
		"no street":                     {func(n *breach.Notice) { n.To.Postal.Street = breach.Personal{} }, "refusal.letter-address"},
		"no name":                       {func(n *breach.Notice) { n.To.Name = breach.Personal{} }, "refusal.letter-address"},
		"an identity number":            {func(n *breach.Notice) { n.To.NationalID = breach.Hide("000000-0000") }, "refusal.letter-address"},
		"a name in another script":      {func(n *breach.Notice) { n.To.Name = breach.Hide("測試") }, "refusal.letter-glyph"},
		"an address that is too long":   {func(n *breach.Notice) { n.To.Postal.Street = breach.Hide(strings.Repeat("Provgatan", 9)) }, "refusal.letter-window"},
		"no text":                       {func(n *breach.Notice) { n.Parts[0].Text = nil }, "refusal.letter-text"},
		"no language":                   {func(n *breach.Notice) { n.Parts = nil }, "refusal.letter-text"},
		"more than the envelope takes":  {func(n *breach.Notice) { n.Parts[0].Text = breach.Content(strings.Repeat("ord\n\n", 700)) }, "refusal.letter-sheets"},
	} {
		t.Run(name, func(t *testing.T) {
			root, path := folder(t)
			m, err := batch().Files(dispatch.In(root), each(notice("p1", nil), notice("p2", c.mend), notice("p3", nil)))
			if err != nil {
				t.Fatal(err)
			}
			if len(m.Refused) != 1 || m.Refused[0].Reason != c.reason || m.Refused[0].Reader != "p2" {
				t.Fatalf("refused %+v, want p2 for %s", m.Refused, c.reason)
			}
			if m.Count != 2 || m.Letters[1].Seq != 2 || m.Letters[1].Dispatch != "n1/1/p3/p3" || len(names(t, path)) != 4 {
				t.Errorf("the numbers have a hole: %+v", m.Letters)
			}
			if r := m.Refused[0].Refusal(); r.Args["Reader"] != "p2" || strings.Contains(fmt.Sprint(r, m.Refused), "測") {
				t.Errorf("the refusal says %v", r)
			}
		})
	}
}

func TestANameComesAsTheRegisterHasIt(t *testing.T) {
	root, _ := folder(t)
	m, err := batch().Files(dispatch.In(root), each(notice("p1", func(n *breach.Notice) { n.To.Name = breach.Hide("A\u030asa O\u0308stprov") })))
	if err != nil || len(m.Refused) != 0 {
		t.Errorf("got %+v, %v", m.Refused, err)
	}
}

func TestAFaultOnTheWayIsTold(t *testing.T) {
	fault := errors.New("lost")
	root, path := folder(t)
	_, err := batch().Files(dispatch.In(root), func(yield func(breach.Notice, error) bool) {
		_ = yield(notice("p1", nil), nil) && yield(breach.Notice{}, fault)
	})
	if !errors.Is(err, fault) || slices.Contains(names(t, path), "manifest.json") {
		t.Errorf("got %v with %v", err, names(t, path))
	}
	for name, bad := range map[string]dispatch.LetterBatch{"no name": {Country: "FI"}, "a name that is none": {ID: "a/b", Country: "FI"}, "no country": {ID: "A"}} {
		if _, err := bad.Files(dispatch.In(root), each(notice("p1", nil))); err == nil {
			t.Errorf("%s: the batch was written", name)
		}
	}
}

func TestEnvelopesOfProtectedPeople(t *testing.T) {
	contact := func(n *breach.Notice) { n.Channel = breach.Envelope }
	forwarded := func(n *breach.Notice) {
		n.Channel = breach.Envelope
		n.To = breach.Addressee{Name: n.To.Name, NationalID: breach.Hide("000000-0000")}
	}
	both := func(n *breach.Notice) { contact(n); n.To.NationalID = breach.Hide("000000-0000") }
	root, path := folder(t)
	m, err := dispatch.Envelopes{LetterBatch: batch(), PerOuter: 2}.Write(dispatch.In(root), each(
		notice("p1", forwarded), notice("p2", contact), notice("p3", forwarded), notice("p4", both), notice("p5", nil), notice("p6", forwarded)))
	if err != nil {
		t.Fatal(err)
	}
	var outer []int
	for _, r := range m.Letters {
		outer = append(outer, r.Outer)
	}
	if !slices.Equal(outer, []int{1, 0, 1, 2}) || len(m.Refused) != 2 {
		t.Errorf("outer envelopes %v, refused %+v", outer, m.Refused)
	}
	packing, err := os.ReadFile(filepath.Join(path, "packing.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(packing), "seq;code;inner;outer\r\n1;K7F3A2-000001;1;1\r\n3;K7F3A2-000003;2;1\r\n4;K7F3A2-000004;3;2\r\n"; got != want {
		t.Errorf("packed\n%s, want\n%s", got, want)
	}
	for file, want := range map[string][]string{
		"inner.pdf":  {"000000-0000", "PL 999 00099 Exempelstad"},
		"outer.pdf":  {"Skatteverket Box 2820 403 20 Göteborg", "PL 999 00099 Exempelstad"},
		"000001.pdf": {"PL 999 00099 Exempelstad", "Dina uppgifter har läckt"},
		"000002.pdf": {"PL 999 00099 Exempelstad", "Exempla Provsson Provgatan 1 B 2 99999 Exempelstad", "Dina uppgifter har läckt"},
	} {
		text := strings.Join(strings.Fields(tool(t, "pdftotext", "-raw", "-f", "1", "-l", "2", filepath.Join(path, file), "-")), " ")
		if !strings.HasPrefix(text, strings.Join(want, " ")) {
			t.Errorf("%s does not begin as it should", file)
		}
	}
}

func TestWhatPostiIsTold(t *testing.T) {
	root, path := folder(t)
	abroad := func(n *breach.Notice) { n.To.Country = "SE" }
	posti := &dispatch.Posti{Customer: "000000", Password: breach.Hide("word"), Contact: "Exempla", Test: true}
	if _, err := batch().Bundle(dispatch.In(root), posti, each(notice("p1", nil), notice("p2", abroad))); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(path, "batch.xml"))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		XMLName xml.Name
		Bundle  struct {
			ID     string `xml:"senderBundleId,attr"`
			Common struct {
				Test bool `xml:"isTest,attr"`
				Deny struct {
					Copy bool `xml:"denyElectronicCopyDelivery,attr"`
				} `xml:"DeliveryChannelControl"`
			} `xml:"BundleCommon"`
			Letters []struct {
				At struct {
					Start int `xml:"startPage,attr"`
					Pages int `xml:"pages,attr"`
				} `xml:"LetterMeta>Location"`
				To struct {
					Name    string `xml:"name,attr"`
					Country string `xml:"countryCode,attr"`
				} `xml:"LetterMeta>Recipient>Address>Eu1"`
			} `xml:"Letter"`
		} `xml:"Bundle"`
	}
	if err := xml.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	letters := got.Bundle.Letters
	if got.XMLName.Space != "urn:itella.com:/schema/ipost/letterbundle/v1x0" || got.Bundle.ID != "K7F3A2" || !got.Bundle.Common.Test ||
		!got.Bundle.Common.Deny.Copy || len(letters) != 2 || letters[1].At.Start != 2 || letters[1].To.Country != "SE" || letters[0].To.Name != "Exempla Provsson" {
		t.Errorf("got %+v", got.Bundle)
	}
}

func TestALetterThatChangedIsSeen(t *testing.T) {
	for name, write := range map[string]func(*os.Root) (dispatch.Manifest, error){
		"000002.pdf": func(root *os.Root) (dispatch.Manifest, error) {
			return batch().Files(dispatch.In(root), each(notice("p1", nil), notice("p2", nil)))
		},
		"batch.pdf": func(root *os.Root) (dispatch.Manifest, error) {
			return batch().Bundle(dispatch.In(root), nil, each(notice("p1", nil)))
		},
	} {
		root, path := folder(t)
		m, err := write(root)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Verify(root); err != nil {
			t.Errorf("%s as it was written: %v", name, err)
		}
		file := filepath.Join(path, name)
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		raw[len(raw)/2] ^= 1
		if err := os.WriteFile(file, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := m.Verify(root); !errors.Is(err, dispatch.ErrChanged) {
			t.Errorf("%s changed by a bit: %v", name, err)
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		if err := m.Verify(root); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s taken away: %v", name, err)
		}
	}
}
