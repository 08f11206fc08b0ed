package register_test

import (
	"bufio"
	"os"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
)

func TestInflectedSurnames(t *testing.T) {
	for _, tt := range []struct{ surname, forms, others string }{
		{"Koivunen", "Koivusen Koivuselle Koivusta Koivuseen Koivusella Koivuselta Koivusten Koivuset", "Koivun Koivulle"},
		{"Juva", "Juvan Juvalle Juvaa Juvasta", "Juvansa"},
		{"Mustajoki", "Mustajoen Mustajoelle Mustajokea", "Mustajoki-"},
		{"Mäki", "Mäen Mäelle Mäkeä Mäkeen", "Mäkisen"},
		{"Heikki", "Heikin Heikille Heikkiä", ""},
		{"Ranta", "Rannan Rannalle Rantaa", "Rantasen"},
		{"Lampi", "Lammen Lammelle", ""},
		{"Lahti", "Lahden Lahdelle Lahtea", "Lahtisen"},
		{"Kurki", "Kurjen Kurjelle", ""},
		{"Niemi", "Niemen Niemelle Niemeä", "Niemisen"},
		{"Laine", "Laineen Laineelle Lainetta", "Lainan"},
		{"Kallas", "Kallaan Kallaalle", ""},
		{"Markus", "Markuksen Markukselle", ""},
		{"Berg", "Bergin Bergille Bergs Bergiä", "Bergmanin"},
		{"Lindström", "Lindströmin Lindströmille Lindströms", ""},
		{"Smith", "Smithin Smithille", ""},
		{"Ek", "Ekin Eks", "Eklundin"},
	} {
		x := index(t, breach.Entry{Names: named("Anna", tt.surname)})
		for _, form := range strings.Fields(tt.forms) {
			if !x.NamePair([]byte("Anna"), []byte(form)) {
				t.Errorf("%s is not seen to be of %s", form, tt.surname)
			}
			if ids := x.Who(breach.Finding{Kind: breach.Name, Value: breach.Hide("Anna " + form)}); len(ids) != 1 {
				t.Errorf("Anna %s has %d owners, want 1", form, len(ids))
			}
		}
		for _, form := range strings.Fields(tt.others) {
			if strings.HasSuffix(form, "-") {
				continue
			}
			if x.NamePair([]byte("Anna"), []byte(form)) {
				t.Errorf("%s is taken for a form of %s", form, tt.surname)
			}
		}
	}
}

// TestInflectionInRealText counts how many inflected proper names of a treebank
// are traced back to what they are inflected from. Most are places and firms,
// which inflect as surnames do.
func TestInflectionInRealText(t *testing.T) {
	const name = "../../shared/corpus/text/fi_tdt-ud-dev.conllu"
	f, err := os.Open(name)
	if err != nil {
		t.Skip("without the corpus: " + name + " is not there")
	}
	defer f.Close()
	var entries []breach.Entry
	var forms []string
	in := bufio.NewScanner(f)
	for in.Scan() {
		c := strings.Split(in.Text(), "\t")
		if len(c) < 6 || c[3] != "PROPN" || strings.ContainsAny(c[1]+c[2], "-:0123456789#.") || len(c[2]) < 3 ||
			!strings.Contains(c[5], "Case=") || strings.Contains(c[5], "Case=Nom") || strings.ToUpper(c[1]) == c[1] || strings.EqualFold(c[1], c[2]) {
			continue
		}
		entries = append(entries, breach.Entry{Names: named("Anna", c[2])})
		forms = append(forms, c[1])
	}
	if len(forms) < 100 {
		t.Fatalf("only %d inflected names in the treebank", len(forms))
	}
	found := 0
	var missed []string
	for i, form := range forms {
		x := index(t, entries[i])
		if x.NamePair([]byte("Anna"), []byte(form)) {
			found++
		} else {
			missed = append(missed, form)
		}
	}
	share := float64(found) / float64(len(forms))
	t.Logf("%d of %d inflected names (%.3f); missed: %v", found, len(forms), share, missed)
	if share < .9 {
		t.Errorf("%.3f of the inflected names are traced back, want .9", share)
	}
}
