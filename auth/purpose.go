package auth

import "slices"

// Purpose is why somebody looks at a person's values. The list is short and
// closed: free text in a log holds names sooner or later.
type Purpose string

// The purposes.
const (
	AnswerInquiry   Purpose = "answer-inquiry"   // the person asks about herself
	JudgeMatch      Purpose = "judge-match"      // is this finding this person's
	ReachPerson     Purpose = "reach-person"     // an address or a number to notify at
	AssessRisk      Purpose = "assess-risk"      // what the exposure means for one person
	ReportAuthority Purpose = "report-authority" // the supervisory authority or the police asks
	HandOver        Purpose = "hand-over"        // to the controller whose people they are
)

// Purposes lists every purpose.
func Purposes() []Purpose {
	return []Purpose{AnswerInquiry, JudgeMatch, ReachPerson, AssessRisk, ReportAuthority, HandOver}
}

func (p Purpose) known() bool { return slices.Contains(Purposes(), p) }
