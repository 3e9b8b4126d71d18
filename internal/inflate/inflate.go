// Package inflate decompresses DEFLATE data (RFC 1951) that is whole in memory
// into memory whose size the caller decided.
//
// Status lists need that: their size is stated and bounded, and a verifier of many
// reads them often. The decoder of the standard library reads from a stream and
// allocates for every block with long codes. What is accepted here, and what comes
// out, is the same, which a fuzz target compares.
package inflate

import (
	"encoding/binary"
	"errors"
)

var (
	// ErrCorrupt is returned for what is not whole, valid DEFLATE data.
	ErrCorrupt = errors.New("inflate: corrupt data")
	// ErrTooLong is returned for data that unpacks to more than the destination
	// holds. Nothing is read after that shows.
	ErrTooLong = errors.New("inflate: unpacks to more than stated")
)

// Decoder holds the tables of decompression, to be used again. The zero Decoder is
// ready; one is for one goroutine.
type Decoder struct {
	lit, dist huffman
	in        bitReader
	lens      [maxLit + maxDist]uint8
}

const (
	maxLit, maxDist = 286, 30
	endOfBlock      = 256
)

// Inflate decompresses the DEFLATE data at the start of src into dst. It returns
// how many bytes of dst it wrote and of src it read.
func (d *Decoder) Inflate(dst, src []byte) (written, read int, err error) {
	d.in = bitReader{src: src}
	defer func() { d.in.src = nil }()
	for final := uint32(0); final == 0; {
		d.in.fill()
		head, ok := d.in.take(3)
		if !ok {
			return 0, 0, ErrCorrupt
		}
		final = head & 1
		switch head >> 1 {
		case 0:
			written, err = d.stored(dst, written)
		case 1:
			if err = d.fixed(); err == nil {
				written, err = d.block(dst, written)
			}
		case 2:
			if err = d.dynamic(); err == nil {
				written, err = d.block(dst, written)
			}
		default:
			err = ErrCorrupt
		}
		if err != nil {
			return 0, 0, err
		}
	}
	return written, d.in.offset(), nil
}

// stored copies a block that is not compressed (RFC 1951 section 3.2.4).
func (d *Decoder) stored(dst []byte, w int) (int, error) {
	pos := d.in.offset() // what is left of this byte is skipped
	src := d.in.src
	if pos+4 > len(src) {
		return 0, ErrCorrupt
	}
	n := int(binary.LittleEndian.Uint16(src[pos:]))
	if n^0xffff != int(binary.LittleEndian.Uint16(src[pos+2:])) || n > len(src)-pos-4 {
		return 0, ErrCorrupt
	}
	if n > len(dst)-w {
		return 0, ErrTooLong
	}
	copy(dst[w:], src[pos+4:pos+4+n])
	d.in = bitReader{src: src, pos: pos + 4 + n}
	return w + n, nil
}

// fixed makes the codes of section 3.2.6.
func (d *Decoder) fixed() error {
	var lens [288]uint8
	for i := range lens {
		switch {
		case i < 144:
			lens[i] = 8
		case i < 256:
			lens[i] = 9
		case i < 280:
			lens[i] = 7
		default:
			lens[i] = 8
		}
	}
	if !d.lit.build(lens[:]) {
		return ErrCorrupt
	}
	for i := range lens[:32] {
		lens[i] = 5
	}
	if !d.dist.build(lens[:32]) {
		return ErrCorrupt
	}
	return nil
}

// codeOrder is the order of the code length codes (section 3.2.7).
var codeOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// dynamic reads the codes of a block (section 3.2.7).
func (d *Decoder) dynamic() error {
	d.in.fill()
	head, ok := d.in.take(14)
	nlit, ndist, ncode := int(head&31)+257, int(head>>5&31)+1, int(head>>10)+4
	if !ok || nlit > maxLit || ndist > maxDist {
		return ErrCorrupt
	}
	var lens [19]uint8
	for i := range ncode {
		d.in.fill()
		n, ok := d.in.take(3)
		if !ok {
			return ErrCorrupt
		}
		lens[codeOrder[i]] = uint8(n)
	}
	if !d.lit.build(lens[:]) || !d.readLengths(nlit+ndist) {
		return ErrCorrupt
	}
	if !d.lit.build(d.lens[:nlit]) || !d.dist.build(d.lens[nlit:nlit+ndist]) {
		return ErrCorrupt
	}
	return nil
}

// readLengths reads n code lengths, by the code in d.lit.
func (d *Decoder) readLengths(n int) bool {
	for i := 0; i < n; {
		d.in.fill()
		sym, ok := d.lit.decode(&d.in)
		if !ok {
			return false
		}
		if sym < 16 {
			d.lens[i] = uint8(sym)
			i++
			continue
		}
		value, bits, base := uint8(0), uint(7), 11
		switch sym {
		case 16:
			if i == 0 {
				return false
			}
			value, bits, base = d.lens[i-1], 2, 3
		case 17:
			bits, base = 3, 3
		}
		more, ok := d.in.take(bits)
		times := base + int(more)
		if !ok || i+times > n {
			return false
		}
		for range times {
			d.lens[i] = value
			i++
		}
	}
	return true
}

// The lengths and distances that symbols stand for (section 3.2.5).
var (
	lengthBase  = [29]uint16{3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258}
	lengthExtra = [29]uint8{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0}
	distBase    = [30]uint16{
		1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073,
		4097, 6145, 8193, 12289, 16385, 24577,
	}
	distExtra = [30]uint8{0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13}
)

// block decompresses the symbols of a block. One fill has the bits of a length and
// a distance: 15+5+15+13.
func (d *Decoder) block(dst []byte, w int) (int, error) {
	for {
		d.in.fill()
		sym, ok := d.lit.decode(&d.in)
		switch {
		case !ok:
			return 0, ErrCorrupt
		case sym < endOfBlock:
			if w == len(dst) {
				return 0, ErrTooLong
			}
			dst[w] = byte(sym)
			w++
			continue
		case sym == endOfBlock:
			return w, nil
		}
		length, dist, ok := d.match(sym - endOfBlock - 1)
		if !ok || dist > w {
			return 0, ErrCorrupt
		}
		if length > len(dst)-w {
			return 0, ErrTooLong
		}
		if dist == 1 && dst[w-1] == 0 { // which is what sparse lists are made of
			clear(dst[w : w+length])
			w += length
			continue
		}
		// The copy may read what it wrote: what is there doubles each time.
		for start, end := w-dist, w+length; w < end; {
			w += copy(dst[w:end], dst[start:w])
		}
	}
}

// match reads the rest of a length and a distance.
func (d *Decoder) match(sym uint32) (length, dist int, ok bool) {
	if sym >= uint32(len(lengthBase)) {
		return 0, 0, false
	}
	extra, ok1 := d.in.take(uint(lengthExtra[sym]))
	length = int(lengthBase[sym]) + int(extra)
	far, ok2 := d.dist.decode(&d.in)
	if !ok1 || !ok2 || far >= uint32(len(distBase)) {
		return 0, 0, false
	}
	extra, ok = d.in.take(uint(distExtra[far]))
	return length, int(distBase[far]) + int(extra), ok
}
