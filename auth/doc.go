// Package auth decides who may do what, and mints the [Grant] without which
// nothing of a case is read: sign-in, sessions, roles, budgets, four eyes and
// break-glass. It keeps nothing; what it defines, the store keeps.
//
// One table, [Rules], says for each [Action] what it asks and which roles may
// do it. [Check] holds an [Ask] against the table and the facts of the case,
// writes the verdict to the [Journal], yes or no, and only then gives a Grant.
package auth
