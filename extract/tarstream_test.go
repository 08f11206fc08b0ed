package extract_test

import (
	"archive/tar"
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

// tarOf packs members, whose contents stand in their user names.
func tarOf(t testing.TB, members ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range members {
		content := h.Uname
		h.Uname, h.Size = "", int64(len(content))
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// framed reads a whole stream: its members, their contents, and how it ended.
func framed(t testing.TB, stream []byte) (members []extract.TarMember, contents []string, end error) {
	t.Helper()
	s := extract.NewTarStream(bufio.NewReader(bytes.NewReader(stream)))
	for {
		m, err := s.Next(t.Context())
		if err != nil {
			return members, contents, err
		}
		members = append(members, m)
		if s.Met() != len(members) {
			t.Fatalf("%d members met after %d", s.Met(), len(members))
		}
		content := ""
		if m.State == breach.Pending {
			var b strings.Builder
			if _, err = io.Copy(&b, io.LimitReader(s, 1<<20)); err != nil {
				return members, contents, err
			}
			content = b.String()
		}
		contents = append(contents, content)
	}
}

func TestTarStream(t *testing.T) {
	one := tarOf(t,
		tar.Header{Typeflag: tar.TypeDir, Name: "mapp/"},
		tar.Header{Typeflag: tar.TypeReg, Name: "./mapp/a.txt", Uname: "Bo Ek"},
		tar.Header{Typeflag: tar.TypeSymlink, Name: "länk", Linkname: "/etc"},
		tar.Header{Typeflag: tar.TypeFifo, Name: "rör"})
	long := tarOf(t, tar.Header{Typeflag: tar.TypeReg, Name: strings.Repeat("x", 100_000), Uname: "Anna Ask"})
	members, contents, err := framed(t, append(append(bytes.Clone(one), make([]byte, 5120)...), long...))
	if err != io.EOF {
		t.Fatal(err)
	}
	want := []extract.TarMember{
		{Name: "mapp/a.txt", Size: 5, State: breach.Pending},
		{Name: "länk", State: breach.LeftOut, Reason: breach.LinkNotFollowed},
		{Name: "rör", State: breach.LeftOut, Reason: breach.SpecialFile},
		{Name: strings.Repeat("x", 4096), Size: 8, State: breach.Pending},
	}
	for i := range max(len(want), len(members)) {
		if i >= len(want) || i >= len(members) || members[i] != want[i] {
			t.Fatalf("members are %+v, want %+v", members, want)
		}
	}
	if got := strings.Join(contents, "|"); got != "Bo Ek|||Anna Ask" {
		t.Errorf("contents are %q", got)
	}
}

func TestTarStreamThatBreaksOff(t *testing.T) {
	whole := tarOf(t, tar.Header{Typeflag: tar.TypeReg, Name: "a.txt", Uname: "Bo Ek"})
	for name, of := range map[string]struct {
		stream []byte
		reason breach.Reason
	}{
		"in a header":       {whole[:300], breach.Truncated},
		"in a content":      {whole[:514], breach.Truncated},
		"before its end":    {whole[:1024], breach.Truncated},
		"by what is no tar": {append(whole[:1024:1024], bytes.Repeat([]byte("x"), 1024)...), breach.Malformed},
	} {
		_, _, err := framed(t, of.stream)
		var g *breach.Gap
		if !errors.As(err, &g) || g.Reason != of.reason {
			t.Errorf("%s: %v, want %s", name, err, of.reason)
		}
	}
}

// FuzzTarStream has the framing of a tar that comes on standard input read
// anything: it is done outside a worker.
func FuzzTarStream(f *testing.F) {
	f.Add(tarOf(f, tar.Header{Typeflag: tar.TypeReg, Name: "a.txt", Uname: "Bo Ek"}, tar.Header{Typeflag: tar.TypeLink, Name: "b", Linkname: "a.txt"}))
	f.Add(tarOf(f, tar.Header{Typeflag: tar.TypeReg, Name: strings.Repeat("å", 300), Uname: "Bo Ek", Format: tar.FormatPAX}))
	f.Add(tarOf(f, tar.Header{Typeflag: tar.TypeReg, Name: strings.Repeat("a", 300), Uname: "Bo Ek", Format: tar.FormatGNU}))
	f.Fuzz(func(t *testing.T, stream []byte) {
		members, _, err := framed(t, stream)
		var g *breach.Gap
		if err != io.EOF && !errors.As(err, &g) {
			t.Errorf("the stream ended with %v, want its end or a gap", err)
		}
		if most := len(stream) / 512; len(members) > most {
			t.Errorf("%d members of a stream of %d bytes, want %d at most", len(members), len(stream), most)
		}
		for _, m := range members {
			if m.Name == "" || len(m.Name) > 4096 || m.State == "" || (m.State == breach.Pending) != (m.Reason == "") {
				t.Errorf("a member with a name of %d bytes, %s, %s", len(m.Name), m.State, m.Reason)
			}
		}
		_ = extract.IsTarStream(stream)
	})
}
