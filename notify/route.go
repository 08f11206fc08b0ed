package notify

import (
	"slices"

	"github.com/klarlagt/klarlagt/breach"
)

// Policy is what the controller may decide about the ways. The zero value
// tries a digital mailbox, then paper, then e-mail.
type Policy struct {
	Order       []breach.Channel // of Mailbox, Paper and Mail: what is not there is not used
	Compromised []breach.Channel // what the breach has reached, and so is not to be trusted
	YoungAlone  bool             // guardians are not told of somebody from 15
	Adults      bool             // somebody vouches that all of unknown age are adults
}

// Way is how one reader is told about one subject: by which channel, and with
// which letter. The letter is empty where nobody is told.
type Way struct {
	Channel breach.Channel
	Letter  Name
}

// Reason is why a way was chosen.
type Reason string

// The reasons to send.
const (
	InOrder       Reason = "in_order"        // the first channel of the policy's order
	EarlierClosed Reason = "earlier_closed"  // the earlier ones are not there, or not to be used
	AfterFailure  Reason = "after_failure"   // an earlier one was tried and certainly did not arrive
	ContactOnly   Reason = "contact_address" // protected: to the contact address, which the protection leaves free
	Forwarded     Reason = "forwarded"       // protected: in an inner envelope that the tax agency forwards
)

// The reasons to send nothing.
const (
	IsDead       Reason = "dead"
	NotAffected  Reason = "not_affected"
	AlreadyTold  Reason = "already_told"
	NeverTold    Reason = "never_told" // there is nothing to correct
	GuardianRead Reason = "guardians_told"
	IsAdult      Reason = "subject_is_adult"
	NoCustody    Reason = "no_custody"
	YoungReads   Reason = "young_alone"
	StillWaiting Reason = "waiting"
	Arrived      Reason = "arrived"
)

// The reasons to ask a person.
const (
	NoCountry        Reason = "country"
	Contradiction    Reason = "registers_disagree"
	AffectedAfterAll Reason = "affected_after_all"
	NoAge            Reason = "age_unknown"
	HasWarden        Reason = "ward"
	NoGuardianKnown  Reason = "no_guardian"
	NoCustodyKnown   Reason = "custody_unknown"
	ChildInCare      Reason = "in_care"
	GuardianBarred   Reason = "guardian_barred"
	ChildShielded    Reason = "child_protected"
	AllShielded      Reason = "all_guardians_protected"
	OtherShielded    Reason = "other_guardian_protected"
	NoSafeAddress    Reason = "protected_no_address"
	OnlyShared       Reason = "shared_mailbox"
	IsAbroad         Reason = "abroad"
	AllFailed        Reason = "all_failed"
	NoAddress        Reason = "no_address"
)

// Route decides how a reader is told. It is total: whatever the facts are,
// there is one way and one reason, and where the rules do not say clearly
// that something may be sent, a person is asked.
func Route(f Facts, p Policy) (Way, Reason) {
	for _, decide := range []func(Facts, Policy) (breach.Channel, Reason){whether, who, ended, sheltered} {
		if channel, reason := decide(f, p); reason != "" {
			return way(channel, f), reason
		}
	}
	channel, reason := waterfall(f, p)
	return way(channel, f), reason
}

// way adds the letter to a channel. What a person is asked about has one too:
// the likeliest, to begin from.
func way(channel breach.Channel, f Facts) Way {
	if channel == breach.Nobody {
		return Way{Channel: channel}
	}
	return Way{channel, letterFor(f)}
}

// whether decides what can be decided without asking who reads.
func whether(f Facts, _ Policy) (breach.Channel, Reason) {
	affected := f.Grade >= breach.Possible && f.Grade <= breach.Proven
	switch {
	case f.Country != "FI" && f.Country != "AX" && f.Country != "SE":
		return breach.ByHand, NoCountry
	case f.Conflict:
		return breach.ByHand, Contradiction
	case f.Dead: // GDPR recital 27; estates are not written to
		return breach.Nobody, IsDead
	case f.Matter == Unaffected && f.Grade != breach.Excluded:
		return breach.ByHand, AffectedAfterAll
	case f.Matter == Correction && !f.Before:
		return breach.Nobody, NeverTold
	case f.Matter == First && f.Before:
		return breach.Nobody, AlreadyTold
	case (f.Matter == First || f.Matter == Update && !f.Before) && !affected:
		return breach.Nobody, NotAffected
	}
	return "", ""
}

// who decides whether this reader is told about this subject at all.
func who(f Facts, p Policy) (breach.Channel, Reason) {
	age := ageOf(f, p)
	switch {
	case age == AgeUnknown:
		return breach.ByHand, NoAge
	case age == Adult && f.Role != Self:
		return breach.Nobody, IsAdult
	case age == Adult && f.Ward:
		return breach.ByHand, HasWarden
	case age == Child && f.Role == Self && f.Shield == NoGuardian:
		return breach.ByHand, NoGuardianKnown
	case age == Child && f.Role == Self:
		return breach.Nobody, GuardianRead
	case f.Role == Self:
		return "", ""
	case f.Role == WithoutCustody:
		return breach.Nobody, NoCustody
	case age == Young && p.YoungAlone:
		return breach.Nobody, YoungReads
	case f.Role == InCare:
		return breach.ByHand, ChildInCare
	case f.Role >= CustodyUnknown, f.Shield == NoGuardian, f.Shield >= shieldEnd:
		return breach.ByHand, NoCustodyKnown
	case f.Shield == Barred:
		return breach.ByHand, GuardianBarred
	}
	return "", ""
}

// ageOf is the subject's age, as the policy reads it.
func ageOf(f Facts, p Policy) Age {
	if f.Age >= ageEnd || f.Age == AgeUnknown && !p.Adults {
		return AgeUnknown
	}
	if f.Age == AgeUnknown {
		return Adult
	}
	return f.Age
}

// ended sends nothing while an attempt is not over, and nothing after one that
// arrived.
func ended(f Facts, _ Policy) (breach.Channel, Reason) {
	switch {
	case f.Doors.has(Told):
		return breach.Nobody, Arrived
	case f.Doors.has(Waiting):
		return breach.Nobody, StillWaiting
	}
	return "", ""
}

// sheltered decides for whomever a protected identity touches. Among guardians
// it is the rule of Suomi.fi e-Authorizations: when the child is protected, or
// all guardians are, none acts by himself; when one guardian is, only that one.
func sheltered(f Facts, p Policy) (breach.Channel, Reason) {
	if f.Role == Self {
		// A young person lives with a guardian, and so at that address.
		near := ageOf(f, p) == Young && (f.Shield == ThisGuardian || f.Shield == OtherGuardian || f.Shield >= AllGuardians)
		if f.Protected || near {
			return envelope(f)
		}
		return "", ""
	}
	switch {
	case f.Shield == AllGuardians:
		return breach.ByHand, AllShielded
	case f.Shield == ThisGuardian:
		return envelope(f)
	case f.Protected:
		return breach.ByHand, ChildShielded
	case f.Shield == OtherGuardian:
		return breach.ByHand, OtherShielded
	}
	return "", ""
}

// envelope is the one way to somebody protected: never e-mail, never a batch.
func envelope(f Facts) (breach.Channel, Reason) {
	switch {
	case f.Doors.Care != Open:
		return breach.ByHand, NoSafeAddress
	case f.Country == "SE":
		return breach.Envelope, Forwarded
	}
	return breach.Envelope, ContactOnly
}

// waterfall takes the first channel of the order that is open. An earlier one
// is passed only where it is closed for good.
func waterfall(f Facts, p Policy) (breach.Channel, Reason) {
	order := p.Order
	if order == nil {
		order = []breach.Channel{breach.Mailbox, breach.Paper, breach.Mail}
	}
	reason := InOrder
	for _, channel := range order {
		switch door := doorOf(f, p, channel); {
		case door == Open:
			return channel, reason
		case door == Failed:
			reason = AfterFailure
		case reason == InOrder:
			reason = EarlierClosed
		}
	}
	return breach.ByHand, noDoor(f, reason)
}

// doorOf tells how a channel's door stands for this reader and policy.
func doorOf(f Facts, p Policy, channel breach.Channel) Door {
	if slices.Contains(p.Compromised, channel) {
		return NoDoor
	}
	switch channel {
	case breach.Mailbox:
		if f.Country == "SE" && f.Role == Self && f.Age == Young {
			return NoDoor // Swedish mailboxes begin at 18
		}
		return f.Doors.Mailbox
	case breach.Paper:
		return f.Doors.Paper
	case breach.Mail:
		return f.Doors.Mail
	}
	return NoDoor
}

// noDoor says why no channel is left.
func noDoor(f Facts, reason Reason) Reason {
	switch {
	case f.Doors.has(Shared):
		return OnlyShared
	case f.Doors.has(Foreign):
		return IsAbroad
	case reason == AfterFailure:
		return AllFailed
	}
	return NoAddress
}

// letterFor chooses the letter.
func letterFor(f Facts) Name {
	matter := f.Matter
	if matter == Update && !f.Before {
		matter = First // found later: there is nothing that this could be new to
	}
	switch {
	case f.Role != Self && f.Age == Young && (matter == Update || matter == Correction):
		return LetterGuardianAgain
	case matter == Update:
		return LetterUpdate
	case matter == Correction:
		return LetterCorrection
	case matter == Unaffected:
		return LetterUnaffected
	case f.Role != Self && f.Age == Young:
		return LetterGuardianYoung
	case f.Role != Self:
		return LetterGuardian
	case f.Age == Young:
		return LetterYoung
	case f.Employee:
		return LetterEmployee
	case f.Grade == breach.Possible:
		return LetterPossible
	}
	return LetterFirst
}
