package register

import (
	"slices"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// Field is what a column of a register holds.
type Field string

// The fields. Their texts are what --map takes.
const (
	FieldKey        Field = "key"         // the register's own number for a person
	FieldName       Field = "name"        // given names and surname in one cell
	FieldGiven      Field = "given"       // given names
	FieldSurname    Field = "surname"     // surname
	FieldFormerName Field = "former-name" // earlier surnames or whole names
	FieldNationalID Field = "national-id" // a Nordic national identity number
	FieldBirthDate  Field = "birth-date"
	FieldAddress    Field = "address" // street, postcode and town in one cell
	FieldStreet     Field = "street"
	FieldPostcode   Field = "postcode" // may hold the town as well
	FieldTown       Field = "town"     // may hold the postcode as well
	FieldEmail      Field = "email"
	FieldPhone      Field = "phone"
	FieldUsername   Field = "username"
	FieldAccount    Field = "account"  // IBAN
	FieldGuardian   Field = "guardian" // keys or national identity numbers of guardians
	FieldChildren   Field = "children" // in a register of guardians: keys or numbers of their children
	FieldHousehold  Field = "household"
	FieldGroup      Field = "group" // which group of people: pupils, staff
	FieldUnit       Field = "unit"  // school, class, department
	FieldLanguage   Field = "language"
	FieldProtected  Field = "protected"
	FieldSince      Field = "since"
	FieldUntil      Field = "until"
	FieldIgnore     Field = "ignore" // known, and not used
)

// Fields lists every field in the order of help texts.
func Fields() []Field {
	return []Field{FieldKey, FieldName, FieldGiven, FieldSurname, FieldFormerName, FieldNationalID, FieldBirthDate,
		FieldAddress, FieldStreet, FieldPostcode, FieldTown, FieldEmail, FieldPhone, FieldUsername, FieldAccount,
		FieldGuardian, FieldChildren, FieldHousehold, FieldGroup, FieldUnit, FieldLanguage, FieldProtected,
		FieldSince, FieldUntil, FieldIgnore}
}

// By is how a column was recognised.
type By string

// The ways of recognising a column.
const (
	ByHeading By = "heading"
	ByContent By = "content"
	ByMap     By = "map"
)

// Column is one column of a register and what was made of it. It holds nothing
// of the cells, so it can be shown for confirmation.
type Column struct {
	Sheet   int64  // counted from 1; 0 where the file has no sheets
	Number  int    // counted from 1
	Heading string // as the file gives it; "" where there is no row of headings
	Field   Field  // "" if the column is not used
	By      By     // "" if the column is not used
}

// Map says what columns hold where the user knows better. Its keys are folded
// headings, or column numbers; see [ParseMap].
type Map map[string]Field

// ParseMap reads "Elevnr=key,Hemspråk=language,3=email": pairs of a heading, or
// a column number, and a field. A heading may hold commas, a field may not. It
// refuses a field it does not know, and names those there are.
func ParseMap(text string) (Map, error) {
	m := Map{}
	for rest := text; strings.TrimSpace(rest) != ""; {
		heading, after, ok := strings.Cut(rest, "=")
		if !ok || strings.TrimSpace(heading) == "" {
			return nil, &breach.Refusal{Key: "register.map-shape", Args: map[string]any{"Pair": strings.TrimSpace(rest)}}
		}
		var name string
		name, rest, _ = strings.Cut(after, ",")
		field := Field(strings.ToLower(strings.TrimSpace(name)))
		if !slices.Contains(Fields(), field) {
			return nil, &breach.Refusal{Key: "register.map-field", Args: map[string]any{"Field": strings.TrimSpace(name), "Allowed": fieldNames()}}
		}
		m[foldHeading(heading)] = field
	}
	return m, nil
}

func fieldNames() string {
	var names []string
	for _, f := range Fields() {
		names = append(names, string(f))
	}
	return strings.Join(names, ", ")
}

// columnGuess is what a heading alone says of its column.
type columnGuess struct {
	field Field
	whose whose
	by    By
	// surnameFirst is set for headings such as "Efternamn, förnamn".
	surnameFirst bool
}

// recognise decides what each column of a table holds: the map first, then the
// headings, then the content of the sampled rows.
func recognise(t *table, m Map, register string) []columnGuess {
	guesses := make([]columnGuess, t.width())
	for i := range guesses {
		heading := t.heading(i)
		if f, ok := m.field(heading, i+1); ok {
			guesses[i] = columnGuess{field: f, by: ByMap}
			continue
		}
		guesses[i] = readHeading(heading, t.record)
	}
	settleSubject(guesses, subjectOf(register))
	recogniseByContent(t, guesses)
	settleKey(t, guesses, subjectOf(register))
	settleReferences(t, guesses)
	return guesses
}

func (m Map) field(heading string, number int) (Field, bool) {
	if heading != "" {
		if f, ok := m[foldHeading(heading)]; ok {
			return f, true
		}
	}
	f, ok := m[decimal(number)]
	return f, ok
}

// settleSubject decides whom a row is about, where headings speak of several
// people ("Elevens namn", "Vårdnadshavarens namn"), and turns the columns of
// the others into references, or leaves them unused.
func settleSubject(guesses []columnGuess, hint whose) {
	subject := own
	if !slices.ContainsFunc(guesses, func(g columnGuess) bool { return g.whose == own && names(g.field) }) {
		subject = firstSubject(guesses, hint)
	}
	for i, g := range guesses {
		switch {
		case g.field == "" || g.by == ByMap || g.whose == own:
		case g.whose == others:
			guesses[i] = columnGuess{field: FieldIgnore, by: g.by}
		case g.field == FieldKey: // settleKey
		case g.whose == subject:
			guesses[i].whose = own
		case g.whose == guardians && (g.field == FieldNationalID || g.field == FieldGuardian):
			guesses[i] = columnGuess{field: FieldGuardian, by: g.by}
		case g.whose == pupils && (g.field == FieldNationalID || g.field == FieldChildren):
			guesses[i] = columnGuess{field: FieldChildren, by: g.by}
		default:
			guesses[i] = columnGuess{field: FieldIgnore, by: g.by}
		}
	}
}

func firstSubject(guesses []columnGuess, hint whose) whose {
	first := own
	for _, g := range guesses {
		if !names(g.field) || g.whose == own || g.whose == others {
			continue
		}
		if g.whose == hint {
			return hint
		}
		if first == own {
			first = g.whose
		}
	}
	return first
}

// names reports whether a field says who somebody is.
func names(f Field) bool {
	return f == FieldName || f == FieldGiven || f == FieldSurname || f == FieldNationalID
}

// settleKey leaves at most one key: the first column that may be one and whose
// sampled values tell people apart. What remains refers to others, or is unused.
func settleKey(t *table, guesses []columnGuess, hint whose) {
	chosen := chooseKey(t, guesses, hint)
	for i, g := range guesses {
		if g.field != FieldKey || i == chosen {
			continue
		}
		switch g.whose {
		case guardians:
			guesses[i].field = FieldGuardian
		case pupils:
			guesses[i].field = FieldChildren
		default:
			guesses[i] = columnGuess{}
		}
	}
}

// chooseKey gives the column of keys, -1 if there is none. The user's word goes
// first, then whom the register is named after, then the order of columns.
func chooseKey(t *table, guesses []columnGuess, hint whose) int {
	var person []int
	for i, g := range guesses {
		if names(g.field) {
			person = append(person, i)
		}
	}
	wishes := []func(columnGuess) bool{
		func(g columnGuess) bool { return g.by == ByMap },
		func(g columnGuess) bool { return hint != own && g.whose == hint },
		func(g columnGuess) bool { return hint == own || g.whose == own },
	}
	for _, wish := range wishes {
		for i, g := range guesses {
			if g.field != FieldKey || !wish(g) {
				continue
			}
			if g.by == ByMap || t.identifies(i, person, 0.2) && t.share(i, looksLikeName) < 0.5 {
				return i
			}
		}
	}
	return -1
}

// settleReferences looks again at columns headed with nothing but who it is
// ("Elev", "Vårdnadshavare"). A name is no reference that could be followed;
// it may be the name of the row's own person.
func settleReferences(t *table, guesses []columnGuess) {
	named := slices.ContainsFunc(guesses, func(g columnGuess) bool { return g.field == FieldName || g.field == FieldSurname })
	for i, g := range guesses {
		if (g.field != FieldGuardian && g.field != FieldChildren) || g.by == ByMap || t.share(i, hasNoDigit) <= 0.5 {
			continue
		}
		guesses[i].field = FieldIgnore
		if g.field == FieldChildren && !named {
			guesses[i].field, named = FieldName, true
		}
	}
}

func hasNoDigit(cell string) bool { return !strings.ContainsAny(cell, "0123456789") }
