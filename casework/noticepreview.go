package casework

import (
	"strings"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/notify"
)

// Preview is a letter of a draft, to somebody who is made up.
type Preview struct {
	Letter   notify.Name
	Language string
	Title    string
	Text     string
	LIX      int  // see notify.Reading
	Plain    bool // as plain as the letters that come with the program
}

// PreviewLetters are the letters that a draft's matter may send, and the answers that
// are given in its words.
func (n NoticeDraft) PreviewLetters() []notify.Name {
	switch n.Matter {
	case notify.Update:
		return []notify.Name{notify.LetterUpdate, notify.LetterGuardianAgain, notify.LetterUnaffected, notify.LetterOutside}
	case notify.Correction:
		return []notify.Name{notify.LetterCorrection, notify.LetterGuardianAgain, notify.LetterUnaffected, notify.LetterOutside}
	}
	return []notify.Name{notify.LetterFirst, notify.LetterPossible, notify.LetterGuardian, notify.LetterGuardianYoung, notify.LetterYoung, notify.LetterEmployee,
		notify.LetterUnaffected, notify.LetterOutside}
}

// Preview makes one letter as somebody would get it, of whom nothing is true.
func (n NoticeDraft) Preview(name notify.Name, lang string) (Preview, error) {
	p := Preview{Letter: name, Language: lang}
	lacks := &breach.Refusal{Key: "refusal.notice-lacks-text", Args: map[string]any{"Letter": string(name), "Language": lang}}
	letter, ok := notify.Shipped(name, lang)
	if _, written := n.Texts[lang]; !ok || !written {
		return p, lacks
	}
	texts := n.texts(lang)
	texts.Listed, texts.Items, texts.NotRead = n.Date, 1200, 3
	sheet, err := notify.Prepare(letter, texts)
	if err != nil {
		lacks.Err = err
		return p, lacks
	}
	r := notify.Record{Subject: "p0", Reader: "p0", Name: breach.Hide("Maija Esimerkki"), Code: notify.Code(nil, "n0", "p0", "p0")}
	if strings.HasPrefix(string(name), "guardian") {
		r.Reader, r.Child = "p1", breach.Hide("Otso")
	}
	sure := []breach.Grade{breach.Proven, breach.Likely, breach.Possible}
	for i, kind := range []breach.Kind{breach.Name, breach.NationalID, breach.Phone} {
		grade := sure[i]
		if name == notify.LetterPossible {
			grade = breach.Possible
		}
		r.Exposures = append(r.Exposures, breach.Exposure{Person: "p0", Kind: kind, Grade: grade, Places: 1})
	}
	words, _, err := sheet.Render(r)
	if err != nil {
		lacks.Err = err
		return p, lacks
	}
	p.Title, p.Text = string(words.Title), string(words.Text)
	p.LIX, p.Plain = sheet.Reading().LIX(), sheet.Reading().Plain(lang)
	return p, nil
}

// Whole refuses a draft that lacks what every notice needs; it names the field.
func (n NoticeDraft) Whole() error {
	lacks := func(field string) error {
		return &breach.Refusal{Key: "refusal.notice-draft", Args: map[string]any{"Field": field}}
	}
	user, domain, ok := strings.Cut(n.Sender.Mail, "@")
	switch {
	case len(n.Texts) == 0:
		return lacks("happened")
	case n.Country != "SE" && n.Country != "FI" && n.Country != "AX":
		return lacks("country")
	case strings.TrimSpace(n.Sender.Name) == "":
		return lacks("sender")
	case !ok || user == "" || !strings.Contains(domain, "."):
		return lacks("from")
	case len(n.Policy.Order) == 0:
		return lacks("order")
	}
	for _, t := range n.Texts {
		for field, said := range map[string]string{"controller": t.Controller, "happened": t.Happened, "measures": t.Measures, "contact": t.Contact} {
			if strings.TrimSpace(said) == "" {
				return lacks(field)
			}
		}
		if n.Matter == notify.Update && t.News == "" {
			return lacks("news")
		}
		if n.Matter == notify.Correction && t.Mistake == "" {
			return lacks("mistake")
		}
	}
	return nil
}
