package specimen_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/nationalid"
	"github.com/klarlagt/klarlagt/specimen"
)

// made makes a municipality in a folder of its own.
func made(t testing.TB, o specimen.Options) (string, specimen.Key) {
	t.Helper()
	o.Dir = t.TempDir()
	key, err := specimen.Make(t.Context(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	return o.Dir, key
}

// hashes gives the hash of each file under a folder.
func hashes(t *testing.T, dir string) map[string][32]byte {
	t.Helper()
	sums := map[string][32]byte{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		sums[filepath.ToSlash(rel)] = sha256.Sum256(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sums
}

func TestSameSeedSameBytes(t *testing.T) {
	o := specimen.Options{Seed: 42, People: 300, Files: 300}
	a, _ := made(t, o)
	b, _ := made(t, o)
	first, second := hashes(t, a), hashes(t, b)
	if !maps.Equal(first, second) {
		for name := range first {
			if first[name] != second[name] {
				t.Errorf("%s differs", name)
			}
		}
	}
	o.Seed = 43
	c, _ := made(t, o)
	same := 0
	for name, sum := range hashes(t, c) {
		if first[name] == sum {
			same++
		}
	}
	if same > len(first)/20 {
		t.Errorf("another seed gives %d of %d files the same", same, len(first))
	}
}

func TestPeopleDoNotDependOnHowManyThereAre(t *testing.T) {
	few, _ := made(t, specimen.Options{Seed: 9, People: 100, Files: 1})
	many, _ := made(t, specimen.Options{Seed: 9, People: 2000, Files: 1})
	a, b := registerRows(t, few, "pupils.csv"), registerRows(t, many, "pupils.csv")
	if len(a) < 10 || len(b) < len(a) {
		t.Fatalf("%d and %d pupils", len(a), len(b))
	}
	for i := range a {
		if !slices.Equal(a[i], b[i]) {
			t.Errorf("pupil %d of the small municipality is another one in the large", i)
		}
	}
}

// registerRows reads a CSV register in whichever encoding it has.
func registerRows(t testing.TB, dir, name string) [][]string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "registers", name))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(b, []byte("ö")) && !bytes.Contains(b, []byte("ä")) {
		if b, err = charmap.Windows1252.NewDecoder().Bytes(b); err != nil {
			t.Fatal(err)
		}
	}
	r := csv.NewReader(bytes.NewReader(b))
	r.Comma = ';'
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

// ids gives the identity number of each register key.
func ids(t testing.TB, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, r := range registerRows(t, dir, "pupils.csv") {
		found[r[0]] = r[4]
	}
	for _, r := range registerRows(t, dir, "guardians.csv") {
		found[r[0]] = r[3]
	}
	return found
}

func TestNobodyIsReal(t *testing.T) {
	dir, key := made(t, specimen.Options{Seed: 5, People: 3000, Files: 200})
	all := slices.Collect(maps.Values(ids(t, dir)))
	for _, p := range key.Plants {
		if id := p.Identifiers["national-id"]; id != "" {
			all = append(all, id)
		}
		if mail := p.Identifiers["email"]; mail != "" && !strings.HasSuffix(mail, ".example.com") {
			t.Error("a stranger has an address outside the reserved domains")
		}
	}
	for _, id := range all {
		n, ok := nationalid.Parse("FI", id)
		if !ok {
			n, ok = nationalid.Parse("SE", id)
		}
		serial := n.Canonical[max(0, len(n.Canonical)-4):]
		switch {
		case !ok || n.Failed:
			t.Errorf("%s is no identity number that holds", id)
		case n.Country == "FI" && !n.Artificial:
			t.Errorf("%s could be somebody's", id)
		case n.Country == "SE" && serial[:3] != "238" && serial[:3] != "239":
			t.Errorf("%s is outside the test series", id)
		}
	}
}

func TestSwedishNumbersArePublishedTestNumbers(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "shared", "corpus", "ids", "personnummer-meta", "testdata", "allPins.json"))
	if err != nil {
		t.Skip("the shared list of published test numbers is not here")
	}
	var list []string
	if err := json.Unmarshal(b, &list); err != nil {
		t.Fatal(err)
	}
	published := map[string]bool{}
	for _, id := range list {
		published[id] = true
	}
	dir, _ := made(t, specimen.Options{Seed: 5, People: 3000, Files: 1, Country: "SE"})
	in, all := 0, 0
	for _, id := range ids(t, dir) {
		if n, _ := nationalid.Parse("SE", id); n.Form == "se-personnummer" {
			all++
			if published[n.Canonical] {
				in++
			}
		}
	}
	// The published file misses single numbers of its series.
	if all < 1000 || in*100 < all*99 {
		t.Errorf("%d of %d numbers are published test numbers", in, all)
	}
}

func TestPeopleDiffer(t *testing.T) {
	dir, _ := made(t, specimen.Options{Seed: 8, People: 8000, Files: 1})
	seen := map[string]string{}
	kinds := map[string]int{}
	for key, id := range ids(t, dir) {
		if other, ok := seen[id]; ok && other[2:] != key[2:] {
			t.Errorf("%s and %s have one identity number", key, other)
		}
		seen[id] = key
		n, ok := nationalid.Parse("FI", id)
		if !ok {
			n, _ = nationalid.Parse("SE", id)
		}
		kinds[n.Form]++
	}
	for _, form := range []string{"fi-hetu", "se-personnummer", "se-samordningsnummer"} {
		if kinds[form] == 0 {
			t.Errorf("nobody has a %s", form)
		}
	}
}

func TestPopulationHasWhatLinkingStumblesOver(t *testing.T) {
	dir, _ := made(t, specimen.Options{Seed: 11, People: 5000, Files: 1})
	count := map[string]int{}
	names := map[string]int{}
	birth := map[string]int{}
	for _, r := range registerRows(t, dir, "pupils.csv") {
		names[r[1]+r[3]]++
		birth[r[13]+r[4][:6]]++
		if r[15] != "" {
			count["protected"]++
			if r[8]+r[11] == "" && r[9] != "" {
				t.Errorf("%s is protected and has an address", r[0])
			}
		}
		if r[17] != "" {
			count["left"]++
		}
	}
	mails := map[string]int{}
	for _, r := range registerRows(t, dir, "guardians.csv") {
		mails[r[5]]++
		if r[2] != "" {
			count["former name"]++
		}
		if strings.Contains(r[1], "-") {
			count["double name"]++
		}
		if strings.HasPrefix(r[1], "von ") || strings.HasPrefix(r[1], "af ") || strings.HasPrefix(r[1], "de ") {
			count["particle"]++
		}
	}
	for name, m := range map[string]map[string]int{"namesakes": names, "twins": birth, "shared e-mail": mails} {
		for key, n := range m {
			if n > 1 && key != "" {
				count[name]++
			}
		}
	}
	for _, what := range []string{"protected", "left", "former name", "double name", "particle", "namesakes", "twins", "shared e-mail"} {
		if count[what] < 2 {
			t.Errorf("%s: %d, want some", what, count[what])
		}
	}
}

// What the key says stands in a file stands there: checked where the bytes are text.
func TestKeyIsTrue(t *testing.T) {
	dir, key := made(t, specimen.Options{Seed: 3, People: 800, Files: 600})
	id := ids(t, dir)
	checked := 0
	for _, p := range key.Plants {
		if !p.Kinds.Has(breach.NationalID) || strings.Contains(p.Evidence, "!/") {
			continue
		}
		switch p.Format {
		case "txt", "csv", "html", "json", "ndjson", "xml":
		default:
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, "evidence", filepath.FromSlash(p.Evidence)))
		if err != nil {
			t.Fatal(err)
		}
		want := p.Identifiers["national-id"]
		for _, e := range p.Entries {
			want = max(want, id[e.Key])
		}
		if want == "" {
			continue // staff and customers
		}
		if digits := strings.ToUpper(want[len(want)-4:]); !strings.Contains(strings.ToUpper(string(b)), digits) {
			t.Errorf("%s does not hold the number the key says", p.Evidence)
		}
		checked++
	}
	if checked < 100 {
		t.Errorf("only %d plants checked", checked)
	}
}

func TestEveryItemIsInTheKey(t *testing.T) {
	dir, key := made(t, specimen.Options{Seed: 4, People: 400, Files: 400})
	items, formats := map[string]bool{}, map[string]bool{}
	for _, i := range key.Items {
		if items[i.Evidence] {
			t.Errorf("%s is there twice", i.Evidence)
		}
		items[i.Evidence], formats[i.Format] = true, true
	}
	for name := range hashes(t, filepath.Join(dir, "evidence")) {
		if !items[name] {
			t.Errorf("%s is not in the key", name)
		}
	}
	for _, p := range key.Plants {
		if !items[p.Evidence] {
			t.Errorf("a plant stands in %s, which is no item", p.Evidence)
		}
	}
	for _, f := range []string{"docx", "odt", "pdf", "txt", "txt-1252", "txt-cp850", "txt-utf16", "html", "xlsx", "ods", "csv", "json", "ndjson",
		"xml", "eml", "mbox", "log", "zip", "tar.gz", "zip-locked", "empty", "jpeg", "unknown", "docx-truncated"} {
		if !formats[f] {
			t.Errorf("no item of format %s", f)
		}
	}
}

func TestKeySurvivesWriting(t *testing.T) {
	dir, key := made(t, specimen.Options{Seed: 6, People: 200, Files: 100})
	f, err := os.Open(filepath.Join(dir, "key.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	again, err := specimen.ReadKey(f)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(key) != fmt.Sprint(again) {
		t.Error("the key that was read is not the one that was written")
	}
}

func TestRefusals(t *testing.T) {
	if _, err := specimen.Make(t.Context(), specimen.Options{}, nil); err == nil {
		t.Error("a municipality without a folder")
	}
	if _, err := specimen.Make(t.Context(), specimen.Options{Dir: t.TempDir(), Country: "NO"}, nil); err == nil {
		t.Error("a country without test numbers here")
	}
	if _, err := specimen.Make(t.Context(), specimen.Options{Dir: t.TempDir(), People: specimen.MostPeople + 1}, nil); err == nil {
		t.Error("more people than there are numbers")
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := 0
	_, err := specimen.Make(ctx, specimen.Options{Dir: t.TempDir(), People: 100, Files: 100}, func(n, total int) {
		if done = n; n == 5 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || done != 5 {
		t.Errorf("after a cancel at file 5: file %d, error %v", done, err)
	}
}

func ExampleMake() {
	dir, err := os.MkdirTemp("", "specimen")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	key, err := specimen.Make(context.Background(), specimen.Options{Seed: 1, People: 200, Files: 50, Dir: dir}, nil)
	fmt.Println(err, len(key.Items) >= 50, len(key.Plants) > 100)
	// Output: <nil> true true
}

func BenchmarkMake(b *testing.B) {
	const files = 500
	for b.Loop() {
		if _, err := specimen.Make(b.Context(), specimen.Options{Seed: 1, Files: files, Dir: b.TempDir()}, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(files*float64(b.N)/b.Elapsed().Seconds(), "files/s")
}
