package auth

// AtConsole is the origin of what is done by the command on the machine itself.
const AtConsole Origin = "console"

// Console is the session of whoever runs the command on the machine that holds
// the data and the master key. That person can read everything already: what
// the table asks of roles, membership, a step-up, names and four eyes would
// stop nobody. So it stops nothing here; but a purpose has to be given, a
// closed case stays closed, budgets are counted (what goes beyond one is told
// and not refused), and every act is in the journal, as done at the console.
// It does not end by itself.
func Console(u UserID, t TenantID, now Instant) Session {
	return Session{ID: SessionID(NewID()), User: u, Tenant: t, Origin: AtConsole, SignedInAt: now.Wall, Seen: now, console: true}
}
