package casework

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/dispatch"
)

// mailboxFile says which service of digital mailboxes notices are handed to. It
// holds no secret: those lie in files of their own, named from its folder.
type mailboxFile struct {
	Kind string `json:"kind"` // "suomi.fi", "kivra"
	URL  string `json:"url"`  // "" is the service itself, and not its test

	// Suomi.fi:
	Username  string `json:"username,omitempty"`
	ServiceID string `json:"service_id,omitempty"`
	Prefix    string `json:"token_prefix,omitempty"`
	Open      bool   `json:"authorised_people_read,omitempty"`

	// Kivra:
	Tenant   string `json:"tenant,omitempty"`
	ClientID string `json:"client_id,omitempty"`
	Subject  string `json:"subject,omitempty"`
	SignIn   string `json:"sign_in_url,omitempty"`

	SecretFile string `json:"secret_file,omitempty"`
}

// ParseMailbox reads a file that says which service of digital mailboxes notices
// are handed to.
func ParseMailbox(path string) (dispatch.Mailbox, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, &breach.Refusal{Key: "cmd.cannot-read", Args: map[string]any{"Path": path}, Err: err}
	}
	var f mailboxFile
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return nil, wrongMailbox(path, "json")
	}
	base, known := map[string]string{"suomi.fi": "https://api.messages.suomi.fi", "kivra": "https://sender.api.kivra.com"}[f.Kind]
	if !known {
		return nil, wrongMailbox(path, "kind")
	}
	base = cmp.Or(f.URL, base)
	if u, err := url.Parse(base); err != nil || u.Host == "" || u.Scheme != "https" && !local(u.Hostname()) {
		return nil, wrongMailbox(path, "url")
	}
	if f.SecretFile == "" {
		return nil, wrongMailbox(path, "secret_file")
	}
	at := f.SecretFile
	if !filepath.IsAbs(at) {
		at = filepath.Join(filepath.Dir(path), at)
	}
	secret, err := secretFile(at)
	if err != nil {
		return nil, err
	}
	switch f.Kind {
	case "suomi.fi":
		if f.Username == "" || f.ServiceID == "" {
			return nil, wrongMailbox(path, "username, service_id")
		}
		return &dispatch.SuomiFi{Web: dispatch.Web{Base: base}, Username: f.Username, Password: secret, ServiceID: f.ServiceID, Prefix: f.Prefix, Open: f.Open}, nil
	default:
		if f.Tenant == "" || f.ClientID == "" || f.Subject == "" {
			return nil, wrongMailbox(path, "tenant, client_id, subject")
		}
		return &dispatch.Kivra{Web: dispatch.Web{Base: base}, Tenant: f.Tenant, ClientID: f.ClientID, Secret: secret, Subject: f.Subject, SignIn: f.SignIn}, nil
	}
}

func wrongMailbox(path, field string) error {
	return &breach.Refusal{Key: "refusal.mailbox-file", Args: map[string]any{"Path": path, "Field": field}}
}
