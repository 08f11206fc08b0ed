// Package assess says what became known of whom: how sure an exposure is, and
// how many people of each group are exposed with which kinds of data, between a
// lower and an upper bound.
package assess
