package specimen

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// person is one made-up person.
type person struct {
	ref
	household
	given     string // the name used
	second    string // a further given name, in registers
	surname   surname
	former    string // an earlier surname
	female    bool
	born      time.Time
	id        string // identity number in the register's spelling: 11 characters, or 12 digits
	address   home   // empty for the protected
	email     string
	mailShare bool // somebody else has the same e-mail address
	phone     string
	username  string
	account   string
	passport  string
	religion  string
	nickname  string

	pupil, guardian, staff, customer string // keys in the registers, "" where the person is in none
	school, class, title             string
	since, until                     time.Time // as pupil, member of staff or customer
}

// name is "Given Surname".
func (p *person) name() string { return p.given + " " + p.surname.name }

// known reports whether the person stands in any register.
func (p *person) known() bool { return p.pupil+p.guardian+p.staff+p.customer != "" }

// person makes the person of a ref; it is a function of the seed and the
// number alone.
func (w *world) person(r ref) person {
	h := w.household(r.household())
	return w.raise(h, r, w.birth(h, r))
}

// raise makes a person of a household, a place in it and a birth.
func (w *world) raise(h household, r ref, s slot) person {
	d := throw(w.seed, 2, uint64(r))
	p := person{ref: r, household: h, born: s.born, female: s.serial%2 == 0}
	p.id = hetu(s)
	if h.country == "SE" {
		p.id = personnummer(s, h.from == elsewhere && h.nation != "SE" && h.ordinal%3 == 0)
	}
	w.naming(&p, d)

	side := min(r.place(), 1)
	if r.place() >= firstChild {
		side = 0
	}
	if !h.protected {
		p.address = h.homes[side]
	}
	p.reach(d, side)
	p.account = iban(h.country, d.next())
	p.passport = fmt.Sprintf("ZZ%07d", d.n(10_000_000))
	p.religion = one(d, []string{"evangelisk-luthersk", "evangelisk-luthersk", "ortodox", "katolsk", "muslim", "ingen"})
	if r.place() >= firstChild {
		p.enrol(d)
	} else {
		p.employ(d)
	}
	if h.protected {
		p.phone, p.email, p.mailShare = "", "", false
	}
	return p
}

// birth takes a birth date and serial from the pools.
func (w *world) birth(h household, r ref) slot {
	ps := w.fi
	if h.country == "SE" {
		ps = w.se
	}
	switch c := r.place() - firstChild; {
	case c < 0:
		return ps.adults.take(h.ordinal*2+r.place(), false)
	case h.twins && c < 2:
		return ps.twins.take(h.ordinal/twinsEvery, c == 1)
	default:
		return ps.children.take(h.ordinal*maxChildren+c, false)
	}
}

// naming gives the person names.
func (w *world) naming(p *person, d *dice) {
	list := w.names.boys[p.from]
	if p.female {
		list = w.names.girls[p.from]
	}
	p.given, p.second = skewed(d, list), one(d, list)
	p.surname = p.names[min(p.place(), 1)]
	if p.place() >= firstChild {
		p.surname = p.names[0]
		p.alike(d, list, w)
	}
	for p.given == p.surname.name { // some names are both
		p.given = one(d, list)
	}
	if p.place() < firstChild && p.female && d.percent(20) {
		p.former = one(d, w.names.surnames[p.from]).name
		if d.percent(25) && !strings.Contains(p.surname.name, " ") {
			p.surname = surname{p.former + "-" + p.surname.name, p.former + "-" + p.surname.stem}
		}
	}
	if d.percent(12) {
		p.nickname = string([]rune(p.given)[:2]) + one(d, []string{"ppe", "ssi", "lle", "nna"})
	}
}

// alike makes some children share an initial, or a parent's whole name.
func (p *person) alike(d *dice, list []string, w *world) {
	if p.namedSame && p.place() == firstChild {
		parent := w.person(p.ref - firstChild)
		if parent.female == p.female {
			p.given = parent.given
		}
		return
	}
	if !p.initials {
		return
	}
	initial := rune("AEMS"[p.n%4])
	for range 40 {
		if g := one(d, list); []rune(g)[0] == initial {
			p.given = g
			return
		}
	}
}

// reach gives the person e-mail, phone and username.
func (p *person) reach(d *dice, side int) {
	plain := ascii(p.given) + "." + ascii(p.surname.name)
	unique := strconv.FormatUint(uint64(p.ref), 36)
	p.username = ascii(string([]rune(ascii(p.given))[:2])) + ascii(string([]rune(ascii(p.surname.name))[:3])) + unique
	p.email = plain + unique + "@" + one(d, []string{"post.example.com", "mejl.example.se", "posti.example.fi"})
	p.phone = phoneOf(p.country, p.ordinal*2+side)
	switch {
	case p.place() >= firstChild:
		p.email, p.phone = plain+unique+"@elev.example.fi", ""
	case p.sameMail:
		p.email = "familjen." + ascii(p.names[0].name) + strconv.Itoa(p.household.n) + "@post.example.com"
		p.mailShare = true
	case p.samePhone:
		p.phone = phoneOf(p.country, p.ordinal*2)
	}
}

var schools = []string{"Lillby skola", "Kivijoen koulu", "Norrsjö skola", "Lehtirannan koulu", "Stenå skola"}

// enrol puts a child into school; a few have left.
func (p *person) enrol(d *dice) {
	p.pupil = fmt.Sprintf("P-%d", 1000+p.ref)
	p.school = schools[p.household.n%len(schools)]
	p.class = fmt.Sprintf("%d%c", min(9, max(1, today.Year()-p.born.Year()-7)), 'A'+d.n(3))
	p.since = day(p.born.Year()+7, 8, 10+d.n(6))
	if d.percent(10) {
		p.until = today.AddDate(0, -d.between(1, 14), -d.n(28))
		if p.until.Before(p.since) {
			p.until = p.since.AddDate(0, 1, 0)
		}
	}
}

// employ makes guardians of parents, and of some adults staff or customers.
func (p *person) employ(d *dice) {
	if p.children > 0 {
		p.guardian = fmt.Sprintf("G-%d", 1000+p.ref)
	}
	if !p.protected && !p.mailShare && d.percent(15) {
		p.staff = fmt.Sprintf("S-%d", 1000+p.ref)
		p.title = one(d, []string{"klasslärare", "luokanopettaja", "skolgångshandledare", "kurator", "kokki", "vaktmästare", "sairaanhoitaja"})
		p.school = one(d, schools)
	}
	if p.staff == "" && (p.children == 0 || d.percent(15)) {
		p.customer = fmt.Sprintf("C-%d", 1000+p.ref)
	}
	p.since = day(d.between(2012, 2022), d.between(1, 12), d.between(1, 28))
	if d.percent(15) {
		p.until = p.since.AddDate(0, d.between(3, 18), 0)
	}
}

// stranger makes somebody who stands in no register: somebody of a household
// that is not there, with a number from a pool of its own.
func (w *world) stranger(i int) person {
	const far = 1 << 28
	h := w.household(far + i)
	ps, number := w.fi, i
	h.country, h.children, h.protected, h.sameMail = "FI", 0, false, false
	if w.country != "FI" && i%3 == 0 && i/3 < w.se.strangers.size() {
		ps, number, h.country = w.se, i/3, "SE"
	}
	h.homes[0] = w.home(throw(w.seed, 3, uint64(i)), h.country)
	p := w.raise(h, ref((far+i)*perHousehold), ps.strangers.take(number%ps.strangers.size(), false))
	p.pupil, p.guardian, p.staff, p.customer = "", "", "", ""
	p.email = ascii(p.given) + "." + ascii(p.surname.name) + strconv.Itoa(i) + "@privat.example.com"
	return p
}
