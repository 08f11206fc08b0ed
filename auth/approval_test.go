package auth_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// bench is a proposal to close a case, and the people around it.
type bench struct {
	t        *testing.T
	l        *ledger
	approval auth.Approval
	now      auth.Instant
}

const preview = "close case, 12 people told"

func newBench(t *testing.T) *bench {
	b := &bench{t: t, l: newLedger(), now: at(0)}
	b.l.cases["case"] = auth.Case{ID: "case", Tenant: "town"}
	a, err := auth.NewApproval(b.grant("author", auth.DPO, auth.Propose), auth.Close, []byte("payload"), []byte(preview), b.now)
	if err != nil {
		t.Fatal(err)
	}
	b.approval = a
	return b
}

func (b *bench) grant(id auth.UserID, role auth.Role, action auth.Action) auth.Grant {
	s, _ := auth.Begin(id, "town", []auth.Role{role}, []auth.CaseID{"case"}, auth.OwnNetwork, b.now)
	return must(b.t, b.l, s, auth.Ask{Action: action, Case: "case", Now: b.now})
}

func (b *bench) keep(a auth.Approval, err error) error {
	b.approval = a
	return err
}

func (b *bench) open(id auth.UserID) error {
	return b.keep(b.approval.Open(b.grant(id, auth.Approver, auth.Approve), []byte(preview), b.now))
}

func (b *bench) agree(id auth.UserID) error {
	return b.keep(b.approval.Agree(b.grant(id, auth.Approver, auth.Approve), b.now))
}

func (b *bench) decline(id auth.UserID) error {
	return b.keep(b.approval.Decline(b.grant(id, auth.Approver, auth.Approve), b.now))
}

func (b *bench) withdraw(id auth.UserID) error {
	return b.keep(b.approval.Withdraw(b.grant(id, auth.DPO, auth.Propose)))
}

// do is the author's attempt to do what was approved.
func (b *bench) do(payload string) (auth.Grant, error) {
	b.l.approvals[b.approval.ID] = b.approval
	s, _ := auth.Begin("author", "town", []auth.Role{auth.DPO}, []auth.CaseID{"case"}, auth.OwnNetwork, b.now)
	g, err := auth.Check(b.t.Context(), b.l, s, auth.Ask{Action: auth.Close, Case: "case", Approval: b.approval.ID, Payload: []byte(payload), Now: b.now})
	b.approval = b.l.approvals[b.approval.ID]
	return g, err
}

// TestApproval goes the roads of an approval. A step is "who: what"; it says how
// it ends, "" for well.
func TestApproval(t *testing.T) {
	type step struct {
		who  auth.UserID
		what string
		want string
	}
	yes := func(id auth.UserID) []step { return []step{{id, "open", ""}, {id, "agree", ""}} }
	both := append(yes("a"), yes("b")...)
	on := func(steps []step, more ...step) []step { return append(append([]step{}, steps...), more...) }
	for _, c := range []struct {
		name  string
		steps []step
		state auth.ApprovalState
	}{
		{"two others agree and it is done", on(both, step{"author", "do", ""}), auth.Executed},
		{"it is done once", on(both, step{"author", "do", ""}, step{"author", "do", "refusal.not-approved"}), auth.Executed},
		{"one is not enough", on(yes("a"), step{"author", "do", "refusal.not-approved"}), auth.Proposed},
		{"one agrees twice", on(yes("a"), step{"a", "agree", "refusal.approval-twice"}, step{"author", "do", "refusal.not-approved"}), auth.Proposed},
		{"the author agrees", []step{{"author", "open", "refusal.approval-own"}, {"author", "agree", "refusal.approval-own"}}, auth.Proposed},
		{"unseen", []step{{"a", "agree", "refusal.approval-unseen"}}, auth.Proposed},
		{"seen by another", []step{{"a", "open", ""}, {"b", "agree", "refusal.approval-unseen"}}, auth.Proposed},
		{"one says no", on(yes("a"), step{"b", "decline", ""}, step{"c", "open", "refusal.approval-over"}, step{"author", "do", "refusal.not-approved"}), auth.Declined},
		{"a no after both", on(both, step{"c", "decline", "refusal.approval-over"}), auth.Approved},
		{"the author withdraws", on(both, step{"author", "withdraw", ""}, step{"author", "do", "refusal.not-approved"}), auth.Withdrawn},
		{"another withdraws", []step{{"a", "withdraw", "refusal.not-your-role"}}, auth.Proposed},
		{"withdrawn after it was done", on(both, step{"author", "do", ""}, step{"author", "withdraw", "refusal.approval-over"}), auth.Executed},
		{"a byte more is done", on(both, step{"author", "do more", "refusal.not-approved"}, step{"author", "do", "refusal.not-approved"}), auth.Void},
		{"a byte more before it is approved", on(yes("a"), step{"author", "do more", "refusal.not-approved"}), auth.Proposed},
		{"the payload changes", on(both, step{"author", "change", ""}, step{"author", "do", "refusal.not-approved"}), auth.Void},
		{"the preview changes", on(yes("a"), step{"author", "change preview", ""}, step{"b", "open", "refusal.approval-over"}), auth.Void},
		{"another preview is shown", []step{{"a", "open another", "refusal.approval-void"}}, auth.Void},
		{"nothing changes", on(both, step{"author", "change nothing", ""}, step{"author", "do", ""}), auth.Executed},
		{"three days and a second later", on(yes("a"), step{"", "wait", ""}, step{"b", "open", "refusal.approval-over"}), auth.Expired},
		{"approved, and done too late", on(both, step{"", "wait", ""}, step{"author", "do", "refusal.not-approved"}), auth.Approved},
		{"approved, the clock set back, the server started anew", on(both, step{"", "clock back", ""}, step{"author", "do", "refusal.not-approved"}), auth.Approved},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			for i, s := range c.steps {
				err := b.step(s.who, s.what)
				var refusal *breach.Refusal
				switch {
				case s.want == "" && err != nil:
					t.Fatalf("step %d, %s %s: %v", i, s.who, s.what, err)
				case s.want != "" && (!errors.As(err, &refusal) || refusal.Key != s.want):
					t.Fatalf("step %d, %s %s: got %v, want %s", i, s.who, s.what, err, s.want)
				}
			}
			if b.approval.State != c.state {
				t.Errorf("is %s, want %s", b.approval.State, c.state)
			}
		})
	}
}

func (b *bench) step(who auth.UserID, what string) error {
	switch what {
	case "open":
		return b.open(who)
	case "open another":
		return b.keep(b.approval.Open(b.grant(who, auth.Approver, auth.Approve), []byte("nothing to see"), b.now))
	case "agree":
		return b.agree(who)
	case "decline":
		return b.decline(who)
	case "withdraw":
		return b.withdraw(who)
	case "change":
		b.approval = b.approval.Changed([]byte("payload "), []byte(preview))
	case "change preview":
		b.approval = b.approval.Changed([]byte("payload"), []byte("another"))
	case "change nothing":
		b.approval = b.approval.Changed([]byte("payload"), []byte(preview))
	case "wait":
		b.now = at(auth.ApprovalLasts + time.Second)
	case "clock back":
		b.now.Wall, b.now.Run = b.now.Wall.Add(-time.Hour), "next"
	case "do":
		g, err := b.do("payload")
		if err == nil && !bytes.Equal(g.Payload(), []byte("payload")) {
			return errors.New("the grant has another payload")
		}
		return err
	case "do more":
		g, err := b.do("payload and more")
		if g.Payload() != nil {
			return errors.New("a payload without approval")
		}
		return err
	}
	return nil
}

func TestWhatCannotBeProposed(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct {
		name   string
		role   auth.Role
		action auth.Action
	}{
		{"what needs no approval", auth.Investigator, auth.Scan},
		{"what the role may not do", auth.Investigator, auth.Destroy},
		{"what is none", auth.DPO, "everything"},
		{"an act of the tenant on a case", auth.Administrator, auth.Restore},
	} {
		if _, err := auth.NewApproval(b.grant("u", c.role, auth.Propose), c.action, nil, nil, at(0)); verdictOf(t, err) != auth.NotYourRole {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestAnApprovalIsForOneCaseAndOneAuthor(t *testing.T) {
	b := newBench(t)
	for _, id := range []auth.UserID{"a", "b"} {
		if err := errors.Join(b.open(id), b.agree(id)); err != nil {
			t.Fatal(err)
		}
	}
	b.l.approvals[b.approval.ID] = b.approval
	b.l.cases["second"] = auth.Case{ID: "second", Tenant: "town"}
	for name, c := range map[string]struct {
		who  auth.UserID
		on   auth.CaseID
		with auth.Action
	}{"another case": {"author", "second", auth.Close}, "another person": {"a", "case", auth.Close}, "another act": {"author", "case", auth.Destroy}} {
		s, _ := auth.Begin(c.who, "town", []auth.Role{auth.DPO}, []auth.CaseID{"case", "second"}, auth.OwnNetwork, at(0))
		_, err := auth.Check(t.Context(), b.l, s, auth.Ask{Action: c.with, Case: c.on, Approval: b.approval.ID, Payload: []byte("payload"), Now: at(0)})
		if verdictOf(t, err) != auth.NotApproved {
			t.Errorf("%s: %v", name, err)
		}
	}
	elsewhere := b.approval
	elsewhere.Case = "second"
	abroad := b.approval
	abroad.Tenant = "neighbour"
	for name, a := range map[string]auth.Approval{"another case": elsewhere, "another tenant": abroad} {
		if _, err := a.Withdraw(b.grant("author", auth.DPO, auth.Propose)); verdictOf(t, err) != auth.NotYourRole {
			t.Errorf("withdrawn from %s: %v", name, err)
		}
		if _, err := a.Decline(b.grant("c", auth.Approver, auth.Approve), at(0)); verdictOf(t, err) != auth.NoSuchCase {
			t.Errorf("declined from %s: %v", name, err)
		}
	}
	g := must(t, b.l, user("c", auth.Approver, "second"), auth.Ask{Action: auth.Approve, Case: "second", Now: at(0)})
	if _, err := b.approval.Decline(g, at(0)); verdictOf(t, err) != auth.NoSuchCase {
		t.Errorf("an approver of another case: %v", err)
	}
}

// TestThePayloadIsWhatWasApproved changes the bytes while the check is under way.
func TestThePayloadIsWhatWasApproved(t *testing.T) {
	l := newLedger()
	l.cases["case"] = auth.Case{ID: "case", Tenant: "town"}
	author, payload := user("author", auth.DPO, "case"), []byte("payload")
	a := approve(t, l, author, auth.Close, "case", payload)
	g := must(t, l, author, auth.Ask{Action: auth.Close, Case: "case", Approval: a.ID, Payload: payload, Now: at(0)})
	payload[0], g.Payload()[1] = 'X', 'X'
	if string(g.Payload()) != "payload" {
		t.Errorf("the grant now holds %q", g.Payload())
	}
}
