package notify

import (
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

//go:embed letters/*/*.txt
var files embed.FS

// Languages lists the languages of the letters.
func Languages() []string { return slices.Sorted(maps.Keys(shipped())) }

// Shipped is a letter that comes with the program.
func Shipped(name Name, lang string) (Letter, bool) {
	l, ok := shipped()[lang].letters[name]
	return l, ok
}

// library is all texts of one language.
type library struct {
	letters map[Name]Letter
	advice  map[string]advice // by topic
	help    map[string]string // by country
}

// advice is what a kind of data may lead to, and what to do about it.
type advice struct{ leads, do string }

// shipped parses the texts once.
var shipped = sync.OnceValue(func() map[string]library {
	all := map[string]library{}
	folders, err := files.ReadDir("letters")
	for _, folder := range folders {
		all[folder.Name()], err = readLibrary(folder.Name())
		if err != nil {
			break
		}
	}
	if err != nil {
		panic("notify: " + err.Error()) // ours, and embedded
	}
	return all
})

func readLibrary(lang string) (library, error) {
	lib := library{map[Name]Letter{}, map[string]advice{}, map[string]string{}}
	entries, err := files.ReadDir("letters/" + lang)
	if err != nil {
		return lib, err
	}
	for _, e := range entries {
		raw, err := files.ReadFile("letters/" + lang + "/" + e.Name())
		if err != nil {
			return lib, err
		}
		text, name := string(raw), strings.TrimSuffix(e.Name(), ".txt")
		if topic, ok := strings.CutPrefix(name, "advice-"); ok {
			leads, do, both := strings.Cut(strings.TrimSpace(text), "\n\n")
			if !both || strings.ContainsAny(leads+do, "\n{}") {
				return lib, fmt.Errorf("%s in %s: not two lines parted by a blank one", name, lang)
			}
			lib.advice[topic] = advice{leads, do}
		} else if country, ok := strings.CutPrefix(name, "help-"); ok {
			lib.help[country] = strings.TrimSpace(text)
		} else if lib.letters[Name(name)], err = Parse(Name(name), lang, text); err != nil {
			return lib, err
		}
	}
	return lib, nil
}
