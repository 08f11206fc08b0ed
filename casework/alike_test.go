package casework_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// prose makes a text of n words, the same for the same seed.
func prose(seed uint64, n int) string {
	r := rand.New(rand.NewPCG(seed, 1))
	words := strings.Fields("kommunen beslutar om skolskjuts för elever i årskurs sju och besluten kan överklagas inom tre veckor hos " +
		"förvaltningsrätten i länet ansökan lämnas till kontoret senast den femte maj varje år om inget annat sägs av nämnden")
	var b strings.Builder
	for i := range n {
		b.WriteString(words[r.IntN(len(words))])
		b.WriteByte(" \n"[min(1, i%13/12)])
	}
	return b.String()
}

func inZip(t testing.TB, name, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// alike lists groups: "a.txt: b.txt same bytes" and so on.
func alike(t testing.TB, d *casework.Desk, id store.CaseID) []string {
	t.Helper()
	var groups []string
	err := d.Alike(t.Context(), id, func(x casework.Alike) error {
		name := x.Path
		if x.Member != "" {
			name += "!/" + x.Member
		}
		if x.How == casework.First {
			groups = append(groups, name+":")
		} else {
			if x.How == casework.NearText && (x.Similarity < 0.75 || x.Similarity >= 1) {
				t.Errorf("%s is nearly the same by %.2f", name, x.Similarity)
			}
			groups[x.Group-1] += " " + name + "=" + string(x.How)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return groups
}

func TestWhatIsAlikeIsFound(t *testing.T) {
	letter := prose(1, 400)
	html := "<html><head><title>x</title></head><body><p>" + strings.ReplaceAll(letter, "\n", "</p>\n<p>") + "</p></body></html>"
	changed := strings.Replace(letter, "skolskjuts", "skolmåltider", 2) + "\nBeslutat den tionde maj"
	d, id, dir := small(t, map[string]string{
		"brev.txt": letter, "kopia/brev.txt": letter, "webb/brev.html": html, "utkast.txt": changed, "post.zip": inZip(t, "brev.txt", letter),
		"annat.txt": prose(2, 400), "tredje.txt": prose(3, 400), "kort1.txt": "Hej och välkommen!", "kort2.txt": "HEJ och välkommen", "kort3.txt": "Hej och välkommen!",
		"tom1": "", "tom2": "",
	})
	scan(t, d, id, casework.ScanOptions{Evidence: dir})
	got := alike(t, d, id)
	want := []string{
		"brev.txt: kopia/brev.txt=bytes post.zip!/brev.txt=bytes utkast.txt=near webb/brev.html=text",
		"kort1.txt: kort3.txt=bytes",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("groups:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if again := alike(t, d, id); fmt.Sprint(again) != fmt.Sprint(got) {
		t.Errorf("the second time:\n%s", strings.Join(again, "\n"))
	}
	if left, _ := filepath.Glob(filepath.Join(d.Store.CaseDir(id), "alike-*")); len(left) > 0 {
		t.Errorf("%d scratch folders are left", len(left))
	}
}

func TestManySmallChangesAreNoGroupOfEverything(t *testing.T) {
	files := map[string]string{}
	words := strings.Fields(prose(4, 600))
	for i := range 40 { // each a little further from the first
		for j := range 6 {
			words[i*15+j] = fmt.Sprintf("ändring%d", i*6+j)
		}
		files[fmt.Sprintf("v%02d.txt", i)] = strings.Join(words, " ")
	}
	d, id, dir := small(t, files)
	scan(t, d, id, casework.ScanOptions{Evidence: dir})
	groups := alike(t, d, id)
	if len(groups) < 3 || len(groups) > 20 {
		t.Errorf("%d groups of versions that drift apart:\n%s", len(groups), strings.Join(groups, "\n"))
	}
	for i, g := range groups {
		for _, other := range groups[:i] {
			for _, name := range strings.Fields(g) {
				if strings.Contains(other, strings.TrimRight(name, ":")) {
					t.Errorf("%s is in two groups", name)
				}
			}
		}
	}
}
