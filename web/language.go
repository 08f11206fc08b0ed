package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/klarlagt/klarlagt/locale"
)

// languageYears is how long a browser remembers the language, in seconds.
const languageYears = 2 * 365 * 24 * 3600

// language is what the visitor chose, or what the browser asks for.
func (v *visit) language() string {
	if c, err := v.Cookie(v.cookieName("language")); err == nil && slices.Contains(locale.Languages(), c.Value) {
		return c.Value
	}
	for asked := range strings.SplitSeq(v.Request.Header.Get("Accept-Language"), ",") {
		base, _, _ := strings.Cut(strings.TrimSpace(asked), ";")
		base, _, _ = strings.Cut(base, "-")
		if slices.Contains(locale.Languages(), base) {
			return base
		}
	}
	return locale.Match("")
}

func chooseLanguage(v *visit) error {
	lang := v.PostFormValue("lang")
	if !slices.Contains(locale.Languages(), lang) {
		return errNotThere
	}
	http.SetCookie(v.out, &http.Cookie{Name: v.cookieName("language"), Value: lang, Path: "/", MaxAge: languageYears, Secure: !v.Plain, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return v.redirect(local(v.PostFormValue("next")))
}
