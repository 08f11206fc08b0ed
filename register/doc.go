// Package register reads the organisation's own registers of people: it
// recognises their columns, turns their rows into entries, compares one version
// with the next, and keeps a keyed index in which a finding meets its owners.
package register
