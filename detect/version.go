package detect

// Version tells one generation of detectors from the next: what an older one
// left may be found by scanning anew.
const Version = 1
