package auth

// Within is where an action is done.
type Within uint8

// The places: the tenant as a whole, one case, or one case if it is about one.
const (
	InTenant Within = iota
	InCase
	InEither
)

// Sight is what an action shows of people.
type Sight uint8

// The sights, from nothing to everything.
const (
	Nothing Sight = iota // not even handled
	Unseen               // handled, and not shown: an import, a sealed backup
	Masked
	Values
)

// Rule is what one action asks.
type Rule struct {
	Action   Action
	In       Within
	Shows    Sight
	Purpose  bool // one of [Purposes] has to be given
	StepUp   bool // who asks signed in, or proved it anew, within [StepUpFor]
	FourEyes bool // two others have approved exactly this, see [Approval]
	Closed   bool // also on a case that is closed
	Others   bool // concerns somebody, and not oneself
	Outside  bool // also for those who do not work on the case
	Named    bool // only for those the case names for it, see [Case]
	Counted  bool // counts against the budgets, see [Limits]
	Glass    bool // also through broken glass, whatever the role
	Roles    []Role
}

// Rules is the table of who may do what. To add an action, add a line.
func Rules() []Rule {
	const yes = true
	return []Rule{
		{Action: ListCases, Roles: []Role{Investigator, Reviewer, DPO, Communications, Desk, Approver, Auditor}},
		{Action: OpenCase, Roles: []Role{Investigator, DPO}},
		{Action: SetSecret, In: InCase, StepUp: yes, Roles: []Role{Investigator, DPO}},
		{Action: ManageMembers, In: InCase, StepUp: yes, Closed: yes, Others: yes, Roles: []Role{Investigator, DPO}},

		{Action: ImportRegister, In: InCase, Shows: Unseen, Roles: []Role{Investigator}},
		{Action: Scan, In: InCase, Shows: Unseen, Roles: []Role{Investigator}},
		{Action: ReadPictures, In: InCase, Shows: Unseen, Roles: []Role{Investigator}},
		{Action: Resolve, In: InCase, Shows: Unseen, Roles: []Role{Investigator}},

		{Action: ReadFacts, In: InCase, Roles: []Role{Investigator, Reviewer, DPO, Communications, Approver}},
		{Action: RecordFacts, In: InCase, Roles: []Role{Investigator, DPO, Communications}},
		{Action: Decide, In: InCase, Roles: []Role{DPO}},
		{Action: FileNotification, In: InCase, Roles: []Role{DPO}},

		{Action: ReadNotices, In: InCase, Roles: []Role{Investigator, DPO, Communications, Approver}},
		{Action: WriteNotice, In: InCase, Roles: []Role{DPO, Communications}},
		{Action: FreezeNotice, In: InCase, Shows: Unseen, StepUp: yes, Roles: []Role{DPO, Communications}},
		{Action: SendNotice, In: InCase, Shows: Unseen, StepUp: yes, FourEyes: yes, Roles: []Role{DPO, Communications}},
		{Action: ReleaseWave, In: InCase, Shows: Unseen, StepUp: yes, Roles: []Role{DPO, Communications}},
		{Action: HaltNotice, In: InCase, Roles: []Role{Investigator, DPO, Communications, Approver}},
		{Action: LiftHalt, In: InCase, StepUp: yes, FourEyes: yes, Roles: []Role{DPO, Communications}},
		{Action: SettleNotice, In: InCase, Shows: Unseen, StepUp: yes, Roles: []Role{DPO, Communications}},
		{Action: ProveNotice, In: InCase, Shows: Values, Purpose: yes, StepUp: yes, Counted: yes, Roles: []Role{DPO, Desk}},
		{Action: AnswerUnaffected, In: InCase, Shows: Values, Purpose: yes, StepUp: yes, Counted: yes, Roles: []Role{DPO, Desk}},

		{Action: ReadAccount, In: InCase, Shows: Masked, Glass: yes, Roles: []Role{Investigator, Reviewer, DPO}},
		{Action: ReadReport, In: InCase, Closed: yes, Glass: yes, Roles: []Role{Investigator, Reviewer, DPO, Communications, Desk, Approver, Auditor}},
		{Action: ListPeople, In: InCase, Shows: Masked, Glass: yes, Roles: []Role{Investigator, Reviewer, DPO}},
		{Action: Explain, In: InCase, Shows: Masked, Glass: yes, Roles: []Role{Investigator, Reviewer, DPO, Desk}},
		{Action: Judge, In: InCase, Shows: Masked, Roles: []Role{Investigator, Reviewer, DPO}},
		{Action: FreezeList, In: InCase, StepUp: yes, FourEyes: yes, Roles: []Role{Investigator, DPO}},
		{Action: Search, In: InCase, Shows: Masked, Purpose: yes, Counted: yes, Glass: yes, Roles: []Role{Investigator, Reviewer, DPO, Desk}},
		{Action: Reveal, In: InCase, Shows: Values, Purpose: yes, StepUp: yes, Counted: yes, Glass: yes, Roles: []Role{Investigator, Reviewer, DPO, Desk}},
		{Action: RevealProtected, In: InCase, Shows: Values, Purpose: yes, StepUp: yes, FourEyes: yes, Named: yes, Counted: yes, Roles: []Role{Investigator, Reviewer, DPO}},
		{Action: NameReaders, In: InCase, StepUp: yes, Roles: []Role{DPO}},

		{Action: ExportMasked, In: InCase, Shows: Masked, StepUp: yes, Roles: []Role{Investigator, DPO}},
		{Action: ExportValues, In: InCase, Shows: Values, Purpose: yes, StepUp: yes, FourEyes: yes, Roles: []Role{Investigator, DPO}},
		{Action: Close, In: InCase, StepUp: yes, FourEyes: yes, Roles: []Role{Investigator, DPO}},
		{Action: Destroy, In: InCase, StepUp: yes, FourEyes: yes, Closed: yes, Roles: []Role{DPO}},

		{Action: Propose, In: InEither, Closed: yes, Roles: []Role{Investigator, Reviewer, DPO, Communications, Administrator}},
		{Action: Approve, In: InEither, Shows: Masked, StepUp: yes, Closed: yes, Roles: []Role{DPO, Approver}},
		{Action: ListApprovals, In: InEither, Closed: yes, Roles: []Role{Investigator, Reviewer, DPO, Communications, Approver, Administrator, Auditor}},
		{Action: RaiseBudget, In: InEither, StepUp: yes, Others: yes, Roles: []Role{DPO, Approver}},
		{Action: SetBudgets, StepUp: yes, Roles: []Role{DPO}},
		{Action: BreakTheGlass, In: InCase, StepUp: yes, Outside: yes, Named: yes, Roles: []Role{Investigator, Reviewer, DPO, Communications, Desk, Approver}},
		{Action: ReviewGlass, In: InCase, StepUp: yes, Others: yes, Outside: yes, Roles: []Role{DPO}},
		{Action: NameGlassBearers, StepUp: yes, Others: yes, Roles: []Role{DPO}},
		{Action: ListGlasses, Roles: []Role{DPO, Auditor}},
		{Action: NameWatchers, StepUp: yes, Roles: []Role{DPO}},

		{Action: ReadCaseJournal, In: InCase, Closed: yes, Roles: []Role{Investigator, DPO, Auditor}},
		{Action: ReadJournal, Roles: []Role{DPO, Auditor}},
		{Action: VerifyJournal, Roles: []Role{DPO, Administrator, Auditor}},

		{Action: OwnSignIn, StepUp: yes, Roles: Roles()},
		{Action: ManageUsers, StepUp: yes, Roles: []Role{Administrator}},
		{Action: AssignRoles, StepUp: yes, Others: yes, Roles: []Role{Administrator}},
		{Action: ResetSignIn, StepUp: yes, Others: yes, Roles: []Role{Administrator}},
		{Action: ManageSignIn, StepUp: yes, Roles: []Role{Administrator}},
		{Action: ManageKeys, StepUp: yes, Roles: []Role{Administrator}},
		{Action: ManageHooks, StepUp: yes, Roles: []Role{Administrator}},
		{Action: Backup, Shows: Unseen, StepUp: yes, Roles: []Role{Administrator}},
		{Action: Restore, Shows: Unseen, StepUp: yes, FourEyes: yes, Roles: []Role{Administrator}},
	}
}

// RuleFor finds an action's row.
func RuleFor(a Action) (Rule, bool) {
	for _, r := range Rules() {
		if r.Action == a {
			return r, true
		}
	}
	return Rule{}, false
}

// Actions lists every action in the order of the table.
func Actions() []Action {
	var list []Action
	for _, r := range Rules() {
		list = append(list, r.Action)
	}
	return list
}
