package klarlagt_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/klarlagt/klarlagt"

// rooms is the picture of who may import whom: for each package the packages
// of ours that it may see. Downward only; verbs never see verbs.
var rooms = map[string][]string{
	"breach":          {},
	"seal":            {"breach"},
	"journal":         {"breach"},
	"nationalid":      {"breach"},
	"auth":            {"breach"},
	"locale":          {},
	"register":        {"breach", "nationalid"},
	"extract":         {"breach", "extract/pdfium", "extract/pdftext"},
	"extract/pdfium":  {"extract/pdftext"},
	"extract/pdftext": {},
	"detect":          {"breach", "register", "nationalid"},
	"resolve":         {"breach", "register", "nationalid"},
	"rules":           {},
	"assess":          {"breach", "rules"},
	"leak":            {"breach", "nationalid"},
	"notify":          {"breach", "locale", "leak"},
	"draft":           {"breach", "nationalid", "rules", "locale"},
	"exchange":        {"breach"},
	"compare":         {},
	"pdfletter":       {},
	"dispatch":        {"breach", "pdfletter"},
	"specimen":        {"breach", "nationalid"},
	"store":           {"breach", "auth", "seal", "journal"},
	"engine":          {"breach", "register", "extract", "detect", "resolve", "compare"},
	"casework":        {"breach", "register", "nationalid", "locale", "extract", "detect", "resolve", "rules", "assess", "draft", "notify", "leak", "dispatch", "pdfletter", "exchange", "compare", "specimen", "auth", "seal", "journal", "store", "engine"},
	"web":             {"breach", "locale", "store", "casework", "assess", "draft", "notify", "auth", "seal", "journal"},
	"cmd/klarlagt":    {"breach", "auth", "seal", "journal", "register", "locale", "detect", "specimen", "store", "engine", "casework", "web"},
}

// foreign is every third-party module in use, and who uses it. A new one comes
// with a page in docs/decisions.
var foreign = map[string][]string{
	"filippo.io/age":                                           {"casework", "dispatch", "seal"},
	"github.com/bodgit/sevenzip":                               {"extract"},
	"github.com/boombuler/barcode":                             {"web"},
	"github.com/coreos/go-oidc/v3":                             {"auth"},
	"github.com/danielgtaylor/huma/v2":                         {"web"},
	"github.com/emersion/go-imap/v2":                           {"dispatch"},
	"github.com/go-webauthn/webauthn":                          {"auth"},
	"github.com/jackc/pgx/v5":                                  {"store"},
	"github.com/klauspost/compress":                            {"extract", "extract/pdftext", "store"},
	"github.com/minio/minio-go/v7":                             {"casework"},
	"github.com/nicksnyder/go-i18n/v2":                         {"locale"},
	"github.com/nwaples/rardecode/v2":                          {"extract"},
	"github.com/parquet-go/parquet-go":                         {"store"},
	"github.com/pierrec/lz4/v4":                                {"extract"},
	"github.com/pquerna/otp":                                   {"auth"},
	"github.com/pressly/goose/v3":                              {"store"},
	"github.com/prometheus/client_golang":                      {"web"},
	"github.com/rogpeppe/go-internal":                          {"cmd/klarlagt"},
	"github.com/schollz/progressbar/v3":                        {"cmd/klarlagt"},
	"github.com/smallstep/pkcs7":                               {"dispatch"},
	"github.com/spf13/cobra":                                   {"cmd/klarlagt"},
	"github.com/standard-webhooks/standard-webhooks/libraries": {"casework"},
	"github.com/tetratelabs/wazero":                            {"extract/pdfium"},
	"github.com/ulikunitz/xz":                                  {"extract"},
	"github.com/xuri/excelize/v2":                              {"casework", "specimen"},
	"golang.org/x/crypto":                                      {"auth", "extract"},
	"golang.org/x/image":                                       {"extract"},
	"golang.org/x/mod":                                         {"journal"},
	"golang.org/x/net":                                         {"dispatch", "extract", "web"},
	"golang.org/x/oauth2":                                      {"auth"},
	"golang.org/x/sys":                                         {"detect", "engine", "extract/pdfium", "register", "store"},
	"golang.org/x/term":                                        {"cmd/klarlagt"},
	"golang.org/x/text":                                        {"auth", "detect", "dispatch", "extract", "extract/pdftext", "leak", "locale", "nationalid", "register", "specimen", "store"},
	"modernc.org/sqlite":                                       {"store"},
}

// connects is who may open a connection, or listen: what they reach is listed in
// docs/administrator.md.
var connects = map[string][]string{
	"net":        {"casework", "cmd/klarlagt", "dispatch", "store", "web"},
	"net/http":   {"auth", "casework", "cmd/klarlagt", "dispatch", "web"},
	"crypto/tls": {"casework", "cmd/klarlagt", "dispatch"},
	"net/smtp":   {},
	"net/rpc":    {},
}

// file is one parsed Go file.
type file struct {
	path, room string
	test       bool
	ast        *ast.File
}

func goFiles(t *testing.T) []file {
	t.Helper()
	var files []file
	set := token.NewFileSet()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "build" || d.Name() == "demo") {
			return filepath.SkipDir
		}
		if d.IsDir() || filepath.Ext(path) != ".go" {
			return nil
		}
		f, err := parser.ParseFile(set, path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, file{path, filepath.ToSlash(filepath.Dir(path)), strings.HasSuffix(path, "_test.go"), f})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 20 {
		t.Fatalf("only %d Go files found", len(files))
	}
	return files
}

func TestEveryRoomIsInThePicture(t *testing.T) {
	commented := map[string]bool{}
	for _, f := range goFiles(t) {
		if f.room == "." {
			if f.path != "arch_test.go" {
				t.Errorf("%s: the top folder holds arch_test.go alone", f.path)
			}
			continue
		}
		if _, ok := rooms[f.room]; !ok {
			t.Errorf("%s: package %s has no row in the picture", f.path, f.room)
		}
		if !f.test {
			commented[f.room] = commented[f.room] || f.ast.Doc != nil
		}
	}
	for room, ok := range commented {
		if !ok {
			t.Errorf("package %s has no comment", room)
		}
	}
}

func TestImportsFollowThePicture(t *testing.T) {
	used := map[string]bool{}
	for _, f := range goFiles(t) {
		if f.room == "." {
			continue
		}
		for _, spec := range f.ast.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if by, ok := connects[path]; ok && !f.test && !slices.Contains(by, f.room) {
				t.Errorf("%s: %s may not connect to anything", f.path, f.room)
			}
			switch {
			case path == module || strings.HasPrefix(path, module+"/"):
				checkOwn(t, f, strings.TrimPrefix(path, module+"/"))
			case path == "database/sql" && f.room != "store":
				t.Errorf("%s: only store speaks SQL", f.path)
			case path == "C":
				t.Errorf("%s: no cgo", f.path)
			case strings.Contains(strings.SplitN(path, "/", 2)[0], "."):
				used[checkForeign(t, f, path)] = true
			}
		}
	}
	for mod := range foreign {
		if !used[mod] {
			t.Errorf("module %s is listed and not used", mod)
		}
	}
}

// checkOwn holds an import of our own against the picture. A test may also see
// what lies beside it; it may not look up.
func checkOwn(t *testing.T, f file, to string) {
	t.Helper()
	if to == f.room || slices.Contains(rooms[f.room], to) {
		return
	}
	if f.test && (to == "specimen" || to == "nationalid" || to == "register") {
		return
	}
	t.Errorf("%s: %s may not import %s", f.path, f.room, to)
}

func checkForeign(t *testing.T, f file, path string) string {
	t.Helper()
	for mod, by := range foreign {
		if path != mod && !strings.HasPrefix(path, mod+"/") {
			continue
		}
		if !f.test && !slices.Contains(by, f.room) {
			t.Errorf("%s: %s is not listed as a user of %s", f.path, f.room, mod)
		}
		return mod
	}
	t.Errorf("%s: %s is not a listed module", f.path, path)
	return ""
}
