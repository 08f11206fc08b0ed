package extract

// textHead is the head of an input, decoded.
type textHead struct{}
