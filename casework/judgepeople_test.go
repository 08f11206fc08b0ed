package casework_test

import (
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// doubles is a case whose registers and evidence are in its folder.
type doubles struct {
	*casework.Desk
	t   *testing.T
	dir string
	id  store.CaseID
}

const columns = "id;förnamn;efternamn;personnummer;födelsedatum;telefon;e-post;skyddad identitet\n"

// newDoubles imports registers, each a name and its rows, and reads evidence that
// says something of each address in the rows.
func newDoubles(t *testing.T, registers map[string]string) doubles {
	t.Helper()
	dir := t.TempDir()
	d := doubles{desk(t, filepath.Join(dir, "data")), t, dir, ""}
	c, err := d.Open(t.Context(), "two who are one")
	if err != nil {
		t.Fatal(err)
	}
	d.id = c.ID
	d.again(registers)
	return d
}

// again imports registers anew, reads the evidence and resolves.
func (d doubles) again(registers map[string]string) {
	d.t.Helper()
	for _, name := range slices.Sorted(maps.Keys(registers)) {
		rows := registers[name]
		write(d.t, d.dir, map[string]string{name + ".csv": columns + rows})
		if _, err := d.Register(d.t.Context(), d.id, filepath.Join(d.dir, name+".csv"), casework.RegisterOptions{Country: "SE"}); err != nil {
			d.t.Fatal(err)
		}
		for row := range strings.Lines(rows) {
			if cells := strings.Split(row, ";"); cells[6] != "" {
				write(d.t, d.dir, map[string]string{"evidence/" + cells[6] + ".txt": "Skriv till " + cells[6] + ". Diagnos: astma.\n"})
			}
		}
	}
	scan(d.t, d.Desk, d.id, casework.ScanOptions{Evidence: filepath.Join(d.dir, "evidence")})
}

func (d doubles) resolve() {
	d.t.Helper()
	if err := d.Resolve(d.t.Context(), d.id, nil); err != nil {
		d.t.Fatal(err)
	}
}

func (d doubles) may(a auth.Action) auth.Grant {
	d.t.Helper()
	g, err := d.Store.Grant(d.t.Context(), d.Who, auth.Ask{Action: a, Case: d.id, Now: auth.Instant{Wall: d.Now()}})
	if err != nil {
		d.t.Fatal(err)
	}
	return g
}

// people tells the exposed people by the keys of their entries: "1+C1, 2".
func (d doubles) people() string {
	d.t.Helper()
	var list []string
	for p, err := range d.People(d.t.Context(), d.id) {
		if err != nil {
			d.t.Fatal(err)
		}
		if p.Stranger {
			continue
		}
		var keys []string
		for _, e := range p.Entries {
			keys = append(keys, e.Key.Reveal())
			if e.Protected {
				keys[len(keys)-1] += "!"
			}
		}
		slices.Sort(keys)
		list = append(list, strings.Join(keys, "+"))
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// beside holds people against each other.
func (d doubles) beside(who ...string) casework.Beside {
	d.t.Helper()
	b, err := d.Beside(d.t.Context(), d.may(auth.Judge), who...)
	if err != nil {
		d.t.Fatalf("%v: %v", who, err)
	}
	return b
}

// merge says of two that they are one; split says that an entry is another's.
func (d doubles) merge(first, second string) error {
	_, err := d.Merge(d.t.Context(), d.may(auth.Judge), d.beside(first, second), "the same household, asked by phone")
	return err
}

func (d doubles) split(whole, entry string) error {
	b := d.beside(whole)
	var other []breach.EntryID
	for _, e := range b.Sides[0].Entries {
		if e.Key.Reveal() == entry {
			other = append(other, e.ID)
		}
	}
	_, err := d.Split(d.t.Context(), d.may(auth.Judge), b, other, "two people came to the desk")
	return err
}

func (d doubles) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d doubles) are(want string) {
	d.t.Helper()
	if got := d.people(); got != want {
		d.t.Errorf("exposed: %s; want %s", got, want)
	}
}

// TestPeopleWhoAreOneAreMerged carries what somebody said of a pair that waits
// through resolves, imports and scans, and takes it back.
func TestPeopleWhoAreOneAreMerged(t *testing.T) {
	pupils := "1;Tova;Exempelsson;;2010-01-02;0701740605;tova.e@example.com;\n2;Bo;Provberg;;;;bo@example.com;\n"
	customers := "C1;Tova;Testlund;;2010-01-02;0701740605;tova.t@example.com;\n"
	d := newDoubles(t, map[string]string{"pupils": pupils, "customers": customers})
	d.are("1, 2, C1")
	g, list := asked(t, d.Desk, d.id, store.Unanswered)
	if len(list) != 1 || list[0].Why != store.Alike || len(list[0].People) != 2 || !list[0].WhyKinds.Has(breach.Phone) {
		t.Fatalf("asked %+v, want whether two are one, who share a phone", list)
	}
	if _, err := d.Judge(t.Context(), g, 1, list[0].People[0], "a place?"); refusalOf(err) != "refusal.judgement-of-people" {
		t.Errorf("answered as if it were a place: %v", err)
	}
	said, err := d.JudgePeople(t.Context(), g, 1, store.Same, "married this spring")
	d.must(err)
	if _, left := asked(t, d.Desk, d.id, store.Unanswered); len(left) != 0 {
		t.Errorf("answered, and still asked: %+v", left)
	}
	d.are("1, 2, C1") // until the next resolve
	d.resolve()
	d.are("1+C1, 2")
	d.counts(2)
	if hands := d.hands(); !slices.Equal(hands, []int64{said.Number}) {
		t.Errorf("pages tell of judgements %v, want %d", hands, said.Number)
	}
	d.again(map[string]string{"customers": "C0;Kaj;Provberg;;;;kaj@example.com;\n" + customers, "pupils": pupils})
	d.are("1+C1, 2, C0")
	if _, err := d.UnjudgePeople(t.Context(), g, said.Number); err != nil {
		t.Fatal(err)
	}
	d.resolve()
	d.are("1, 2, C0, C1")
	if _, list = asked(t, d.Desk, d.id, store.Unanswered); len(list) != 1 {
		t.Errorf("taken back: asked %+v, want the pair again", list)
	}
	d.must(d.apart("pupils:1", "customers:C1"))
	d.resolve()
	if _, list = asked(t, d.Desk, d.id, store.EveryQuestion); len(list) != 0 {
		t.Errorf("said to be two: asked %+v", list)
	}
}

func (d doubles) apart(first, second string) error {
	_, err := d.KeepApart(d.t.Context(), d.may(auth.Judge), d.beside(first, second), "two cousins")
	return err
}

// counts holds the counts against the number of exposed people: the bounds have
// to hold it.
func (d doubles) counts(people int64) {
	d.t.Helper()
	r, err := d.Result(d.t.Context(), d.id)
	d.must(err)
	n := r.Rows[0].Counts[0]
	if sum := n.Proven + n.Likely + n.Possible; sum != people || n.Upper < people || n.Registered < people || n.Upper > n.Registered {
		d.t.Errorf("counted %+v, want %d people", n, people)
	}
}

// hands lists the judgements that pages tell of, of everybody.
func (d doubles) hands() (list []int64) {
	d.t.Helper()
	g := d.may(auth.ListPeople)
	for p, err := range d.Store.People(d.t.Context(), g) {
		d.must(err)
		of, err := d.Store.Portraits(d.t.Context(), g, p.Number)
		d.must(err)
		list = append(list, of[p.Number].Hands...)
	}
	return list
}

// oneNumber are two people with one number, which somebody typed wrongly.
const oneNumber = "8112289841"

func TestPeopleBehindOneNumberAreSplit(t *testing.T) {
	d := newDoubles(t, map[string]string{"pupils": "1;Tova;Exempelsson;" + oneNumber + ";;;tova@example.com;\n", "customers": "C1;Kaj;Testlund;" + oneNumber + ";;;kaj@example.com;\n"})
	d.are("1+C1")
	officer := at(d.Desk, "dpo", auth.DPO, d.id)
	a, err := officer.ProposeFreezing(t.Context(), d.id, 1)
	d.must(err)
	twoAgree(t, d.Desk, a)
	frozen, err := officer.FreezeApproved(t.Context(), a.ID)
	d.must(err)

	if err := d.split("customers:C1", "9"); refusalOf(err) != "refusal.split-entries" {
		t.Errorf("nobody's entry: %v", err)
	}
	d.must(d.split("customers:C1", "C1"))
	d.resolve()
	d.are("1, C1")
	d.counts(2)
	diff, err := d.Differ(t.Context(), d.may(auth.ListPeople), 1, 2, 10)
	if d.must(err); diff.New.All != 2 || diff.Gone.All != 1 {
		t.Errorf("new %d, gone %d; want the two in the place of the one", diff.New.All, diff.Gone.All)
	}
	l, current, ok, err := casework.FrozenList(t.Context(), d.Store, d.may(auth.ListPeople))
	if d.must(err); !ok || current || l.Root != frozen.Root || l.People != 1 {
		t.Errorf("the frozen list: %+v, current %t", l, current)
	}
	d.again(map[string]string{"staff": "S1;Tova;Provberg;" + oneNumber + ";;;\n"})
	d.are("1, C1")
	said, err := d.SaidOfPeople(t.Context(), d.may(auth.Judge))
	if d.must(err); len(said) != 1 || said[0].Says != store.Apart || said[0].Guarded {
		t.Fatalf("said %+v", said)
	}
	_, err = d.UnjudgePeople(t.Context(), d.may(auth.Judge), said[0].Number)
	d.must(err)
	d.resolve()
	d.are("1+C1+S1")
}

func TestWhoWasOneWithSomebodyProtectedStaysProtected(t *testing.T) {
	pupils := "1;Tova;Exempelsson;" + oneNumber + ";;;tova@example.com;ja\n2;Bo;Provberg;;;;bo@example.com;\n"
	d := newDoubles(t, map[string]string{"pupils": pupils, "customers": "C1;Kaj;Testlund;" + oneNumber + ";;;kaj@example.com;\n"})
	d.are("1!+C1, 2")
	d.must(d.split("pupils:1", "C1"))
	d.resolve()
	d.are("1!, 2, C1!")
	if r, err := d.Result(t.Context(), d.id); err != nil || r.Protected != 2 {
		t.Errorf("%d exposed people are protected, error %v; want both", r.Protected, err)
	}
	g := d.may(auth.ListPeople)
	everybody, err := d.Store.Roll(t.Context(), g, store.Roll{Grade: breach.Proven}, 1)
	if d.must(err); len(everybody) != 1 {
		t.Errorf("%d people are on a list that has no protected identity, want the one", len(everybody))
	}
	d.again(map[string]string{"customers": "C1;Kaj;Testlund;;;;kaj@example.com;\n"})
	d.are("1!, 2, C1!") // the other register still protects the one
	d.again(map[string]string{"pupils": strings.Replace(pupils, ";ja\n", ";\n", 1)})
	d.are("1, 2, C1")

	if b := d.beside("pupils:2", "customers:C1"); b.Hidden || b.Fields == nil {
		t.Errorf("nobody is protected, and nothing is told of the fields")
	}
	d.again(map[string]string{"pupils": pupils})
	if b := d.beside("pupils:2", "pupils:1"); !b.Hidden || b.Fields != nil {
		t.Errorf("the fields of somebody protected are told: %v", b.Fields)
	}
	d.must(d.merge("pupils:2", "pupils:1"))
	d.resolve()
	d.are("1!+2, C1!")
}

func TestWhatContradictsIsRefusedAndTheEarlierNamed(t *testing.T) {
	d := newDoubles(t, map[string]string{"pupils": "1;Tova;Exempelsson;;;;tova@example.com;\n2;Bo;Provberg;;;;bo@example.com;\n3;Kaj;Testlund;;;;kaj@example.com;\n"})
	d.must(d.merge("1", "2"))
	d.must(d.merge("2", "3"))
	err := d.apart("1", "3")
	if refusal, ok := errors.AsType[*breach.Refusal](err); !ok || refusal.Key != "refusal.judgement-contradicts" || refusal.Args["Number"] != "1" || refusal.Args["By"] != string(d.Who.User) {
		t.Errorf("one through a third, and said to be two: %v", err)
	}
	if err := d.merge("1", "2"); refusalOf(err) != "refusal.said-already" {
		t.Errorf("said twice: %v", err)
	}
	d.resolve()
	d.are("1+2+3")
	if err := d.merge("1", "3"); refusalOf(err) != "refusal.one-already" {
		t.Errorf("two who are one: %v", err)
	}
	if err := d.split("1", "3"); refusalOf(err) != "refusal.judgement-contradicts" {
		t.Errorf("one by what was said, and split: %v", err)
	}
	_, err = d.UnjudgePeople(t.Context(), d.may(auth.Judge), 2)
	d.must(err)
	d.resolve()
	d.are("1+2, 3")
	d.must(d.apart("1", "3"))
	if err := d.merge("2", "3"); refusalOf(err) != "refusal.judgement-contradicts" {
		t.Errorf("said to be two, and merged through the one: %v", err)
	}
}

// TestRegistersThatContradictAreAskedAbout has registers come anew that say
// otherwise than somebody said: neither is taken, and it waits.
func TestRegistersThatContradictAreAskedAbout(t *testing.T) {
	one := "1;Tova;Exempelsson;010594Y9032;;0701740605;tova.e@example.com;\n"
	d := newDoubles(t, map[string]string{"pupils": one, "customers": "C1;Tova;Exempelsson;;;0701740606;tova.t@example.com;\n"})
	d.must(d.merge("pupils:1", "customers:C1"))
	d.resolve()
	d.are("1+C1")
	against := func(why string, judgement int64) {
		t.Helper()
		_, list := asked(t, d.Desk, d.id, store.Unanswered)
		if judgement == 0 && len(list) != 0 || judgement != 0 && (len(list) == 0 || list[0].Why != store.Contradicted || list[0].Judgement != judgement) {
			t.Errorf("%s: asked %+v, want about judgement %d", why, list, judgement)
		}
	}
	against("nothing new", 0)
	d.again(map[string]string{"customers": "C1;Tova;Exempelsson;8112289841;;0701740606;tova.t@example.com;\n"})
	d.are("1+C1") // a Swedish number beside a Finnish one
	d.again(map[string]string{"customers": "C1;Tova;Exempelsson;010594Y9021;;0701740606;tova.t@example.com;\n"})
	against("another number", 1)
	d.are("1, C1")
	g := d.may(auth.Judge)
	still, err := d.JudgePeople(t.Context(), g, 1, store.Same, "she has had both numbers")
	d.must(err)
	against("said again", 0)
	d.resolve()
	d.are("1+C1")
	d.again(map[string]string{"customers": "C1;Kaj;Testlund;;1990-03-04;0701740606;kaj@example.com;\n"})
	against("the key is somebody else's", still.Number)
	d.are("1, C1")
	_, err = d.JudgePeople(t.Context(), g, 1, store.Withdrawn, "C1 was given anew")
	d.must(err)
	against("taken back", 0)

	d.must(d.apart("pupils:1", "customers:C1"))
	d.again(map[string]string{"customers": "C1;Kaj;Testlund;010594Y9032;1990-03-04;0701740606;kaj@example.com;\n"})
	d.are("1, C1")
	against("one number for two", 6)
}

// TestAnswersAboutASplitPersonAreAskedAnew: whom somebody meant is two people now.
func TestAnswersAboutASplitPersonAreAskedAnew(t *testing.T) {
	d := newDoubles(t, map[string]string{"pupils": "1;Tova;Exempelsson;" + oneNumber + ";;;hemma@example.com;\n2;Bo;Exempelsson;;;;hemma@example.com;\n",
		"customers": "C1;Kaj;Testlund;" + oneNumber + ";;;hemma@example.com;\n"})
	g, list := asked(t, d.Desk, d.id, store.Unanswered)
	if len(list) != 1 || len(list[0].People) != 2 {
		t.Fatalf("asked %+v, want of two people", list)
	}
	_, err := d.Judge(t.Context(), g, 1, list[0].People[0], "the class list")
	d.must(err)
	d.resolve()
	d.are("1+C1")
	d.must(d.split("pupils:1", "C1"))
	d.resolve()
	d.are("1, 2, C1")
	_, list = asked(t, d.Desk, d.id, store.Unanswered)
	if len(list) != 1 || len(list[0].People) != 3 {
		t.Fatalf("after the split: asked %+v, want of three people", list)
	}
	_, err = d.Judge(t.Context(), g, 1, list[0].People[2], "it is the customer")
	d.must(err)
	d.resolve()
	if got := d.people(); strings.Contains(got, ",") {
		t.Errorf("answered anew: %s, want one person", got)
	}
}
