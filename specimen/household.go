package specimen

import (
	"fmt"
	"time"
)

// ref names a person: the household's number times eight, plus the place in
// it. Adults have places 0 and 1, children 2 to 4.
type ref uint32

const (
	perHousehold = 8
	firstChild   = 2
	maxChildren  = 3
)

func (r ref) household() int { return int(r / perHousehold) }
func (r ref) place() int     { return int(r % perHousehold) }

// household is what its members share.
type household struct {
	n         int
	country   string // whose identity numbers they have
	ordinal   int    // among the households of that country
	from      background
	language  string // BCP 47
	nation    string // ISO 3166
	names     [2]surname
	couple    bool // two adults
	children  int
	twins     bool // the first two children
	initials  bool // the children's given names begin alike
	namedSame bool // the first child is named after a parent
	apart     bool // the parents live at two addresses
	protected bool
	sameMail  bool // the adults share an e-mail address
	samePhone bool
	homes     [2]home
}

// home is a postal address.
type home struct{ street, postcode, town string }

func (h home) line() string { return h.street + ", " + h.postcode + " " + h.town }

// world is a made-up municipality: everything about it follows from its
// settings, nothing is kept.
type world struct {
	seed    uint64
	country string // "FI", "SE", or "" for both
	names   *nameLists
	fi, se  pools
}

func newWorld(seed uint64, country string) *world {
	return &world{seed: seed, country: country, names: loadNames(), fi: poolsOf("FI"), se: poolsOf("SE")}
}

// Of five households in a municipality with both, two have Swedish numbers as
// long as there are any.
const swedishOfFive = 2

// settle gives a household its country and its number there.
func (w *world) settle(n int) (country string, ordinal int) {
	switch w.country {
	case "FI":
		return "FI", n
	case "SE":
		return "SE", n
	}
	if n%5 < swedishOfFive {
		if o := n/5*swedishOfFive + n%5; o < w.households("SE") {
			return "SE", o
		}
	}
	return "FI", n // leaves gaps, which do no harm
}

// households is how many a country's numbers suffice for.
func (w *world) households(country string) int {
	p := w.fi
	if country == "SE" {
		p = w.se
	}
	return min(p.adults.size()/2, p.children.size()/maxChildren, p.twins.size()*twinsEvery)
}

// twinsEvery is how many households there are for each with twins.
const twinsEvery = 20

// household makes the n-th household.
func (w *world) household(n int) household {
	d := throw(w.seed, 1, uint64(n))
	h := household{n: n}
	h.country, h.ordinal = w.settle(n)
	h.from, h.language, h.nation = origin(d, h.country)
	h.names[0] = skewed(d, w.names.surnames[h.from])
	h.names[1] = h.names[0]
	if d.percent(25) {
		h.names[1] = skewed(d, w.names.surnames[h.from])
	}

	h.couple = d.percent(80)
	if d.percent(78) {
		h.children = one(d, []int{1, 1, 2, 2, 2, 3})
	}
	h.twins = h.ordinal%twinsEvery == 7
	if h.twins {
		h.children = max(2, h.children)
	}
	h.initials, h.namedSame = d.percent(10), d.percent(3)
	h.apart = h.couple && h.children > 0 && d.percent(18)
	h.protected = d.percent(2)
	h.sameMail, h.samePhone = h.couple && !h.apart && d.percent(12), h.couple && !h.apart && d.percent(10)
	h.homes[0], h.homes[1] = w.home(d, h.country), w.home(d, h.country)
	if !h.apart {
		h.homes[1] = h.homes[0]
	}
	return h
}

// origin throws for the background of a household.
func origin(d *dice, country string) (b background, language, nation string) {
	own, other := finnish, swedish
	languages := [...]string{finnish: "fi", swedish: "sv"}
	percent := 60 // of Finnish speakers in the Finnish part
	if country == "SE" {
		own, other, percent = swedish, finnish, 75
	}
	switch throw := d.n(100); {
	case throw < percent:
		return own, languages[own], country
	case throw < 82:
		return other, languages[other], country
	}
	return elsewhere, one(d, []string{"ar", "so", "ru", "uk", "et", "en", "vi", "pl"}),
		one(d, []string{"SY", "SO", "IQ", "UA", "EE", "IN", "VN", "PL", country, country})
}

func (w *world) home(d *dice, country string) home {
	flat := ""
	if d.percent(55) {
		flat = fmt.Sprintf(" %c %d", 'A'+d.n(6), d.between(1, 60))
	}
	if country == "SE" {
		return home{fmt.Sprintf("%s %d%s", one(d, w.names.streets[swedish]), d.between(1, 80), one(d, []string{"", "", " A", " B"})),
			fmt.Sprintf("98%d %02d", d.between(7, 9), d.between(10, 69)), one(d, []string{"Stenå", "Norrsjö", "Alvik kyrkby"})}
	}
	return home{fmt.Sprintf("%s %d%s", one(d, w.names.streets[finnish]), d.between(1, 90), flat),
		fmt.Sprintf("987%d0", d.between(1, 8)), one(d, []string{"Kivijoki", "Lehtiranta", "Kuuselankylä"})}
}

// members lists who lives in a household.
func (h household) members() []ref {
	refs := []ref{ref(h.n * perHousehold)}
	if h.couple {
		refs = append(refs, refs[0]+1)
	}
	for c := range h.children {
		refs = append(refs, refs[0]+firstChild+ref(c))
	}
	return refs
}

// Everything is told as of this day, so that a seed gives the same
// municipality in any year.
var today = time.Date(2024, 4, 30, 0, 0, 0, 0, time.UTC)
