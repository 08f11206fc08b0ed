package auth

// Role is what somebody is to the organisation's breach response. A person can
// have several.
type Role string

// The roles.
const (
	Investigator   Role = "investigator"            // carries a case along the road
	Reviewer       Role = "reviewer"                // judges whether a finding is somebody's
	DPO            Role = "data-protection-officer" // answers for the case toward the authority
	Communications Role = "communications"          // writes what is told, sees counts
	Desk           Role = "desk"                    // answers people who ask about themselves
	Approver       Role = "approver"                // the second pair of eyes
	Administrator  Role = "administrator"           // runs the server, sees no personal data
	Auditor        Role = "auditor"                 // reads the log and nothing else
)

// Roles lists every role in the order of tables.
func Roles() []Role {
	return []Role{Investigator, Reviewer, DPO, Communications, Desk, Approver, Administrator, Auditor}
}

// ParseRole finds the role of a name such as "desk".
func ParseRole(name string) (Role, bool) {
	for _, r := range Roles() {
		if string(r) == name {
			return r, true
		}
	}
	return "", false
}
