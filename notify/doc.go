// Package notify makes notices of exposures: whom to tell of whose data and by
// which way ([Route]), the letter in the reader's language ([Letter]), and the
// frozen whole that somebody approves ([Freezer]). It sends nothing.
package notify
