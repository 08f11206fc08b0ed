package casework_test

import (
	"bytes"
	"context"
	"errors"
	"go/build"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/specimen"
	"github.com/klarlagt/klarlagt/store"
)

const (
	madeUpKey    = "MADEUPKEY"
	madeUpSecret = "made-up-secret"
)

// storage is an S3 server with a bucket "leak", behind a wire that counts what
// is fetched and can be cut.
type storage struct {
	client *minio.Client

	mu     sync.Mutex
	gets   int
	before func(key string) // told of each object asked for
	cut    map[string]int   // objects whose next answers break off in the middle
}

// newStorage starts a server of its own for a test, and sets the environment
// for it.
func newStorage(t *testing.T) *storage {
	t.Helper()
	program, err := exec.LookPath("versitygw")
	if err != nil {
		program = filepath.Join(build.Default.GOPATH, "bin", "versitygw")
		if _, err := os.Stat(program); err != nil {
			t.Skip("versitygw is not installed: go install github.com/versity/versitygw/cmd/versitygw@v1.8.0")
		}
	}
	dir, err := os.MkdirTemp("", "s3-*") // short: the path of a socket may not be long
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket := filepath.Join(dir, "socket")
	for _, sub := range []string{"data/leak", "meta"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	server := exec.Command(program, "--quiet", "--port", socket, "--region", "eu-north-1", "posix", "--sidecar", filepath.Join(dir, "meta"), filepath.Join(dir, "data"))
	server.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+madeUpKey, "ROOT_SECRET_KEY="+madeUpSecret)
	var said bytes.Buffer
	server.Stderr = &said
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() })

	s := &storage{cut: map[string]int{}}
	wire := httptest.NewServer(s.wire(socket))
	t.Cleanup(wire.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", madeUpKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", madeUpSecret)
	t.Setenv("AWS_REGION", "eu-north-1")
	t.Setenv("AWS_ENDPOINT_URL", wire.URL)
	s.client, err = minio.New(strings.TrimPrefix(wire.URL, "http://"), &minio.Options{
		Creds: credentials.NewStaticV4(madeUpKey, madeUpSecret, ""), Region: "eu-north-1"})
	if err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		if there, err := s.client.BucketExists(t.Context(), "leak"); err == nil && there {
			return s
		} else if time.Since(began) > time.Minute {
			t.Fatalf("the storage does not answer: %v; it said: %s", err, said.String())
		}
	}
}

// wire hands requests on to the server.
func (s *storage) wire(socket string) http.Handler {
	proxy := &httputil.ReverseProxy{
		ErrorLog: log.New(io.Discard, "", 0),
		Rewrite:  func(r *httputil.ProxyRequest) { r.Out.URL.Scheme, r.Out.URL.Host = "http", "storage" },
		Transport: &http.Transport{DisableCompression: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		}},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
		ModifyResponse: func(r *http.Response) error {
			key, _ := strings.CutPrefix(r.Request.URL.Path, "/leak/")
			s.mu.Lock()
			defer s.mu.Unlock()
			if r.Request.Method == http.MethodGet && s.cut[key] > 0 {
				s.cut[key]--
				r.Body = struct {
					io.Reader
					io.Closer
				}{io.MultiReader(io.LimitReader(r.Body, r.ContentLength/2), brokenWire{}), r.Body}
			}
			return nil
		},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if key, ok := strings.CutPrefix(r.URL.Path, "/leak/"); ok && key != "" && r.Method == http.MethodGet {
			s.mu.Lock()
			s.gets++
			before := s.before
			s.mu.Unlock()
			if before != nil {
				before(key)
			}
		}
		proxy.ServeHTTP(w, r)
	})
}

type brokenWire struct{}

func (brokenWire) Read([]byte) (int, error) { return 0, errors.New("the wire is cut") }

// fetched tells how many objects were asked for since the last time.
func (s *storage) fetched() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.gets
	s.gets = 0
	return n
}

func (s *storage) put(t *testing.T, key, content string) {
	t.Helper()
	_, err := s.client.PutObject(t.Context(), "leak", key, strings.NewReader(content), int64(len(content)), minio.PutObjectOptions{})
	if err != nil {
		t.Fatalf("put object: %v", err)
	}
}

// putAll puts a folder under a prefix.
func (s *storage) putAll(t *testing.T, dir, prefix string) (files int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		key, err := filepath.Rel(dir, name)
		if err == nil {
			files++
			s.put(t, prefix+filepath.ToSlash(key), string(content))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// nothingHeld checks that no copy of evidence was left in the data folder.
func nothingHeld(t *testing.T, d *casework.Desk, id store.CaseID) {
	t.Helper()
	left, err := os.ReadDir(filepath.Join(d.Store.CaseDir(id), "held"))
	if err != nil {
		t.Fatal(err)
	}
	if len(left) > 0 {
		t.Errorf("%d copies of evidence are left in the data folder", len(left))
	}
}

func TestBucketIsReadAsTheFolderIs(t *testing.T) {
	s := newStorage(t)
	dir := town(t, specimen.Options{Seed: 21, People: 100, Files: 60})
	evidence := filepath.Join(dir, "evidence")
	files := s.putAll(t, evidence, "share/")
	s.put(t, "share2/neighbour.txt", "not asked for")

	folder := desk(t, t.TempDir())
	id := openCase(t, folder, dir)
	scan(t, folder, id, casework.ScanOptions{Evidence: evidence})
	want := export(t, folder, id)

	d := desk(t, t.TempDir())
	other := openCase(t, d, dir)
	o := casework.ScanOptions{Evidence: "s3://leak/share"}
	scan(t, d, other, o)
	if got := export(t, d, other); !bytes.Equal(got, want) {
		t.Errorf("the bucket gives %d bytes of export, the folder %d", len(got), len(want))
	}
	if n := s.fetched(); n != files {
		t.Errorf("%d objects were fetched, want each of %d once", n, files)
	}
	nothingHeld(t, d, other)

	scan(t, d, other, o)
	if n := s.fetched(); n != 0 {
		t.Errorf("a second scan fetched %d objects, want none", n)
	}
	s.put(t, "share/new.txt", "a new one")
	if err := s.client.RemoveObject(t.Context(), "leak", "share/"+firstPath(t, want), minio.RemoveObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	scan(t, d, other, o)
	_, items, _ := lines(t, export(t, d, other))
	if n := s.fetched(); n != 1 || items[0].Evidence == firstPath(t, want) {
		t.Errorf("after one came and one went, %d were fetched, and the first is still the same", n)
	}
}

// firstPath is the first item of an export.
func firstPath(t *testing.T, export []byte) string {
	t.Helper()
	_, items, _ := lines(t, export)
	return items[0].Evidence
}

func TestBucketGoesOnWhereTheConnectionBroke(t *testing.T) {
	s := newStorage(t)
	content := strings.Repeat("a line of no importance\n", 50_000)
	s.put(t, "a.txt", content)
	s.put(t, "b.txt", "never fetched whole")
	s.cut = map[string]int{"a.txt": 3, "b.txt": 100}
	d := desk(t, t.TempDir())
	id := newCase(t, d)
	scan(t, d, id, casework.ScanOptions{Evidence: "s3://leak"})
	check(t, d, id, map[string]string{"a.txt": "read ", "b.txt": "not_readable io_error"})
	s.cut = map[string]int{}
	scan(t, d, id, casework.ScanOptions{Evidence: "s3://leak/"})
	check(t, d, id, map[string]string{"a.txt": "read ", "b.txt": "read "})
	nothingHeld(t, d, id)
}

func TestObjectThatChangesUnderWayIsAGap(t *testing.T) {
	s := newStorage(t)
	s.put(t, "folder/a.txt", "as it was listed")
	s.put(t, "folder/empty.txt", "")
	s.put(t, "folder/", "")
	var once sync.Once
	s.before = func(string) { once.Do(func() { s.put(t, "folder/a.txt", "as it has become") }) }
	d := desk(t, t.TempDir())
	id := newCase(t, d)
	scan(t, d, id, casework.ScanOptions{Evidence: "s3://leak/folder/"})
	check(t, d, id, map[string]string{"a.txt": "not_readable io_error", "empty.txt": "empty "})
	scan(t, d, id, casework.ScanOptions{Evidence: "s3://leak/folder"})
	check(t, d, id, map[string]string{"a.txt": "read ", "empty.txt": "empty "})
}

func TestOneObjectIsEvidence(t *testing.T) {
	s := newStorage(t)
	s.put(t, "folder/dump.sql", "a dump")
	s.put(t, "folder/dump.sql.old", "another")
	d := desk(t, t.TempDir())
	id := newCase(t, d)
	scan(t, d, id, casework.ScanOptions{Evidence: "s3://leak/folder/dump.sql"})
	check(t, d, id, map[string]string{"dump.sql": "read "})
	if n := s.fetched(); n != 1 {
		t.Errorf("%d objects were fetched", n)
	}
}

func TestBucketThatCannotBeListedIsRefused(t *testing.T) {
	newStorage(t)
	tests := []struct {
		name, evidence, key, why string
		env                      map[string]string
	}{
		{name: "no such bucket", evidence: "s3://other", key: "refusal.bucket-unreadable", why: "NoSuchBucket"},
		{name: "nothing there", evidence: "s3://leak/nowhere", key: "refusal.no-evidence"},
		{name: "no bucket named", evidence: "s3:///share", key: "refusal.no-bucket"},
		{name: "a wrong secret", evidence: "s3://leak", key: "refusal.bucket-unreadable", why: "SignatureDoesNotMatch",
			env: map[string]string{"AWS_SECRET_ACCESS_KEY": "another-secret"}},
		{name: "an address with a password", evidence: "s3://leak", key: "refusal.bucket-unreadable", why: "AWS_ENDPOINT_URL",
			env: map[string]string{"AWS_ENDPOINT_URL": "//user:another-secret@storage"}},
	}
	d := desk(t, t.TempDir())
	id := newCase(t, d)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for k, v := range test.env {
				t.Setenv(k, v)
			}
			err := d.Scan(t.Context(), id, casework.ScanOptions{Evidence: test.evidence})
			var refusal *breach.Refusal
			if !errors.As(err, &refusal) || refusal.Key != test.key || test.why != "" && refusal.Args["Why"] != test.why {
				t.Fatalf("got %v, want %s because of %q", err, test.key, test.why)
			}
			if all := err.Error(); strings.Contains(all, "secret") || refusal.Err != nil && strings.Contains(refusal.Err.Error(), "-secret") {
				t.Error("the error holds a secret")
			}
		})
	}
}
