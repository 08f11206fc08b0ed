package web

import (
	"fmt"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/notify"
)

// unaffectedPage asks who wants to know, and shows the letter that they are not
// affected: in this answer alone, and what was typed in none.
type unaffectedPage struct {
	casePage
	Languages []string
	Language  string // as chosen; "" for what the registers say
	Answer    *casework.Unaffected
	Letters   []answerLetter
}

// answerLetter is one reader's letter, in one language after the other.
type answerLetter struct {
	Reader breach.Personal
	Parts  []proofPart
}

func showUnaffected(v *visit) error { return v.unaffectedForm(nil, nil) }

func (v *visit) unaffectedForm(u *casework.Unaffected, wrong error) error {
	base, err := v.theCase()
	if err != nil {
		return err
	}
	p := unaffectedPage{casePage: base, Languages: notify.Languages(), Language: v.PostFormValue("language"), Answer: u}
	if u == nil {
		return v.form("unaffected", p, wrong)
	}
	for _, n := range u.Letters {
		l := answerLetter{Reader: n.To.Name}
		for _, part := range n.Parts {
			l.Parts = append(l.Parts, proofPart{part.Language, string(part.Title), string(part.Text)})
		}
		p.Letters = append(p.Letters, l)
	}
	return v.form("unaffected", p, wrong)
}

// answerUnaffected writes the letter: onto the page, or as a file.
func answerUnaffected(v *visit) error {
	q := casework.Asked{Value: breach.Hide(v.PostFormValue("value")), Name: breach.Hide(v.PostFormValue("name")), Language: v.PostFormValue("language")}
	u, err := v.desk().AnswerUnaffected(v.Context(), v.caseID(), q)
	if err == nil {
		switch v.PostFormValue("as") {
		case "pdf":
			v.download("application/pdf", "klarlagt-"+string(v.caseID())+".pdf")
			err = u.Write(&v.body)
		case "text":
			v.download("text/plain; charset=utf-8", "klarlagt-"+string(v.caseID())+".txt")
			for _, n := range u.Letters {
				for _, part := range n.Parts {
					fmt.Fprintf(&v.body, "%s\n\n%s\n", part.Title, []byte(part.Text))
				}
			}
		default:
			return v.unaffectedForm(&u, nil)
		}
	}
	if isRefusal(err) {
		return v.unaffectedForm(nil, err)
	}
	return err
}
