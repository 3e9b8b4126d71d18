package inflate

import (
	"encoding/binary"
	"math/bits"
)

const (
	maxCode = 15 // bits of the longest code
	primary = 9  // bits that the table looks up at once
)

// huffman is a canonical Huffman code (RFC 1951 section 3.2.2). Codes of up to
// primary bits are looked up, the few longer ones are found by their length.
type huffman struct {
	table  [1 << primary]uint16 // symbol<<4 | length, 0: longer, or no code
	count  [maxCode + 1]uint16  // codes by length
	symbol [288]uint16          // in the order of the codes
}

// build makes the code of these lengths. Refused are sets of codes that overlap,
// and such as leave some unused, but for no code at all and a single one of one
// bit.
func (h *huffman) build(lens []uint8) bool {
	clear(h.table[:])
	h.count = [maxCode + 1]uint16{}
	used, longest := 0, 0
	for _, n := range lens {
		if n != 0 {
			h.count[n]++
			used++
			longest = max(longest, int(n))
		}
	}
	var next, place [maxCode + 2]int
	left := 1
	for n := 1; n <= maxCode; n++ {
		left = left<<1 - int(h.count[n])
		if left < 0 {
			return false
		}
		next[n+1] = (next[n] + int(h.count[n])) << 1
		place[n+1] = place[n] + int(h.count[n])
	}
	if left != 0 && used != 0 && (used != 1 || longest != 1) {
		return false
	}
	for sym, n := range lens {
		if n == 0 {
			continue
		}
		h.symbol[place[n]] = uint16(sym)
		place[n]++
		code := next[n]
		next[n]++
		if n > primary {
			continue
		}
		entry := uint16(sym)<<4 | uint16(n)
		for i := int(bits.Reverse16(uint16(code)) >> (16 - n)); i < len(h.table); i += 1 << n {
			h.table[i] = entry
		}
	}
	return true
}

// decode reads a symbol.
func (h *huffman) decode(in *bitReader) (uint32, bool) {
	if e := h.table[in.bits&(1<<primary-1)]; e != 0 {
		n := uint(e & 15)
		if n > in.n {
			return 0, false
		}
		in.bits >>= n
		in.n -= n
		return uint32(e >> 4), true
	}
	return h.long(in)
}

// long reads a symbol bit by bit.
func (h *huffman) long(in *bitReader) (uint32, bool) {
	code, first, index := 0, 0, 0
	for n := uint(1); n <= maxCode && n <= in.n; n++ {
		code = code<<1 | int(in.bits>>(n-1)&1)
		count := int(h.count[n])
		if code-first < count {
			in.bits >>= n
			in.n -= n
			return uint32(h.symbol[index+code-first]), true
		}
		index += count
		first = (first + count) << 1
	}
	return 0, false
}

// bitReader reads bits, least significant first. Above the n bits that count,
// bits may hold some of those that follow.
type bitReader struct {
	src  []byte
	pos  int // of the first byte that is not among the n bits
	bits uint64
	n    uint
}

// fill makes at least 56 bits count, or all there are.
func (r *bitReader) fill() {
	if r.pos+8 <= len(r.src) {
		r.bits |= binary.LittleEndian.Uint64(r.src[r.pos:]) << r.n
		more := (63 - r.n) / 8
		r.pos += int(more)
		r.n += more * 8
		return
	}
	for r.n <= 56 && r.pos < len(r.src) {
		r.bits |= uint64(r.src[r.pos]) << r.n
		r.pos++
		r.n += 8
	}
}

// take reads n bits, at most 32.
func (r *bitReader) take(n uint) (uint32, bool) {
	if n > r.n {
		return 0, false
	}
	v := uint32(r.bits & (1<<n - 1))
	r.bits >>= n
	r.n -= n
	return v, true
}

// offset is the number of bytes that were begun.
func (r *bitReader) offset() int { return r.pos - int(r.n/8) }
