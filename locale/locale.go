// Package locale holds every text on a screen and in a report, one file a
// language, and writes numbers and dates as that language does.
package locale

import (
	"embed"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed *.json
var files embed.FS

// Languages lists the languages there are texts in, the first for those who
// ask for none of them.
func Languages() []string { return []string{"en", "sv", "fi"} }

// bundles parse the texts of a language once, when it is first asked for: a
// command speaks one. Each has all keys, so none needs another to fall back on.
var bundles = func() map[string]func() *i18n.Bundle {
	all := map[string]func() *i18n.Bundle{}
	for _, lang := range Languages() {
		all[lang] = sync.OnceValue(func() *i18n.Bundle {
			b := i18n.NewBundle(language.English)
			if _, err := b.LoadMessageFileFS(files, lang+".json"); err != nil {
				panic(fmt.Sprintf("locale: %s: %v", lang, err)) // ours, and embedded
			}
			return b
		})
	}
	return all
}()

// Match finds the language that suits what a user or a system asks for:
// "sv", "sv-FI", "sv_FI.UTF-8". What is not known gives the first language.
func Match(asked string) string {
	base := strings.ToLower(asked)
	if i := strings.IndexAny(base, "-_.@"); i >= 0 {
		base = base[:i]
	}
	if slices.Contains(Languages(), base) {
		return base
	}
	return Languages()[0]
}

// Printer writes in one language. It is safe for use by many goroutines.
type Printer struct {
	lang  string
	texts *i18n.Localizer
	form  format
}

// For gives the printer of a language; see [Match].
func For(lang string) *Printer {
	lang = Match(lang)
	return &Printer{lang: lang, texts: i18n.NewLocalizer(bundles[lang](), lang), form: formats[lang]}
}

// Lang is the language as BCP 47.
func (p *Printer) Lang() string { return p.lang }

// T gives the text of a key. The arguments are pairs of a placeholder's name
// and its value. Whole numbers are written as the language writes them, and the
// one named Count chooses the plural form.
//
//	p.T("report.persons", "Count", 1204)
func (p *Printer) T(key string, args ...any) string {
	named := map[string]any{}
	for i := 0; i+1 < len(args); i += 2 {
		if name, ok := args[i].(string); ok {
			named[name] = args[i+1]
		}
	}
	return p.Text(key, named)
}

// Text is T for arguments that come as a map, as those of a breach.Refusal.
// Lists of words, or of things with titles, are written as lists. A key without a text, or a text that cannot be filled, gives the key in double
// brackets: wrong, and to be seen.
func (p *Printer) Text(key string, args map[string]any) string {
	data := make(map[string]any, len(args))
	var count any
	for name, value := range args {
		data[name] = value
		if n, ok := whole(value); ok {
			data[name] = p.Number(n)
			if name == "Count" {
				count = n
			}
		} else if words, ok := p.words(value); ok {
			data[name] = p.List(words)
		}
	}
	text, err := p.texts.Localize(&i18n.LocalizeConfig{MessageID: key, TemplateData: data, PluralCount: count})
	if err != nil { // a text that is the same for every number
		text, err = p.texts.Localize(&i18n.LocalizeConfig{MessageID: key, TemplateData: data})
	}
	if err != nil {
		return "⟦" + key + "⟧"
	}
	return text
}

// Has reports whether there is a text for a key.
func (p *Printer) Has(key string) bool {
	_, err := p.texts.Localize(&i18n.LocalizeConfig{MessageID: key})
	return err == nil
}

// words gives the words of a list of texts, or of things that have a title in
// each language, such as kinds of data.
func (p *Printer) words(value any) ([]string, bool) {
	if words, ok := value.([]string); ok {
		return words, true
	}
	list := reflect.ValueOf(value)
	if list.Kind() != reflect.Slice {
		return nil, false
	}
	var words []string
	for i := range list.Len() {
		titled, ok := list.Index(i).Interface().(interface{ Title(lang string) string })
		if !ok {
			return nil, false
		}
		words = append(words, titled.Title(p.lang))
	}
	return words, true
}

// whole gives the value of any whole number.
func whole(value any) (int64, bool) {
	switch n := value.(type) {
	case int:
		return int64(n), true
	case int64:
		return n, true
	case int32:
		return int64(n), true
	case uint32:
		return int64(n), true
	}
	return 0, false
}
