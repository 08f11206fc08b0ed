package extract_test

import "time"

// hang is how long one file may take before a test calls it a hang: far more
// than any slow machine needs, so that no test measures speed.
const hang = 3 * time.Minute
