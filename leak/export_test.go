package leak

// Unquote is the quick way through quoted-printable, for the test that holds it
// against the standard library's.
func Unquote(text []byte) ([]byte, bool) { return unquote(nil, text) }
