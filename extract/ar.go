package extract

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// arFormat is an archive of the Unix command ar; packages of Debian are such.
var arFormat = Format{
	Name:       "ar",
	Extensions: []string{"ar", "a", "deb"},
	Sniff:      func(in *Input) bool { return hasAnyPrefix(in.Head(), arMagic) },
	Read:       readAr,
}

const arMagic = "!<arch>\n"

var errAr = errors.New("not as ar writes")

// readAr hands over every file of the archive.
func readAr(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
	r := bufio.NewReader(in.Stream())
	_, _ = r.Discard(len(arMagic))
	var long []byte // names that do not fit the head
	var h [60]byte
	for n := 1; ; n++ {
		if got, err := io.ReadFull(r, h[:]); err == io.EOF && got == 0 {
			return breach.Outcome{}, nil
		} else if err != nil {
			return breach.Outcome{Missing: membersFrom(n)}, err
		}
		size, err := strconv.ParseInt(strings.TrimSpace(string(h[48:58])), 10, 64)
		if err != nil || size < 0 || string(h[58:]) != "`\n" {
			return breach.Outcome{Missing: membersFrom(n)}, errAr
		}
		name := strings.TrimRight(string(h[:16]), " ")
		content := &io.LimitedReader{R: r, N: size}
		switch {
		case name == "//":
			long, _ = io.ReadAll(io.LimitReader(content, 1<<20))
		case name == "/" || name == "/SYM64/" || strings.HasPrefix(name, "__.SYMDEF"):
		default:
			err = out.File(decodeName(arName(name, long, content)), sized{in.Unpacked(complete{content}), content.N})
		}
		if err != nil {
			return breach.Outcome{Missing: membersFrom(n)}, err
		}
		_, _ = io.Copy(io.Discard, content)
		_, _ = r.Discard(int(size & 1))
	}
}

// arName is the name of a file: as it stands, ended by a slash; or where it
// begins among the long ones; or before the content.
func arName(name string, long []byte, content *io.LimitedReader) []byte {
	if at, err := strconv.Atoi(strings.TrimPrefix(name, "/")); err == nil && name[0] == '/' && at >= 0 && at < len(long) {
		line, _, _ := bytes.Cut(long[at:], []byte("\n"))
		return bytes.TrimSuffix(line, []byte("/"))
	}
	if n, err := strconv.Atoi(strings.TrimPrefix(name, "#1/")); err == nil && strings.HasPrefix(name, "#1/") && n > 0 && n <= 64<<10 {
		raw := make([]byte, n)
		got, _ := io.ReadFull(content, raw)
		return bytes.TrimRight(raw[:got], "\x00")
	}
	return []byte(strings.TrimSuffix(name, "/"))
}
