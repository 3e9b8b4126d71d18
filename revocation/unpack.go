package revocation

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/adler32"
	"hash/crc32"
	"slices"
	"sync"

	"github.com/taperid/taper/internal/inflate"
)

// unpacker is the memory that decoding needs and the result does not.
type unpacker struct {
	text, packed, scratch []byte
	inflate               inflate.Decoder
}

var unpackers = sync.Pool{New: func() any { return new(unpacker) }}

// The flags of a gzip member (RFC 1952 section 2.3.1).
const (
	flagHeaderCRC = 1 << (iota + 1)
	flagExtra
	flagName
	flagComment
	flagReserved = 0xe0
)

// gunzip unpacks u.packed, one gzip member, as entries of size bits. The length at
// the end of the member says how much to allocate; a member of another length is
// refused when the first byte too many, or too few, shows.
func (u *unpacker) gunzip(size int) ([]byte, error) {
	const trailer = 8 // CRC-32 and length
	body, err := gzipBody(u.packed)
	if err != nil {
		return nil, err
	}
	if len(body) < trailer {
		return nil, fmt.Errorf("%w: no gzip member", ErrEncoding)
	}
	stated := binary.LittleEndian.Uint32(u.packed[len(u.packed)-4:])
	if err := checkUnpacked(uint64(stated), size); err != nil {
		return nil, err
	}
	data := make([]byte, stated)
	written, read, err := u.inflate.Inflate(data, body)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: gzip: %v", ErrEncoding, err)
	case written != len(data):
		return nil, fmt.Errorf("%w: gzip: %d bytes, stated are %d", ErrEncoding, written, stated)
	case len(body)-read != trailer:
		return nil, fmt.Errorf("%w: bytes after the gzip member", ErrEncoding)
	case crc32.ChecksumIEEE(data) != binary.LittleEndian.Uint32(body[read:]):
		return nil, fmt.Errorf("%w: gzip: wrong checksum", ErrEncoding)
	}
	return data, nil
}

var errNotGzip = fmt.Errorf("%w: not a gzip member", ErrEncoding)

// gzipBody returns what follows the header of a gzip member.
func gzipBody(packed []byte) ([]byte, error) {
	const fixed = 10
	if len(packed) < fixed || packed[0] != 0x1f || packed[1] != 0x8b || packed[2] != 8 || packed[3]&flagReserved != 0 {
		return nil, errNotGzip
	}
	flags, rest := packed[3], packed[fixed:]
	if flags&flagExtra != 0 {
		if len(rest) < 2 || len(rest) < 2+int(binary.LittleEndian.Uint16(rest)) {
			return nil, errNotGzip
		}
		rest = rest[2+int(binary.LittleEndian.Uint16(rest)):]
	}
	for _, text := range []byte{flagName, flagComment} {
		if flags&text != 0 {
			_, after, ok := bytes.Cut(rest, []byte{0})
			if !ok {
				return nil, errNotGzip
			}
			rest = after
		}
	}
	if flags&flagHeaderCRC != 0 {
		header := packed[:len(packed)-len(rest)]
		if len(rest) < 2 || binary.LittleEndian.Uint16(rest) != uint16(crc32.ChecksumIEEE(header)) {
			return nil, errNotGzip
		}
		rest = rest[2:]
	}
	return rest, nil
}

// unzlib unpacks u.packed, zlib data (RFC 1950) of at most 2 MiB. It does not
// state its length, so ever more room is tried.
func (u *unpacker) unzlib() ([]byte, error) {
	const header, trailer = 2, 4
	p := u.packed
	if len(p) < header+trailer || p[0]&0x0f != 8 || p[0]>>4 > 7 || p[1]&0x20 != 0 || binary.BigEndian.Uint16(p)%31 != 0 {
		return nil, fmt.Errorf("%w: not zlib data", ErrEncoding)
	}
	for room := 64 << 10; ; room *= 2 {
		if len(u.scratch) < room {
			u.scratch = make([]byte, room)
		}
		written, read, err := u.inflate.Inflate(u.scratch[:room], p[header:])
		if errors.Is(err, inflate.ErrTooLong) && room < maxUnpacked {
			continue
		}
		data := u.scratch[:written]
		switch rest := p[header+read:]; {
		case err != nil:
			return nil, fmt.Errorf("%w: zlib: %v", ErrEncoding, err)
		case len(rest) != trailer || adler32.Checksum(data) != binary.BigEndian.Uint32(rest):
			return nil, fmt.Errorf("%w: zlib: wrong checksum, or bytes after it", ErrEncoding)
		}
		return slices.Clone(data), nil
	}
}

// checkUnpacked checks the length of n bytes of entries of size bits.
func checkUnpacked(n uint64, size int) error {
	if n < MinEntries/8*uint64(size) {
		return fmt.Errorf("%w: %d entries of %d bits, want at least %d", ErrLength, n*8/uint64(max(size, 1)), size, MinEntries)
	}
	if n > maxUnpacked {
		return fmt.Errorf("%w: the list states %d bytes, at most %d", ErrSize, n, maxUnpacked)
	}
	return nil
}
