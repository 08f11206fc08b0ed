package casework

import (
	"context"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/dispatch"
	"github.com/klarlagt/klarlagt/notify"
	"github.com/klarlagt/klarlagt/store"
)

// ParseNoticeText reads what is written of the matter in one language: sections
// that begin with a line such as [happened]. False means that a section is
// unknown, stands twice, or lacks.
func ParseNoticeText(raw string) (NoticeText, bool) {
	var t NoticeText
	fields := map[string]*string{"controller": &t.Controller, "happened": &t.Happened, "measures": &t.Measures, "contact": &t.Contact,
		"kept": &t.Kept, "unread": &t.Unread, "news": &t.News, "mistake": &t.Mistake}
	var now *string
	raw = strings.ReplaceAll(strings.TrimPrefix(raw, "\uFEFF"), "\r\n", "\n")
	for line := range strings.Lines(raw) {
		name := strings.TrimSpace(line)
		if strings.HasPrefix(name, "[") && strings.HasSuffix(name, "]") {
			now = fields[name[1:len(name)-1]]
			if now == nil || *now != "" {
				return t, false
			}
			continue
		}
		if now == nil {
			if name != "" {
				return t, false
			}
			continue
		}
		*now += line
	}
	for _, field := range fields {
		*field = strings.TrimSpace(*field)
	}
	return t, t.Controller != "" && t.Happened != "" && t.Measures != "" && t.Contact != ""
}

// ParseMatter finds the matter with a name such as "update".
func ParseMatter(name string) (notify.Matter, bool) {
	m, ok := map[string]notify.Matter{"first": notify.First, "update": notify.Update, "correction": notify.Correction}[name]
	return m, ok
}

// ParseInbox reads which mailbox of one's own a rehearsal arrives in:
// imaps://user@host, or imap://user@host on this machine.
func ParseInbox(text, passwordFile string) (Inbox, error) {
	wrong := &breach.Refusal{Key: "refusal.mail-inbox"}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User.Username() == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, wrong
	}
	m := dispatch.IMAP{Security: dispatch.Implicit, User: u.User.Username(), Folder: strings.Trim(u.Path, "/")}
	port := "993"
	if u.Scheme == "imap" && local(u.Hostname()) {
		m.Security, port = dispatch.Loopback, "143"
	} else if u.Scheme != "imaps" {
		return nil, wrong
	}
	if u.Port() != "" {
		port = u.Port()
	}
	m.Addr = net.JoinHostPort(u.Hostname(), port)
	secret, err := os.ReadFile(passwordFile)
	if err != nil {
		return nil, &breach.Refusal{Key: "cmd.cannot-read", Args: map[string]any{"Path": passwordFile}, Err: err}
	}
	m.Password = breach.Hide(strings.TrimRight(string(secret), "\r\n"))
	clear(secret)
	return m, nil
}

// Unsettled lists the dispatches that somebody has to look at, so many at most, and
// counts the rest: uncertain ones first, then those that no machine hands over.
func (d *Desk) Unsettled(ctx context.Context, id store.CaseID, n Notice, most int) (list []store.Dispatch, more int, err error) {
	g, err := d.grant(ctx, id, auth.SettleNotice)
	if err != nil {
		return nil, 0, err
	}
	return d.Store.Unsettled(ctx, g, n.NoticeVersion, most)
}
