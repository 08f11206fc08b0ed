package notify_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/leak"
	"github.com/klarlagt/klarlagt/nationalid"
	"github.com/klarlagt/klarlagt/notify"
)

// person is one made-up person of a town: an entry, and what became known.
type person struct {
	entry  breach.Entry
	record notify.Record
	lang   string
}

var (
	givens   = strings.Fields("Aino Otso Maja Åsa Björn Eevi Ilmari Tuulikki Göran Zsófia Łukasz Nils-Erik Li Anna Maria Karl Märta Jean Søren Ólafur")
	surnames = strings.Fields("Esimerkkinen Exempelsson Provberg Testström Mallikas Ek Al-Zahra Lindholm Öhman Ångström Kuvitelma Påhittad O'Brien Koekoski Skogsrå Lind Lindh Bergius")
	streets  = strings.Fields("Provgatan Koekatu Mallivägen Testikuja Exempelgränd Esimerkintie")
)

func make1(n int) person {
	r := rand.New(rand.NewPCG(3, uint64(n)))
	id := breach.PersonID(fmt.Sprintf("p%07d", n))
	name := breach.FullName{Given: breach.Hide(givens[r.IntN(len(givens))]), Surname: breach.Hide(surnames[r.IntN(len(surnames))])}
	nine := fmt.Sprintf("%02d%02d%02d%03d", 1+r.IntN(28), 1+r.IntN(12), 50+r.IntN(50), 900+n%100)
	p := person{lang: notify.Languages()[n%3], entry: breach.Entry{ID: breach.EntryID(n), Names: []breach.FullName{name},
		NationalIDs: []breach.Personal{breach.Hide(nine[:6] + "-" + nine[6:] + string(nationalid.HetuCheck(nine)))},
		Emails:      []breach.Personal{breach.Hide(fmt.Sprintf("nobody.%d@example.com", n))},
		Phones:      []breach.Personal{breach.Hide(fmt.Sprintf("+35845700%07d", n))},
		Addresses:   []breach.Postal{{Street: breach.Hide(fmt.Sprintf("%s %d %c", streets[n%len(streets)], 1+n/6, 'A'+n%5)), Postcode: breach.Hide("00100"), Town: breach.Hide("Exempelby")}},
	}}
	p.record = notify.Record{Subject: id, Reader: id, Name: breach.Hide(name.Given.Reveal() + " " + name.Surname.Reveal()), Code: notify.Code(key, "n1", id, id)}
	for _, k := range []breach.Kind{breach.Name, breach.Kind(2 + n%27), breach.Kind(2 + n/27%27)} {
		p.record.Exposures = append(p.record.Exposures, breach.Exposure{Person: id, Kind: k, Grade: breach.Possible + breach.Grade(r.IntN(3)), Places: 1})
	}
	return p
}

// road is the whole way from a record to a frozen notice, without a store.
type road struct {
	sheets map[string]notify.Sheet
	index  *leak.Index
}

func newRoad(t testing.TB, people int) road {
	w := road{map[string]notify.Sheet{}, leak.New(9)}
	for n := range people {
		w.index.Add(make1(n).entry)
	}
	// Somebody signs in with a word that stands in the letters.
	w.index.Add(breach.Entry{Usernames: []breach.Personal{breach.Hide("bedragare"), breach.Hide("ulkopuoliset"), breach.Hide("outsiders")}})
	for _, lang := range notify.Languages() {
		w.sheets[lang] = sheet(t, notify.LetterFirst, lang, matter())
		w.index.Approve([]byte(w.sheets[lang].Wording()))
	}
	return w
}

// notice renders, reads back, scans and hashes one notice.
func (w road) notice(p person) (breach.Notice, int, error) {
	s := w.sheets[p.lang]
	words, left, err := s.Render(p.record)
	if err != nil {
		return breach.Notice{}, 0, err
	}
	if err := s.ReadBack(words.Text, p.record); err != nil {
		return breach.Notice{}, 0, err
	}
	if found := w.index.Text(words.Text, leak.Own{Entries: []breach.Entry{p.entry}}, leak.Limits{}); len(found) > 0 {
		return breach.Notice{}, 0, fmt.Errorf("%s: %v", p.record.Subject, found)
	}
	n := breach.Notice{ID: "n1", Version: 1, Subject: p.record.Subject, Reader: p.record.Reader, Letter: string(notify.LetterFirst), Channel: breach.Paper,
		To: breach.Addressee{Name: p.record.Name, Postal: p.entry.Addresses[0]}, Parts: []breach.Wording{words}}
	if p.entry.ID%3 == 0 {
		n.Channel, n.To = breach.Mail, breach.Addressee{Name: p.record.Name, Email: p.entry.Emails[0]}
	}
	n.Hash = notify.Hash(n)
	return n, left, nil
}

func TestALetterOfATownIsCleanAndASwappedOneIsFound(t *testing.T) {
	people := 3000
	if n, err := strconv.Atoi(os.Getenv("KLARLAGT_CHAOS_PEOPLE")); err == nil {
		people = max(people, n)
	}
	w := newRoad(t, people)
	f := notify.NewFreezer("n1", 1, [32]byte{})
	for n := range people {
		p := make1(n)
		notice, left, err := w.notice(p)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Add(notice, left); err != nil {
			t.Fatal(err)
		}
		// The next person's letter in this one's envelope: found by reading back,
		// and by the scanner wherever it holds the name of another.
		other := make1(n + 1)
		words, _, err := w.sheets[p.lang].Render(other.record)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.sheets[p.lang].ReadBack(words.Text, p.record); !errors.Is(err, notify.ErrSwapped) {
			t.Errorf("letter %d is taken for another: %v", n, err)
		}
		if n+1 < people && other.record.Name != p.record.Name {
			if found := w.index.Text(words.Text, leak.Own{Entries: []breach.Entry{p.entry}}, leak.Limits{}); len(found) == 0 {
				t.Errorf("letter %d: another's name is not found", n)
			}
		}
	}
	if b := f.Batch(); b.Count != people || len(b.Samples) < 8 {
		t.Errorf("%d frozen, %d samples", b.Count, len(b.Samples))
	}
	if !t.Failed() {
		t.Logf("%d letters read back, %d of %d with another's course found", people, people, people)
	}
}

// BenchmarkFreeze takes b.N people the whole way on two cores: rendered, read
// back, scanned, hashed and frozen.
func BenchmarkFreeze(b *testing.B) {
	const stretch, cores = 2000, 2
	w := newRoad(b, b.N)
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f := notify.NewFreezer("n1", 1, [32]byte{})
	b.ResetTimer()
	text := 0
	for from := 0; from < b.N; from += stretch {
		size := min(stretch, b.N-from)
		var notices [stretch]breach.Notice
		var lefts [stretch]int
		var wait sync.WaitGroup
		for core := range cores {
			wait.Go(func() {
				for i := core; i < size; i += cores {
					var err error
					if notices[i], lefts[i], err = w.notice(make1(from + i)); err != nil {
						b.Error(err)
					}
				}
			})
		}
		wait.Wait()
		for i := range size {
			if err := f.Add(notices[i], lefts[i]); err != nil {
				b.Fatal(err)
			}
			text += len(notices[i].Parts[0].Text)
		}
	}
	b.StopTimer()
	runtime.GC()
	runtime.ReadMemStats(&after)
	if f.Batch().Count != b.N {
		b.Fatalf("%d of %d are frozen", f.Batch().Count, b.N)
	}
	b.ReportMetric(b.Elapsed().Seconds(), "s")
	b.ReportMetric(float64(text)/float64(b.N), "bytes/letter")
	b.ReportMetric(float64(before.HeapAlloc)/1e6, "MB-index")
	b.ReportMetric((float64(after.HeapAlloc)-float64(before.HeapAlloc))/1e6, "MB-grown")
	runtime.KeepAlive(w)
}
