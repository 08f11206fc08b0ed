package leak

import (
	"bytes"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/nationalid"
)

// mails calls do with each e-mail address of a text, in lower case.
func mails(text []byte, do func(at int, mail string)) {
	for from := 0; ; {
		at := bytes.IndexByte(text[from:], '@')
		if at < 0 {
			return
		}
		at += from
		start, end := at, at+1
		for start > 0 && inMail(text[start-1]) {
			start--
		}
		for end < len(text) && inMail(text[end]) {
			end++
		}
		host := strings.Trim(string(text[at+1:end]), ".-_")
		if start < at && host != "" {
			do(start, strings.ToLower(string(text[start:at+1])+host))
		}
		from = at + 1
	}
}

func inMail(b byte) bool {
	return b >= 0x80 || ascii[b].class != none || strings.IndexByte(".-_+'%", b) >= 0
}

// numbersIn calls do with each spelling of a text that is a national identity
// number with a check that holds.
func numbersIn(text []byte, do func(at int, number string)) {
	for i := 0; i < len(text); i++ {
		if !isDigit(text[i]) || i > 0 && (isDigit(text[i-1]) || ascii[text[i-1]&127].class != none && text[i-1] < 0x80) {
			continue
		}
		end := i
		for end < len(text) && end-i < 13 && (text[end] < 0x80 && ascii[text[end]].class != none || end-i >= 6 && strings.IndexByte("-+ ", text[end]) >= 0) {
			end++
		}
		// A spelling may be followed by a blank and a word: try each shorter one.
		for ; end-i >= 10; end-- {
			if end < len(text) && text[end] < 0x80 && ascii[text[end]].class != none {
				continue
			}
			if n := number(string(text[i:end])); n != "" {
				do(i, n)
				break
			}
		}
	}
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// number is the canonical form of what can only be an identity number: ten
// digits may be anything, unless a check digit holds.
func number(spelling string) string {
	for _, n := range nationalid.Readings(spelling) {
		if !n.Failed && (n.Strength == breach.Strong || n.Country == "SE") {
			return n.Canonical
		}
	}
	return ""
}

// unfilled are the marks that templates leave behind where nothing filled them.
var unfilled = [...]string{"{", "}", "[[", "]]", "⟦", "⟧", "<no value>", "<nil>", "%!", "%s", "%v", "%d", "<<", ">>",
	"\ufffd", "undefined", "NULL", "•••"}

// loggish is what stands in logs and in what programs say when they fail.
var loggish = [...]string{"DEBUG", "TRACE", "WARN ", "WARNING:", "ERROR:", "ERROR ", "INFO:", "INFO ", "[info]", "[error]", "status=", "dsn=", "relay=", "to=<", "from=<",
	"queued as", "message-id=", "Traceback (", "goroutine ", "panic: ", "Exception: ", "Exception in ", "INSERT INTO", "SELECT ", "250 2.0.0", "250 OK", "RCPT TO", "MAIL FROM", "HTTP/1."}

// bytesOf are the bytes that a text has.
type bytesOf [256]bool

func (has *bytesOf) fill(text []byte) {
	*has = bytesOf{}
	for _, b := range text {
		has[b] = true
	}
}

// find gives the place of the first of some marks in a text that has these
// bytes; -1 where there is none.
func (has *bytesOf) find(text []byte, marks []string) int {
	for _, m := range marks {
		if !has.all(m) {
			continue
		}
		if i := bytes.Index(text, []byte(m)); i >= 0 {
			return i
		}
	}
	return -1
}

func (has *bytesOf) all(mark string) bool {
	for i := range len(mark) {
		if !has[mark[i]] {
			return false
		}
	}
	return true
}

// clock gives the place of the first time of day to the second, 19:30:01, which
// machines write and people do not; -1 where there is none.
func clock(text []byte) int {
	for i := 2; i+5 < len(text); i++ {
		if text[i] == ':' && text[i+3] == ':' && isDigit(text[i-2]) && isDigit(text[i-1]) && isDigit(text[i+1]) &&
			isDigit(text[i+2]) && isDigit(text[i+4]) && isDigit(text[i+5]) {
			return i - 2
		}
	}
	return -1
}
