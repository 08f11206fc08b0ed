package detect

import (
	"bytes"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// The detectors of this file read values that only a label tells apart from
// other letters and digits.

// passport reads passport numbers: seven to nine letters and digits.
var passport = Detector{
	Kind:   breach.Passport,
	Form:   "passport",
	Start:  AtLabel,
	match:  func(t *text, at int) { t.token(at, breach.Passport, "passport", isPassport) },
	Hits:   []string{"Passnummer: XP1234567", "passin numero FP1234567", "Passport no: 12345678"},
	Misses: []string{"Pass: obligatoriskt", "Passnummer: 123", "passi voimassa"},
}

// vehicle reads number plates.
var vehicle = Detector{
	Kind:   breach.Vehicle,
	Form:   "plate",
	Start:  AtLabel,
	match:  matchPlate,
	Hits:   []string{"Reg.nr: ABC 123", "rekisterinumero ABC-123", "Regnr: ABC12D", "Bil: AB 12345"},
	Misses: []string{"Reg.nr: saknas", "Bil: Volvo", "Regnr: 12"},
}

var username = Detector{
	Kind:   breach.Username,
	Form:   "username",
	Start:  AtLabel,
	match:  matchUsername,
	Hits:   []string{"Användarnamn: annber01", "username=annber", "Käyttäjätunnus: kom\\annber"},
	Misses: []string{"Användarnamn: -", "användare som har slutat", "username: x"},
}

// knownUser finds the usernames of the people in the registers behind a label,
// as logs have them: "user=annber". Its examples assume that the registers hold
// annber.
var knownUser = Detector{
	Kind:   breach.Username,
	Form:   "username",
	Start:  AtSign,
	match:  matchKnownUser,
	Hits:   []string{"login ok user=annber ip=10.1.2.3", `{"user": "ANNBER"}`, "användare: annber"},
	Misses: []string{"note=annber", "user annber"},
}

func matchKnownUser(t *text, at int) {
	if t.b[at] == '@' || t.x == nil {
		return
	}
	end := at
	for end > 0 && at-end < 3 && (t.b[end-1] == ' ' || isQuote(t.b[end-1])) {
		end--
	}
	start := end
	for start > 0 && end-start < maxLabel && (isLetter(t.b[start-1]) || t.b[start-1] == '_' || t.b[start-1] == '-') {
		start--
	}
	if start == end || !labels().user(t.b[start:end]) {
		return
	}
	from := at + 1
	for from < len(t.b) && from-at < 4 && (t.b[from] == ' ' || isQuote(t.b[from])) {
		from++
	}
	to := from
	for to < len(t.b) && to-from <= maxLabel && t.b[to] > ' ' && !isQuote(t.b[to]) {
		to++
	}
	if to-from < 2 || to-from > maxLabel {
		return
	}
	var buf [maxLabel]byte
	if !t.x.MayKnow(breach.Username, appendLower(buf[:0], t.b[from:to])) {
		return
	}
	f := breach.Finding{Kind: breach.Username, Form: "username", Value: breach.Hide(string(t.b[from:to])),
		Strength: breach.Middle, Labelled: true}
	if t.knows(f) {
		t.add(hit{from: from, to: to, Finding: f})
	}
}

// isQuote reports whether a byte ends a word in a log or a record.
func isQuote(c byte) bool {
	switch c {
	case '"', '\'', ',', ';', '}', ')', ']':
		return true
	}
	return false
}

var password = Detector{
	Kind:   breach.Password,
	Form:   "password",
	Start:  AtLabel,
	match:  matchPassword,
	Hits:   []string{"Lösenord: Vinter2024!", "password=hunter22", "salasana: kesä-99"},
	Misses: []string{"Lösenord: -", "lösenord måste bytas", "password: ********", "Salasana: ei"},
}

var doorCode = Detector{
	Kind:   breach.DoorCode,
	Form:   "door-code",
	Start:  AtLabel,
	match:  func(t *text, at int) { t.token(at, breach.DoorCode, "door-code", isDoorCode) },
	Hits:   []string{"Portkod: 1234", "ovikoodi 4321#", "Door code: B1204"},
	Misses: []string{"Portkod: saknas", "portkod 12"},
}

// token notes the word after a label if it looks right.
func (t *text) token(at int, kind breach.Kind, form string, looksRight func(w []byte) bool) {
	for at < t.end && (t.b[at] == ' ' || t.b[at] == '"' || t.b[at] == '\'') {
		at++
	}
	to := at
	for to < t.end && t.b[to] > ' ' && t.b[to] != ',' && t.b[to] != ';' && t.b[to] != '"' {
		to++
	}
	for to > at && (t.b[to-1] == '.' || t.b[to-1] == ')' || t.b[to-1] == '\'') {
		to--
	}
	if w := t.b[at:to]; looksRight(w) {
		t.add(hit{from: at, to: to, Finding: breach.Finding{Kind: kind, Form: form,
			Value: breach.Hide(string(w)), Strength: breach.Weak, Labelled: true}})
	}
}

// shape counts what a word is made of.
func shape(w []byte) (letters, digits, others int) {
	for _, c := range w {
		switch {
		case isDigit(c):
			digits++
		case (c|0x20)-'a' < 26:
			letters++
		default:
			others++
		}
	}
	return letters, digits, others
}

func isPassport(w []byte) bool {
	letters, digits, others := shape(w)
	return others == 0 && letters <= 3 && digits >= 5 && letters+digits >= 7 && letters+digits <= 9
}

func isDoorCode(w []byte) bool {
	letters, digits, others := shape(w)
	return digits >= 3 && digits <= 8 && letters <= 2 && others <= 2 && len(w) <= 10
}

// matchPlate reads two or three letters and one to five digits, perhaps with
// a letter in the end, after a label.
func matchPlate(t *text, at int) {
	for at < t.end && t.b[at] == ' ' {
		at++
	}
	i := at
	for i < t.end && isUpper(t.b[i]) {
		i++
	}
	letters := i - at
	if i < t.end && (t.b[i] == ' ' || t.b[i] == '-') {
		i++
	}
	first := i
	for i < t.end && isDigit(t.b[i]) {
		i++
	}
	digits := i - first
	if letters == 3 && digits == 2 && i < t.end && isUpper(t.b[i]) {
		i++
	}
	if letters < 2 || letters > 3 || digits < 1 || digits > 5 || i < t.end && isWord(t.b[i]) {
		return
	}
	plate := strings.NewReplacer(" ", "", "-", "").Replace(string(t.b[at:i]))
	t.add(hit{from: at, to: i, Finding: breach.Finding{Kind: breach.Vehicle, Form: "plate",
		Value: breach.Hide(plate), Strength: breach.Weak, Labelled: true}})
}

func matchUsername(t *text, at int) {
	if !t.assigned(at) {
		return
	}
	t.token(at, breach.Username, "username", func(w []byte) bool {
		letters, digits, _ := shape(w)
		return len(w) >= 2 && len(w) <= 64 && letters+digits >= 2 && letters+digits >= len(w)/2 &&
			!bytes.ContainsAny(w, "@/<>[]{}()=") && !isNo(w) && !notNames()[strings.ToLower(string(w))]
	})
}

func matchPassword(t *text, at int) {
	if !t.assigned(at) {
		return
	}
	t.token(at, breach.Password, "password", func(w []byte) bool {
		letters, digits, others := shape(w)
		return len(w) >= 4 && len(w) <= 64 && letters+digits > 0 && others <= len(w)/2 && !isNo(w)
	})
}

// assigned reports whether a value stands in a cell of its own, or behind a
// colon or an equals sign: running text after a label is no value.
func (t *text) assigned(at int) bool {
	for at > 0 && t.b[at-1] == ' ' {
		at--
	}
	switch t.at(at - 1) {
	case ':', '=', '\t', '\n', 0, '"', '>':
		return true
	}
	return false
}
