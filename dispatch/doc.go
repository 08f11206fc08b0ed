// Package dispatch hands notices over, and says what became of each.
package dispatch
