// Package resolve links mentions to people: the owners of register entries, and
// people in no register. Unique identifiers link alone, weak ones only beside a
// second that agrees; where several people fit, the answer is "one of these",
// and every link says by which rule it was made.
//
// The mentions of one item come in reading order. Of each mention [Item] asks
//
//	who has which value?            candidates.go
//	whose number is it really?      candidates.go, claim
//	who is there for certain?       parties.go, anchor
//	in whom do weak values agree?   parties.go, pair
//	who else, in no register?       strangers.go
//	what is left?                   traces.go
//	and what is told of whom?       tell.go
//
// Names alone and titles wait until the whole item is known (topics.go). What
// each rule is worth is in weights.go.
package resolve
