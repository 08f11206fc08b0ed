package extract

import (
	"context"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// volumeFormat is a later piece of an archive that was cut into pieces: it is
// told by its name alone, where its content is nothing else.
var volumeFormat = Format{
	Name: "volume",
	Sniff: func(in *Input) bool {
		ext := extension(in.Name)
		if len(ext) != 3 || !isDigit(ext[1]) || !isDigit(ext[2]) {
			return false
		}
		return ext[0] == 'z' || ext[0] == 'r' || isDigit(ext[0]) && ext != "000" && ext != "001"
	},
	Read: func(context.Context, *Input, Sink) (breach.Outcome, error) {
		return breach.Outcome{}, gap(breach.MissingVolume)
	},
	Strings: true,
}

// MaxVolumes is the most files that are read as one, and the highest number
// that such a file has, counted from the first.
const MaxVolumes = 1000

// maxVolumeSize is more than any disk holds, and lets sizes be added.
const maxVolumeSize = math.MaxInt64 / (4 * MaxVolumes)

// VolumeName is what a path tells of a file that may be a volume: one of the
// files that something was cut into.
type VolumeName struct {
	// Set is the same for all volumes of one set: what their paths begin with,
	// a NUL, and how they are numbered.
	Set    string
	Number int // in the order of the set; the file that people open comes first
}

// How volumes are numbered: what follows the NUL of a set.
const (
	byPart    = 'p' // x.part1.rar, x.part2.rar
	byLetter  = 'r' // x.rar, x.r00, x.r01
	bySpan    = 'z' // x.zip, which is read last, x.z01, x.z02
	byNumber  = 'n' // x.7z.001, x.7z.002, cut anywhere
	byLetters = 'a' // x.tar.aa, x.tar.ab, as the command split cuts; xaa
)

// VolumeOf tells whether a file can be a volume by the look of its path, which
// many are not that look so.
func VolumeOf(path string) (VolumeName, bool) {
	base := path[strings.LastIndexByte(path, '/')+1:]
	if len(base) == 3 && base[0] == 'x' && areLetters(base[1:]) {
		return volumeName(path[:len(path)-2], byLetters, lettersOf(base[1:])), true
	}
	dot := strings.LastIndexByte(base, '.')
	if dot <= 0 {
		return VolumeName{}, false
	}
	ext := strings.ToLower(base[dot+1:])
	stem := path[:len(path)-len(ext)]
	switch {
	case ext == "rar":
		return rarVolumeName(stem), true
	case ext == "zip":
		return volumeName(stem, bySpan, 0), true
	case len(ext) >= 2 && len(ext) <= 5 && areDigits(ext):
		// Those of another width are others: they are cut by another program.
		v := volumeName(stem, byNumber, numberOf(ext))
		v.Set += strconv.Itoa(len(ext))
		return v, true
	case len(ext) == 3 && ext[0] >= 'r' && ext[0] < 'z' && areDigits(ext[1:]):
		return volumeName(stem, byLetter, 2+100*int(ext[0]-'r')+numberOf(ext[1:])), true
	case (len(ext) == 3 || len(ext) == 4) && ext[0] == 'z' && areDigits(ext[1:]) && numberOf(ext[1:]) > 0:
		return volumeName(stem, bySpan, numberOf(ext[1:])), true
	case len(ext) == 2 && areLetters(ext):
		return volumeName(stem, byLetters, lettersOf(ext)), true
	}
	return VolumeName{}, false
}

func volumeName(begin string, how byte, n int) VolumeName {
	return VolumeName{Set: begin + "\x00" + string(how), Number: n}
}

// how is how the volumes are numbered.
func (v VolumeName) how() byte { return v.Set[strings.IndexByte(v.Set, 0)+1] }

// rarVolumeName tells "x.part1." from the first of "x.", "x.r00".
func rarVolumeName(stem string) VolumeName {
	name := stem[:len(stem)-1]
	digits := len(name)
	for digits > 0 && isDigit(name[digits-1]) {
		digits--
	}
	if n := len(name) - digits; n > 0 && n <= 6 && strings.HasSuffix(strings.ToLower(name[:digits]), ".part") {
		return volumeName(name[:digits], byPart, numberOf(name[digits:]))
	}
	return volumeName(stem, byLetter, 1)
}

func areDigits(s string) bool  { return strings.Trim(s, "0123456789") == "" }
func areLetters(s string) bool { return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz") == "" }

// numberOf is the number that a few digits are.
func numberOf(digits string) int {
	n, _ := strconv.Atoi(digits) // they are digits
	return n
}

// lettersOf counts aa, ab, … from 1.
func lettersOf(s string) int { return int(s[0]-'a')*26 + int(s[1]-'a') + 1 }

// Numbered is a volume of a set: which of the files it is, and its number in
// the order in which they are read, where the first is 1. What is left out is
// missing.
type Numbered struct {
	File   int
	Number int
}

// VolumeSet tells which of some files, which are of one set and stand by
// number, make up a set by their names and sizes, and in which order they are
// read; nil where they do not.
func VolumeSet(names []VolumeName, sizes []int64) []Numbered {
	var set []Numbered
	for i, v := range names {
		last := len(set) - 1
		if sizes[i] <= 0 || sizes[i] > maxVolumeSize || last >= 0 && (v.Number == set[last].Number || v.Number-set[0].Number >= MaxVolumes) {
			continue
		}
		set = append(set, Numbered{i, v.Number})
	}
	if len(set) < 2 {
		return nil
	}
	switch names[0].how() {
	case bySpan:
		return inSpan(set)
	case byNumber, byLetters:
		return inCut(set, sizes)
	}
	return set
}

// inSpan puts the ZIP file that holds the table of contents last.
func inSpan(set []Numbered) []Numbered {
	if set[0].Number == 0 {
		set = append(set[1:], Numbered{set[0].File, set[len(set)-1].Number + 1})
	}
	if set[0].Number != 1 {
		return nil // by what it begins with, nobody can tell what it is
	}
	return set
}

// inCut wants volumes that are all as large as the first, but for the last.
func inCut(set []Numbered, sizes []int64) []Numbered {
	zero := set[0].Number == 0
	last := len(set) - 1
	for i := range set {
		if zero {
			set[i].Number++
		}
		if size, first := sizes[set[i].File], sizes[set[0].File]; i < last && size != first || size > first {
			return nil
		}
	}
	if set[0].Number != 1 {
		return nil
	}
	return set
}

// Fits reports whether the content of a file can be that of the volume that
// its name says, the one that is read first or another. A file that can is read
// with the others of its set, and one that cannot by itself.
func (v VolumeName) Fits(first bool, f io.ReaderAt, size int64) bool {
	head := make([]byte, min(size, 512))
	n, _ := f.ReadAt(head, 0) // what there is
	head = head[:n]
	switch v.how() {
	case byPart, byLetter:
		return hasAnyPrefix(head, rarMagic)
	case bySpan:
		return !first || hasAnyPrefix(head, "PK\x07\x08PK\x03\x04", "PK\x03\x04")
	}
	if !first {
		return !hasAnyPrefix(head, cutMagic...) // else it is something of its own
	}
	return hasAnyPrefix(head, cutMagic...) || isTar(head) && !endsTar(f, size)
}

// cutMagic begins what is worth cutting and cannot be read in pieces.
var cutMagic = []string{"PK\x03\x04", "PK\x07\x08", sevenMagic, rarMagic, "\x1F\x8B\x08", "BZh", "\xFD7zXZ\x00", "\x28\xB5\x2F\xFD",
	"\x04\x22\x4D\x18", "LZIP\x01", "!BDN", sqliteMagic, "PGDMP"}

// endsTar reports whether a tar ends where the file does.
func endsTar(f io.ReaderAt, size int64) bool {
	const end = 1024 // zeros
	if size < end {
		return false
	}
	tail := make([]byte, end)
	n, _ := f.ReadAt(tail, size-end)
	return strings.Trim(string(tail[:n]), "\x00") == ""
}
