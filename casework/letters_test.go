package casework_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/dispatch"
	"github.com/klarlagt/klarlagt/notify"
	"github.com/klarlagt/klarlagt/store"
)

// byLetter is a draft that goes by letter alone.
func byLetter() casework.NoticeDraft {
	draft := mailFirst()
	draft.Policy.Order = []breach.Channel{breach.Paper}
	draft.Letterhead = []string{"PB 99", "00099 Exempelby"}
	return draft
}

// approvedLetters freezes and approves a notice that goes by letter.
func approvedLetters(t testing.TB, d *casework.Desk, id store.CaseID, draft casework.NoticeDraft) casework.Notice {
	t.Helper()
	n := frozenNotice(t, d, id, draft)
	a, err := d.ProposeSending(t.Context(), id, n)
	if err != nil {
		t.Fatal(err)
	}
	agree(t, d, id, a.ID)
	if n, err = d.BeginSending(t.Context(), id, n, a.ID); err != nil {
		t.Fatal(err)
	}
	return n
}

// made writes a batch into a new folder.
func made(t testing.TB, d *casework.Desk, id store.CaseID, n casework.Notice, o casework.LetterOptions) (dispatch.Manifest, string) {
	t.Helper()
	o.Dir = filepath.Join(t.TempDir(), "letters")
	m, err := d.MakeLetters(t.Context(), id, n, o)
	if err != nil {
		t.Fatal(err)
	}
	return m, o.Dir
}

func receipt(t testing.TB, d *casework.Desk, id store.CaseID, n casework.Notice, batch string, lines ...string) casework.LetterAccount {
	t.Helper()
	a, err := d.TakeReceipt(t.Context(), id, n, batch, strings.NewReader("seq;state;as\n"+strings.Join(lines, "\n")+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestLettersGoThroughTheLedger(t *testing.T) {
	d := desk(t, t.TempDir())
	id := course(t, d, 6)
	n := approvedLetters(t, d, id, byLetter())
	m, dir := made(t, d, id, n, casework.LetterOptions{Form: casework.LetterBundle})
	if got := total(t, d, id, n); m.Count != 6 || got[breach.Handing] != 6 {
		t.Fatalf("%d letters, %v; want six that are being handed over", m.Count, got)
	}
	if _, err := d.MakeLetters(t.Context(), id, n, casework.LetterOptions{Dir: filepath.Join(t.TempDir(), "x")}); refused(err) != "refusal.no-letters" {
		t.Errorf("asked again: %v", err)
	}
	// 1 posted; 2 spoilt and printed again under a new number; 3 spoilt and left;
	// 4 printed twice; 5 comes back; of 6 nobody says anything.
	a := receipt(t, d, id, n, m.Batch, "1;printed;", "1;posted;", "2;printed;", "2;spoiled;", "2;reprinted;7", "7;posted;", "3;spoiled;",
		"4;printed;", "4;printed;", "4;posted;", "5;posted;", "5;returned;", "9;posted;", "3;posted;")
	if got := fmt.Sprint(a.Missing, a.Twice, a.Unknown, a.Conflict); got != "[6] [4] [9] [3]" || a.Complete() {
		t.Errorf("missing, twice, unknown, conflict: %s", got)
	}
	if got := total(t, d, id, n); got[breach.Accepted] != 3 || got[breach.Deferred] != 1 || got[breach.Bounced] != 1 || got[breach.Handing] != 1 {
		t.Errorf("after the receipt: %v", got)
	}
	again := receipt(t, d, id, n, m.Batch, "1;printed;", "1;posted;", "2;printed;", "2;spoiled;", "2;reprinted;7", "7;posted;", "3;spoiled;",
		"4;printed;", "4;printed;", "4;posted;", "5;posted;", "5;returned;", "9;posted;", "3;posted;")
	if !again.Again || fmt.Sprint(again.Pieces) != fmt.Sprint(a.Pieces) {
		t.Errorf("the same receipt again: %+v", again)
	}
	// What was spoilt goes into the next batch, under a number of that one.
	next, _ := made(t, d, id, n, casework.LetterOptions{Form: casework.LetterFiles})
	if next.Count != 1 || next.Batch == m.Batch || next.Letters[0].Dispatch != m.Letters[2].Dispatch {
		t.Errorf("the next batch: %+v", next)
	}
	if late := receipt(t, d, id, n, m.Batch, "3;reprinted;8"); fmt.Sprint(late.Conflict) != "[3]" {
		t.Errorf("the house prints what the next batch has: %+v", late)
	}
	for _, batch := range []string{m.Batch, next.Batch} {
		if a, err := d.PostBatch(t.Context(), id, n, batch); err != nil || len(a.Missing) > 0 {
			t.Errorf("posted as a whole: missing %v, error %v", a.Missing, err)
		}
	}
	if _, err := d.ReturnLetters(t.Context(), id, n, []string{m.Letters[0].Code + "-1/1"}, "moved away"); err != nil {
		t.Error(err)
	}
	if got := total(t, d, id, n); got[breach.Accepted] != 4 || got[breach.Bounced] != 2 {
		t.Errorf("in the end: %v", got)
	}
	proveLetter(t, d, id, m)
	raw, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil || strings.Contains(string(raw), "Provgatan") {
		t.Errorf("the manifest names somebody's street (error %v)", err)
	}
}

// proveLetter shows what the first reader of a batch got, as it was printed.
func proveLetter(t *testing.T, d *casework.Desk, id store.CaseID, m dispatch.Manifest) {
	t.Helper()
	person := breach.PersonID(strings.Split(m.Letters[0].Dispatch, "/")[3])
	proofs, err := d.ProveNotice(t.Context(), id, person, auth.AnswerInquiry)
	if err != nil || len(proofs) != 1 || len(proofs[0].Sheets) != 1 {
		t.Fatalf("%d proofs, error %v", len(proofs), err)
	}
	p := proofs[0]
	if s := p.Sheets[0]; s.Code != m.Letters[0].Code || s.State != store.PieceReturned || s.Content != m.Letters[0].Content {
		t.Errorf("the proof has %+v", s)
	}
	last := p.Steps[len(p.Steps)-1]
	if last.Becomes != breach.Bounced || !strings.Contains(last.Detail.Reveal(), "moved away") {
		t.Errorf("the last step is %s: %s", last.Becomes, last.Detail.Reveal())
	}
	var pdf bytes.Buffer
	if err := p.Sheets[0].Write(&pdf); err != nil || !bytes.HasPrefix(pdf.Bytes(), []byte("%PDF-")) {
		t.Errorf("the letter again: %d bytes, error %v", pdf.Len(), err)
	}
}

func TestABatchIsWrittenAgainTheSame(t *testing.T) {
	d := desk(t, t.TempDir())
	id := course(t, d, 3)
	n := approvedLetters(t, d, id, byLetter())
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "000002.pdf"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := d.MakeLetters(t.Context(), id, n, casework.LetterOptions{Dir: full, Form: casework.LetterFiles})
	if refused(err) != "refusal.letters-folder" {
		t.Fatalf("into a folder that holds something: %v", err)
	}
	// It was begun: what is in it is being handed over, and its name is known.
	list, err := d.LetterBatches(t.Context(), id, n)
	if err != nil || len(list) != 1 || list[0].Made {
		t.Fatalf("batches %+v, error %v", list, err)
	}
	if _, err := d.PostBatch(t.Context(), id, n, list[0].ID); refused(err) != "refusal.batch-not-made" {
		t.Errorf("posted though never written: %v", err)
	}
	first, one := made(t, d, id, n, casework.LetterOptions{Batch: list[0].ID})
	second, two := made(t, d, id, n, casework.LetterOptions{Batch: list[0].ID})
	if first.Count != 3 || !slices.Equal(first.Letters, second.Letters) {
		t.Errorf("written again: %+v and %+v", first.Letters, second.Letters)
	}
	for _, row := range first.Letters {
		a, errA := os.ReadFile(filepath.Join(one, row.File))
		b, errB := os.ReadFile(filepath.Join(two, row.File))
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs (%v, %v)", row.File, errA, errB)
		}
	}
	if got := total(t, d, id, n); got[breach.Handing] != 3 {
		t.Errorf("written three times: %v", got)
	}
	if _, err := d.MakeLetters(t.Context(), id, n, casework.LetterOptions{Dir: full, Batch: "NOSUCH"}); refused(err) != "refusal.no-such-batch" {
		t.Errorf("a batch that is none: %v", err)
	}
}

func TestLettersThatCannotGo(t *testing.T) {
	d := desk(t, t.TempDir())
	glyph := breach.Entry{Group: "students", Language: "sv", Names: []breach.FullName{{Given: breach.Hide("李"), Surname: breach.Hide("Provberg")}},
		NationalIDs: student(40).NationalIDs, Addresses: student(40).Addresses}
	id := course(t, d, 2, glyph)
	n := frozenNotice(t, d, id, byLetter())
	if _, err := d.MakeLetters(t.Context(), id, n, casework.LetterOptions{Dir: filepath.Join(t.TempDir(), "x")}); refused(err) != "refusal.notice-not-approved" {
		t.Errorf("before anybody agreed: %v", err)
	}
	a, err := d.ProposeSending(t.Context(), id, n)
	if err != nil {
		t.Fatal(err)
	}
	agree(t, d, id, a.ID)
	if n, err = d.BeginSending(t.Context(), id, n, a.ID); err != nil {
		t.Fatal(err)
	}
	if err := d.HaltNotice(t.Context(), id, n); err != nil {
		t.Fatal(err)
	}
	if _, err := d.MakeLetters(t.Context(), id, n, casework.LetterOptions{Dir: filepath.Join(t.TempDir(), "x")}); refused(err) != "refusal.notice-halted" {
		t.Errorf("while halted: %v", err)
	}
	if n, err = d.Notice(t.Context(), id, n.ID); err != nil {
		t.Fatal(err)
	}
	if a, err = d.ProposeLifting(t.Context(), id, n); err != nil {
		t.Fatal(err)
	}
	agree(t, d, id, a.ID)
	if err := d.LiftHalt(t.Context(), id, n, a.ID); err != nil {
		t.Fatal(err)
	}
	m, _ := made(t, d, id, n, casework.LetterOptions{Form: casework.LetterBundle})
	got := total(t, d, id, n)
	if m.Count != 2 || len(m.Refused) != 1 || m.Refused[0].Reason != "refusal.letter-glyph" || got[breach.Refused] != 1 || got[breach.Handing] != 2 {
		t.Errorf("%d letters, refused %+v, %v", m.Count, m.Refused, got)
	}
}

func TestProtectedPeopleGetEnvelopes(t *testing.T) {
	d := desk(t, t.TempDir())
	hidden := student(41)
	hidden.Protected = true
	id := course(t, d, 2, hidden, student(42))
	draft := byLetter()
	draft.Contacts = casework.Contacts{"p3": {Street: breach.Hide("PL 12"), Postcode: breach.Hide("00101"), Town: breach.Hide("Exempelby")}}
	n := approvedLetters(t, d, id, draft)
	if n.Frozen.ByChannel[breach.Envelope] != 1 || n.Frozen.ByReason[string(notify.ContactOnly)] != 1 {
		t.Fatalf("frozen %v, %v", n.Frozen.ByChannel, n.Frozen.ByReason)
	}
	bulk, _ := made(t, d, id, n, casework.LetterOptions{Form: casework.LetterBundle})
	own, dir := made(t, d, id, n, casework.LetterOptions{Form: casework.LetterEnvelopes})
	if bulk.Count != 3 || own.Count != 1 || !strings.HasSuffix(own.Letters[0].Dispatch, "/p3/p3") || own.Letters[0].Postcode != "" {
		t.Errorf("%d letters in the batch, %+v by themselves", bulk.Count, own.Letters)
	}
	rows, err := os.ReadFile(filepath.Join(dir, "manifest.csv"))
	if err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(bytes.NewReader(rows))
	r.Comma = ';'
	if list, err := r.ReadAll(); err != nil || len(list) != 2 {
		t.Errorf("%d lines of the manifest, error %v", len(list), err)
	}
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Skip("pdftotext is not installed")
	}
	text, err := exec.Command("pdftotext", filepath.Join(dir, own.Letters[0].File), "-").Output()
	if err != nil || !bytes.Contains(text, []byte("PL 12")) || bytes.Contains(text, []byte("Provgatan 41")) {
		t.Errorf("the letter of somebody protected goes to\n%s (error %v)", text[:min(len(text), 300)], err)
	}
}

func TestContacts(t *testing.T) {
	list, err := casework.ParseContacts(strings.NewReader("\ufeffPerson;Street;Postcode;Town\np3;PL 12;00 101;Exempelby\n"))
	if err != nil || list["p3"].Postcode.Reveal() != "00101" {
		t.Fatalf("read as %v, error %v", list, err)
	}
	raw, err := json.Marshal(list)
	var again casework.Contacts
	if err == nil {
		err = json.Unmarshal(raw, &again)
	}
	if err != nil || again["p3"] != list["p3"] {
		t.Errorf("kept as %s, error %v", raw, err)
	}
	for name, text := range map[string]string{"nothing": "", "other headings": "a,b,c,d\n", "a street that lacks": "person,street,postcode,town\np3,,00101,X\n",
		"a person twice": "person,street,postcode,town\np3,a,1,X\np3,b,1,X\n", "too few": "person,street,postcode,town\np3,a\n"} {
		if _, err := casework.ParseContacts(strings.NewReader(text)); refused(err) != "refusal.contacts" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
