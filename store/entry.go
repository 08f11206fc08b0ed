package store

import (
	"encoding/json"
	"time"

	"github.com/klarlagt/klarlagt/breach"
)

// entryRow is an entry as it lies in the database, its values in the open.
type entryRow struct {
	Register    string      `json:"r"`
	Key         string      `json:"k"`
	Row         int64       `json:"n"`
	Group       string      `json:"g,omitempty"`
	Unit        string      `json:"u,omitempty"`
	Names       []nameRow   `json:"names,omitempty"`
	NationalIDs []string    `json:"ids,omitempty"`
	BirthDate   string      `json:"born,omitempty"`
	Emails      []string    `json:"emails,omitempty"`
	Phones      []string    `json:"phones,omitempty"`
	Addresses   []postalRow `json:"addresses,omitempty"`
	Usernames   []string    `json:"usernames,omitempty"`
	Accounts    []string    `json:"accounts,omitempty"`
	Guardians   []string    `json:"guardians,omitempty"`
	Household   string      `json:"household,omitempty"`
	Language    string      `json:"language,omitempty"`
	Protected   bool        `json:"protected,omitempty"`
	Since       time.Time   `json:"since,omitzero"`
	Until       time.Time   `json:"until,omitzero"`
}

type nameRow struct {
	Given   string `json:"g,omitempty"`
	Surname string `json:"s,omitempty"`
	Former  bool   `json:"f,omitempty"`
}

type postalRow struct {
	Street   string `json:"s,omitempty"`
	Postcode string `json:"p,omitempty"`
	Town     string `json:"t,omitempty"`
}

func encodeEntry(e breach.Entry) ([]byte, error) {
	row := entryRow{
		Register: e.Register, Key: e.Key.Reveal(), Row: e.Row, Group: e.Group, Unit: e.Unit.Reveal(),
		NationalIDs: reveal(e.NationalIDs), BirthDate: e.BirthDate.Reveal(), Emails: reveal(e.Emails), Phones: reveal(e.Phones),
		Usernames: reveal(e.Usernames), Accounts: reveal(e.Accounts), Guardians: reveal(e.Guardians),
		Household: e.Household.Reveal(), Language: e.Language, Protected: e.Protected, Since: e.Since, Until: e.Until,
	}
	for _, n := range e.Names {
		row.Names = append(row.Names, nameRow{n.Given.Reveal(), n.Surname.Reveal(), n.Former})
	}
	for _, a := range e.Addresses {
		row.Addresses = append(row.Addresses, postalRow{a.Street.Reveal(), a.Postcode.Reveal(), a.Town.Reveal()})
	}
	return json.Marshal(row)
}

func decodeEntry(data []byte) (breach.Entry, error) {
	var row entryRow
	if err := json.Unmarshal(data, &row); err != nil {
		return breach.Entry{}, err
	}
	e := breach.Entry{
		Register: row.Register, Key: breach.Hide(row.Key), Row: row.Row, Group: row.Group, Unit: breach.Hide(row.Unit),
		NationalIDs: hide(row.NationalIDs), BirthDate: breach.Hide(row.BirthDate), Emails: hide(row.Emails), Phones: hide(row.Phones),
		Usernames: hide(row.Usernames), Accounts: hide(row.Accounts), Guardians: hide(row.Guardians),
		Household: breach.Hide(row.Household), Language: row.Language, Protected: row.Protected, Since: row.Since, Until: row.Until,
	}
	for _, n := range row.Names {
		e.Names = append(e.Names, breach.FullName{Given: breach.Hide(n.Given), Surname: breach.Hide(n.Surname), Former: n.Former})
	}
	for _, a := range row.Addresses {
		e.Addresses = append(e.Addresses, breach.Postal{Street: breach.Hide(a.Street), Postcode: breach.Hide(a.Postcode), Town: breach.Hide(a.Town)})
	}
	return e, nil
}

func reveal(values []breach.Personal) []string {
	var out []string
	for _, v := range values {
		out = append(out, v.Reveal())
	}
	return out
}

func hide(values []string) []breach.Personal {
	var out []breach.Personal
	for _, v := range values {
		out = append(out, breach.Hide(v))
	}
	return out
}
