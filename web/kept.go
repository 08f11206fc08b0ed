package web

import (
	"net/http"
	"slices"
	"strings"
)

// kept is what was typed into a form of a case whose sign-in had ended before it
// was sent. It lies in the page that is answered, and nowhere else: the sign-in
// carries it along, and afterwards it is sent again by whoever signed in.
type kept struct {
	To     string // where it was sent
	Fields []keptField
}

type keptField struct{ Name, Value string }

// unseenFields are those of a case's forms that nobody types: they are sent again,
// and not shown.
const unseenFields = " about group facts form fact item base case notice key wave filing batch of with seen "

// Typed reports whether somebody typed or chose it.
func (f keptField) Typed() bool {
	return f.Value != "" && !strings.Contains(unseenFields, " "+f.Name+" ")
}

// How the fields are called on their way through the sign-in.
const (
	keptTo     = "kept-to"
	keptPrefix = "kept."
)

// keep gives what was typed; nil where there is nothing to keep. What finds or
// shows somebody is asked anew: it has its reason and its moment.
func (v *visit) keep() *kept {
	_, page, inCase := strings.Cut(v.Pattern, "POST /cases/{case}/")
	if !inCase || strings.HasPrefix(page, "people") || v.ParseForm() != nil {
		return nil
	}
	return keptOf(local(v.URL.Path), v.PostForm, "")
}

// keptAgain gives what came along with a sign-in.
func (v *visit) keptAgain() *kept {
	to := v.PostFormValue(keptTo)
	if !strings.HasPrefix(to, "/cases/") || local(to) != to {
		return nil
	}
	return keptOf(to, v.PostForm, keptPrefix)
}

func keptOf(to string, form map[string][]string, prefix string) *kept {
	k := &kept{To: to}
	for name, values := range form {
		if name, ok := strings.CutPrefix(name, prefix); ok && name != "" {
			for _, value := range values {
				k.Fields = append(k.Fields, keptField{name, value})
			}
		}
	}
	if len(k.Fields) == 0 {
		return nil
	}
	slices.SortStableFunc(k.Fields, func(a, b keptField) int { return strings.Compare(a.Name, b.Name) })
	return k
}

// signInFirst sends somebody to the sign-in, or asks for it on the spot where
// something typed would be lost.
func (v *visit) signInFirst(path string) error {
	k := v.keep()
	if k == nil {
		return v.redirect(path)
	}
	v.status = http.StatusForbidden
	p := v.signInPage()
	p.Name, p.Next, p.Kept = "", v.here(), k
	return v.page("sign-in", p)
}

// sendAgain shows what was kept to whoever has just signed in.
func (v *visit) sendAgain(k *kept, next string) error {
	v.out.Header().Del("Location")
	v.status = http.StatusOK
	return v.page("kept", keptPage{k, local(next)})
}

// keptPage is what was kept, to be sent or left.
type keptPage struct {
	*kept
	Next string
}
