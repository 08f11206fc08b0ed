package exchange

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/klarlagt/klarlagt/breach"
)

// verisVersion is the version of the schema that is written and read:
// github.com/vz-risk/veris, verisc.json.
const verisVersion = "1.4.1"

// unknown is what VERIS has for what nobody knows.
const unknown = "Unknown"

// veris is an incident in VERIS, as far as we write it.
type veris struct {
	ID        string         `json:"incident_id"`
	Version   string         `json:"schema_version"`
	Security  string         `json:"security_incident"`
	Summary   string         `json:"summary"`
	Source    string         `json:"source_id"`
	Timeline  verisTimeline  `json:"timeline"`
	Victim    verisVictim    `json:"victim"`
	Action    map[string]any `json:"action"`
	Actor     map[string]any `json:"actor"`
	Asset     verisAsset     `json:"asset"`
	Attribute map[string]any `json:"attribute,omitempty"`
	Discovery map[string]any `json:"discovery_method"`
}

type verisTimeline struct {
	Incident  verisDate  `json:"incident"`
	Discovery *verisSpan `json:"discovery,omitempty"`
	Contained *verisSpan `json:"containment,omitempty"`
}

type verisDate struct {
	Year  int `json:"year"`
	Month int `json:"month,omitempty"`
	Day   int `json:"day,omitempty"`
}

type verisSpan struct {
	Unit  string `json:"unit"`
	Value int64  `json:"value,omitempty"`
}

type verisVictim struct {
	ID         string   `json:"victim_id,omitempty"`
	Country    []string `json:"country"`
	Employees  string   `json:"employee_count"`
	Industry   string   `json:"industry"`
	Government []string `json:"government"`
}

type verisAsset struct {
	Assets []verisVariety `json:"assets"`
	Cloud  []string       `json:"cloud"`
}

type verisVariety struct {
	Variety string `json:"variety"`
}

type verisConfidentiality struct {
	Disclosure string         `json:"data_disclosure"`
	Total      int64          `json:"data_total,omitempty"` // records, which here are people
	Data       []verisVariety `json:"data,omitempty"`
	Victims    []string       `json:"data_victim,omitempty"`
	Notes      string         `json:"notes,omitempty"`
}

// verisAction is an action with one variety and one vector.
type verisAction struct {
	Category, Variety, Vector string
}

// verisActions gives each type of incident of the template (field 60) the action
// that says no more than it does.
var verisActions = map[string]verisAction{
	"insider":             {"misuse", unknown, unknown},
	"ransomware":          {"malware", "Ransomware", unknown},
	"hacking":             {"hacking", unknown, unknown},
	"phishing":            {"social", "Phishing", unknown},
	"vulnerability":       {"hacking", "Exploit vuln", unknown},
	"unauthorised-access": {"hacking", unknown, unknown},
	"exfiltration":        {"hacking", unknown, unknown},
	"mix-up":              {"error", "Misdelivery", unknown},
	"device-lost":         {"error", "Loss", unknown},
	"e-waste":             {"error", "Disposal error", unknown},
	"paper-disposal":      {"error", "Disposal error", unknown},
	"mail-lost":           {"error", "Loss", unknown},
	"misconfiguration":    {"error", "Misconfiguration", unknown},
	"permissions":         {"error", "Misconfiguration", unknown},
	"paper-lost":          {"error", "Loss", unknown},
	"deleted":             {"error", "Other", unknown},
	"wrong-display":       {"error", "Publishing error", unknown},
	"sent-by-mistake":     {"error", "Misdelivery", unknown},
	"open-list":           {"error", "Misdelivery", unknown},
	"malfunction":         {"error", "Malfunction", unknown},
	"publication":         {"error", "Publishing error", unknown},
	"verbal":              {"error", "Gaffe", unknown},
}

// verisData gives each kind of data its variety; what is not here is Personal.
var verisData = map[breach.Kind]string{
	breach.Username: "Credentials", breach.Password: "Credentials", breach.BankAccount: "Bank", breach.PaymentCard: "Payment",
	breach.Health: "Medical", breach.Absence: "Sensitive Personal", breach.NationalID: "Sensitive Personal", breach.Passport: "Sensitive Personal",
	breach.Religion: "Sensitive Personal", breach.SpecialSupport: "Sensitive Personal", breach.SocialWelfare: "Sensitive Personal",
	breach.ProtectedIdentity: "Sensitive Personal", breach.DoorCode: "Secrets",
}

// verisVictims gives each category of people of the template (field 65) whose
// data it is.
var verisVictims = map[string]string{"customers": "Customer", "subscribers": "Customer", "users": "Customer", "employees": "Employee",
	"patients": "Patient", "students": "Student", "not-known": unknown}

// VERIS writes an incident as VERIS 1.4.1 JSON. Where our words say less than the
// vocabulary could, it says Unknown; a number of records stands there only where it is
// one number.
func VERIS(i Incident) ([]byte, error) {
	v := veris{ID: i.ID, Version: verisVersion, Security: "Suspected", Source: "klarlagt", Summary: "A personal data breach.",
		Timeline: i.verisTimes(), Discovery: i.verisDiscovery(), Action: i.verisAct(), Actor: i.verisActor(), Attribute: i.verisAttributes(),
		Victim: verisVictim{Country: []string{unknown}, Employees: unknown, Industry: "00", Government: []string{"NA"}},
		Asset:  verisAsset{Assets: []verisVariety{{i.verisAsset()}}, Cloud: []string{unknown}}}
	if i.Aware.Known() {
		v.Security = "Confirmed"
	}
	if i.Country != "" {
		v.Victim.Country = []string{i.Country}
	}
	if i.Public {
		v.Victim.Industry, v.Victim.Government = "92", []string{unknown} // NAICS 92: public administration
	}
	return json.MarshalIndent(v, "", "\t")
}

func (i Incident) verisTimes() verisTimeline {
	var t verisTimeline
	first := i.Happened
	if !first.Known() {
		first = i.Aware
	}
	switch {
	case !first.Known():
		t.Incident.Year = i.Made.Year()
	case first == i.Happened:
		t.Incident = verisDate{first.At.Year(), int(first.At.Month()), first.At.Day()}
	default:
		t.Incident.Year = first.At.Year() // it happened then at the latest
	}
	t.Discovery = spanOf(i.Happened, i.Aware)
	t.Contained = spanOf(i.Aware, i.Contained)
	return t
}

// spanOf is how long it took; nil where an end is not known.
func spanOf(from, to breach.Moment) *verisSpan {
	if !from.Known() || !to.Known() || to.At.Before(from.At) {
		return nil
	}
	took := to.At.Sub(from.At)
	for _, u := range []struct {
		unit string
		long time.Duration
	}{{"Days", 24 * time.Hour}, {"Hours", time.Hour}} {
		if took >= u.long {
			return &verisSpan{u.unit, int64(took / u.long)}
		}
	}
	return &verisSpan{"Minutes", int64(took / time.Minute)}
}

func (i Incident) verisAct() map[string]any {
	a, ok := verisActions[i.Type]
	if !ok {
		return map[string]any{"unknown": map[string]any{}}
	}
	said := map[string]any{"variety": []string{a.Variety}, "vector": []string{a.Vector}}
	if a.Category == "social" {
		said["target"] = []string{unknown}
	}
	return map[string]any{a.Category: said}
}

func (i Incident) verisActor() map[string]any {
	known := map[string]any{"variety": []string{unknown}, "motive": []string{unknown}}
	switch i.Cause {
	case "internal-non-malicious":
		return map[string]any{"internal": map[string]any{"variety": []string{unknown}, "motive": []string{"NA"}}}
	case "internal-malicious":
		return map[string]any{"internal": known}
	case "external-non-malicious", "external-malicious":
		known["country"] = []string{unknown}
		return map[string]any{"external": known}
	}
	return map[string]any{"unknown": map[string]any{}}
}

func (i Incident) verisAsset() string {
	switch i.Kind {
	case "share":
		return "S - File"
	case "mailbox":
		return "S - Mail"
	case "scraping":
		return "S - Web application"
	}
	return unknown
}

func (i Incident) verisDiscovery() map[string]any {
	of := func(who, variety string) map[string]any {
		return map[string]any{who: map[string]any{"variety": []string{variety}}}
	}
	switch i.Found {
	case "controller":
		return of("internal", unknown)
	case "processor":
		return of("partner", unknown)
	case "subject":
		return of("external", "Customer")
	case "external":
		return of("external", unknown)
	case "press":
		return of("external", "Unrelated 3rd party")
	case "other":
		return map[string]any{"other": true}
	}
	return map[string]any{"unknown": true}
}

func (i Incident) verisAttributes() map[string]any {
	all := map[string]any{}
	if i.confidential() {
		c := verisConfidentiality{Disclosure: i.verisDisclosure()}
		for _, k := range i.Kinds.List() {
			variety := verisVariety{"Personal"}
			if name, ok := verisData[k]; ok {
				variety.Variety = name
			}
			if !slices.Contains(c.Data, variety) {
				c.Data = append(c.Data, variety)
			}
		}
		for _, g := range i.Groups {
			victim, ok := verisVictims[g]
			if !ok {
				victim = "Other"
			}
			if !slices.Contains(c.Victims, victim) {
				c.Victims = append(c.Victims, victim)
			}
		}
		if p := i.People; p != nil && p.Lower == p.Upper {
			c.Total = p.Lower
		} else if p != nil {
			c.Notes = fmt.Sprintf("people: at least %d", p.Lower)
			if p.Upper > 0 {
				c.Notes += fmt.Sprintf(", at most %d", p.Upper)
			}
		}
		all["confidentiality"] = c
	}
	if slices.Contains(i.Natures, "integrity") {
		all["integrity"] = map[string]any{"variety": []string{unknown}}
	}
	if slices.Contains(i.Natures, "availability") {
		all["availability"] = map[string]any{"variety": []string{unknown}, "duration": verisSpan{Unit: unknown}}
	}
	return all
}

// verisDisclosure is what somebody said of it, or else what the evidence does.
func (i Incident) verisDisclosure() string {
	switch i.Disclosed {
	case "disclosed":
		return "Yes"
	case "likely":
		return "Potentially"
	case "not-disclosed":
		return "No"
	}
	switch i.Surest {
	case breach.Proven:
		return "Yes"
	case breach.Likely, breach.Possible:
		return "Potentially"
	}
	return unknown
}
