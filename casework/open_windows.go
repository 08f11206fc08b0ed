package casework

// nonBlocking is not needed: Windows has no pipes among files.
const nonBlocking = 0
