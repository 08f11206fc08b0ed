package locale_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template"

	"github.com/klarlagt/klarlagt/locale"
)

// texts reads one language's file: the forms of each key.
func texts(t *testing.T, lang string) map[string]map[string]string {
	t.Helper()
	raw, err := os.ReadFile(lang + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var file map[string]any
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatalf("%s: %v", lang, err)
	}
	keys := map[string]map[string]string{}
	for key, value := range file {
		keys[key] = map[string]string{}
		switch v := value.(type) {
		case string:
			keys[key]["other"] = v
		case map[string]any:
			for form, text := range v {
				keys[key][form], _ = text.(string)
			}
		}
	}
	return keys
}

// placeholder finds what a text is filled with, also where it asks whether it is.
var placeholder = regexp.MustCompile(`\{\{[^}]*\.(\w+)[^}]*\}\}`)

// placeholders lists the names a text is filled with, each once.
func placeholders(forms map[string]string) []string {
	var names []string
	for _, text := range forms {
		for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
			names = append(names, m[1])
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestEveryLanguageSaysTheSame(t *testing.T) {
	en := texts(t, "en")
	for _, lang := range locale.Languages() {
		other := texts(t, lang)
		for key := range other {
			if en[key] == nil {
				t.Errorf("%s has %s, which English has not", lang, key)
			}
		}
		for key, forms := range en {
			if other[key] == nil {
				t.Errorf("%s lacks %s", lang, key)
				continue
			}
			if got, want := placeholders(other[key]), placeholders(forms); !slices.Equal(got, want) {
				t.Errorf("%s: %s is filled with %v, in English with %v", lang, key, got, want)
			}
			if got, want := slices.Sorted(maps.Keys(other[key])), slices.Sorted(maps.Keys(forms)); !slices.Equal(got, want) {
				t.Errorf("%s: %s has the forms %v, in English %v", lang, key, got, want)
			}
			for form, text := range other[key] {
				if _, err := template.New("").Parse(text); err != nil || strings.TrimSpace(text) == "" {
					t.Errorf("%s: %s (%s) is empty or broken: %v", lang, key, form, err)
				}
			}
			if len(forms) > 1 && !slices.Contains(placeholders(forms), "Count") {
				t.Errorf("%s has plural forms and no Count to choose by", key)
			}
		}
	}
}

// lists are the closed lists whose every value has a text: the file that
// declares it, the type of its constants, and the texts' prefix.
var lists = []struct{ file, typ, prefix string }{
	{"breach/evidence.go", "State", "state."},
	{"breach/evidence.go", "Reason", "reason."},
	{"register/rejects.go", "Reason", "reject."},
	{"register/columns.go", "Field", "field."},
	{"register/columns.go", "By", "by."},
	{"resolve/why.go", "Reason", "why."},
	{"notify/route.go", "Reason", "way."},
	{"draft/answer.go", "Reason", "draft.reason."},
	{"draft/answer.go", "Rule", "draft.rule."},
	{"draft/check.go", "Trouble", "draft.trouble."},
}

func TestEveryValueOfAListHasAText(t *testing.T) {
	en := texts(t, "en")
	for _, l := range lists {
		var want []string
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", l.file), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if !ok || len(v.Values) != 1 {
				return true
			}
			typ, isTyped := v.Type.(*ast.Ident)
			lit, isText := v.Values[0].(*ast.BasicLit)
			if isTyped && isText && typ.Name == l.typ && lit.Kind == token.STRING {
				text, _ := strconv.Unquote(lit.Value)
				want = append(want, l.prefix+text)
			}
			return true
		})
		if len(want) == 0 {
			t.Errorf("%s: no constants of type %s", l.file, l.typ)
		}
		for key := range en {
			if strings.HasPrefix(key, l.prefix) && !slices.Contains(want, key) {
				t.Errorf("%s is the text of no %s in %s", key, l.typ, l.file)
			}
		}
		for _, key := range want {
			if en[key] == nil {
				t.Errorf("%s has no text", key)
			}
		}
	}
}

// uses is what the tree says of keys.
type uses struct {
	words  map[string]bool   // every text that stands in quotes
	needed map[string]string // keys that must be there → where they are asked for
}

// family is the beginning of keys whose rest comes at run time.
var family = regexp.MustCompile(`^[a-z][a-z-]*(\.[a-z-]+)*\.$`)

// inTemplate finds what a template asks for.
var (
	quoted     = regexp.MustCompile(`"([^"\n]+)"`)
	inTemplate = regexp.MustCompile(`\bt "([^"]+)"`)
)

func readTree(t *testing.T) uses {
	t.Helper()
	u := uses{map[string]bool{}, map[string]string{}}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || len(d.Name()) > 2 && d.Name()[0] == '.'):
			return filepath.SkipDir
		case strings.HasSuffix(path, ".html"):
			raw, err := os.ReadFile(path)
			for _, m := range quoted.FindAllStringSubmatch(string(raw), -1) {
				u.words[m[1]] = true
			}
			for _, m := range inTemplate.FindAllStringSubmatch(string(raw), -1) {
				u.needed[m[1]] = path
			}
			return err
		case strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go"):
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return nil // the compiler says it better
			}
			ast.Inspect(file, func(n ast.Node) bool { u.goNode(n, path); return true })
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// goNode notes texts in quotes, keys handed to a printer, and refusals.
func (u uses) goNode(n ast.Node, path string) {
	literal := func(e ast.Expr) (string, bool) {
		lit, ok := e.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return "", false
		}
		text, err := strconv.Unquote(lit.Value)
		return text, err == nil
	}
	switch v := n.(type) {
	case *ast.BasicLit:
		if text, ok := literal(v); ok {
			u.words[text] = true
		}
	case *ast.CallExpr:
		if sel, ok := v.Fun.(*ast.SelectorExpr); ok && len(v.Args) > 0 && (sel.Sel.Name == "T" || sel.Sel.Name == "Text") {
			if text, ok := literal(v.Args[0]); ok {
				u.needed[text] = path
			}
		}
	case *ast.CompositeLit:
		sel, ok := v.Type.(*ast.SelectorExpr)
		if !ok || sel.Sel.Name != "Refusal" {
			return
		}
		for _, e := range v.Elts {
			if kv, ok := e.(*ast.KeyValueExpr); ok {
				if name, ok := kv.Key.(*ast.Ident); ok && name.Name == "Key" {
					if text, ok := literal(kv.Value); ok {
						u.needed[text] = path
					}
				}
			}
		}
	}
}

func TestKeysAreUsedAndThere(t *testing.T) {
	en := texts(t, "en")
	u := readTree(t)
	var families []string
	for _, l := range lists {
		families = append(families, l.prefix)
	}
	for word := range u.words {
		if family.MatchString(word) {
			families = append(families, word)
		}
	}
	for key := range en {
		inFamily := slices.ContainsFunc(families, func(f string) bool { return strings.HasPrefix(key, f) })
		if !u.words[key] && !inFamily {
			t.Errorf("%s is used nowhere", key)
		}
	}
	for key, path := range u.needed {
		if en[key] == nil {
			t.Errorf("%s asks for %s, which has no text", path, key)
		}
	}
	if len(u.needed) < 20 {
		t.Errorf("only %d keys found in the tree", len(u.needed))
	}
}
