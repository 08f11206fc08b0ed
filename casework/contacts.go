package casework

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"slices"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// Contacts are the contact addresses of people with a protected identity, which
// the protection leaves free (Finland: yhteysosoite, Act 661/2009 section 36). No
// register has them; whoever handles these people asks for them.
type Contacts map[breach.PersonID]breach.Postal

// MarshalJSON writes the addresses out: the only place for that is what is
// sealed of a notice.
func (c Contacts) MarshalJSON() ([]byte, error) {
	plain := map[breach.PersonID][3]string{}
	for id, a := range c {
		plain[id] = [3]string{a.Street.Reveal(), a.Postcode.Reveal(), a.Town.Reveal()}
	}
	return json.Marshal(plain)
}

// UnmarshalJSON reads them again.
func (c *Contacts) UnmarshalJSON(raw []byte) error {
	plain := map[breach.PersonID][3]string{}
	if err := json.Unmarshal(raw, &plain); err != nil {
		return err
	}
	*c = Contacts{}
	for id, a := range plain {
		(*c)[id] = breach.Postal{Street: breach.Hide(a[0]), Postcode: breach.Hide(a[1]), Town: breach.Hide(a[2])}
	}
	return nil
}

// mostContacts bounds a table of contact addresses.
const mostContacts = 16 << 20

// ParseContacts reads a table with the headings person, street, postcode and
// town, parted by semicolons or commas. A person is named as Klarlagt names them:
// p17. Of what is wrong it says in which line.
func ParseContacts(r io.Reader) (Contacts, error) {
	raw, err := io.ReadAll(io.LimitReader(r, mostContacts))
	if err != nil {
		return nil, err
	}
	text := strings.TrimPrefix(string(raw), "\ufeff")
	t := csv.NewReader(strings.NewReader(text))
	if head, _, _ := strings.Cut(text, "\n"); strings.Contains(head, ";") {
		t.Comma = ';'
	}
	t.FieldsPerRecord = 4
	list := Contacts{}
	for n := 1; ; n++ {
		line, err := t.Read()
		if err == io.EOF && n > 1 {
			return list, nil
		}
		wrong := &breach.Refusal{Key: "refusal.contacts", Args: map[string]any{"Line": n}}
		if err != nil {
			return nil, wrong
		}
		for i := range line {
			line[i] = strings.TrimSpace(line[i])
		}
		if n == 1 {
			if strings.ToLower(strings.Join(line, " ")) != "person street postcode town" {
				return nil, wrong
			}
			continue
		}
		id := breach.PersonID(line[0])
		if _, twice := list[id]; twice || slices.Contains(line, "") {
			return nil, wrong
		}
		list[id] = breach.Postal{Street: breach.Hide(line[1]), Postcode: breach.Hide(strings.ReplaceAll(line[2], " ", "")), Town: breach.Hide(line[3])}
	}
}

// contact is the reader's contact address; empty where none is known.
func (r *readers) contact(reader breach.PersonID) breach.Postal {
	if r.draft.Country == "SE" {
		return breach.Postal{}
	}
	return r.draft.Contacts[reader]
}

// mailboxes says who has a digital mailbox.
func (n NoticeDraft) mailboxes() map[breach.PersonID]bool {
	has := make(map[breach.PersonID]bool, len(n.Mailboxes))
	for _, id := range n.Mailboxes {
		has[breach.PersonID(id)] = true
	}
	return has
}
