package revocation

// Keeps reports whether b has every bit of old.
func Keeps(b, old *Bits) bool { return b.keeps(old) }

// MaxStuck is the number of revocations remembered a place.
const MaxStuck = maxStuck
