package casework_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/dispatch"
	"github.com/klarlagt/klarlagt/store"
)

// mailboxes is a service of digital mailboxes of the tests: who is in has one.
type mailboxes struct {
	has     map[breach.Personal]bool
	fault   func(p dispatch.Parcel) error
	mistake func(n breach.Notice) breach.Notice // made while composing
	said    []dispatch.SuomiFiEvent

	mu    sync.Mutex
	asked map[breach.Personal]int
	taken map[string]string // by name
}

func (*mailboxes) Name() string { return "made-up boxes" }

func (m *mailboxes) Reach(_ context.Context, ids []breach.Personal) ([]bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []bool
	for _, id := range ids {
		m.asked[id]++
		list = append(list, m.has[id])
	}
	return list, nil
}

func (m *mailboxes) Compose(n breach.Notice, ref string) (breach.Content, error) {
	if m.mistake != nil {
		n = m.mistake(n)
	}
	text := ref + "\n" + n.To.NationalID.Reveal() + "\n"
	for i, p := range n.Parts {
		if i > 0 {
			text += "\n----------\n"
		}
		text += "\n" + string(p.Title) + "\n" + string(p.Plain())
	}
	return breach.Content(text), nil
}

func (m *mailboxes) Read(wire []byte) (dispatch.Seen, error) {
	parts := strings.SplitN(string(wire), "\n", 3)
	return dispatch.Seen{Ref: parts[0], To: breach.Hide(parts[1]), Text: breach.Content(parts[2])}, nil
}

func (m *mailboxes) Send(_ context.Context, p dispatch.Parcel) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fault != nil {
		if err := m.fault(p); err != nil {
			return "", err
		}
	}
	if _, twice := m.taken[p.Ref]; twice {
		return "", fmt.Errorf("a second time: %s", p.Ref)
	}
	m.taken[p.Ref] = string(p.Wire)
	return fmt.Sprint("message ", len(m.taken)), nil
}

func (m *mailboxes) Events(context.Context, string) ([]dispatch.SuomiFiEvent, string, error) {
	return m.said, "", nil
}

// boxed is a case of so many students, of whom each second has a mailbox, one of
// them protected; its notice is approved.
func boxed(t *testing.T, d *casework.Desk, students int) (*mailboxes, store.CaseID, casework.Notice) {
	t.Helper()
	hidden := student(61)
	hidden.Protected = true
	id := course(t, d, students, hidden)
	m := &mailboxes{has: map[breach.Personal]bool{}, asked: map[breach.Personal]int{}, taken: map[string]string{}}
	for i := 0; i < students; i += 2 {
		m.has[student(i).NationalIDs[0]] = true
	}
	m.has[hidden.NationalIDs[0]] = true
	draft := byLetter()
	draft.Policy.Order = []breach.Channel{breach.Mailbox, breach.Paper}
	n, err := d.WriteNotice(t.Context(), id, "", draft)
	if err != nil {
		t.Fatal(err)
	}
	n, asked, found, err := d.FindMailboxes(t.Context(), id, n, m)
	if err != nil || asked != students || found != students/2 || m.asked[hidden.NationalIDs[0]] != 0 {
		t.Fatalf("asked about %d, found %d, error %v; about somebody protected %d times", asked, found, err, m.asked[hidden.NationalIDs[0]])
	}
	if n, err = d.FreezeNotice(t.Context(), id, n); err != nil {
		t.Fatal(err)
	}
	a, err := d.ProposeSending(t.Context(), id, n)
	if err != nil {
		t.Fatal(err)
	}
	agree(t, d, id, a.ID)
	if n, err = d.BeginSending(t.Context(), id, n, a.ID); err != nil {
		t.Fatal(err)
	}
	if r, err := d.ReleaseWave(t.Context(), id, n, 1, "key"); err != nil || r.Outcome != "released" {
		t.Fatalf("%q, error %v", r.Outcome, err)
	}
	return m, id, n
}

func TestMailboxesGoThroughTheLedger(t *testing.T) {
	d := desk(t, t.TempDir())
	m, id, n := boxed(t, d, 12)
	m.fault = func(p dispatch.Parcel) error {
		if p.To == student(4).NationalIDs[0] {
			return fmt.Errorf("the connection broke: %w", dispatch.ErrUncertain)
		}
		return nil
	}
	if _, err := d.SendNotices(t.Context(), id, n, casework.SendOptions{Once: true}); refused(err) != "refusal.no-mailbox" {
		t.Errorf("without the service: %v", err)
	}
	run, err := d.SendNotices(t.Context(), id, n, casework.SendOptions{Mailbox: m, Once: true})
	if err != nil || run.Handled[breach.Accepted] != 5 || run.Handled[breach.Uncertain] != 1 || len(m.taken) != 5 {
		t.Fatalf("%+v, %d taken, error %v", run, len(m.taken), err)
	}
	for ref := range m.taken {
		m.said = append(m.said, dispatch.SuomiFiEvent{Ref: ref, State: breach.Arrived})
	}
	proofs, err := d.ProveNotice(t.Context(), id, "p5", auth.AnswerInquiry)
	if err != nil || len(proofs) != 1 || proofs[0].State != breach.Uncertain {
		t.Fatalf("%d proofs, error %v", len(proofs), err)
	}
	m.said = append(m.said, dispatch.SuomiFiEvent{Ref: proofs[0].Ref, State: breach.Accepted})
	s, err := d.SettleByMailbox(t.Context(), id, n, m)
	if err != nil || s.Taken != 1 || s.Arrived != 5 || s.Left != 0 {
		t.Errorf("settled %+v, error %v", s, err)
	}
	if got := total(t, d, id, n); got[breach.Arrived] != 5 || got[breach.Accepted] != 1 {
		t.Errorf("in the end: %v", got)
	}
}

func TestAMailboxGetsWhatWasFrozenAlone(t *testing.T) {
	for name, c := range map[string]struct {
		mistake func(n breach.Notice) breach.Notice
	}{
		"to somebody else": {func(n breach.Notice) breach.Notice { n.To.NationalID = student(3).NationalIDs[0]; return n }},
		"a word more": {func(n breach.Notice) breach.Notice {
			n.Parts = append([]breach.Wording{}, n.Parts...)
			n.Parts[0].Text = append(breach.Content("Psst! "), n.Parts[0].Text...)
			return n
		}},
		"a language less": {func(n breach.Notice) breach.Notice { n.Parts = nil; return n }},
	} {
		t.Run(name, func(t *testing.T) {
			d := desk(t, t.TempDir())
			m, id, n := boxed(t, d, 4)
			m.mistake = c.mistake
			run, err := d.SendNotices(t.Context(), id, n, casework.SendOptions{Mailbox: m, Once: true})
			if err != nil || run.Halted != "changed" || len(m.taken) != 0 {
				t.Errorf("halted %q, %d taken, error %v", run.Halted, len(m.taken), err)
			}
		})
	}
}

// pairOfPEM is a certificate and its RSA key.
func pairOfPEM(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	plan := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, plan, plan, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})) +
		string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
}

func TestParseMailbox(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("secret", "made-up\n")
	write("pair.pem", pairOfPEM(t))
	for text, want := range map[string]string{
		`{"kind":"suomi.fi","username":"u","service_id":"s","secret_file":"secret"}`:                                "Suomi.fi",
		`{"kind":"kivra","tenant":"t","client_id":"c","subject":"Meddelande","secret_file":"secret"}`:               "Kivra",
		`{"kind":"kivra","tenant":"t","client_id":"c","secret_file":"secret"}`:                                      "refusal.mailbox-file",
		`{"kind":"suomi.fi","username":"u","service_id":"s"}`:                                                       "refusal.mailbox-file",
		`{"kind":"suomi.fi","username":"u","service_id":"s","secret_file":"none"}`:                                  "cmd.cannot-read",
		`{"kind":"suomi.fi","username":"u","service_id":"s","secret_file":"secret","url":"http://api.example.com"}`: "refusal.mailbox-file",
		`{"kind":"mina-meddelanden","url":"https://register.example/Recipient/v3","organisation":"5555555555","sender":"Staden Exempel","subject":"Meddelande","support_text":"Fråga växeln","secret_file":"pair.pem"}`:                         "Mina meddelanden",
		`{"kind":"mina-meddelanden","url":"https://register.example/Recipient/v3","organisation":"5555555555","sender":"Staden Exempel","subject":"Meddelande","support_text":"Fråga växeln","secret_file":"pair.pem","roots_file":"pair.pem"}`: "Mina meddelanden",
		`{"kind":"mina-meddelanden","url":"https://register.example/Recipient/v3","organisation":"5555555555","sender":"Staden Exempel","subject":"Meddelande","support_text":"Fråga växeln","secret_file":"secret"}`:                           "refusal.mailbox-file",
		`{"kind":"mina-meddelanden","organisation":"5555555555","sender":"Staden Exempel","subject":"Meddelande","support_text":"Fråga växeln","secret_file":"pair.pem"}`:                                                                       "refusal.mailbox-file",
		`{"kind":"mina-meddelanden","url":"https://register.example/Recipient/v3","secret_file":"pair.pem"}`:                                                                                                                                    "refusal.mailbox-file",
		`{"kind":"pigeon","secret_file":"secret"}`: "refusal.mailbox-file",
		`{"kind":"suomi.fi","password":"p"}`:       "refusal.mailbox-file",
		`{`:                                        "refusal.mailbox-file",
	} {
		m, err := casework.ParseMailbox(write("mailbox.json", text))
		got := refused(err)
		if err == nil {
			got = m.Name()
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
