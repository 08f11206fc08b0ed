package casework

import (
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/dispatch"
)

// ParseRelay reads which mail server of one's own mails are handed to:
// smtp://host:port, which has to offer STARTTLS unless it is this machine, or
// smtps://host:port, with a user in front of the host where it asks for one. The
// user's password lies in a file of its own.
func ParseRelay(text, passwordFile string) (*dispatch.Relay, error) {
	wrong := &breach.Refusal{Key: "refusal.mail-relay"}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, wrong
	}
	if _, has := u.User.Password(); has { // a command line is seen by everybody on the machine
		return nil, wrong
	}
	r := &dispatch.Relay{User: u.User.Username()}
	port := "25"
	switch {
	case u.Scheme == "smtps":
		r.Security, port = dispatch.Implicit, "465"
	case u.Scheme != "smtp":
		return nil, wrong
	case local(u.Hostname()):
		r.Security = dispatch.Loopback
	}
	if u.Port() != "" {
		port = u.Port()
	}
	r.Addr = net.JoinHostPort(u.Hostname(), port)
	if (r.User == "") != (passwordFile == "") {
		return nil, wrong
	}
	if passwordFile != "" {
		secret, err := os.ReadFile(passwordFile)
		if err != nil {
			return nil, &breach.Refusal{Key: "cmd.cannot-read", Args: map[string]any{"Path": passwordFile}, Err: err}
		}
		r.Password = breach.Hide(strings.TrimRight(string(secret), "\r\n"))
		clear(secret)
	}
	return r, nil
}

// local reports whether a host is this machine.
func local(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// ParseSender reads whom mails of ours come from: an address and nothing else.
func ParseSender(text string) (string, error) {
	a, err := mail.ParseAddress(text)
	if err != nil || a.Address != text || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", &breach.Refusal{Key: "refusal.mail-address"}
	}
	return a.Address, nil
}
