package casework_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/engine"
	"github.com/klarlagt/klarlagt/specimen"
	"github.com/klarlagt/klarlagt/store"
)

// hardShare is a made-up share with archives, locked, broken, empty and twin
// files, and a link.
func hardShare(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(town(t, specimen.Options{Seed: 5, People: 400, Files: 40}), "evidence")
	for to, from := range map[string]string{"arkiv/a.zip": "archives/aes256.zip", "arkiv/b.7z": "archives/locked.7z", "arkiv/deep/c.zip": "archives/aes256.zip"} {
		content, err := os.ReadFile(filepath.Join("../extract/testdata", from))
		if err != nil {
			t.Fatal(err)
		}
		write(t, dir, map[string]string{to: string(content)})
		if to == "arkiv/a.zip" {
			write(t, dir, map[string]string{"trasig/halv.zip": string(content[:len(content)/2])})
		}
	}
	write(t, dir, map[string]string{"trasig/torn.pdf": "%PDF-1.7\ntorn", "tom": "", "trasig/djup/tom.txt": "", "x.bak": "left out"})
	if err := os.Symlink("tom", filepath.Join(dir, "link")); err != nil {
		t.Skip("symbolic links are not to be had here")
	}
	return dir
}

// reckoned counts the files of a folder, and what lies inside those that are
// read, without a case.
func reckoned(t *testing.T, d *casework.Desk, dir string) (files, members int64) {
	t.Helper()
	var read []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		files++
		if e.Type().IsRegular() && filepath.Ext(path) != ".bak" {
			read = append(read, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = d.Text(t.Context(), read, casework.TextOptions{}, func(_ string, row engine.Row) error {
		if item, ok := row.(*engine.Item); ok && item.Ordinal > 0 {
			members++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files, members
}

func TestTheAccountAddsUp(t *testing.T) {
	dir := hardShare(t)
	d := desk(t, t.TempDir())
	c, err := d.Open(t.Context(), "account")
	if err != nil {
		t.Fatal(err)
	}
	scan(t, d, c.ID, casework.ScanOptions{Evidence: dir, Exclude: []string{"*.bak"}})
	files, members := reckoned(t, d, dir)
	for _, depth := range []int{1, 2, 9} {
		a, err := d.AccountDeep(t.Context(), c.ID, depth, nil)
		if err != nil {
			t.Fatal(err)
		}
		if a.Files != files || a.Members != members || a.Items != files+members {
			t.Fatalf("%d items, %d files and %d members; there are %d files and %d members", a.Items, a.Files, a.Members, files, members)
		}
		whole := casework.PartSum{Items: a.Items, Bytes: a.Bytes, Gaps: a.Gaps, States: a.States}
		for name, parts := range map[string][]casework.PartSum{"formats": a.Formats, "folders": a.Folders, "sizes": a.Sizes, "states": {whole}} {
			addsUp(t, name, parts, whole)
		}
		names := map[string]bool{}
		for _, p := range a.Folders {
			names[p.Name] = true
		}
		if names["arkiv/deep"] != (depth > 1) || !names["arkiv"] || !names[""] {
			t.Errorf("depth %d: folders %v", depth, names)
		}
	}
	for _, want := range []breach.State{breach.Read, breach.DuplicateOf, breach.Empty, breach.LeftOut, breach.Encrypted, breach.NotReadable} {
		if a, _ := d.Account(t.Context(), c.ID, nil); !hasState(a.States, want) {
			t.Errorf("nothing in the share is %s", want)
		}
	}
	sheetAddsUp(t, d, c.ID, files+members)
}

func hasState(states []casework.StateSum, want breach.State) bool {
	for _, s := range states {
		if s.State == want {
			return true
		}
	}
	return false
}

// addsUp checks that parts count what the whole does, state by state.
func addsUp(t *testing.T, name string, parts []casework.PartSum, whole casework.PartSum) {
	t.Helper()
	var items, bytes, gaps int64
	states := map[breach.State]int64{}
	for _, p := range parts {
		items, bytes, gaps = items+p.Items, bytes+p.Bytes, gaps+p.Gaps
		var own int64
		for _, s := range p.States {
			states[s.State] += s.Items
			own += s.Items
		}
		if own != p.Items {
			t.Errorf("%s: a part of %d items has states of %d", name, p.Items, own)
		}
	}
	if items != whole.Items || bytes != whole.Bytes || gaps != whole.Gaps {
		t.Errorf("%s count %d items, %d bytes, %d gaps; want %d, %d, %d", name, items, bytes, gaps, whole.Items, whole.Bytes, whole.Gaps)
	}
	for _, s := range whole.States {
		if states[s.State] != s.Items {
			t.Errorf("%s count %d items that are %s, want %d", name, states[s.State], s.State, s.Items)
		}
	}
}

// sheetAddsUp checks the exports: each way to part the account counts all.
func sheetAddsUp(t *testing.T, d *casework.Desk, id store.CaseID, all int64) {
	t.Helper()
	_, _, sum := lines(t, export(t, d, id))
	counts := map[string]int64{}
	for _, p := range sum.Parts {
		for _, n := range p.States {
			counts["json "+p.By] += n
		}
	}
	var file bytes.Buffer
	if err := d.ExportExposures(t.Context(), id, casework.ExportOptions{Format: casework.XLSX}, &file); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&file)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := book.GetRows("account by part")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		counts["sheet "+row[0]] += number(t, row[4])
	}
	for _, by := range strings.Fields("folder format size") {
		if counts["json "+by] != all || counts["sheet "+by] != all {
			t.Errorf("by %s: %d items in JSON and %d in the sheet, want %d", by, counts["json "+by], counts["sheet "+by], all)
		}
	}
}

func number(t *testing.T, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestCoverageListsTheGapsOfTheAccount(t *testing.T) {
	dir := t.TempDir()
	files := map[string]string{"good.txt": "nothing to see"}
	for i := range 900 {
		files["torn/"+strconv.Itoa(i)+".pdf"] = "%PDF-1.7\ntorn " + strconv.Itoa(i/2) // each lies there twice
	}
	write(t, dir, files)
	d := desk(t, t.TempDir())
	c, err := d.Open(t.Context(), "coverage")
	if err != nil {
		t.Fatal(err)
	}
	scan(t, d, c.ID, casework.ScanOptions{Evidence: dir})
	var all []store.AccountRow
	want, err := d.Account(t.Context(), c.ID, func(r store.AccountRow) error {
		if r.Outcome.State.IsGap() {
			all = append(all, r)
		}
		return nil
	})
	if err != nil || len(all) != 450 {
		t.Fatalf("%d gaps, error %v", len(all), err)
	}
	for _, b := range []struct{ after, most, want int64 }{{0, 100, 100}, {0, 200, 200}, {99, 3, 3}, {199, 1, 1}, {199, 2, 2}, {200, 100, 100}, {399, 100, 51}, {449, 100, 1}, {450, 100, 0}, {1 << 60, 100, 0}, {-100, 100, 0}} {
		got, err := d.Coverage(t.Context(), c.ID, b.after, b.most)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got.Account, want) {
			t.Errorf("after %d: counted %+v, want %+v", b.after, got.Account, want)
		}
		first := min(max(b.after, 0), int64(len(all)))
		if int64(len(got.Listed)) != b.want || !slices.Equal(got.Listed, all[first:first+b.want]) {
			t.Errorf("%d after %d: %d listed, want %d", b.most, b.after, len(got.Listed), b.want)
		}
	}
}
