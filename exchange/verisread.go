package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The bounds of what is read.
const (
	mostVERIS = 1 << 20 // bytes of a file
	mostLong  = 10_000  // characters of a text, of which the rest is left
	mostName  = 400     // characters of a name
	mostID    = 100     // characters of the incident's own
	mostRefer = 280     // characters of where it was told of
)

// Said is one fact as VERIS says it, for the desk to enter: the name of the fact,
// and its parts as somebody would type them.
type Said struct {
	Fact  string
	Parts map[string]string
}

// Read is what an incident in VERIS says in our words, and what of it there are
// none for, by the path of each part. What says that nobody knows is not among it.
type Read struct {
	ID        string
	Reference string // where it was told of
	Facts     []Said
	Left      []string
}

// ErrVERIS says that a file is no incident in VERIS.
var ErrVERIS = errors.New("no incident in VERIS")

// VersionError says that an incident is in a version of VERIS that is not read: 1.3
// and 1.4 are.
type VersionError struct{ Version string }

func (e *VersionError) Error() string { return "VERIS " + e.Version + " is not read" }

// reading is a file being read: what nobody took is left.
type reading struct {
	root map[string]any
	took map[string]bool
	read Read
}

// ReadVERIS reads one incident in VERIS 1.3 or 1.4. Its words are mapped only
// where ours say the same; the rest is named, for somebody to enter. The error is
// ErrVERIS or a *VersionError.
func ReadVERIS(raw []byte) (Read, error) {
	r := reading{took: map[string]bool{}}
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	if len(raw) > mostVERIS || !utf8.Valid(raw) || json.Unmarshal(raw, &r.root) != nil {
		return Read{}, ErrVERIS
	}
	r.read.ID = r.text("incident_id", mostID)
	version := r.text("schema_version", mostID)
	switch {
	case r.read.ID == "" || version == "":
		return Read{}, ErrVERIS
	case !strings.HasPrefix(version, "1.3") && !strings.HasPrefix(version, "1.4"):
		return Read{}, &VersionError{version[:min(len(version), 40)]}
	}
	for _, part := range housekeeping {
		r.took[part] = true
	}
	r.took["security_incident"] = r.at("security_incident") == "Confirmed" // any other is for somebody to look at
	r.read.Reference = r.text("reference", mostRefer)
	r.times()
	r.victim()
	r.nature()
	r.discovery()
	r.cohort()
	r.left("", r.root)
	slices.Sort(r.read.Left)
	r.read.Left = slices.Compact(r.read.Left)
	return r.read, nil
}

// housekeeping is what says nothing of an incident, but of the file and who made it.
var housekeeping = []string{"schema_name", "source_id", "plus.analysis_status", "plus.analyst", "plus.created", "plus.modified", "plus.master_id",
	"plus.issue_id", "plus.github", "plus.dbir_year", "plus.sub_source", "plus.iteration", "plus.unfollowed"}

// at gives the value at a path of names; nil where there is none.
func (r *reading) at(path string) any {
	var v any = r.root
	for name := range strings.SplitSeq(path, ".") {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

// text takes a text of so many characters at most; "" where there is none.
func (r *reading) text(path string, most int) string {
	s, ok := r.at(path).(string)
	if !ok {
		return ""
	}
	r.took[path] = true
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > most {
		s, r.took[path] = string(runes[:most]), false
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

// texts gives a list of texts.
func (r *reading) texts(path string) (list []string) {
	all, _ := r.at(path).([]any)
	for _, v := range all {
		if s, ok := v.(string); ok {
			list = append(list, s)
		}
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
	r.say("occurred-from", estimate(at))
	if at, known = r.after(at, "timeline.discovery"); known {
		r.say("detected", estimate(at))
		if at, known = r.after(at, "timeline.containment"); known {
			r.say("contained", estimate(at))
		}
	}
}

func estimate(at time.Time) map[string]string {
	return map[string]string{"at": at.Format(time.RFC3339), "estimated": "yes"}
}

// after gives the time so much later, where that is told in units of one length, and
// is no longer than somebody could have typed.
func (r *reading) after(from time.Time, path string) (time.Time, bool) {
	unit, _ := r.at(path + ".unit").(string)
	long := map[string]time.Duration{"Seconds": time.Second, "Minutes": time.Minute, "Hours": time.Hour, "Days": 24 * time.Hour, "Weeks": 7 * 24 * time.Hour}[unit]
	n, ok := r.number(path+".value", 0, 5000)
	if !ok || long == 0 {
		delete(r.took, path+".value")
		return from, false
	}
	r.took[path+".unit"] = true
	return from.Add(time.Duration(n) * long), true
}

func (r *reading) victim() {
	controller := map[string]string{"name": r.text("victim.victim_id", mostName)}
	industry, _ := r.at("victim.industry").(string)
	government := r.texts("victim.government")
	if strings.HasPrefix(industry, "92") || slices.ContainsFunc(government, func(g string) bool { return g == "Federal" || g == "Regional" || g == "Local" }) {
		controller["sector"] = "public"
		r.took["victim.industry"] = industry == "92"
	}
	if many, _ := r.at("victim.employee_count").(string); slices.Contains(manyEmployees, many) && controller["sector"] == "" {
		controller["size"] = "large"
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

// manyEmployees are the numbers beyond those of a small or medium enterprise, which
// has fewer than 250 (Recommendation 2003/361/EC, annex, art. 2).
var manyEmployees = []string{"Large", "1001 to 10000", "10001 to 25000", "25001 to 50000", "50001 to 100000", "Over 100000"}
