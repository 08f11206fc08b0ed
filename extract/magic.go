package extract

import (
	"bytes"
	"context"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

func hasAnyPrefix(head []byte, prefixes ...string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(string(head[:min(len(head), len(p))]), p) {
			return true
		}
	}
	return false
}

// known makes a format that has no reader yet, told by how it begins.
func known(name string, strings bool, prefixes ...string) Format {
	return Format{
		Name:    name,
		Sniff:   func(in *Input) bool { return hasAnyPrefix(in.Head(), prefixes...) },
		Strings: strings,
	}
}

// knownAt is known by what stands at an offset.
func knownAt(name string, offset int, magic string) Format {
	return Format{
		Name:  name,
		Sniff: func(in *Input) bool { return at(in.Head(), offset, magic) },
	}
}

func at(head []byte, offset int, magic string) bool {
	return len(head) > offset && bytes.HasPrefix(head[offset:], []byte(magic))
}

// locked makes a format of which nothing can be read without a key.
func locked(name string, prefixes ...string) Format {
	f := known(name, false, prefixes...)
	f.Read = func(context.Context, *Input, Sink) (breach.Outcome, error) {
		return breach.Outcome{}, gap(breach.PasswordNeeded)
	}
	return f
}

// smime is an encrypted mail: a CMS envelope, RFC 5652.
var smime = func() Format {
	const envelope = "\x2A\x86\x48\x86\xF7\x0D\x01\x07\x03"
	f := locked("smime")
	f.Extensions = []string{"p7m"}
	f.Sniff = func(in *Input) bool {
		h := in.Head()
		return hasAnyPrefix(h, "\x30") && bytes.Contains(h[:min(len(h), 40)], []byte(envelope))
	}
	return f
}()

// oleDirectory is the first sector of the directory of a compound file.
func oleDirectory(in *Input) []byte {
	head := in.Head()
	if len(head) < 512 {
		return nil
	}
	shift := uint(head[30])
	if shift < 7 || shift > 16 {
		return nil
	}
	start := int64(uint32(head[48])|uint32(head[49])<<8|uint32(head[50])<<16|uint32(head[51])<<24) + 1
	f, size, err := in.Random()
	if err != nil || start<<shift >= size {
		return nil
	}
	sector := make([]byte, min(max(int64(1)<<shift, 4096), size-start<<shift))
	n, _ := f.ReadAt(sector, start<<shift)
	return sector[:n]
}

// wide is an ASCII text in UTF-16, little end first.
func wide(s string) []byte {
	w := make([]byte, 0, 2*len(s))
	for _, c := range []byte(s) {
		w = append(w, c, 0)
	}
	return w
}
