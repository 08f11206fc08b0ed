package register

import (
	_ "embed"
	"slices"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/nationalid"
)

// languageList is the list as people read and extend it.
//
//go:embed languages.txt
var languageList string

// rowReader makes an entry of one row.
type rowReader struct {
	plan     *plan
	row      row
	entry    breach.Entry
	children []breach.Personal
	country  string // of the person's identity number
	restored int
	warn     func(Reason, int) // of a column
}

// read fills the entry with everything but the key.
func (r *rowReader) read() {
	r.names()
	for _, i := range r.plan.of[FieldNationalID] {
		r.nationalID(i)
	}
	for _, i := range r.plan.of[FieldBirthDate] {
		if v := r.row.cell(i); v != "" {
			if date := parseDate(v, r.plan.columns[i].monthFirst); date != "" {
				r.entry.BirthDate = breach.Hide(date)
			} else {
				r.warn(BadDate, i)
			}
		}
	}
	r.centuries()
	r.addresses()
	r.contacts()
	r.relations()
	r.status()
}

// each calls use for every filled cell of a field.
func (r *rowReader) each(f Field, use func(i int, cell string)) {
	for _, i := range r.plan.of[f] {
		if v := r.row.cell(i); v != "" {
			use(i, v)
		}
	}
}

// joined gives the filled cells of a field as one text.
func (r *rowReader) joined(f Field) breach.Personal {
	var cells []string
	r.each(f, func(_ int, cell string) { cells = append(cells, cell) })
	return breach.Hide(strings.Join(cells, ", "))
}

// first gives the first filled cell of a field.
func (r *rowReader) first(f Field) string {
	for _, i := range r.plan.of[f] {
		if v := r.row.cell(i); v != "" {
			return v
		}
	}
	return ""
}

// names reads full names, and given names with the surname. Of two columns of
// given names the second is another name the person goes by.
func (r *rowReader) names() {
	add := func(n breach.FullName) {
		if (n.Given != breach.Personal{} || n.Surname != breach.Personal{}) && !slices.Contains(r.entry.Names, n) {
			r.entry.Names = append(r.entry.Names, n)
		}
	}
	surname := hideWords(r.first(FieldSurname))
	r.each(FieldGiven, func(_ int, cell string) {
		if len(r.entry.Names) > 0 && strings.Contains(" "+r.entry.Names[0].Given.Reveal()+" ", " "+cell+" ") {
			return // the name one is called by, among the given names
		}
		add(breach.FullName{Given: hideWords(cell), Surname: surname})
	})
	if len(r.entry.Names) == 0 {
		add(breach.FullName{Surname: surname})
	}
	r.each(FieldName, func(i int, cell string) {
		n := splitName(cell, r.plan.columns[i].surnameFirst)
		if len(r.entry.Names) > 0 && r.entry.Names[0].Surname == n.Surname && r.entry.Names[0].Given != (breach.Personal{}) {
			return // the same name again, in one cell
		}
		add(n)
	})
	var given breach.Personal
	if len(r.entry.Names) > 0 {
		given = r.entry.Names[0].Given
	}
	r.each(FieldFormerName, func(i int, cell string) {
		for _, n := range formerNames(cell, given, r.plan.columns[i].surnameFirst) {
			add(n)
		}
	})
}

// nationalID reads a number of the column's country, else of any.
func (r *rowReader) nationalID(i int) {
	cell := strings.TrimSuffix(r.row.cell(i), ".0")
	if cell == "" {
		return
	}
	n, ok := readID(cell, r.plan.country)
	if width := r.plan.columns[i].digits; (!ok || n.Failed) && len(cell) < width && digits(cell) == cell {
		if padded, good := readID(strings.Repeat("0", width-len(cell))+cell, r.plan.country); good && !padded.Failed {
			n, ok = padded, true
			r.restored++
		}
	}
	switch {
	case ok:
		r.country = n.Country
		r.entry.NationalIDs = appendNew(r.entry.NationalIDs, breach.Hide(n.Canonical))
		if n.Failed {
			r.warn(IDCheck, i)
		} else if n.Birth != "" && r.entry.BirthDate.IsZero() {
			r.entry.BirthDate = breach.Hide(n.Birth)
		}
	case parseDate(leadingDigits(cell), false) != "":
		r.entry.BirthDate = breach.Hide(parseDate(leadingDigits(cell), false))
		r.warn(IDShort, i)
	default:
		r.warn(IDUnreadable, i)
	}
}

// dial is the country of the row's phone numbers and postcodes: the table's,
// or, where people of several countries stand in it, the person's own.
func (r *rowReader) dial() string {
	if r.plan.mixed && r.country != "" {
		return r.country
	}
	return r.plan.dial
}

// readID reads a number as the country's, or, if it is none of its, as the
// best reading of any country. A mistyped number of the country is that before
// it is a weaker number of another.
func readID(cell, country string) (nationalid.Number, bool) {
	n, ok := nationalid.Parse(country, cell)
	if ok && !n.Failed {
		return n, true
	}
	for _, other := range nationalid.Readings(cell) {
		if !other.Failed && other.Strength == breach.Strong {
			return other, true
		}
		if !ok {
			n, ok = other, true
		}
	}
	return n, ok
}

// leadingDigits is the number before "-XXXX", as persons without one are written.
func leadingDigits(cell string) string {
	return strings.TrimRight(cell, "-xX* ?")
}

// centuries gives ten-digit Swedish numbers the century that the birth date
// beside them tells.
func (r *rowReader) centuries() {
	birth := strings.ReplaceAll(r.entry.BirthDate.Reveal(), "-", "")
	if len(birth) != 8 {
		return
	}
	for i, id := range r.entry.NationalIDs {
		text := id.Reveal()
		if r.country != "SE" || len(text) != 10 {
			continue
		}
		if n, ok := nationalid.Parse("SE", birth[:2]+text); ok && strings.ReplaceAll(n.Birth, "-", "") == birth {
			r.entry.NationalIDs[i] = breach.Hide(n.Canonical)
		}
	}
}

// addresses reads whole addresses, and those spread over columns.
func (r *rowReader) addresses() {
	var a breach.Postal
	r.each(FieldPostcode, func(i int, cell string) {
		code, town := splitTown(strings.TrimSuffix(cell, ".0"), r.dial())
		if width := r.plan.columns[i].digits; code != "" && len(code) < width {
			code = strings.Repeat("0", width-len(code)) + code
			r.restored++
		}
		a.Postcode, a.Town = orElse(a.Postcode, code), orElse(a.Town, town)
	})
	r.each(FieldTown, func(_ int, cell string) {
		code, town := splitTown(cell, r.dial())
		a.Postcode, a.Town = orElse(a.Postcode, code), orElse(a.Town, town)
	})
	r.each(FieldStreet, func(_ int, cell string) { a.Street = orElse(a.Street, dropCareOf(cell)) })
	r.each(FieldAddress, func(_ int, cell string) {
		whole := splitAddress(cell, r.dial())
		if whole.Postcode.IsZero() && a.Street.IsZero() { // its postcode has a column of its own
			a.Street = whole.Street
			return
		}
		r.entry.Addresses = appendNew(r.entry.Addresses, whole)
	})
	// A town alone is no address.
	if !a.Street.IsZero() || !a.Postcode.IsZero() {
		r.entry.Addresses = append([]breach.Postal{a}, r.entry.Addresses...)
	}
}

// contacts reads e-mail, phones, usernames and accounts.
func (r *rowReader) contacts() {
	r.each(FieldEmail, func(i int, cell string) {
		emails, ok := parseEmails(cell)
		for _, e := range emails {
			r.entry.Emails = appendNew(r.entry.Emails, breach.Hide(e))
		}
		if !ok && !no(cell) {
			r.warn(BadEmail, i)
		}
	})
	r.each(FieldPhone, func(i int, cell string) {
		for _, v := range splitPhones(cell) {
			if r.plan.columns[i].digits == 1 && digits(v) == v && len(v) <= 10 {
				v = "0" + v
				r.restored++
			}
			if phone, ok := parsePhone(v, r.dial()); ok {
				r.entry.Phones = appendNew(r.entry.Phones, breach.Hide(phone))
			} else if !no(v) {
				r.warn(BadPhone, i)
			}
		}
	})
	r.each(FieldUsername, func(_ int, cell string) {
		_, name, ok := strings.Cut(cell, `\`) // DOMAIN\name
		if !ok {
			name = cell
		}
		r.entry.Usernames = appendNew(r.entry.Usernames, breach.Hide(strings.ToLower(name)))
	})
	r.each(FieldAccount, func(i int, cell string) {
		if iban, ok := parseIBAN(cell); ok {
			r.entry.Accounts = appendNew(r.entry.Accounts, breach.Hide(iban))
		} else if !no(cell) {
			r.warn(BadAccount, i)
		}
	})
}

// relations reads who belongs to whom.
func (r *rowReader) relations() {
	r.each(FieldGuardian, func(_ int, cell string) {
		for _, v := range splitValues(cell, ";,/| ") {
			r.entry.Guardians = appendNew(r.entry.Guardians, reveals(v, r.plan.country))
		}
	})
	r.each(FieldChildren, func(_ int, cell string) {
		for _, v := range splitValues(cell, ";,/| ") {
			r.children = appendNew(r.children, reveals(v, r.plan.country))
		}
	})
	r.entry.Household = r.joined(FieldHousehold)
}

// reveals is a reference to somebody: their identity number if it is one, in
// the spelling used as a key, else their key.
func reveals(v, country string) breach.Personal {
	if n, ok := nationalid.Parse(country, v); ok && len(v) >= 10 {
		return breach.Hide(n.Canonical)
	}
	return breach.Hide(v)
}

// status reads what sort of person it is and since when.
func (r *rowReader) status() {
	if g := r.first(FieldGroup); g != "" {
		r.entry.Group = g
	}
	r.entry.Unit = r.joined(FieldUnit)
	r.each(FieldLanguage, func(i int, cell string) {
		code, ok := parseLanguage(cell)
		if r.entry.Language == "" {
			r.entry.Language = code
		}
		if !ok && !no(cell) {
			r.warn(BadLanguage, i)
		}
	})
	r.each(FieldProtected, func(_ int, cell string) { r.entry.Protected = r.entry.Protected || !no(cell) })
	r.date(FieldSince, &r.entry.Since)
	r.date(FieldUntil, &r.entry.Until)
}

// date reads a day. Systems write a far year for "still here": that is no date.
func (r *rowReader) date(f Field, to *time.Time) {
	r.each(f, func(i int, cell string) {
		day, err := time.Parse(time.DateOnly, parseDate(cell, r.plan.columns[i].monthFirst))
		switch {
		case err != nil:
			r.warn(BadDate, i)
		case day.Year() < 2100 && to.IsZero():
			*to = day
		}
	})
}

func orElse(p breach.Personal, text string) breach.Personal {
	if p.IsZero() {
		return breach.Hide(text)
	}
	return p
}

// appendNew appends a value that is not there yet.
func appendNew[T comparable](values []T, v T) []T {
	var zero T
	if v == zero || slices.Contains(values, v) {
		return values
	}
	return append(values, v)
}
