// Package breach holds the nouns of a personal-data breach response: the
// evidence that was exposed, what was found in it, the people it points to and
// what became known of them. It has no rules and does no input or output.
//
// The nouns are joined by verbs, each a package of its own:
//
//	Evidence ──extract──▶ Passage ──detect──▶ Mention ──resolve──▶ Person
//	                                                     │
//	                                                  assess
//	                                                     ▼
//	                                                 Exposure
package breach
