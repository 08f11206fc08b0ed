package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// served is the server as a process of its own.
type served struct {
	t             *testing.T
	env           []string
	cert, key, to string
	address       string
	cmd           *exec.Cmd
	lines         chan map[string]any // of its log
}

// startServer starts the command with a certificate and checkpoints each second.
func startServer(t *testing.T) *served {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("there a process cannot be asked to end")
	}
	dir := t.TempDir()
	s := &served{t: t, cert: filepath.Join(dir, "tls", "cert.pem"), key: filepath.Join(dir, "tls", "key.pem"), to: filepath.Join(dir, "away"), lines: make(chan map[string]any, 100)}
	s.env = append(os.Environ(), "KLARLAGT_DATA="+filepath.Join(dir, "data"), "KLARLAGT_LANG=en", "HOME="+dir, "XDG_CONFIG_HOME="+dir)
	for _, folder := range []string{filepath.Dir(s.cert), s.to} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	s.renew(1)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	s.cmd = exec.CommandContext(ctx, "klarlagt", "serve", "--listen", "127.0.0.1:0", "--tls-cert", s.cert, "--tls-key", s.key, "--checkpoint-to", s.to, "--checkpoint-every", "1s", "--journal-to", s.to)
	s.cmd.Env = s.env
	log, err := s.cmd.StderrPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); _ = s.cmd.Wait() })
	go func() {
		defer close(s.lines)
		for scan := bufio.NewScanner(log); scan.Scan(); {
			var line map[string]any
			if json.Unmarshal(scan.Bytes(), &line) == nil {
				s.lines <- line
			}
		}
	}()
	s.address, _ = s.logged("serving")["address"].(string)
	return s
}

// logged waits for a line of the log.
func (s *served) logged(message string) map[string]any {
	s.t.Helper()
	for line := range s.lines {
		if line["msg"] == message {
			return line
		}
	}
	s.t.Fatalf("the server ended without %q in its log", message)
	return nil
}

// renew writes a certificate with its number.
func (s *served) renew(number int64) {
	s.t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(number), DNSNames: []string{"breach.example"}, NotAfter: time.Now().Add(time.Hour)}
	raw, err := x509.CreateCertificate(rand.Reader, c, c, &private.PublicKey, private)
	if err != nil {
		s.t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		s.t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{s.cert: {Type: "CERTIFICATE", Bytes: raw}, s.key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
}

// shake shakes hands, and gives what was agreed on.
func (s *served) shake(c *tls.Config) (tls.ConnectionState, error) {
	c.InsecureSkipVerify, c.ServerName = true, "breach.example"
	conn, err := (&tls.Dialer{Config: c}).DialContext(s.t.Context(), "tcp", s.address)
	if err != nil {
		return tls.ConnectionState{}, err
	}
	defer conn.Close()
	return conn.(*tls.Conn).ConnectionState(), nil
}

func TestServerSpeaksGoodTLSAlone(t *testing.T) {
	s := startServer(t)
	for _, version := range []uint16{tls.VersionTLS10, tls.VersionTLS11} {
		if _, err := s.shake(&tls.Config{MinVersion: version, MaxVersion: version}); err == nil {
			t.Errorf("it speaks %s", tls.VersionName(version))
		}
	}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		got, err := s.shake(&tls.Config{MinVersion: version, MaxVersion: version})
		if err != nil || got.Version != version {
			t.Errorf("%s: got %s, %v", tls.VersionName(version), tls.VersionName(got.Version), err)
		}
	}
	var weak []uint16
	for _, suite := range tls.InsecureCipherSuites() {
		weak = append(weak, suite.ID)
	}
	if got, err := s.shake(&tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: weak}); err == nil {
		t.Errorf("it takes %s", tls.CipherSuiteName(got.CipherSuite))
	}
	if _, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.address); err != nil {
		t.Fatal(err)
	}
	if answer, err := http.Get("http://" + s.address + "/livez"); err == nil {
		if _ = answer.Body.Close(); answer.StatusCode != http.StatusBadRequest {
			t.Errorf("without TLS it answers %d", answer.StatusCode)
		}
	}

	s.renew(2)
	if got, err := s.shake(&tls.Config{}); err != nil || got.PeerCertificates[0].SerialNumber.Int64() != 2 {
		t.Errorf("the certificate that was renewed is not in use: %v", err)
	}
	if err := os.WriteFile(s.key, []byte("half of a"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := s.shake(&tls.Config{}); err != nil || got.PeerCertificates[0].SerialNumber.Int64() != 2 {
		t.Errorf("a key that cannot be read ended the service: %v", err)
	}
	s.logged("the new certificate cannot be used; the one until now goes on")
}

// TestServerSendsCheckpointsAndOneLast stops the server after an act: what the
// last checkpoint vouches for is the whole journal.
func TestServerSendsCheckpointsAndOneLast(t *testing.T) {
	s := startServer(t)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	answer, err := client.Get("https://" + s.address + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	said, _ := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if string(said) != "ready\n" {
		t.Errorf("the server says %q", said)
	}
	file := filepath.Join(s.to, "local.txt")
	for !exists(file) {
		time.Sleep(10 * time.Millisecond) // the first goes out at once; the test's own end bounds it
	}
	s.run("open", "Made up")
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	s.logged("stopped")
	for range s.lines { // until it has ended
	}
	s.forwardedAll(filepath.Join(s.to, "local.jsonl"))
	// To verify is an act, too: its record is the one beyond those and the export's.
	if told := s.run("journal", "verify", "--checkpoint", file); !strings.Contains(told, "records after the last of them: 2") {
		t.Errorf("%s", told)
	}
}

// forwardedAll holds what arrived elsewhere against the journal: all of it, but the
// record of this export.
func (s *served) forwardedAll(file string) {
	s.t.Helper()
	arrived, err := os.ReadFile(file)
	if err != nil {
		s.t.Fatal(err)
	}
	exported := s.run("journal", "export")
	if n := strings.Count(exported, "\n") - strings.Count(string(arrived), "\n"); len(arrived) == 0 || !strings.HasPrefix(exported, string(arrived)) || n != 1 {
		s.t.Errorf("%d records of the journal did not arrive, want 1:\n%s", n, arrived)
	}
}

// run runs a command on the server's data.
func (s *served) run(args ...string) string {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), "klarlagt", args...)
	cmd.Env = s.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return string(out)
}
