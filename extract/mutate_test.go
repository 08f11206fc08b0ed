package extract_test

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/extract"
)

// TestDamaged reads samples with bytes changed, cut out and repeated.
func TestDamaged(t *testing.T) {
	rounds := 60
	if testing.Short() {
		rounds = 5
	}
	seeds := map[string][]byte{
		"a.zip": packZip(t, file{"a.csv", []byte("Åsa Öberg;19121212-1212\n")}, file{"b.zip", packZip(t, file{"c.txt", noisyText(3000)})}),
		"a.tgz": packGzip(t, packTar(t, file{"a.csv", noisyText(3000)}, file{"b.txt", noisyText(100)})),
		"a.tar": packTar(t, file{"a.csv", noisyText(3000)}, file{"b.txt", noisyText(100)}),
	}
	files, _ := filepath.Glob("testdata/samples/*")
	for _, path := range files {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(path, ".golden") {
			seeds[filepath.Base(path)] = content
		}
	}
	r := rand.New(rand.NewPCG(5, 13))
	for _, name := range slices.Sorted(maps.Keys(seeds)) { // the same files each time
		for range rounds {
			endure(t, name, damage(r, seeds[name]), extract.Limits{Free: 1 << 20})
		}
	}
}

// TestStatedCharsetBehindBytesThatAreNoText: such bytes grow where letters are
// made small, and what is stated was looked for beyond the end.
func TestStatedCharsetBehindBytesThatAreNoText(t *testing.T) {
	for _, name := range []string{"a.html", "a.xml"} {
		for n := range 40 {
			endure(t, name, []byte("<html>"+strings.Repeat("\xff", n)+"<meta CHARSET=\"x\"><?xml ENCODING='x'?>"), extract.Limits{})
			endure(t, name, []byte("<?xml version='1.0'?>"+strings.Repeat("\xff", n)+"encoding"), extract.Limits{})
			endure(t, name, []byte("<html>"+strings.Repeat("\xff", n)+"charset"), extract.Limits{})
		}
	}
}

// damage changes some bytes, cuts some out and repeats some, at random.
func damage(r *rand.Rand, seed []byte) []byte {
	b := bytes.Clone(seed)
	for range 1 + r.IntN(6) {
		if len(b) < 8 {
			return b
		}
		i, j := r.IntN(len(b)), r.IntN(len(b))
		i, j = min(i, j), max(i, j)
		switch r.IntN(6) {
		case 0:
			b = b[:j]
		case 1:
			b = append(b[:i:i], b[j:]...)
		case 2:
			part := b[i:j]
			for range r.IntN(20) {
				b = append(b[:j:j], append(bytes.Clone(part), b[j:]...)...)
				if len(b) > 200<<10 {
					break
				}
			}
		case 3:
			b[i] = byte(r.Uint32())
		case 4:
			b[i] = "\"<>{}[]:;=-\n\r\t&%\x00\xff"[r.IntN(18)]
		default:
			copy(b[i:], "\xff\xff\xff\xff")
		}
	}
	return b
}
