package exchange

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// mostVERIS is how large a file is read: in bytes.
const mostVERIS = 1 << 20

// Said is one fact as VERIS says it, for the desk to enter: the name of the fact,
// and its parts as somebody would type them.
type Said struct {
	Fact  string
	Parts map[string]string
}

// Read is what an incident in VERIS says in our words, and what of it there are
// none for, by the path of each part.
type Read struct {
	ID    string
	Facts []Said
	Left  []string
}

// ErrVERIS says that a file is no incident in VERIS 1.3 or 1.4.
var ErrVERIS = errors.New("no incident in VERIS 1.3 or 1.4")

// reading is a file being read: what nobody took is left.
type reading struct {
	root map[string]any
	took map[string]bool
	read Read
}

// ReadVERIS reads one incident in VERIS 1.3 or 1.4. Its words are mapped only
// where ours say the same; the rest is named, for somebody to enter. Texts are cut at
// 2,000 characters. The error is ErrVERIS.
func ReadVERIS(raw []byte) (Read, error) {
	r := reading{took: map[string]bool{}}
	if len(raw) > mostVERIS || !utf8.Valid(raw) || json.Unmarshal(raw, &r.root) != nil {
		return Read{}, ErrVERIS
	}
	r.read.ID = r.text("incident_id")
	version := r.text("schema_version")
	if r.read.ID == "" || !strings.HasPrefix(version, "1.3") && !strings.HasPrefix(version, "1.4") {
		return Read{}, ErrVERIS
	}
	for _, part := range []string{"schema_name", "source_id", "plus", "security_incident", "confidence", "action", "attribute.confidentiality.data_total"} {
		r.took[part] = true // what says nothing of the incident, and what is looked at below
	}
	r.times()
	r.victim()
	r.nature()
	r.discovery()
	r.left("", r.root)
	slices.Sort(r.read.Left)
	return r.read, nil
}

// at gives the value at a path of names; nil where there is none.
func (r *reading) at(path string) any {
	var v any = r.root
	for name := range strings.SplitSeq(path, ".") {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

// text takes a text; "" where there is none.
func (r *reading) text(path string) string {
	s, ok := r.at(path).(string)
	if !ok {
		return ""
	}
	r.took[path] = true
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > 2000 {
		s = string(runes[:2000])
	}
	return s
}

// number takes a whole number from least to most; false where there is none.
func (r *reading) number(path string, least, most int) (int, bool) {
	f, ok := r.at(path).(float64)
	if !ok || f != float64(int(f)) || int(f) < least || int(f) > most {
		return 0, false
	}
	r.took[path] = true
	return int(f), true
}

// texts gives a list of texts, and takes it.
func (r *reading) texts(path string) (list []string) {
	all, _ := r.at(path).([]any)
	for _, v := range all {
		if s, ok := v.(string); ok {
			list = append(list, s)
		}
	}
	if len(all) > 0 && len(list) == len(all) {
		r.took[path] = true
	}
	return list
}

func (r *reading) say(fact string, parts map[string]string) {
	maps.DeleteFunc(parts, func(_, says string) bool { return says == "" })
	if len(parts) > 0 {
		r.read.Facts = append(r.read.Facts, Said{fact, parts})
	}
}

// times reads when it happened: with a day alone it is an estimate, and with less
// nothing that the desk could enter.
func (r *reading) times() {
	year, known := r.number("timeline.incident.year", 1950, 2050)
	month, ofMonth := r.number("timeline.incident.month", 1, 12)
	day, ofDay := r.number("timeline.incident.day", 1, 31)
	at := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if !known || !ofMonth || !ofDay || at.Day() != day {
		for _, part := range []string{"year", "month", "day"} {
			delete(r.took, "timeline.incident."+part)
		}
		return
	}
	r.say("occurred-from", map[string]string{"at": at.Format(time.RFC3339), "estimated": "yes"})
}

func (r *reading) victim() {
	controller := map[string]string{"name": r.text("victim.victim_id")}
	if industry, _ := r.at("victim.industry").(string); strings.HasPrefix(industry, "92") {
		controller["sector"] = "public"
		r.took["victim.industry"] = true
	}
	if controller["name"] != "" {
		r.say("controller", controller)
	} else {
		delete(r.took, "victim.industry")
	}
	if n, ok := r.number("attribute.confidentiality.data_total", 0, 1<<31-1); ok {
		r.say("records", map[string]string{"lower": strconv.Itoa(n), "upper": strconv.Itoa(n)})
	}
}

func (r *reading) nature() {
	nature := map[string]string{"description": r.text("summary")}
	var natures []string
	for _, name := range []string{"confidentiality", "integrity", "availability"} {
		if r.at("attribute."+name) != nil {
			natures = append(natures, name)
		}
	}
	nature["nature"] = strings.Join(natures, ",")
	if slices.Contains(natures, "confidentiality") {
		disclosure := r.text("attribute.confidentiality.data_disclosure")
		nature["confidentiality"] = map[string]string{"Yes": "disclosed", "Potentially": "likely", "No": "not-disclosed"}[disclosure]
	}
	nature["incident"] = r.act()
	if _, ok := r.at("actor").(map[string]any); ok {
		nature["cause"] = r.cause()
	}
	r.say("nature", nature)
}

// act is the type of incident where one action of one variety says no more.
func (r *reading) act() string {
	actions, _ := r.at("action").(map[string]any)
	if len(actions) != 1 {
		r.took["action"] = false
		return ""
	}
	for category := range actions {
		variety := r.texts("action." + category + ".variety")
		for _, of := range []struct{ category, variety, means string }{
			{"malware", "Ransomware", "ransomware"}, {"social", "Phishing", "phishing"}, {"hacking", "Exploit vuln", "vulnerability"},
			{"error", "Misconfiguration", "misconfiguration"}, {"error", "Publishing error", "publication"}, {"error", "Gaffe", "verbal"},
			{"error", "Malfunction", "malfunction"}, {"misuse", "Privilege abuse", "insider"},
			{"error", "Loss", r.lost()}, {"physical", "Theft", r.lost()},
		} {
			if category == of.category && len(variety) == 1 && variety[0] == of.variety && of.means != "" {
				return of.means
			}
		}
	}
	r.took["action"] = false
	return ""
}

// lost is what was lost or stolen, where all that was concerned is one sort of it:
// documents, or devices that people carry and what they keep data on.
func (r *reading) lost() string {
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
		return "paper-lost"
	case paper == 0:
		return "device-lost"
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
		switch variety := r.texts("discovery_method." + who + ".variety"); {
		case who == "internal":
			how = "controller"
		case who == "partner":
			how = "processor"
		case who == "external" && slices.Equal(variety, []string{"Customer"}):
			how = "subject"
		case who == "external":
			how = "external"
		case who == "other":
			how, r.took["discovery_method.other"] = "other", true
		}
	}
	r.say("discovery", map[string]string{"how": how, "description": r.text("discovery_notes")})
}

// left names what nobody took.
func (r *reading) left(path string, v any) {
	if took, known := r.took[path]; took {
		return
	} else if known {
		r.read.Left = append(r.read.Left, path)
		return
	}
	m, ok := v.(map[string]any)
	if !ok || len(m) == 0 {
		if path != "" {
			r.read.Left = append(r.read.Left, path)
		}
		return
	}
	for name, inner := range m {
		if !plainName(name) {
			name = "?" // a name that VERIS does not have may be anything
		}
		r.left(strings.TrimPrefix(path+"."+name, "."), inner)
	}
}

// plainName reports whether a name is one that VERIS could have.
func plainName(name string) bool {
	return len(name) <= 40 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_- ") == ""
}
