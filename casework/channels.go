package casework

import (
	"bytes"
	"encoding/json"
	"os"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/dispatch"
)

// Channels are the ways on which a server hands over for one organisation. What
// is not there is nil, and is none of its ways.
type Channels struct {
	Relay   *dispatch.Relay
	Seeds   []string // where rehearsals go
	Inbox   Inbox    // where they are read back; nil: no rehearsals
	Mailbox dispatch.Mailbox
	Posti   *dispatch.Posti // without its password, which nobody at a page is shown

	Wait, Every time.Duration // of a rehearsal, see [RehearseOptions]
}

// Close closes what is open to the mail server.
func (c Channels) Close() {
	if c.Relay != nil {
		c.Relay.Close()
	}
}

// channelsFile is how they are written down. It holds no secret: those lie in
// files of their own, named from its folder.
type channelsFile struct {
	Mail *struct {
		SMTP       string `json:"smtp"` // see ParseRelay
		SecretFile string `json:"secret_file,omitempty"`
	} `json:"mail"`
	Rehearsal *struct {
		Seeds      []string `json:"seeds"`
		IMAP       string   `json:"imap"` // see ParseInbox
		SecretFile string   `json:"secret_file"`
	} `json:"rehearsal"`
	Mailbox string `json:"mailbox,omitempty"` // a file, see ParseMailbox
	Posti   *struct {
		Customer string `json:"customer"`
		Contact  string `json:"contact,omitempty"`
		Test     bool   `json:"test,omitempty"`
	} `json:"posti"`
}

// ParseChannels reads a file that says on which ways a server hands over.
func ParseChannels(path string) (Channels, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return Channels{}, &breach.Refusal{Key: "cmd.cannot-read", Args: map[string]any{"Path": path}, Err: err}
	}
	wrong := func(field string) (Channels, error) {
		return Channels{}, &breach.Refusal{Key: "refusal.channels-file", Args: map[string]any{"Path": path, "Field": field}}
	}
	var f channelsFile
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return wrong("json")
	}
	var c Channels
	if f.Mail != nil {
		secret := ""
		if f.Mail.SecretFile != "" {
			secret = beside(path, f.Mail.SecretFile)
		}
		if c.Relay, err = ParseRelay(f.Mail.SMTP, secret); err != nil {
			return Channels{}, err
		}
	}
	if r := f.Rehearsal; r != nil {
		if c.Relay == nil || len(r.Seeds) == 0 {
			return wrong("mail, seeds")
		}
		for _, seed := range r.Seeds {
			if _, err := ParseSender(seed); err != nil {
				return wrong("seeds")
			}
		}
		c.Seeds = r.Seeds
		if c.Inbox, err = ParseInbox(r.IMAP, beside(path, r.SecretFile)); err != nil {
			return Channels{}, err
		}
	}
	if f.Mailbox != "" {
		if c.Mailbox, err = ParseMailbox(beside(path, f.Mailbox)); err != nil {
			return Channels{}, err
		}
	}
	if f.Posti != nil {
		if f.Posti.Customer == "" {
			return wrong("customer")
		}
		c.Posti = &dispatch.Posti{Customer: f.Posti.Customer, Contact: f.Posti.Contact, Test: f.Posti.Test}
	}
	return c, nil
}
