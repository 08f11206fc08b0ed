package exchange_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/exchange"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func moment(text string) breach.Moment {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return breach.Moment{At: t}
}

// share is a share of a town's schools that somebody took.
func share() exchange.Incident {
	return exchange.Incident{ID: exchange.UUID("town", "7f3a90c2"), Made: moment("2026-03-10T08:00:00Z").At, Country: "FI", Public: true, Kind: "share",
		Happened: moment("2026-02-20T22:00:00Z"), Aware: moment("2026-03-02T07:00:00Z"), Contained: moment("2026-03-02T09:30:00Z"),
		Natures: []string{"confidentiality", "availability"}, Type: "ransomware", Cause: "external-malicious", Found: "controller",
		Surest: breach.Proven, Kinds: breach.KindsOf(breach.Name, breach.NationalID, breach.Health, breach.Password), Groups: []string{"students", "minors", "employees"},
		People: &exchange.People{Lower: 1200, Upper: 1430}}
}

// small is a mail to the wrong person, of which little is known.
func small() exchange.Incident {
	return exchange.Incident{ID: exchange.UUID("town", "0a0a0a0a"), Made: moment("2026-03-10T08:00:00Z").At, Closed: true, Aware: moment("2026-03-02T07:00:00Z"),
		Natures: []string{"confidentiality"}, Disclosed: "disclosed", Type: "sent-by-mistake", Cause: "internal-non-malicious", Found: "subject",
		Kinds: breach.KindsOf(breach.Name, breach.Email), People: &exchange.People{Lower: 3, Upper: 3}}
}

func TestIncidentsAreWrittenAsTheVocabulariesHaveThem(t *testing.T) {
	for name, i := range map[string]exchange.Incident{"share": share(), "small": small(), "nothing": {ID: exchange.UUID("x"), Made: moment("2026-03-10T08:00:00Z").At}} {
		for format, write := range map[string]func(exchange.Incident) ([]byte, error){"veris": exchange.VERIS, "misp": exchange.MISP, "stix": exchange.STIX} {
			raw, err := write(i)
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", name+"."+format+".json")
			if *update {
				if err := os.WriteFile(file, append(raw, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want, err := os.ReadFile(file); err != nil || string(want) != string(raw)+"\n" {
				t.Errorf("%s is another (%v): rewrite it with -update, and read what changed", file, err)
			}
			if again, _ := write(i); string(again) != string(raw) {
				t.Errorf("%s: written twice, it differs", file)
			}
		}
	}
}

func TestWhatIsNotKnownIsNotSaid(t *testing.T) {
	var v struct {
		Attribute struct {
			Confidentiality struct {
				Total int64  `json:"data_total"`
				Notes string `json:"notes"`
				Yes   string `json:"data_disclosure"`
			}
		}
		Timeline struct {
			Incident map[string]int
		}
	}
	raw, err := exchange.VERIS(share())
	if err == nil {
		err = json.Unmarshal(raw, &v)
	}
	c := v.Attribute.Confidentiality
	if err != nil || c.Total != 0 || c.Notes != "people: at least 1200, at most 1430" || c.Yes != "Yes" {
		t.Errorf("between two bounds: %+v, %v", c, err)
	}
	i := share()
	i.Happened, i.Surest = breach.Moment{}, breach.Possible
	raw, err = exchange.VERIS(i)
	v.Timeline.Incident = nil
	if err == nil {
		err = json.Unmarshal(raw, &v)
	}
	if err != nil || v.Timeline.Incident["day"] != 0 || v.Timeline.Incident["year"] != 2026 || v.Attribute.Confidentiality.Yes != "Potentially" {
		t.Errorf("unknown start: %+v, %v", v, err)
	}
}

func TestNamesOfCasesAreNotFound(t *testing.T) {
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	a, b := exchange.UUID("town", "7f3a90c2"), exchange.UUID("town7", "f3a90c2")
	if !form.MatchString(a) || a == b || strings.Contains(a, "7f3a90c2") {
		t.Errorf("%s, %s", a, b)
	}
}

// loss is an incident as others write it.
const loss = `{"schema_version":"1.4.1","schema_name":"vcdb","incident_id":"B0F7","security_incident":"Confirmed","source_id":"made up",
	"summary":"A clinic published  its waiting list.","timeline":{"incident":{"year":2024,"month":5,"day":17},"discovery":{"unit":"Days","value":3}},
	"victim":{"victim_id":"Exempelstad","industry":"923","country":["SE"],"employee_count":"Large","government":["Local"]},
	"action":{"error":{"variety":["Publishing error"],"vector":["Carelessness"]}},"actor":{"internal":{"variety":["End-user"],"motive":["NA"]}},
	"asset":{"assets":[{"variety":"S - Web application"}],"cloud":["NA"]},
	"attribute":{"confidentiality":{"data_disclosure":"Yes","data_total":412,"data":[{"variety":"Medical"}],"data_victim":["Patient"]}},
	"discovery_method":{"external":{"variety":["Customer"]}},"impact":{"overall_rating":"Minor"}}`

func TestVERISIsReadWhereOurWordsSayTheSame(t *testing.T) {
	r, err := exchange.ReadVERIS([]byte(loss))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]map[string]string{}
	for _, s := range r.Facts {
		got[s.Fact] = s.Parts
	}
	for fact, parts := range map[string]map[string]string{
		"occurred-from": {"at": "2024-05-17T00:00:00Z", "estimated": "yes"},
		"detected":      {"at": "2024-05-20T00:00:00Z", "estimated": "yes"},
		"controller":    {"name": "Exempelstad", "sector": "public"},
		"cohort":        {"name": "Patient", "categories": "patients", "kinds": "health"},
		"records":       {"lower": "412", "upper": "412"},
		"discovery":     {"how": "subject"},
		"nature": {"nature": "confidentiality", "confidentiality": "disclosed", "incident": "publication", "cause": "internal-non-malicious",
			"description": "A clinic published its waiting list."},
	} {
		for part, want := range parts {
			if got[fact][part] != want {
				t.Errorf("%s %s: %q, want %q", fact, part, got[fact][part], want)
			}
		}
		if len(got[fact]) != len(parts) {
			t.Errorf("%s says %v", fact, got[fact])
		}
	}
	left := []string{"action.error.vector", "actor.internal.variety", "asset.assets", "attribute.confidentiality.data",
		"impact.overall_rating", "victim.country", "victim.employee_count", "victim.government", "victim.industry"}
	if r.ID != "B0F7" || !slices.Equal(r.Left, left) {
		t.Errorf("left: %q", r.Left)
	}
}

func TestWhatSaysLessIsNotGuessed(t *testing.T) {
	for name, c := range map[string]struct{ from, to, fact, part string }{
		"two actions":        {`"action":{"error"`, `"action":{"hacking":{"variety":["Unknown"]},"error"`, "nature", "incident"},
		"another variety":    {`Publishing error`, `Data entry error`, "nature", "incident"},
		"a year alone":       {`,"month":5,"day":17`, ``, "occurred-from", "at"},
		"no such day":        {`"month":5,"day":17`, `"month":2,"day":30`, "occurred-from", "at"},
		"unknown disclosure": {`"data_disclosure":"Yes"`, `"data_disclosure":"Unknown"`, "nature", "confidentiality"},
		"half a record":      {`"data_total":412`, `"data_total":4.5`, "records", "lower"},
		"no name":            {`"victim_id":"Exempelstad",`, ``, "controller", "sector"},
	} {
		r, err := exchange.ReadVERIS([]byte(strings.Replace(loss, c.from, c.to, 1)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, s := range r.Facts {
			if s.Fact == c.fact && s.Parts[c.part] != "" {
				t.Errorf("%s: %s says %q", name, c.fact, s.Parts[c.part])
			}
		}
	}
}

func TestWhatWasLostOrStolen(t *testing.T) {
	for name, c := range map[string]struct{ action, assets, want string }{
		"a laptop":                   {`"physical":{"variety":["Theft"]}`, `{"variety":"U - Laptop"},{"variety":"M - Flash drive"}`, "device-lost"},
		"a paper":                    {`"error":{"variety":["Loss"]}`, `{"variety":"M - Documents"}`, "paper-lost"},
		"a paper and a laptop":       {`"physical":{"variety":["Theft"]}`, `{"variety":"M - Documents"},{"variety":"U - Laptop"}`, ""},
		"a server":                   {`"physical":{"variety":["Theft"]}`, `{"variety":"S - Database"}`, ""},
		"something":                  {`"error":{"variety":["Loss"]}`, ``, ""},
		"paper that was thrown away": {`"error":{"variety":["Disposal error"]}`, `{"variety":"M - Documents"}`, "paper-disposal"},
		"a disk that was sold":       {`"error":{"variety":["Disposal error"]}`, `{"variety":"M - Disk drive"}`, "e-waste"},
		"a lock and a laptop":        {`"physical":{"variety":["Disabled controls","Theft"]}`, `{"variety":"U - Laptop"}`, "device-lost"},
		"tampered with on the spot":  {`"physical":{"variety":["Tampering"]}`, `{"variety":"U - Laptop"}`, ""},
	} {
		r, err := exchange.ReadVERIS([]byte(`{"incident_id":"1","schema_version":"1.4.1","action":{` + c.action + `},"asset":{"assets":[` + c.assets + `]}}`))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := ""
		for _, s := range r.Facts {
			got += s.Parts["incident"]
		}
		if got != c.want || c.want == "" && !slices.ContainsFunc(r.Left, func(l string) bool { return strings.HasSuffix(l, ".variety") }) {
			t.Errorf("%s: %q, left %q", name, got, r.Left)
		}
	}
}

// TestWhatRealIncidentsTaughtUs says what incidents of the VERIS Community Database
// have that ours did not.
func TestWhatRealIncidentsTaughtUs(t *testing.T) {
	for name, c := range map[string]struct {
		from, to   string
		fact, part string
		says, left string // "": nothing is said, or left
	}{
		"a mind that was changed is no data":    {`"data_victim":["Patient"]}`, `"data_victim":["Patient"]},"integrity":{"variety":["Alter behavior"]}`, "nature", "nature", "confidentiality", "attribute.integrity.variety"},
		"data that was changed":                 {`"data_victim":["Patient"]}`, `"data_victim":["Patient"]},"integrity":{"variety":["Modify data"]}`, "nature", "nature", "confidentiality,integrity", ""},
		"whoever coded it was not sure":         {`"summary"`, `"confidence":"Low","summary"`, "", "", "", "confidence"},
		"a near miss":                           {`"summary"`, `"security_incident":"Near miss","summary"`, "", "", "", "security_incident"},
		"a number that is no number of records": {`"data_total":412`, `"data_total":4.5`, "", "", "", "attribute.confidentiality.data_total"},
		"a motive of no use":                    {`"motive":["NA"]`, `"motive":["Convenience"]`, "", "", "", "actor.internal.motive"},
		"ransom, and what nobody knows":         {`"error":{"variety":["Publishing error"],"vector":["Carelessness"]}`, `"malware":{"variety":["Ransomware"],"vector":["Unknown"]},"unknown":{"notes":"the way in"}`, "nature", "incident", "ransomware", "action.unknown.notes"},
		"hacking of any sort":                   {`"error":{"variety":["Publishing error"],"vector":["Carelessness"]}`, `"hacking":{"variety":["SQLi","Exploit vuln"],"vector":["Unknown"]}`, "nature", "incident", "hacking", "action.hacking.variety"},
		"somebody else's abuse":                 {`"error":{"variety":["Publishing error"],"vector":["Carelessness"]}},"actor":{"internal"`, `"misuse":{"variety":["Privilege abuse"]}},"actor":{"partner"`, "nature", "incident", "", "action.misuse.variety"},
		"a council":                             {`"industry":"923"`, `"industry":"611110"`, "controller", "sector", "public", "victim.industry"},
		"a large firm":                          {`"industry":"923","country":["SE"],"employee_count":"Large","government":["Local"]`, `"employee_count":"Over 100000"`, "controller", "size", "large", "victim.employee_count"},
		"two sorts of people":                   {`["Patient"]`, `["Patient","Employee"]`, "cohort", "name", "", "attribute.confidentiality.data_victim"},
		"what is told besides":                  {`"summary"`, `"plus":{"analyst":"x","timeline":{"notification":{"year":2024}}},"summary"`, "", "", "", "plus.timeline.notification.year"},
		"found by a camera":                     {`"external":{"variety":["Customer"]}`, `"internal":{"variety":["Security alarm"]}`, "discovery", "how", "controller", "discovery_method.internal.variety"},
		"a long name":                           {`Exempelstad`, strings.Repeat("Exempelstad ", 40), "controller", "name", strings.Repeat("Exempelstad ", 40)[:400], "victim.victim_id"},
	} {
		raw := strings.Replace(loss, c.from, c.to, 1)
		r, err := exchange.ReadVERIS([]byte(raw))
		if err != nil || raw == loss {
			t.Fatalf("%s: %v, in\n%s", name, err, raw)
		}
		got := ""
		for _, s := range r.Facts {
			if s.Fact == c.fact {
				got = s.Parts[c.part]
			}
		}
		if got != c.says || c.left != "" && !slices.Contains(r.Left, c.left) {
			t.Errorf("%s: says %q, want %q; left %q", name, got, c.says, r.Left)
		}
	}
}

func TestFilesThatAreNoVERIS(t *testing.T) {
	for name, raw := range map[string]string{"nothing": "", "a list": "[]", "another version": `{"incident_id":"1","schema_version":"2.0"}`,
		"no id": `{"schema_version":"1.4.1"}`, "no UTF-8": "{\"incident_id\":\"\xff\",\"schema_version\":\"1.4\"}", "large": strings.Repeat(" ", 1<<20) + loss} {
		if _, err := exchange.ReadVERIS([]byte(raw)); err == nil {
			t.Errorf("%s was read", name)
		}
	}
	var version *exchange.VersionError
	if _, err := exchange.ReadVERIS([]byte(`{"incident_id":"1","schema_version":"1.2.1"}`)); !errors.As(err, &version) || version.Version != "1.2.1" {
		t.Errorf("an older version: %v", err)
	}
}

// TestWhatWeWriteWeRead reads our own incidents back.
func TestWhatWeWriteWeRead(t *testing.T) {
	raw, err := exchange.VERIS(share())
	if err != nil {
		t.Fatal(err)
	}
	r, err := exchange.ReadVERIS(raw)
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]string{}
	for _, s := range r.Facts {
		for part, says := range s.Parts {
			said[s.Fact+" "+part] = says
		}
	}
	if said["nature incident"] != "ransomware" || said["nature confidentiality"] != "disclosed" || said["discovery how"] != "controller" || said["occurred-from at"] != "2026-02-20T00:00:00Z" {
		t.Errorf("read back: %v", said)
	}
}

func FuzzVERIS(f *testing.F) {
	f.Add([]byte(loss))
	f.Add([]byte(`{"incident_id":"1","schema_version":"1.4","timeline":{"incident":{"year":1e99}}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := exchange.ReadVERIS(raw)
		if err != nil {
			return
		}
		for _, s := range r.Facts {
			for part, says := range s.Parts {
				if says == "" || len([]rune(says)) > 10_000 {
					t.Errorf("%s %s has %d characters", s.Fact, part, len(says))
				}
			}
		}
	})
}
