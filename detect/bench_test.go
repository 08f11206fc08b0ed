package detect_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/detect"
)

// The texts of the benchmarks: prose, logs and ledgers without people, in which
// people are planted.

var (
	proseWords = bytes.Fields([]byte(`Kommunen har beslutat att under våren se över rutinerna för hur ärenden
		bereds i nämnden och hur handlingar lämnas ut . Den som vill läsa protokollet kan vända sig till
		förvaltningen i Malmö eller till Stadshuset . Kaupunki on päättänyt että koulujen tilat otetaan käyttöön
		syksyllä , ja lautakunta käsittelee asiaa seuraavassa kokouksessa Helsingissä . Enligt planen ska arbetet
		vara klart 2024-05-01 och kosta 125 000 kronor . Vuonna 2023 käyttäjiä oli noin 12 400 .`))
	givenNames = bytes.Fields([]byte("Annika Björn Cecilia Daniel Elina Fredrik Gunilla Heikki Ingrid Juhani Kaisa Lasse Maija Nils Outi Pekka"))
	surnames   = bytes.Fields([]byte("Dahlkvist Ekholm Forsmark Granlund Hietala Isaksson Jokela Korpinen Lundgård Mäkelä Nygren Ojala Palmu Rautio"))
)

func benchPerson(n int) breach.Entry {
	given, surname := givenNames[n%len(givenNames)], fmt.Sprintf("%s%c%c", surnames[n/16%len(surnames)], 'a'+n/224%26, 'a'+n/5824%26)
	return breach.Entry{
		Names:  []breach.FullName{{Given: breach.Hide(string(given)), Surname: breach.Hide(surname)}},
		Emails: []breach.Personal{breach.Hide(fmt.Sprintf("p%d@example.se", n))},
		Phones: []breach.Personal{breach.Hide(fmt.Sprintf("+467%08d", n))},
	}
}

func benchPeople(n int) []breach.Entry {
	var list []breach.Entry
	for i := range n {
		list = append(list, benchPerson(i))
	}
	return list
}

// mixed makes text of a size with somebody about every so many bytes: 0 none.
func mixed(size, every int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	next := every
	for b.Len() < size {
		switch r.IntN(4) {
		case 0, 1:
			for range 60 + r.IntN(60) {
				b.Write(proseWords[r.IntN(len(proseWords))])
				b.WriteByte(' ')
			}
		case 2:
			for i := range 12 {
				fmt.Fprintf(&b, "2024-05-%02dT10:%02d:15.%03dZ INFO [worker-%d] request id=%08x-%04x took %d ms from 10.%d.%d.7\n",
					1+r.IntN(28), i, r.IntN(1000), r.IntN(16), r.Uint32(), r.IntN(65536), r.IntN(9000), r.IntN(255), r.IntN(255))
			}
		case 3:
			for range 10 {
				fmt.Fprintf(&b, "%d;%d;%d.%02d;SEK;%09d;Konto %d;Avstämd\n", 1000+r.IntN(9000), r.IntN(1e6), r.IntN(1e5), r.IntN(100), r.IntN(1e9), 1000+r.IntN(9000))
			}
		}
		if every > 0 && b.Len() > next {
			next = b.Len() + every
			p := benchPerson(r.IntN(20_000))
			fmt.Fprintf(&b, "Ärendet gäller %s %s, %s, tel 070-123 %02d %02d.", p.Names[0].Given.Reveal(), p.Names[0].Surname.Reveal(),
				p.Emails[0].Reveal(), r.IntN(100), r.IntN(100))
		}
		b.WriteString("\n\n")
	}
	return b.Bytes()
}

// pupils makes rows of a pupil list.
func pupils(size int) []byte {
	var b bytes.Buffer
	b.WriteString("Namn\tE-post\tTelefon\tModersmål\tAnmärkning\n")
	for n := 0; b.Len() < size; n++ {
		p := benchPerson(n % 20_000)
		fmt.Fprintf(&b, "%s %s\t%s\t%s\tsvenska\tbyter klass till hösten\n", p.Names[0].Given.Reveal(), p.Names[0].Surname.Reveal(), p.Emails[0].Reveal(), p.Phones[0].Reveal())
	}
	return b.Bytes()
}

// cut makes passages of about 64 KiB.
func cut(unit breach.Unit, text []byte) []breach.Passage {
	var list []breach.Passage
	n := int64(1)
	for len(text) > 0 {
		end := len(text)
		if end > 64<<10 {
			end = bytes.LastIndexByte(text[:64<<10], '\n') + 1
		}
		list = append(list, breach.Passage{Place: breach.At(breach.Step{Unit: unit, N: n}), Text: text[:end]})
		n += int64(bytes.Count(text[:end], []byte("\n")))
		text = text[end:]
	}
	return list
}

func BenchmarkScan(b *testing.B) {
	x := index(b, benchPeople(20_000)...)
	for _, bb := range []struct {
		name string
		unit breach.Unit
		text []byte
	}{
		{"without people", breach.Line, mixed(4<<20, 0)},
		{"sparse", breach.Line, mixed(4<<20, 72_000)},
		{"dense", breach.Line, mixed(4<<20, 1_000)},
		{"pupil list", breach.Row, pupils(1 << 20)},
	} {
		passages := cut(bb.unit, bb.text)
		for _, names := range []bool{false, true} {
			s, label := detect.New(nil), bb.name
			if names {
				s, label = detect.New(x), bb.name+", with a register"
			}
			b.Run(label, func(b *testing.B) {
				b.SetBytes(int64(len(bb.text)))
				findings := 0
				for b.Loop() {
					findings = 0
					keep := func(m breach.Mention) error { findings += len(m.Findings); return nil }
					s.Begin("bench.txt")
					for _, p := range passages {
						if err := s.Passage(p, keep); err != nil {
							b.Fatal(err)
						}
					}
					if err := s.End(keep); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(findings), "findings")
			})
		}
	}
}

// BenchmarkDetectors times each row of the table on its own examples.
func BenchmarkDetectors(b *testing.B) {
	s := detect.New(index(b, people()...))
	for _, d := range detect.All {
		var text bytes.Buffer
		for text.Len() < 16<<10 {
			for _, hit := range append(d.Hits, d.Misses...) {
				text.WriteString(hit + "\n\n")
			}
		}
		passages := cut(breach.Line, text.Bytes())
		b.Run(fmt.Sprintf("%v/%s", d.Kind, d.Form), func(b *testing.B) {
			b.SetBytes(int64(text.Len()))
			for b.Loop() {
				s.Begin("")
				for _, p := range passages {
					if err := s.Passage(p, func(breach.Mention) error { return nil }); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
