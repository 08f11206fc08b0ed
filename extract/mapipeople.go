package extract

import (
	"bytes"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// Who wrote and who got a message of Outlook, as its properties and the header
// that it travelled with say it.

// toldPeople are those whom a list of recipients has named, as written.
type toldPeople map[string]bool

// transport hands over the header that the mail travelled with, as far as it
// says more than has been told.
func transport(text string, out Sink, at breach.Place, told toldPeople) error {
	if text == "" {
		return nil
	}
	box := newMail(strings.NewReader(text), out)
	box.at = at
	h, err := box.header()
	if err != nil {
		return nil // it comes from memory, and has no end but its own
	}
	var lines []byte
	for line := range bytes.Lines(h.lines) {
		label, value, _ := bytes.Cut(line, []byte(":"))
		switch strings.ToLower(string(label)) {
		case "from", "subject":
		case "to", "cc", "bcc":
			if rest := told.others(value); rest != "" {
				lines = appendLine(lines, string(label), []byte(rest))
			}
		default:
			lines = append(lines, line...)
		}
	}
	h.lines = lines
	return box.tell(h)
}

// written writes somebody as mail headers do.
func written(name, address string) string {
	switch {
	case name == "" || strings.EqualFold(name, address):
		return address
	case address == "":
		return name
	}
	return name + " <" + address + ">"
}

// mailAddress is the address to show: not those of a directory, which only its
// own servers can read.
func mailAddress(addresses ...string) string {
	for _, a := range addresses {
		if a != "" && !strings.HasPrefix(strings.ToLower(a), "/o=") {
			return a
		}
	}
	return ""
}

func (p toldPeople) add(written string) {
	if len(p) < maxTold {
		p[strings.ToLower(written)] = true
	}
}

// others gives of a list of addresses those that have not been told.
func (p toldPeople) others(list []byte) string {
	var rest []string
	for _, one := range splitQuoted(string(list), ',') {
		one = strings.TrimSpace(one)
		name, address, ok := strings.Cut(one, "<")
		name = strings.Trim(strings.TrimSpace(name), `"'`)
		if address = strings.TrimRight(address, "> "); !ok {
			name, address = "", name
		}
		if one != "" && !p[strings.ToLower(written(name, address))] {
			rest = append(rest, one)
		}
	}
	return strings.Join(rest, ", ")
}
