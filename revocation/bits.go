package revocation

import (
	"encoding/binary"
	"fmt"
)

// The bounds of a list, in entries of one bit. The least keeps holders in a crowd
// (Bitstring Status List section 6.1); the most is 2 MiB unpacked.
const (
	MinEntries = 131_072
	MaxEntries = maxUnpacked * 8

	maxUnpacked = 2 << 20
	maxSize     = 8 // bits of an entry
)

// Bits are the entries of a decoded status list, 1 to 8 bits each. In the lists of
// the W3C entry 0 is the leftmost, its most significant bit first; in a
// TokenStatusList it is the least significant of the first byte. The zero Bits has
// no entries. Bits are safe for concurrent use as long as nobody calls Set.
type Bits struct {
	data []byte
	size uint8 // bits of an entry
	lsb  bool  // entries begin at the least significant bit; size is 1, 2, 4 or 8
}

// MakeBits returns n entries of size bits, all 0, in the order of the W3C. n is a
// multiple of 8, at least MinEntries, and n times size is at most MaxEntries; other
// ones are ErrSize.
func MakeBits(n, size int) (*Bits, error) {
	if size < 1 || size > maxSize || n < MinEntries || n > MaxEntries/size || n%8 != 0 {
		return nil, fmt.Errorf("%w: %d entries of %d bits, want a multiple of 8 from %d, of 1 to 8 bits, %d bits in all",
			ErrSize, n, size, MinEntries, MaxEntries)
	}
	return &Bits{data: make([]byte, n/8*size), size: uint8(size)}, nil
}

// Len returns the number of entries.
func (b *Bits) Len() int {
	if b.size == 0 {
		return 0
	}
	return len(b.data) * 8 / int(b.size)
}

// Size returns the number of bits of an entry.
func (b *Bits) Size() int { return int(b.size) }

// At returns the value of entry i; beyond the last one it is ErrRange, never 0.
func (b *Bits) At(i uint64) (uint8, error) { return b.at(i, b.size) }

// at reads entry i of entries of size bits.
func (b *Bits) at(i uint64, size uint8) (uint8, error) {
	if i >= maxUnpacked*8 || (i+1)*uint64(size) > uint64(len(b.data))*8 || size == 0 {
		return 0, fmt.Errorf("%w: %d in a list of %d entries", ErrRange, i, b.Len())
	}
	first := i * uint64(size)
	at, in := first/8, uint8(first%8)
	if b.lsb {
		return b.data[at] >> in & (1<<size - 1), nil
	}
	if in+size <= 8 {
		return b.data[at] >> (8 - in - size) & (1<<size - 1), nil
	}
	two := binary.BigEndian.Uint16(b.data[at:])
	return uint8(two>>(16-in-size)) & (1<<size - 1), nil
}

// Set makes entry i the value. A value of more bits, or an i beyond the last
// entry, is ErrRange.
func (b *Bits) Set(i uint64, value uint8) error {
	if i >= uint64(b.Len()) || uint16(value)>>b.size != 0 {
		return fmt.Errorf("%w: entry %d to %d in a list of %d entries of %d bits", ErrRange, i, value, b.Len(), b.size)
	}
	for n := range uint64(b.size) { // the most significant bit first
		at := i*uint64(b.size) + n
		mask := byte(0x80) >> (at % 8)
		if b.lsb {
			at = (i+1)*uint64(b.size) - 1 - n
			mask = 1 << (at % 8)
		}
		b.data[at/8] &^= mask
		if value>>(uint64(b.size)-1-n)&1 != 0 {
			b.data[at/8] |= mask
		}
	}
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

// keeps reports whether every bit that is 1 in old is 1 in b.
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
