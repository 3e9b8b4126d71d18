package revocation

// Keeps reports whether b has every bit of old.
func Keeps(b, old *Bits) bool { return b.keeps(old) }

// MaxStuck is the number of revocations remembered a place.
const MaxStuck = maxStuck

// Permutation is the permutation of 0..n-1 under a key, for tests of small
// domains.
func Permutation(n uint64, key [16]byte) (at, inverse func(uint64) uint64) {
	p := newPermutation(n, key)
	return p.at, p.inverse
}
