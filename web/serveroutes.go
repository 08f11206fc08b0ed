package web

import (
	"time"

	"github.com/klarlagt/klarlagt/auth"
)

// Access is who comes through a route at all.
type Access uint8

// Who comes through: those whom the check of the route's action grants it,
// whoever is signed in, and anybody.
const (
	Granted Access = iota
	SignedIn
	Anybody
)

// Route is one row of the table of routes.
type Route struct {
	Method, Pattern string
	Action          auth.Action   // what it asks the check for
	Too             []auth.Action // what it asks for beside, once it has read the request
	Who             Access
	Page            string // what it renders; "" where it sends the browser on
	Program         bool   // an operation of the API: programs ask with a token
	Allowance       Allowance
	serve           func(*visit) error
}

// Allowance is how much one request may take; 0 for what is usual.
type Allowance struct {
	Body int64 // bytes
	Time time.Duration
}

// What takes more than other requests: files that are sent, registers that are
// read, and progress that is watched.
var (
	sending  = Allowance{Body: mostSent, Time: 15 * time.Minute}
	reading  = Allowance{Time: 15 * time.Minute}
	watching = Allowance{Time: auth.LastsFor}
)

// Routes is the table of everything that the server answers, but for files and
// health: pages, and after them the operations of the API. An {id}, a {person} or a {user} in a path is what the act is on, a {case}
// where. To add a page, add a line.
func Routes() []Route { return append(pages(), newAPI(nil, nil).routes...) }

func pages() []Route {
	return []Route{
		{Method: "GET", Pattern: "/sign-in", Who: Anybody, Page: "sign-in", serve: showSignIn},
		{Method: "POST", Pattern: "/sign-in", Who: Anybody, serve: signIn},
		{Method: "POST", Pattern: "/sign-in/passkey/begin", Who: Anybody, serve: beginPasskeySignIn},
		{Method: "POST", Pattern: "/sign-in/passkey", Who: Anybody, serve: passkeySignIn},
		{Method: "POST", Pattern: "/sign-in/provider", Who: Anybody, serve: beginProvider},
		{Method: "GET", Pattern: "/sign-in/provider/back", Who: Anybody, serve: finishProvider},
		{Method: "GET", Pattern: "/set-up", Who: Anybody, Page: "set-up", serve: showSetup},
		{Method: "POST", Pattern: "/set-up", Who: Anybody, serve: beginSetup},
		{Method: "GET", Pattern: "/set-up/account", Who: Anybody, Page: "set-up-account", serve: showSetupAccount},
		{Method: "POST", Pattern: "/set-up/account", Who: Anybody, serve: finishSetup},
		{Method: "GET", Pattern: "/demo/{token}", Who: Anybody, serve: beginDemo},
		{Method: "GET", Pattern: apiPath + "/openapi.json", Who: Anybody, serve: showOpenAPI},
		{Method: "GET", Pattern: "/calendar/{case}/{token}", Who: Anybody, serve: showFeed},
		{Method: "POST", Pattern: "/language", Who: Anybody, serve: chooseLanguage},

		{Method: "GET", Pattern: "/{$}", Who: SignedIn, serve: home},
		{Method: "GET", Pattern: "/recovery", Who: SignedIn, Page: "recovery", serve: showRecovery},
		{Method: "POST", Pattern: "/recovery", Who: SignedIn, serve: endRecovery},
		{Method: "GET", Pattern: "/step-up", Who: SignedIn, Page: "step-up", serve: showStepUp},
		{Method: "POST", Pattern: "/step-up", Who: SignedIn, serve: stepUp},
		{Method: "POST", Pattern: "/sign-out", Who: SignedIn, serve: signOut},

		{Method: "GET", Pattern: "/account", Action: auth.OwnSignIn, Page: "account", serve: showAccount},
		{Method: "POST", Pattern: "/account/password", Action: auth.OwnSignIn, serve: changePassword},
		{Method: "POST", Pattern: "/account/recovery", Action: auth.OwnSignIn, serve: renewRecovery},
		{Method: "POST", Pattern: "/account/sign-ins/{id}/end", Action: auth.OwnSignIn, serve: endSignIn},
		{Method: "POST", Pattern: "/account/passkeys/begin", Action: auth.OwnSignIn, serve: beginPasskey},
		{Method: "POST", Pattern: "/account/passkeys", Action: auth.OwnSignIn, serve: addPasskey},
		{Method: "POST", Pattern: "/account/passkeys/{id}/remove", Action: auth.OwnSignIn, serve: removePasskey},
		{Method: "GET", Pattern: "/account/tokens", Action: auth.OwnSignIn, Page: "tokens", serve: showTokens},
		{Method: "POST", Pattern: "/account/tokens", Action: auth.OwnSignIn, serve: makeToken},
		{Method: "POST", Pattern: "/account/tokens/calendar", Action: auth.OwnSignIn, serve: makeFeed},
		{Method: "POST", Pattern: "/account/tokens/{id}/end", Action: auth.OwnSignIn, serve: endToken},
		{Method: "GET", Pattern: "/unlock", Action: auth.OwnSignIn, Page: "unlock", serve: showUnlock},
		{Method: "POST", Pattern: "/unlock", Action: auth.OwnSignIn, serve: unlock},
		{Method: "POST", Pattern: "/unlock/end", Action: auth.OwnSignIn, serve: lock},

		{Method: "GET", Pattern: "/users", Action: auth.ManageUsers, Page: "users", serve: showUsers},
		{Method: "POST", Pattern: "/users", Action: auth.ManageUsers, serve: addUser},
		{Method: "GET", Pattern: "/users/{user}", Action: auth.ManageUsers, Page: "user", serve: showUser},
		{Method: "POST", Pattern: "/users/{user}/roles", Action: auth.AssignRoles, serve: assignRoles},
		{Method: "POST", Pattern: "/users/{user}/reset", Action: auth.ResetSignIn, serve: resetUser},
		{Method: "POST", Pattern: "/users/{user}/end", Action: auth.ResetSignIn, serve: endUser},

		{Method: "GET", Pattern: "/webhooks", Action: auth.ManageHooks, Page: "webhooks", serve: showHooks},
		{Method: "POST", Pattern: "/webhooks", Action: auth.ManageHooks, serve: makeHook},
		{Method: "POST", Pattern: "/webhooks/{id}/rotate", Action: auth.ManageHooks, serve: rotateHook},
		{Method: "POST", Pattern: "/webhooks/{id}/replay", Action: auth.ManageHooks, serve: replayHook},
		{Method: "POST", Pattern: "/webhooks/{id}/end", Action: auth.ManageHooks, serve: endHook},

		{Method: "GET", Pattern: "/cases", Action: auth.ListCases, Page: "cases", serve: showCases},
		{Method: "POST", Pattern: "/cases", Action: auth.OpenCase, serve: openCase},
		{Method: "GET", Pattern: "/cases/{case}", Action: auth.ReadReport, Page: "desk", serve: showDesk},
		{Method: "GET", Pattern: "/cases/{case}/report", Action: auth.ReadReport, Page: "case", serve: showCase},
		{Method: "GET", Pattern: "/cases/{case}/facts", Action: auth.ReadFacts, Page: "facts", serve: showFacts},
		{Method: "GET", Pattern: "/cases/{case}/fact", Action: auth.ReadFacts, Page: "fact", serve: showFact},
		{Method: "POST", Pattern: "/cases/{case}/fact", Action: auth.RecordFacts, serve: enterFact},
		{Method: "GET", Pattern: "/cases/{case}/timeline", Action: auth.ReadFacts, Page: "timeline", serve: showTimeline},
		{Method: "GET", Pattern: "/cases/{case}/duties", Action: auth.ReadFacts, Page: "duties", serve: showDuties},
		{Method: "GET", Pattern: "/cases/{case}/duties/calendar", Action: auth.ReadFacts, serve: showCalendar},
		{Method: "POST", Pattern: "/cases/{case}/duties/plan", Action: auth.RecordFacts, serve: takePlan},
		{Method: "GET", Pattern: "/cases/{case}/assessment", Action: auth.ReadFacts, Page: "assessment", serve: showAssessment},
		{Method: "POST", Pattern: "/cases/{case}/assessment/groups", Action: auth.RecordFacts, serve: takeGroups},
		{Method: "POST", Pattern: "/cases/{case}/decisions", Action: auth.Decide, serve: decide},
		{Method: "GET", Pattern: "/cases/{case}/drafts", Action: auth.ReadFacts, Page: "drafts", serve: showDrafts},
		{Method: "GET", Pattern: "/cases/{case}/draft", Action: auth.ReadFacts, Page: "draft", serve: showDraft},
		{Method: "GET", Pattern: "/cases/{case}/draft/file", Action: auth.ReadFacts, serve: showDraftFile},
		{Method: "POST", Pattern: "/cases/{case}/draft/sent", Action: auth.FileNotification, serve: sendDraft},
		{Method: "POST", Pattern: "/cases/{case}/drafts/receipt", Action: auth.FileNotification, serve: keepReceipt},
		{Method: "GET", Pattern: "/cases/{case}/paper", Action: auth.ReadFacts, serve: showPaper},
		{Method: "GET", Pattern: "/cases/{case}/members", Action: auth.ReadReport, Page: "members", serve: showMembers},
		{Method: "POST", Pattern: "/cases/{case}/members/{user}/join", Action: auth.ManageMembers, serve: joinCase},
		{Method: "POST", Pattern: "/cases/{case}/members/{user}/leave", Action: auth.ManageMembers, serve: leaveCase},
		{Method: "POST", Pattern: "/cases/{case}/members/{user}/raise", Action: auth.RaiseBudget, serve: raiseBudget},
		{Method: "POST", Pattern: "/cases/{case}/readers", Action: auth.NameReaders, serve: setReaders},
		{Method: "GET", Pattern: "/cases/{case}/secret", Action: auth.SetSecret, Page: "secret", serve: showSecret},
		{Method: "POST", Pattern: "/cases/{case}/secret", Action: auth.SetSecret, Allowance: reading, serve: setSecret},
		{Method: "POST", Pattern: "/cases/{case}/secret/end", Action: auth.SetSecret, Allowance: reading, serve: endSecret},
		{Method: "GET", Pattern: "/cases/{case}/exposure", Action: auth.ReadReport, Page: "exposure", serve: showExposure},
		{Method: "GET", Pattern: "/cases/{case}/exposure/list", Action: auth.ListPeople, Page: "exposure-list", serve: showRoll},
		{Method: "GET", Pattern: "/cases/{case}/exposure/{id}", Action: auth.Explain, Page: "exposure-why", serve: showWhy},
		{Method: "GET", Pattern: "/cases/{case}/lists", Action: auth.ListPeople, Page: "lists", serve: showLists},
		{Method: "GET", Pattern: "/cases/{case}/lists/{id}", Action: auth.ListPeople, Page: "list", serve: showList},
		{Method: "POST", Pattern: "/cases/{case}/lists/{id}/freeze", Action: auth.Propose, serve: proposeFreezing},
		{Method: "GET", Pattern: "/cases/{case}/coverage", Action: auth.ReadAccount, Page: "coverage", serve: showCoverage},
		{Method: "GET", Pattern: "/cases/{case}/registers", Action: auth.ReadAccount, Page: "registers", serve: showRegisters},
		{Method: "POST", Pattern: "/cases/{case}/registers", Action: auth.ImportRegister, Allowance: sending, serve: sendRegister},
		{Method: "GET", Pattern: "/cases/{case}/registers/{id}", Action: auth.ImportRegister, Page: "register", serve: showRegister},
		{Method: "POST", Pattern: "/cases/{case}/registers/{id}", Action: auth.ImportRegister, Allowance: reading, serve: takeRegister},
		{Method: "POST", Pattern: "/cases/{case}/registers/{id}/remove", Action: auth.ImportRegister, serve: removeRegister},
		{Method: "GET", Pattern: "/cases/{case}/scans", Action: auth.ReadAccount, Page: "scans", serve: showScans},
		{Method: "POST", Pattern: "/cases/{case}/scans", Action: auth.Scan, serve: beginScan},
		{Method: "POST", Pattern: "/cases/{case}/scans/pause", Action: auth.Scan, serve: pauseScan},
		{Method: "POST", Pattern: "/cases/{case}/scans/continue", Action: auth.Scan, serve: continueScan},
		{Method: "POST", Pattern: "/cases/{case}/scans/stop", Action: auth.Scan, serve: stopScan},
		{Method: "GET", Pattern: "/cases/{case}/scans/watch", Action: auth.ReadAccount, Allowance: watching, serve: watchScan},
		{Method: "POST", Pattern: "/cases/{case}/uploads", Action: auth.Scan, Allowance: sending, serve: sendEvidence},
		{Method: "POST", Pattern: "/cases/{case}/uploads/{id}/remove", Action: auth.Scan, serve: removeEvidence},
		{Method: "GET", Pattern: "/cases/{case}/review", Action: auth.Judge, Page: "review", serve: showQuestions},
		{Method: "GET", Pattern: "/cases/{case}/review/{id}", Action: auth.Judge, Page: "review-question", serve: showQuestion},
		{Method: "POST", Pattern: "/cases/{case}/review/{id}", Action: auth.Judge, serve: judgeQuestion},
		{Method: "POST", Pattern: "/cases/{case}/review/{id}/undo", Action: auth.Judge, serve: undoQuestion},
		{Method: "GET", Pattern: "/cases/{case}/review/people", Action: auth.Judge, Page: "review-people", serve: showPeople},
		{Method: "POST", Pattern: "/cases/{case}/review/people", Action: auth.Judge, serve: sayOfPeople},
		{Method: "POST", Pattern: "/cases/{case}/review/people/{id}/undo", Action: auth.Judge, serve: undoPeople},
		{Method: "GET", Pattern: "/cases/{case}/journal", Action: auth.ReadCaseJournal, Page: "case-journal", serve: showCaseJournal},

		{Method: "GET", Pattern: "/cases/{case}/people", Action: auth.Explain, Page: "people", serve: showSearch},
		{Method: "POST", Pattern: "/cases/{case}/people", Action: auth.Explain, serve: searchPerson},
		{Method: "GET", Pattern: "/cases/{case}/people/{person}", Action: auth.Explain, Page: "person", serve: showPerson},
		{Method: "POST", Pattern: "/cases/{case}/people/{person}/reveal", Action: auth.Explain, serve: revealPerson},
		{Method: "POST", Pattern: "/cases/{case}/people/{person}/propose", Action: auth.Explain, serve: proposePerson},

		{Method: "GET", Pattern: "/cases/{case}/unaffected", Action: auth.Explain, Page: "unaffected", serve: showUnaffected},
		{Method: "POST", Pattern: "/cases/{case}/unaffected", Action: auth.Explain, Allowance: reading, serve: answerUnaffected},

		{Method: "GET", Pattern: "/cases/{case}/people/{person}/told", Action: auth.Explain, Page: "told", serve: showTold},
		{Method: "POST", Pattern: "/cases/{case}/people/{person}/told", Action: auth.Explain, serve: proveTold},

		{Method: "GET", Pattern: "/cases/{case}/notices", Action: auth.ReadNotices, Page: "notices", serve: showNotices},
		{Method: "GET", Pattern: "/cases/{case}/notice", Action: auth.WriteNotice, Page: "notice-write", serve: showWriting},
		{Method: "POST", Pattern: "/cases/{case}/notice", Action: auth.WriteNotice, serve: writeNotice},
		{Method: "GET", Pattern: "/cases/{case}/notices/{id}", Action: auth.ReadNotices, Page: "notice", serve: showNotice},
		{Method: "GET", Pattern: "/cases/{case}/notices/{id}/preview", Action: auth.ReadNotices, Page: "notice-preview", serve: showPreview},
		{Method: "POST", Pattern: "/cases/{case}/notices/{id}/freeze", Action: auth.FreezeNotice, serve: freezeNotice},
		{Method: "POST", Pattern: "/cases/{case}/notices/{id}/propose", Action: auth.FreezeNotice, serve: proposeNotice},
		{Method: "POST", Pattern: "/cases/{case}/notices/{id}/release", Action: auth.ReleaseWave, serve: releaseNotice},
		{Method: "POST", Pattern: "/cases/{case}/notices/{id}/halt", Action: auth.HaltNotice, serve: haltNotice},
		{Method: "POST", Pattern: "/cases/{case}/notices/{id}/lift", Action: auth.Propose, serve: liftNotice},
		{Method: "GET", Pattern: "/cases/{case}/notices/{id}/rehearsal", Action: auth.ReadNotices, Page: "notice-rehearsal", serve: showRehearsal},
		{Method: "POST", Pattern: "/cases/{case}/notices/{id}/rehearsal", Action: auth.FreezeNotice, serve: rehearseNotice},
		{Method: "POST", Pattern: "/cases/{case}/notices/{id}/send", Action: auth.ReleaseWave, serve: sendNotice},
		{Method: "GET", Pattern: "/cases/{case}/notices/{id}/watch", Action: auth.ReadNotices, Allowance: watching, serve: watchErrand},
		{Method: "GET", Pattern: "/cases/{case}/notices/{id}/letters", Action: auth.ReadNotices, Page: "notice-letters", serve: showLetters},
		{Method: "POST", Pattern: "/cases/{case}/notices/{id}/letters", Action: auth.ReleaseWave, serve: makeLetters},
		{Method: "GET", Pattern: "/cases/{case}/notices/{id}/letters/file", Action: auth.ReleaseWave, Allowance: reading, serve: takeLetters},
		{Method: "POST", Pattern: "/cases/{case}/notices/{id}/letters/receipt", Action: auth.SettleNotice, Allowance: sending, serve: keepLetterReceipt},
		{Method: "POST", Pattern: "/cases/{case}/notices/{id}/letters/posted", Action: auth.SettleNotice, serve: postLetters},
		{Method: "POST", Pattern: "/cases/{case}/notices/{id}/letters/returned", Action: auth.SettleNotice, serve: returnLetters},
		{Method: "GET", Pattern: "/cases/{case}/notices/{id}/mailboxes", Action: auth.ReadNotices, Page: "notice-mailboxes", serve: showMailboxes},
		{Method: "POST", Pattern: "/cases/{case}/notices/{id}/mailboxes/reach", Action: auth.FreezeNotice, serve: reachMailboxes},
		{Method: "POST", Pattern: "/cases/{case}/notices/{id}/mailboxes/ask", Action: auth.SettleNotice, serve: askMailboxes},
		{Method: "GET", Pattern: "/cases/{case}/notices/{id}/unreached", Action: auth.SettleNotice, Page: "notice-unreached", serve: showUnreached},
		{Method: "GET", Pattern: "/cases/{case}/notices/{id}/settle", Action: auth.SettleNotice, Page: "notice-settle", serve: showUnsettled},
		{Method: "POST", Pattern: "/cases/{case}/notices/{id}/settle", Action: auth.SettleNotice, serve: settleNotice},

		{Method: "GET", Pattern: "/approvals", Action: auth.ListApprovals, Page: "approvals", serve: showApprovals},
		{Method: "GET", Pattern: "/cases/{case}/approvals", Action: auth.ListApprovals, Page: "approvals", serve: showCaseApprovals},
		{Method: "GET", Pattern: "/cases/{case}/approvals/{id}", Action: auth.Approve, Page: "approval", serve: showApproval},
		{Method: "POST", Pattern: "/cases/{case}/approvals/{id}/agree", Action: auth.Approve, serve: agreeApproval},
		{Method: "POST", Pattern: "/cases/{case}/approvals/{id}/decline", Action: auth.Approve, serve: declineApproval},
		{Method: "GET", Pattern: "/cases/{case}/proposals/{id}", Action: auth.Propose, Page: "approval", serve: showApproval},
		{Method: "POST", Pattern: "/cases/{case}/proposals/{id}/withdraw", Action: auth.Propose, serve: withdrawApproval},
		{Method: "POST", Pattern: "/cases/{case}/proposals/{id}/do", Action: auth.Propose, serve: doApproved},
		{Method: "POST", Pattern: "/cases/{case}/close", Action: auth.Propose, serve: proposeClosing},

		{Method: "GET", Pattern: "/glass", Who: SignedIn, Page: "glass", serve: showGlass},
		{Method: "POST", Pattern: "/cases/{case}/glass", Action: auth.BreakTheGlass, serve: breakGlass},
		{Method: "POST", Pattern: "/cases/{case}/glass/{id}/end", Action: auth.BreakTheGlass, serve: endGlass},
		{Method: "GET", Pattern: "/cases/{case}/glass/{id}/by/{user}", Action: auth.ReviewGlass, Page: "glass-review", serve: showReview},
		{Method: "POST", Pattern: "/cases/{case}/glass/{id}/by/{user}", Action: auth.ReviewGlass, serve: reviewGlass},
		{Method: "GET", Pattern: "/glasses", Action: auth.ListGlasses, Page: "glasses", serve: showGlasses},
		{Method: "POST", Pattern: "/glasses/bearers/{user}", Action: auth.NameGlassBearers, serve: nameBearer},
		{Method: "POST", Pattern: "/glasses/bearers/{user}/drop", Action: auth.NameGlassBearers, serve: dropBearer},
		{Method: "POST", Pattern: "/glasses/watchers", Action: auth.NameWatchers, serve: nameWatchers},

		{Method: "GET", Pattern: "/journal", Action: auth.VerifyJournal, Page: "journal", serve: showJournal},
		{Method: "POST", Pattern: "/journal", Action: auth.VerifyJournal, serve: verifyJournal},
	}
}
