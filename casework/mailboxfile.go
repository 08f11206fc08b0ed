package casework

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/dispatch"
)

// mailboxFile says which service of digital mailboxes notices are handed to. It
// holds no secret: those lie in files of their own, named from its folder.
type mailboxFile struct {
	Kind string `json:"kind"` // "suomi.fi", "kivra", "mina-meddelanden"
	URL  string `json:"url"`  // "" is the service itself, and not its test; of Mina meddelanden it has to be named

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

	// Mina meddelanden, with Subject:
	Number string `json:"organisation,omitempty"` // 10 digits
	Sender string `json:"sender,omitempty"`
	Text   string `json:"support_text,omitempty"`
	Page   string `json:"support_url,omitempty"`
	Phone  string `json:"support_phone,omitempty"`
	Mail   string `json:"support_mail,omitempty"`
	Roots  string `json:"roots_file,omitempty"` // what the services are certified by; "": by what this machine trusts

	// SecretFile holds a password; of Mina meddelanden, certificate and key in PEM.
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
	base, known := map[string]string{"suomi.fi": "https://api.messages.suomi.fi", "kivra": "https://sender.api.kivra.com", "mina-meddelanden": ""}[f.Kind]
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
	secret, err := secretFile(beside(path, f.SecretFile))
	if err != nil {
		return nil, err
	}
	switch f.Kind {
	case "suomi.fi":
		if f.Username == "" || f.ServiceID == "" {
			return nil, wrongMailbox(path, "username, service_id")
		}
		return &dispatch.SuomiFi{Web: dispatch.Web{Base: base}, Username: f.Username, Password: secret, ServiceID: f.ServiceID, Prefix: f.Prefix, Open: f.Open}, nil
	case "kivra":
		if f.Tenant == "" || f.ClientID == "" || f.Subject == "" {
			return nil, wrongMailbox(path, "tenant, client_id, subject")
		}
		return &dispatch.Kivra{Web: dispatch.Web{Base: base}, Tenant: f.Tenant, ClientID: f.ClientID, Secret: secret, Subject: f.Subject, SignIn: f.SignIn}, nil
	}
	return f.minaMeddelanden(path, base, secret)
}

func (f mailboxFile) minaMeddelanden(path, base string, secret breach.Personal) (dispatch.Mailbox, error) {
	if f.Number == "" || f.Sender == "" || f.Subject == "" || f.Text == "" {
		return nil, wrongMailbox(path, "organisation, sender, subject, support_text")
	}
	m := &dispatch.MinaMeddelanden{Web: dispatch.Web{Base: base}, Number: f.Number, Sender: f.Sender, Subject: f.Subject,
		Support: dispatch.Support{Text: f.Text, URL: f.Page, Phone: f.Phone, Mail: f.Mail}}
	var roots []byte
	if f.Roots != "" {
		var err error
		if roots, err = os.ReadFile(beside(path, f.Roots)); err != nil {
			return nil, &breach.Refusal{Key: "cmd.cannot-read", Args: map[string]any{"Path": beside(path, f.Roots)}, Err: err}
		}
	}
	if err := m.OpenKeys([]byte(secret.Reveal()), roots, time.Now()); err != nil {
		return nil, wrongMailbox(path, "secret_file, roots_file")
	}
	return m, nil
}

// beside is a file that another names: from the folder of that one.
func beside(path, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(path), name)
}

func wrongMailbox(path, field string) error {
	return &breach.Refusal{Key: "refusal.mailbox-file", Args: map[string]any{"Path": path, "Field": field}}
}
