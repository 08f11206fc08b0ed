package exchange

import (
	"maps"
	"slices"
	"strings"
)

func (r *reading) nature() {
	nature := map[string]string{"description": r.text("summary", mostLong)}
	var natures []string
	for _, name := range []string{"confidentiality", "integrity", "availability"} {
		if r.at("attribute."+name) != nil && (name != "integrity" || r.changed()) {
			natures = append(natures, name)
		}
	}
	nature["nature"] = strings.Join(natures, ",")
	if slices.Contains(natures, "confidentiality") {
		disclosure := r.text("attribute.confidentiality.data_disclosure", mostName)
		nature["confidentiality"] = map[string]string{"Yes": "disclosed", "Potentially": "likely", "No": "not-disclosed"}[disclosure]
		if nature["confidentiality"] == "" {
			delete(r.took, "attribute.confidentiality.data_disclosure")
		}
	}
	nature["incident"] = r.act()
	nature["cause"] = r.cause()
	r.say("nature", nature)
}

// changed reports whether data may have been changed. VERIS has the integrity of
// programs and of people under the same word: "Software installation" and "Alter
// behavior" say nothing of anybody's data.
func (r *reading) changed() bool {
	variety := r.texts("attribute.integrity.variety")
	if len(variety) == 1 && variety[0] == "Modify data" {
		r.took["attribute.integrity.variety"] = true
	}
	return len(variety) == 0 || slices.Contains(variety, "Modify data") || slices.Contains(variety, unknown)
}

// act is the type of incident where all actions together say one of them.
func (r *reading) act() string {
	actions, _ := r.at("action").(map[string]any)
	categories := slices.Sorted(maps.Keys(actions))
	does := func(category, variety string) bool {
		return slices.Contains(r.texts("action."+category+".variety"), variety)
	}
	alone := func(category, variety string) bool {
		return slices.Equal(r.texts("action."+category+".variety"), []string{variety})
	}
	within := func(allowed ...string) bool {
		return len(categories) > 0 && !slices.ContainsFunc(categories, func(c string) bool { return !slices.Contains(allowed, c) })
	}
	_, internal := r.at("actor.internal").(map[string]any)
	for _, of := range []struct {
		so    bool
		means string
	}{
		{within("hacking", "malware", "social", "unknown") && does("malware", "Ransomware"), "ransomware"},
		{within("social") && alone("social", "Phishing"), "phishing"},
		{within("hacking") && alone("hacking", "Exploit vuln"), "vulnerability"},
		{within("hacking", "malware") && !alone("hacking", "DoS"), "hacking"},
		{within("error") && alone("error", "Misconfiguration"), "misconfiguration"},
		{within("error") && alone("error", "Publishing error"), "publication"},
		{within("error") && alone("error", "Gaffe"), "verbal"},
		{within("error") && alone("error", "Malfunction"), "malfunction"},
		{within("misuse") && does("misuse", "Privilege abuse") && internal, "insider"},
		{within("error") && alone("error", "Loss") || within("physical") && does("physical", "Theft"), r.about("paper-lost", "device-lost")},
		{within("error") && alone("error", "Disposal error"), r.about("paper-disposal", "e-waste")},
	} {
		if of.so && of.means != "" {
			for _, category := range categories { // one variety, and our word says the same
				if v := r.texts("action." + category + ".variety"); len(v) == 1 && verisActions[of.means] == (verisAction{category, v[0], unknown}) {
					r.took["action."+category+".variety"] = true
				}
			}
			return of.means
		}
	}
	return ""
}

// about is the one word where all that was concerned are documents, and the other
// where they are devices that people carry and what they keep data on.
func (r *reading) about(documents, devices string) string {
	assets, _ := r.at("asset.assets").([]any)
	paper := 0
	for _, a := range assets {
		asset, _ := a.(map[string]any)
		variety, _ := asset["variety"].(string)
		switch {
		case variety == "M - Documents":
			paper++
		case !strings.HasPrefix(variety, "U - ") && !strings.HasPrefix(variety, "M - "):
			return ""
		}
	}
	switch {
	case len(assets) == 0:
		return ""
	case paper == len(assets):
		return documents
	case paper == 0:
		return devices
	}
	return ""
}

// cause is who brought it about, where the actor is one and the motive says whether
// it was meant.
func (r *reading) cause() string {
	actors, _ := r.at("actor").(map[string]any)
	if len(actors) != 1 {
		return ""
	}
	for who := range actors {
		motive := r.texts("actor." + who + ".motive")
		meant := len(motive) > 0 && !slices.ContainsFunc(motive, func(m string) bool { return m == "NA" || m == unknown || m == "Other" || m == "Convenience" })
		actions, _ := r.at("action").(map[string]any)
		_, byError := actions["error"]
		switch {
		case who == "external" && meant:
			return "external-malicious"
		case who == "internal" && meant:
			return "internal-malicious"
		case who == "internal" && byError && len(actions) == 1:
			return "internal-non-malicious"
		}
	}
	return ""
}

func (r *reading) discovery() {
	found, _ := r.at("discovery_method").(map[string]any)
	if len(found) != 1 {
		return
	}
	how := ""
	for who := range found {
		variety := r.texts("discovery_method." + who + ".variety")
		switch {
		case who == "internal":
			how = "controller"
		case who == "partner":
			how = "processor"
		case who == "external" && slices.Equal(variety, []string{"Customer"}):
			how, r.took["discovery_method.external.variety"] = "subject", true
		case who == "external":
			how = "external"
		case who == "other":
			how, r.took["discovery_method.other"] = "other", r.at("discovery_method.other") == true
		}
	}
	r.say("discovery", map[string]string{"how": how, "description": r.text("discovery_notes", mostLong)})
}

// cohort is whose data it was, where all of them are of one sort, with the kinds of
// data that both vocabularies have.
func (r *reading) cohort() {
	victims := r.texts("attribute.confidentiality.data_victim")
	if len(victims) != 1 {
		return
	}
	category := map[string]string{"Customer": "customers", "Employee": "employees", "Patient": "patients", "Student": "students"}[victims[0]]
	if category == "" {
		return
	}
	r.took["attribute.confidentiality.data_victim"] = true
	data, _ := r.at("attribute.confidentiality.data").([]any)
	var kinds []string
	for _, d := range data {
		one, _ := d.(map[string]any)
		name, _ := one["variety"].(string)
		if kind := map[string]string{"Medical": "health", "Bank": "bank-account", "Payment": "payment-card"}[name]; kind != "" && !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	r.say("cohort", map[string]string{"name": victims[0], "categories": category, "kinds": strings.Join(kinds, ",")})
}
