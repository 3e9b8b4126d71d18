package revocation

import (
	"encoding/binary"
	"fmt"
)

// The bounds of a list, in entries. The least keeps holders in a crowd (Bitstring
// Status List section 6.1); the most is 2 MiB unpacked.
const (
	MinEntries = 131_072
	MaxEntries = maxUnpacked * 8

	maxUnpacked = 2 << 20
)

// Bits are the entries of a decoded status list, one bit each: entry 0 is the
// most significant bit of the first byte. The zero Bits has no entries. Bits are
// safe for concurrent use as long as nobody calls Set.
type Bits struct{ data []byte }

// MakeBits returns n entries, all 0. n is a multiple of 8 from MinEntries to
// MaxEntries; another one is ErrSize.
func MakeBits(n int) (*Bits, error) {
	if n < MinEntries || n > MaxEntries || n%8 != 0 {
		return nil, fmt.Errorf("%w: %d entries, want a multiple of 8 from %d to %d", ErrSize, n, MinEntries, MaxEntries)
	}
	return &Bits{make([]byte, n/8)}, nil
}

// Len returns the number of entries.
func (b *Bits) Len() int { return len(b.data) * 8 }

// At returns entry i, 0 or 1; beyond the last one it is ErrRange, never 0.
func (b *Bits) At(i uint64) (uint8, error) {
	if i >= uint64(len(b.data))*8 {
		return 0, fmt.Errorf("%w: %d in a list of %d entries", ErrRange, i, b.Len())
	}
	return b.data[i/8] >> (7 - i%8) & 1, nil
}

// Set makes entry i 0 or 1; another value, or an i beyond the last entry, is
// ErrRange.
func (b *Bits) Set(i uint64, value uint8) error {
	if value > 1 || i >= uint64(len(b.data))*8 {
		return fmt.Errorf("%w: entry %d to %d in a list of %d entries of one bit", ErrRange, i, value, b.Len())
	}
	mask := byte(0x80) >> (i % 8)
	b.data[i/8] &^= mask
	b.data[i/8] |= mask * value
	return nil
}

// ParseIndex reads a statusListIndex: `0|[1-9][0-9]{0,18}`, and nothing that only
// looks like a number to a lenient reader. Another text is ErrEntry.
func ParseIndex(text string) (uint64, error) {
	n, ok := uint64(0), text != "" && len(text) <= 19 && (text[0] != '0' || len(text) == 1)
	for i := 0; ok && i < len(text); i++ {
		ok = text[i] >= '0' && text[i] <= '9'
		n = n*10 + uint64(text[i]-'0')
	}
	if !ok {
		return 0, fmt.Errorf("%w: statusListIndex %.40q, want a decimal number without sign or leading zero", ErrEntry, text)
	}
	return n, nil
}

// keeps reports whether every entry that is 1 in old is 1 in b.
func (b *Bits) keeps(old *Bits) bool {
	if len(b.data) < len(old.data) {
		return false
	}
	i := 0
	for ; i+8 <= len(old.data); i += 8 {
		if binary.NativeEndian.Uint64(old.data[i:])&^binary.NativeEndian.Uint64(b.data[i:]) != 0 {
			return false
		}
	}
	for ; i < len(old.data); i++ {
		if old.data[i]&^b.data[i] != 0 {
			return false
		}
	}
	return true
}
