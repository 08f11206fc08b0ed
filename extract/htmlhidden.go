package extract

import (
	"bytes"
	"encoding/base64"
	"net/url"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// What a page says beside its text: of itself, in fields, in links and comments.

func (p *page) property(label string, value []byte) error {
	value = bytes.TrimSpace(value)
	if len(value) == 0 {
		return nil
	}
	line := appendLine(nil, label, value[:min(len(value), maxLines)])
	return p.out.Text(p.at.Down(breach.Step{Unit: breach.Property}), line)
}

func (p *page) meta() error {
	switch name := strings.ToLower(p.tag["name"] + p.tag["property"]); name {
	case "author", "description", "keywords", "creator", "dc.creator", "dc.subject", "og:title", "og:description":
		return p.property(name, []byte(p.tag["content"]))
	}
	return nil
}

// input takes the value of a form field, which may be hidden.
func (p *page) input() error {
	switch value := p.tag["value"]; p.tag["type"] {
	case "submit", "button", "reset", "image", "checkbox", "radio":
		p.add([]byte(" " + value + " "))
	case "hidden":
		if name := p.tag["name"]; value != "" && len(value) < 4096 && !strings.HasPrefix(name, "__") {
			return p.property(name, []byte(value))
		}
	default:
		p.add([]byte(" " + value + " "))
	}
	return nil
}

// picture takes the text beside a picture, and one that lies inside the page.
func (p *page) picture() error {
	for _, text := range []string{p.tag["alt"], p.tag["title"]} {
		if text != "" {
			p.add([]byte(" " + text + " "))
		}
	}
	src := p.tag["src"] + p.tag["data"]
	kind, data, ok := strings.Cut(src, ";base64,")
	if !ok || !strings.HasPrefix(kind, "data:") {
		return nil
	}
	return p.out.File("data", base64.NewDecoder(base64.StdEncoding, strings.NewReader(data)))
}

// contact is where a link leads: an address of mail, a telephone, a page
// without what it is asked for, which is long and for machines, but where that
// is somebody's.
func contact(href string) string {
	href = strings.TrimSpace(href)
	kind, rest, _ := strings.Cut(href, ":")
	address, query, _ := strings.Cut(rest, "?")
	page := ""
	switch strings.ToLower(kind) {
	case "mailto", "tel":
	case "http", "https", "ftp":
		page, _, _ = strings.Cut(address, "#")
		page = kind + ":" + page
		address = query
	default:
		address = query
	}
	if plain, err := url.QueryUnescape(address); err == nil && !strings.EqualFold(kind, "tel") {
		address = plain
	}
	if !isData(address) || len(address) > 4096 {
		address = ""
	}
	if len(page) > 1024 {
		page = ""
	}
	return strings.TrimSpace(page + " " + address)
}

// comment takes text that the page hides from its readers, without tags.
func (p *page) comment(text []byte) error {
	var plain []byte
	depth := false
	for _, c := range text[:min(len(text), maxLines)] {
		switch {
		case c == '<':
			depth = true
			plain = append(plain, ' ')
		case c == '>':
			depth = false
		case !depth:
			plain = append(plain, c)
		}
	}
	plain = bytes.TrimSpace(plain)
	if len(plain) < 6 || plain[0] == '[' {
		return nil // conditional comments of office programs
	}
	return p.out.Text(p.at.Down(breach.Step{Unit: breach.Comment}), plain)
}
