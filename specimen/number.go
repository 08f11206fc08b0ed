package specimen

import (
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/nationalid"
)

// Every number here looks right, holds its checks, and belongs to nobody:
//
//   - Finnish identity numbers have the serials 900-999, which are never given
//     to a person for good.
//   - Swedish ones have the serials 238 and 239 on the birth dates from 1976 to
//     2013: for every one of those days Skatteverket publishes both as test
//     numbers and gives neither to anybody. Samordningsnummer have the same
//     serials, as the published ones do. Before, published test numbers are
//     few and scattered; after, there is one a day: so whoever is older or
//     younger has a Finnish number.
//   - Swedish phone numbers are from the series that Post- och telestyrelsen
//     sets aside for fiction; there are only a few hundred, so that many people
//     share one. Finland has no such series: 049 was the code of the NMT
//     network, closed in 2002.
//   - Bank accounts hold their check, at banks that do not exist (999…).
//   - Number plates begin with letters that are never issued.

// pool hands out birth dates with serials: the i-th differs from every other.
type pool struct {
	from    time.Time
	days    int
	serials []int
	signs   int  // Finnish century signs that multiply the numbers
	pairs   bool // two neighbouring serials a time: twins
}

// slot is one birth date and serial.
type slot struct {
	born   time.Time
	serial int
	sign   int
}

// size is how many slots the pool has, in pairs if it hands out pairs.
func (p pool) size() int {
	n := p.days * len(p.serials) * p.signs
	if p.pairs {
		n /= 2
	}
	return n
}

// take gives the i-th slot, or with twin its neighbour of the same day.
func (p pool) take(i int, twin bool) slot {
	const stride = 7919 // a prime that divides no number of days we use
	day, round := int(int64(i)*stride%int64(p.days)), i/p.days
	if p.pairs {
		round *= 2
		if twin {
			round++
		}
	}
	// Turned by day, so that not everybody has the first serial.
	turn := throw(uint64(day), 1).n(len(p.serials))
	if p.pairs {
		turn &^= 1
	}
	return slot{
		born:   p.from.AddDate(0, 0, day),
		serial: p.serials[(round+turn)%len(p.serials)],
		sign:   round / len(p.serials),
	}
}

func day(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }

func days(from, to time.Time) int { return int(to.Sub(from).Hours())/24 + 1 }

func serials(lo, hi int) []int {
	var s []int
	for n := lo; n <= hi; n++ {
		s = append(s, n)
	}
	return s
}

// pools are the birth dates and serials of one country.
type pools struct{ adults, children, twins, strangers pool }

func poolsOf(country string) pools {
	if country == "SE" {
		s := []int{238, 239}
		return pools{
			adults:    newPool(day(1976, 1, 2), day(1987, 12, 31), s, 1, false),
			children:  newPool(day(2006, 1, 1), day(2012, 12, 31), s, 1, false),
			twins:     newPool(day(2013, 1, 1), day(2013, 12, 31), s, 1, true),
			strangers: newPool(day(1991, 1, 1), day(1999, 12, 31), s, 1, false),
		}
	}
	s := serials(900, 989)
	return pools{
		adults:    newPool(day(1958, 1, 1), day(1989, 12, 31), s, 5, false),
		children:  newPool(day(2007, 1, 1), day(2014, 12, 31), s, 5, false),
		twins:     newPool(day(2015, 1, 1), day(2016, 12, 31), s, 5, true),
		strangers: newPool(day(1955, 1, 1), day(2004, 12, 31), serials(990, 999), 1, false),
	}
}

func newPool(from, to time.Time, serials []int, signs int, pairs bool) pool {
	return pool{from, days(from, to), serials, signs, pairs}
}

// hetu spells a Finnish number. Signs past the fifth of a century are for
// people who differ from somebody in nothing but the sign.
func hetu(s slot) string {
	signs := "-YXWVU"
	if s.born.Year() >= 2000 {
		signs = "ABCDEF"
	}
	nine := s.born.Format("020106") + fmt.Sprintf("%03d", s.serial)
	return nine[:6] + string(signs[s.sign]) + nine[6:] + string(nationalid.HetuCheck(nine))
}

// personnummer spells a Swedish number in twelve digits.
func personnummer(s slot, coordination bool) string {
	d := s.born.Day()
	if coordination {
		d += 60
	}
	nine := s.born.Format("0601") + fmt.Sprintf("%02d%03d", d, s.serial)
	return fmt.Sprintf("%02d", s.born.Year()/100) + withLuhn(nine)
}

// withLuhn adds the Luhn digit.
func withLuhn(digits string) string {
	c := '0'
	for !nationalid.Luhn(digits + string(c)) {
		c++
	}
	return digits + string(c)
}

// spellID writes an identity number the way people do; the register has the
// first spelling.
func spellID(d *dice, id string) string {
	if len(id) != 12 { // Finnish
		if d.percent(4) {
			return strings.ToLower(id)
		}
		return id
	}
	switch d.n(10) {
	case 0:
		return id[2:]
	case 1, 2:
		return id
	case 3, 4, 5:
		return id[2:8] + "-" + id[8:]
	}
	return id[:8] + "-" + id[8:]
}

// swedishPhones are the series set aside for fiction: prefix, first and how many.
var swedishPhones = []struct {
	prefix       string
	first, count int
}{
	{"070", 1740605, 95}, {"031", 3900600, 50}, {"040", 6280400, 50}, {"08", 46500400, 100}, {"0980", 319200, 100},
}

// phoneOf gives the i-th number of a country, in the trunk form "070-1740605".
func phoneOf(country string, i int) string {
	if country == "FI" {
		return fmt.Sprintf("049-%07d", 1000000+i*37%8999993)
	}
	for _, s := range swedishPhones {
		if i %= 395; i < s.count {
			return fmt.Sprintf("%s-%0*d", s.prefix, len(fmt.Sprint(s.first)), s.first+i)
		}
		i -= s.count
	}
	return "070-1740605"
}

// spellPhone writes a phone number the way people do.
func spellPhone(d *dice, country, phone string) string {
	prefix, number, _ := strings.Cut(phone, "-")
	code := "+46 "
	if country == "FI" {
		code = "+358 "
	}
	half := len(number) / 2
	switch d.n(5) {
	case 0:
		return prefix + number
	case 1:
		return prefix + " " + number[:half] + " " + number[half:]
	case 2:
		return code + prefix[1:] + " " + number[:half] + " " + number[half:]
	case 3:
		return strings.TrimSpace(code) + prefix[1:] + number
	}
	return phone
}

// iban makes an account that holds its check, at a bank that does not exist.
func iban(country string, n uint64) string {
	account := fmt.Sprintf("999%011d", n%100_000_000_000) // FI: 14 digits
	if country == "SE" {
		account = fmt.Sprintf("999%017d", n%100_000_000_000)
	}
	return country + ibanCheck(country, account) + account
}

// ibanCheck gives the two check digits of ISO 13616.
func ibanCheck(country, account string) string {
	var digits strings.Builder
	digits.WriteString(account)
	for _, c := range country + "00" {
		if c >= 'A' {
			fmt.Fprint(&digits, c-'A'+10)
		} else {
			digits.WriteRune(c)
		}
	}
	n, _ := new(big.Int).SetString(digits.String(), 10)
	return fmt.Sprintf("%02d", 98-new(big.Int).Mod(n, big.NewInt(97)).Int64())
}

// grouped writes an account in groups of four.
func grouped(iban string) string {
	var b strings.Builder
	for i, c := range iban {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// plate makes a number plate of letters that are never issued.
func plate(d *dice, country string) string {
	letters := one(d, []string{"FEM", "SJU", "TRE", "USA", "WWW"})
	if country == "FI" {
		letters += "-"
	}
	return fmt.Sprintf("%s%d", letters, d.between(100, 999))
}
