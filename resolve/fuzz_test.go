package resolve_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/resolve"
)

// values are what fuzzed findings hold: of the village, of nobody, and rubbish.
var values = []string{"", "x", "010594Y9032", "020516C902J", "020516C903K", "030594W903B", "8112289841", "198112289841", "7010632391", "020594X902P",
	"Anna Berg", "Sanna Koivunen", "Ella Mäkinen", "Bo Ek", "koivuset@example.fi", "anna.berg@example.se", "bo@example.com", "info@example.com", "@",
	"+358401000001", "+46701740605", "+46701740607", "Storgatan 12, 06100", "Lillgatan 4, 12345", "2010-01-02", "2016-05-02", "zelvon", "SE4550000000058398257466", "\xff\x00"}

var forms = []string{"", "fi-hetu", "se-personnummer", "dk-cpr", "name", "email", "word", "cell", "-"}

// mentionsOf makes mentions of fuzzed bytes, four a finding.
func mentionsOf(data []byte) []breach.Mention {
	var list []breach.Mention
	m := breach.Mention{}
	for ; len(data) >= 4; data = data[4:] {
		kind, value, form, flags := data[0], data[1], data[2], data[3]
		f := breach.Finding{Kind: breach.Kind(kind % 70), Form: forms[int(form)%len(forms)], Value: breach.Hide(values[int(value)%len(values)]),
			Strength: breach.Strength(flags % 4), Labelled: flags&4 != 0, Failed: flags&8 != 0}
		f.Place = breach.At(breach.Step{Unit: breach.Unit(form % 20), N: int64(value)})
		f.Place.Offset = int64(value) * int64(flags)
		m.Findings = append(m.Findings, f)
		if flags&0x30 == 0 {
			m.Document = flags&0x40 != 0
			m.Place = breach.At(breach.Step{Unit: breach.Unit(form % 20), N: int64(value)})
			list, m = append(list, m), breach.Mention{}
		}
	}
	return append(list, m)
}

func FuzzItem(f *testing.F) {
	f.Add([]byte{2, 2, 1, 0x83, 1, 11, 4, 0x91, 5, 14, 5, 0x13, 17, 0, 6, 0x41})
	f.Add([]byte{1, 10, 4, 0x11, 6, 20, 0, 0x01, 1, 12, 4, 0x01, 2, 3, 1, 0x03})
	x, people := town(f, village())
	f.Fuzz(func(t *testing.T, data []byte) {
		mentions := mentionsOf(data[:min(len(data), 4096)])
		for _, l := range linksOf(t, x, people, mentions) {
			check(t, l)
		}
		if a, b := linksOf(t, x, people, mentions), linksOf(t, x, people, mentions); !reflect.DeepEqual(a, b) {
			t.Errorf("the same mentions gave %v, then %v", a, b)
		}
	})
}

// check is what every link promises.
func check(t *testing.T, l resolve.Link) {
	t.Helper()
	if !slices.Contains(resolve.Reasons(), l.Why.Reason) {
		t.Errorf("reason %q", l.Why.Reason)
	}
	if (len(l.Persons) == 0) != (len(l.Stranger) > 0) || len(l.Persons) > resolve.MaxSet || !slices.IsSorted(l.Persons) || len(slices.Compact(slices.Clone(l.Persons))) != len(l.Persons) {
		t.Errorf("%s: persons %v with %d identifiers of a stranger", l.Why.Reason, l.Persons, len(l.Stranger))
	}
	if !(l.Probability >= 0 && l.Probability < 1) || l.Trace() != (l.Probability == 0) {
		t.Errorf("%s: probability %v", l.Why.Reason, l.Probability)
	}
	if l.StrangerKey().IsZero() != (len(l.Stranger) == 0) {
		t.Errorf("%s: key and stranger differ", l.Why.Reason)
	}
	last := breach.Kind(0)
	for _, k := range l.Kinds {
		if k.Kind <= last || k.Kind > breach.Guardian || (k.Grade == breach.Unknown) != l.Trace() {
			t.Errorf("%s: kinds %v", l.Why.Reason, l.Kinds)
		}
		if len(l.Persons) > 1 && k.Grade > breach.Possible {
			t.Errorf("one of several has grade %s", k.Grade)
		}
		last = k.Kind
	}
	if len(l.Kinds) == 0 {
		t.Errorf("%s: nothing told", l.Why.Reason)
	}
}
