package detect

import (
	"bytes"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

var email = Detector{
	Kind:  breach.Email,
	Form:  "email",
	Start: AtSign,
	match: matchEmail,
	Hits: []string{"anna.berg@example.se", "<Anna_Berg+x@mail.example.com>,", "mailto:o'brien@example.fi", "å@example.se x@y.fi",
		"skriv till anna.berg@example.se."},
	Misses: []string{"@example.se", "anna@", "anna@localhost", "a@b.c", "kl. 10@12.30", "anna @example.se",
		"20240501101500.12345.67890123456789@mx.example.com"},
}

// maxLocal and maxDomain bound the two parts of an address.
const (
	maxLocal  = 64
	maxDomain = 253
)

func matchEmail(t *text, at int) {
	if t.b[at] != '@' {
		return
	}
	from := at
	for from > 0 && at-from < maxLocal+1 && isLocal(t.b[from-1]) {
		from--
	}
	if at-from > maxLocal {
		return
	}
	for from < at && !isWord(t.b[from]) {
		from++
	}
	to := at + 1
	for to < len(t.b) && to-at <= maxDomain && isDomain(t.b[to]) {
		to++
	}
	for to > at+1 && (t.b[to-1] == '.' || t.b[to-1] == '-') {
		to--
	}
	domain := t.b[at+1 : to]
	dot := bytes.LastIndexByte(domain, '.')
	if from == at || dot < 1 || len(domain)-dot < 3 || !onlyLetters(domain[dot+1:]) || bytes.Contains(domain, []byte("..")) {
		return
	}
	value := strings.ToLower(string(t.b[from:to]))
	f := breach.Finding{Kind: breach.Email, Form: "email", Value: breach.Hide(value), Strength: breach.Strong}
	if machineMade(t.b[from:at]) && !t.knows(f) {
		return
	}
	t.add(hit{from: from, to: to, Finding: f})
}

func isLocal(c byte) bool {
	if isDigit(c) || (c|0x20)-'a' < 26 {
		return true
	}
	switch c {
	case '.', '_', '%', '+', '-', '\'':
		return true
	}
	return false
}

func isDomain(c byte) bool { return isDigit(c) || (c|0x20)-'a' < 26 || c == '.' || c == '-' }

func onlyLetters(b []byte) bool {
	for _, c := range b {
		if (c|0x20)-'a' >= 26 {
			return false
		}
	}
	return true
}

// machineMade reports whether the local part is that of a message's id rather
// than of an address: long, and most of it digits or hexadecimal.
func machineMade(local []byte) bool {
	if len(local) < 16 {
		return false
	}
	digits, hex := 0, 0
	for _, c := range local {
		switch {
		case isDigit(c):
			digits++
			hex++
		case (c|0x20)-'a' < 6:
			hex++
		}
	}
	return 2*digits > len(local) || digits >= 6 && 10*hex > 8*len(local)
}
