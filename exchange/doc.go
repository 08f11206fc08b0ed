// Package exchange writes what happened in the vocabularies by which incidents
// are told to others, VERIS, MISP and STIX, and reads VERIS. What it writes names
// nobody and repeats no text that somebody typed: it is made of choices, counts and
// times alone.
package exchange
