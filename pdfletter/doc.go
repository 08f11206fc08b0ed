// Package pdfletter writes letters as tagged PDF: A4, one layout, the address
// where the windows of Nordic envelopes are, and a structure tree that a screen
// reader follows (PDF/UA-1, PDF/A-2a). A letter goes into a file of its own
// ([Press.File]), or many into one ([Press.Bundle]); its pages are drawn the
// same in both.
//
// What is written depends on the letter alone: no clock, no chance, nothing of
// other letters, save that a bundle shares its fonts. A letter with a character
// that the font lacks is refused, never printed with a hole.
package pdfletter
