package specimen

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/text/encoding/charmap"
)

// writeRegisters writes the four registers as an organisation's systems export
// them: two CSV files, a workbook and JSON lines.
func (t *town) writeRegisters(dir string) error {
	// #nosec G301 -- made-up files
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, r := range []struct {
		file  string
		write func(io.Writer) error
	}{
		{"pupils.csv", t.writePupils},
		{"guardians.csv", t.writeGuardians},
		{"staff.xlsx", t.writeStaff},
		{"customers.jsonl", t.writeCustomers},
	} {
		f, err := os.Create(filepath.Join(dir, r.file))
		if err != nil {
			return err
		}
		b := bufio.NewWriter(f)
		if err := r.write(b); err != nil {
			_ = f.Close() // the first error says more
			return err
		}
		if err := b.Flush(); err != nil {
			_ = f.Close() // the first error says more
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
}

// inFinnish reports whether the municipality's systems speak Finnish.
func (t *town) inFinnish() bool {
	return t.country == "FI" || t.country == "" && throw(t.seed, 4).percent(50)
}

// headings gives the Finnish or the Swedish headings.
func (t *town) headings(swedish, finnish string) []string {
	if t.inFinnish() {
		return strings.Split(finnish, ";")
	}
	return strings.Split(swedish, ";")
}

func (t *town) yes() string {
	if t.inFinnish() {
		return "kyllä"
	}
	return "ja"
}

// sheet writes rows as CSV with semicolons, in the old Windows code page for
// one seed in two.
func (t *town) sheet(out io.Writer, rows func(write func(...string) error) error) error {
	if throw(t.seed, 5).percent(50) {
		out = charmap.Windows1252.NewEncoder().Writer(out)
	}
	w := csv.NewWriter(out)
	w.Comma, w.UseCRLF = ';', true
	if err := rows(func(cells ...string) error { return w.Write(cells) }); err != nil {
		return err
	}
	w.Flush()
	return w.Error()
}

func (t *town) writePupils(out io.Writer) error {
	return t.sheet(out, func(write func(...string) error) error {
		if err := write(t.headings(
			"Elev-ID;Efternamn;Förnamn;Tilltalsnamn;Personnummer;Skola;Klass;Modersmål;Gatuadress;Postnummer;Postort;E-post;Användarnamn;Vårdnadshavare 1;Vårdnadshavare 2;Skyddade personuppgifter;Inskriven;Utskriven",
			"Oppilasnumero;Sukunimi;Etunimet;Kutsumanimi;Henkilötunnus;Koulu;Luokka;Äidinkieli;Katuosoite;Postinumero;Postitoimipaikka;Sähköposti;Käyttäjätunnus;Huoltaja 1;Huoltaja 2;Turvakielto;Alkamispäivä;Päättymispäivä")...); err != nil {
			return err
		}
		for _, r := range t.pupils {
			p := t.person(r)
			g := t.guardiansOf(&p)
			second := ""
			if len(g) > 1 {
				second = g[1].guardian
			}
			if err := write(p.pupil, p.surname.name, p.given+" "+p.second, p.given, registerID(p.id), p.school, p.class, p.language,
				p.address.street, p.address.postcode, p.address.town, p.email, p.username, g[0].guardian, second,
				flag(p.protected, t.yes()), date(p.since), date(p.until)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t *town) writeGuardians(out io.Writer) error {
	return t.sheet(out, func(write func(...string) error) error {
		if err := write(t.headings(
			"Vårdnadshavar-ID;Namn;Tidigare efternamn;Personnummer;Adress;E-post;Telefon;Språk;Barn;Skyddade personuppgifter",
			"Huoltajanumero;Nimi;Entinen sukunimi;Henkilötunnus;Osoite;Sähköposti;Puhelin;Kieli;Lapset;Turvakielto")...); err != nil {
			return err
		}
		for _, r := range t.guardians {
			p := t.person(r)
			address := ""
			if p.address.street != "" {
				address = p.address.line()
			}
			if err := write(p.guardian, p.surname.name+", "+p.given, p.former, registerID(p.id), address, p.email, p.phone,
				p.language, strings.Join(t.childrenOf(&p), ", "), flag(p.protected, t.yes())); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t *town) writeStaff(out io.Writer) error {
	rows := [][]string{t.headings(
		"Anställningsnr;Efternamn;Förnamn;Personnummer;Arbetsplats;Befattning;E-post;Telefon;Användarnamn;Kontonummer;Anställd fr.o.m.;Anställd t.o.m.",
		"Henkilönumero;Sukunimi;Etunimi;Henkilötunnus;Toimipaikka;Nimike;Sähköposti;Puhelin;Käyttäjätunnus;Tilinumero;Palvelussuhde alkanut;Palvelussuhde päättynyt")}
	for _, r := range t.staff {
		p := t.person(r)
		rows = append(rows, []string{p.staff, p.surname.name, p.given, registerID(p.id), p.school, p.title, p.email, p.phone,
			p.username, grouped(p.account), date(p.since), date(p.until)})
	}
	b, err := workbook("Personal", rows)
	if err != nil {
		return err
	}
	_, err = out.Write(b)
	return err
}

func (t *town) writeCustomers(out io.Writer) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for _, r := range t.customer {
		p := t.person(r)
		if err := enc.Encode(customerRow{p.customer, p.surname.name, p.given, registerID(p.id), p.address.street, p.address.postcode,
			p.address.town, p.email, p.phone, p.language, one(throw(t.seed, 6, uint64(r)), []string{"hemvård", "vuxenutbildning", "förrådstjänst"}),
			p.protected, date(p.since), date(p.until)}); err != nil {
			return err
		}
	}
	return nil
}

type customerRow struct {
	Key      string `json:"kundnummer"`
	Surname  string `json:"efternamn"`
	Given    string `json:"förnamn"`
	ID       string `json:"personnummer"`
	Street   string `json:"gatuadress"`
	Postcode string `json:"postnummer"`
	Town     string `json:"postort"`
	Email    string `json:"e-post"`
	Phone    string `json:"telefon"`
	Language string `json:"språk"`
	Group    string `json:"grupp"`
	Secret   bool   `json:"skyddade_personuppgifter"`
	Since    string `json:"kund_fr_o_m"`
	Until    string `json:"kund_t_o_m"`
}

// guardiansOf gives the adults of a child's household.
func (t *town) guardiansOf(p *person) []person {
	first := p.ref - ref(p.place())
	adults := []person{t.person(first)}
	if p.couple {
		adults = append(adults, t.person(first+1))
	}
	return adults
}

// childrenOf gives the keys of the children of a guardian's household.
func (t *town) childrenOf(p *person) []string {
	var keys []string
	for _, r := range p.members() {
		if r.place() >= firstChild {
			keys = append(keys, fmt.Sprintf("P-%d", 1000+r))
		}
	}
	return keys
}

// registerID is the spelling of an identity number in a register.
func registerID(id string) string {
	if len(id) == 12 {
		return id[:8] + "-" + id[8:]
	}
	return id
}

func flag(set bool, yes string) string {
	if set {
		return yes
	}
	return ""
}

func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("2006-01-02")
}

// quoted is a table as CSV text.
func quoted(rows [][]string, comma rune) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Comma = comma
	if err := w.WriteAll(rows); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
