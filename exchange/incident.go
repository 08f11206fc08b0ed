package exchange

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/klarlagt/klarlagt/breach"
)

// Incident is what is told of a case. Options are those of the EDPB's template,
// by the field that has them; "" and none: nobody has said.
type Incident struct {
	ID     string // see UUID
	Made   time.Time
	Closed bool

	Country string // ISO 3166-1 alpha-2
	Public  bool   // the controller is a public body
	Kind    string // of the playbook: "share", "mailbox"

	Happened, Aware, Contained breach.Moment

	Natures   []string // field 55
	Disclosed string   // field 56
	Type      string   // field 60
	Cause     string   // field 61
	Found     string   // field 50: by whom it was found out

	Surest breach.Grade // of all exposures; 0 where nothing was resolved
	Kinds  breach.Kinds // that became known, or may have
	Groups []string     // field 65
	People *People      // nil where nobody knows
}

// People is how many, between two bounds. An Upper of 0 over a Lower that is not
// means that nobody knows an upper bound.
type People struct{ Lower, Upper int64 }

// UUID names a case for others, always by the same: version 8 of RFC 9562, of
// SHA-256. From it nobody finds the case, and each vocabulary's objects have their
// own.
func UUID(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	b := h.Sum(nil)[:16]
	b[6], b[8] = b[6]&0x0F|0x80, b[8]&0x3F|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// confidential reports whether confidentiality was touched.
func (i Incident) confidential() bool {
	return slices.Contains(i.Natures, "confidentiality") || i.Surest >= breach.Possible
}
