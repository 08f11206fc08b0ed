package exchange

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/klarlagt/klarlagt/breach"
)

// The object templates of MISP that an event is made of, as
// github.com/MISP/misp-objects has them.
var (
	mispIncident        = mispTemplate{"incident", "38597424-f9bb-4865-9b4b-819172df0334", "1"}
	mispConfidentiality = mispTemplate{"confidentiality-impact", "b0027f13-56e4-4c85-9632-3cf81208429b", "1"}
)

type mispTemplate struct{ name, uuid, version string }

type mispEvent struct {
	UUID          string       `json:"uuid"`
	Info          string       `json:"info"`
	Date          string       `json:"date"`
	ThreatLevel   string       `json:"threat_level_id"` // 4: undefined
	Analysis      string       `json:"analysis"`        // 1: ongoing, 2: complete
	Distribution  string       `json:"distribution"`    // 0: your organisation only
	Published     bool         `json:"published"`
	Timestamp     string       `json:"timestamp"`
	Tags          []mispTag    `json:"Tag"`
	Objects       []mispObject `json:"Object"`
	ExtendsUUID   string       `json:"extends_uuid"`
	AttributeList []struct{}   `json:"Attribute"`
}

type mispTag struct {
	Name string `json:"name"`
}

type mispObject struct {
	Name         string          `json:"name"`
	MetaCategory string          `json:"meta-category"`
	Template     string          `json:"template_uuid"`
	Version      string          `json:"template_version"`
	UUID         string          `json:"uuid"`
	Distribution string          `json:"distribution"`
	Timestamp    string          `json:"timestamp"`
	Attributes   []mispAttribute `json:"Attribute"`
}

type mispAttribute struct {
	Relation           string `json:"object_relation"`
	Type               string `json:"type"`
	Category           string `json:"category"`
	Value              string `json:"value"`
	UUID               string `json:"uuid"`
	IDS                bool   `json:"to_ids"`
	DisableCorrelation bool   `json:"disable_correlation"`
}

// MISP writes an incident as a MISP event that goes to nobody else before
// somebody there says so: one incident object, and one of each sort of information
// that became known, or may have.
func MISP(i Incident) ([]byte, error) {
	e := mispEvent{UUID: i.ID, Info: "Personal data breach", Date: i.Made.UTC().Format(time.DateOnly), ThreatLevel: "4", Analysis: "1", Distribution: "0",
		Timestamp: stamp(i.Made), Tags: []mispTag{{"tlp:amber+strict"}, {"PAP:AMBER"}}, AttributeList: []struct{}{}}
	if i.Aware.Known() {
		e.Date = i.Aware.At.UTC().Format(time.DateOnly)
	}
	if i.Closed {
		e.Analysis = "2"
	}
	o := i.object(mispIncident, "incident")
	o.add(i, "name", "text", "Personal data breach")
	o.add(i, "determination", "text", i.determination(false))
	o.add(i, "investigation_status", "text", i.status())
	if t := i.incidentType(); t != "" {
		o.add(i, "incident_type", "text", t)
	}
	e.Objects = append(e.Objects, o)
	for n, information := range i.information() {
		o := i.object(mispConfidentiality, "confidentiality "+strconv.Itoa(n))
		o.add(i, "information_type", "text", information)
		o.add(i, "loss_type", "text", i.loss())
		if p := i.People; p != nil && p.Lower == p.Upper {
			o.add(i, "record_count", "counter", strconv.FormatInt(p.Lower, 10))
		}
		if i.Happened.Known() {
			o.add(i, "start_time", "datetime", i.Happened.At.UTC().Format(time.RFC3339))
			o.add(i, "start_time_fidelity", "text", fidelity(i.Happened))
		}
		if i.Contained.Known() {
			o.add(i, "end_time", "datetime", i.Contained.At.UTC().Format(time.RFC3339))
			o.add(i, "end_time_fidelity", "text", fidelity(i.Contained))
		}
		e.Objects = append(e.Objects, o)
	}
	return json.MarshalIndent(map[string]any{"Event": e}, "", "\t")
}

func stamp(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

// fidelity is how exact a moment is: an estimate is of a day.
func fidelity(m breach.Moment) string {
	if m.Estimated {
		return "day"
	}
	return "minute"
}

func (i Incident) object(t mispTemplate, which string) mispObject {
	return mispObject{Name: t.name, MetaCategory: "misc", Template: t.uuid, Version: t.version, UUID: UUID(i.ID, "misp", which), Distribution: "5", Timestamp: stamp(i.Made)}
}

func (o *mispObject) add(i Incident, relation, sort, value string) {
	o.Attributes = append(o.Attributes, mispAttribute{Relation: relation, Type: sort, Category: "Other", Value: value,
		UUID: UUID(i.ID, "misp", o.UUID, relation, fmt.Sprint(len(o.Attributes))), DisableCorrelation: true})
}

// status is how far the investigation is, in the words of STIX.
func (i Incident) status() string {
	if i.Closed {
		return "closed"
	}
	return "open"
}

// determination is whether it happened; STIX's core extension and MISP's object
// have other words for yes.
func (i Incident) determination(stix bool) string {
	switch {
	case !i.Aware.Known():
		return "suspected"
	case stix:
		return "confirmed"
	}
	return "successful-attempt"
}

// incidentType is the type of STIX's open vocabulary that says no more than ours;
// "" where there is none.
func (i Incident) incidentType() string {
	return map[string]string{"ransomware": "ransomware", "exfiltration": "data-exfiltration", "unauthorised-access": "unauthorized-access-information",
		"hacking": "unauthorized-access-system", "phishing": "theft-access-credentials", "vulnerability": "exploit", "device-lost": "equipment-loss",
		"misconfiguration": "misconfiguration", "permissions": "misconfiguration", "publication": "unauthorized-release",
		"sent-by-mistake": "unauthorized-release", "mix-up": "unauthorized-release", "open-list": "unauthorized-release",
		"wrong-display": "unauthorized-release", "deleted": "deletion-information", "modification": "modification-information"}[i.Type]
}

// information lists the sorts of information of STIX's open vocabulary that
// became known, or may have.
func (i Incident) information() []string {
	if !i.confidential() {
		return nil
	}
	list := []string{"pii"}
	for _, of := range []struct {
		sort  string
		kinds []breach.Kind
	}{{"phi", []breach.Kind{breach.Health}}, {"credentials-user", []breach.Kind{breach.Username, breach.Password}},
		{"financial", []breach.Kind{breach.BankAccount, breach.Income}}, {"payment", []breach.Kind{breach.PaymentCard}}} {
		for _, k := range of.kinds {
			if i.Kinds.Has(k) && !slices.Contains(list, of.sort) {
				list = append(list, of.sort)
			}
		}
	}
	return list
}

// loss is whether the information was lost, in the words of STIX.
func (i Incident) loss() string {
	switch i.verisDisclosure() {
	case "Yes":
		return "confirmed-loss"
	case "No":
		return "none"
	}
	return "suspected-loss"
}
