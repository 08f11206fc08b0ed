package auth

// Action is one thing that can be asked for: what the table has a row for and
// the journal a word.
type Action string

// The actions.
const (
	ListCases     Action = "list-cases"
	OpenCase      Action = "open-case"
	ManageMembers Action = "manage-members" // who works on a case
	SetSecret     Action = "set-secret"     // whom its key is wrapped to

	ImportRegister Action = "import-register"
	Scan           Action = "scan"
	ReadPictures   Action = "read-pictures"
	Resolve        Action = "resolve"

	ReadFacts        Action = "read-facts"        // of the case: facts, duties, decisions, drafts
	RecordFacts      Action = "record-facts"      // also tasks, and what a group of people is judged by
	Decide           Action = "decide"            // in one's own name
	FileNotification Action = "file-notification" // what was sent to an authority, and its receipt

	ReadNotices  Action = "read-notices" // what was written, and how many are in which state
	WriteNotice  Action = "write-notice"
	FreezeNotice Action = "freeze-notice" // route and render everybody, and rehearse
	SendNotice   Action = "send-notice"   // begin to send exactly what was approved
	ReleaseWave  Action = "release-wave"  // one more, and hand over what is released
	HaltNotice   Action = "halt-notice"
	LiftHalt     Action = "lift-halt"
	SettleNotice Action = "settle-notice" // by evidence, or by a decision in one's own name
	ProveNotice  Action = "prove-notice"  // what one person was told, when and how

	AnswerUnaffected Action = "answer-unaffected" // to somebody who asks: the letter that nothing of theirs was found

	ReadAccount     Action = "read-account"
	ReadReport      Action = "read-report"
	ListPeople      Action = "list-people"
	Explain         Action = "explain"     // one person's exposures and why, masked
	Judge           Action = "judge"       // whose an uncertain finding is
	FreezeList      Action = "freeze-list" // of who is exposed, for notices to go by
	Search          Action = "search"      // by one exact value: one hit or none
	Reveal          Action = "reveal"      // the values of one person
	RevealProtected Action = "reveal-protected"
	NameReaders     Action = "name-readers" // of protected identities

	ExportMasked Action = "export-masked"
	ExportValues Action = "export-values"
	Close        Action = "close"
	Destroy      Action = "destroy"

	Propose          Action = "propose" // something for others to approve
	Approve          Action = "approve" // open the preview, then say yes or no
	ListApprovals    Action = "list-approvals"
	RaiseBudget      Action = "raise-budget"
	SetBudgets       Action = "set-budgets"
	BreakTheGlass    Action = "break-glass"
	ReviewGlass      Action = "review-break-glass"
	NameGlassBearers Action = "name-break-glass" // who may
	ListGlasses      Action = "list-break-glass" // what was broken, and who has reviewed it
	NameWatchers     Action = "name-watchers"    // who is told at once: where alerts are sent to

	ReadCaseJournal Action = "read-case-journal" // who has seen what
	ReadJournal     Action = "read-journal"
	VerifyJournal   Action = "verify-journal"

	OwnSignIn    Action = "own-sign-in" // own sessions, passkeys, password
	ManageUsers  Action = "manage-users"
	AssignRoles  Action = "assign-roles"
	ResetSignIn  Action = "reset-sign-in"
	ManageSignIn Action = "manage-sign-in" // providers and policy
	ManageKeys   Action = "manage-keys"
	ManageHooks  Action = "manage-webhooks" // whom events of cases are told to
	Backup       Action = "backup"
	Restore      Action = "restore"
)
