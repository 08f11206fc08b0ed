package specimen

import (
	"embed"
	"slices"
	"strings"
)

//go:embed names/*.txt
var nameFiles embed.FS

// background is where a household's names come from.
type background int

const (
	finnish background = iota
	swedish
	elsewhere
)

// surname is a family name and the stem its Finnish case endings follow.
type surname struct{ name, stem string }

// nameLists are the made-up municipality's stock of names.
type nameLists struct {
	girls, boys [3][]string
	surnames    [3][]surname
	streets     [3][]string
}

// loadNames reads the lists. A list shipped with the program that cannot be
// read is a mistake of ours.
func loadNames() *nameLists {
	l := &nameLists{}
	for b, prefix := range [...]string{"fi", "sv", "world"} {
		l.girls[b] = lines("names/" + prefix + "-f.txt")
		l.boys[b] = lines("names/" + prefix + "-m.txt")
		for _, line := range lines("names/" + prefix + "-surname.txt") {
			name, stem, found := strings.Cut(line, ":")
			if !found {
				stem = finnishStem(name)
			}
			l.surnames[b] = append(l.surnames[b], surname{name, stem})
		}
	}
	l.streets[finnish], l.streets[swedish] = lines("names/fi-street.txt"), lines("names/sv-street.txt")
	return l
}

func lines(name string) []string {
	b, err := nameFiles.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return slices.DeleteFunc(strings.Split(strings.TrimSpace(string(b)), "\n"), func(s string) bool {
		return s == "" || s[0] == '#'
	})
}

// finnishStem is what the case endings follow where the list gives no stem:
// -se for -nen, the name itself after a vowel, the name and an i after a
// consonant.
func finnishStem(name string) string {
	switch {
	case strings.HasSuffix(name, "nen"):
		return strings.TrimSuffix(name, "nen") + "se"
	case strings.ContainsRune("aeiouyåäö", []rune(name)[len([]rune(name))-1]):
		return name
	}
	return name + "i"
}

// to is the Finnish allative, "Koivuselle": what a letter says of its addressee.
func (s surname) to() string { return s.stem + "lle" }

// of is the Finnish genitive, "Koivusen".
func (s surname) of() string { return s.stem + "n" }

// about is the Finnish elative, "Koivusesta", by vowel harmony.
func (s surname) about() string {
	back := false
	for _, r := range s.stem {
		switch r {
		case 'a', 'o', 'u', 'A', 'O', 'U', 'å', 'Å':
			back = true
		case 'ä', 'ö', 'y', 'Ä', 'Ö', 'Y':
			back = false
		}
	}
	if back {
		return s.stem + "sta"
	}
	return s.stem + "stä"
}

// genitiveSwedish adds the -s that Swedish leaves out after s, x and z.
func genitiveSwedish(name string) string {
	if strings.HasSuffix(name, "s") || strings.HasSuffix(name, "x") || strings.HasSuffix(name, "z") {
		return name
	}
	return name + "s"
}

// ascii folds a name to what an e-mail address holds.
func ascii(name string) string {
	return asciiFold.Replace(strings.ToLower(name))
}

var asciiFold = strings.NewReplacer("å", "a", "ä", "a", "ö", "o", "é", "e", "ü", "u", " ", ".", "'", "", "’", "")
