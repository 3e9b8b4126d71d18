package revocation

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
)

// Format is a kind of status list. What differs is the names of types and the
// text of encodedList; the kinds never stand in for one another.
type Format string

// The formats.
const (
	// StatusList2021 has a bare base64 encodedList and entries of one bit. Written
	// is base64url without padding; read are both alphabets, with and without
	// padding, because all four are in use.
	StatusList2021 Format = "StatusList2021"
	// Bitstring has a multibase encodedList: `u` and base64url without padding.
	Bitstring Format = "BitstringStatusList"
	// TokenStatusList is the IETF's (draft-ietf-oauth-status-list), as a JWT. It is
	// read and not written.
	TokenStatusList Format = "TokenStatusList"
)

// maxListBytes bounds a status list credential, and so its encodedList.
const maxListBytes = 1 << 20

// Decode reads an encodedList of entries of size bits: base64 in the one text that
// encoding again gives, of one gzip member with its checksum and length right and
// nothing after it. It has at least MinEntries entries; fewer are ErrLength. The
// work is bounded by the length of the text and by 2 MiB, whatever the member
// claims.
//
// The lst of a TokenStatusList is base64url of zlib data, has sizes of 1, 2, 4 and
// 8 and no least length.
func Decode(format Format, size int, encodedList string) (*Bits, error) {
	switch {
	case len(encodedList) > maxListBytes:
		return nil, fmt.Errorf("%w: encodedList of %d characters, at most %d", ErrSize, len(encodedList), maxListBytes)
	case size < 1 || size > maxSize, format == StatusList2021 && size != 1, format == TokenStatusList && maxSize%size != 0:
		return nil, fmt.Errorf("%w: entries of %d bits in a %.40s", ErrList, size, string(format))
	}
	u := unpackers.Get().(*unpacker) //nolint:errcheck // the pool has nothing else
	defer unpackers.Put(u)
	if err := u.decodeText(format, encodedList); err != nil {
		return nil, err
	}
	b := &Bits{size: uint8(size), lsb: format == TokenStatusList}
	var err error
	if format == TokenStatusList {
		b.data, err = u.unzlib()
	} else {
		b.data, err = u.gunzip(size)
	}
	if err != nil {
		return nil, err
	}
	return b, nil
}

// Encode writes the entries as an encodedList of the format, StatusList2021 or
// Bitstring.
func (b *Bits) Encode(format Format) (string, error) {
	if format != StatusList2021 && format != Bitstring || b.lsb || format == StatusList2021 && b.size > 1 {
		return "", fmt.Errorf("%w: entries of %d bits as %.40q", ErrEncoding, b.size, string(format))
	}
	if err := checkUnpacked(uint64(len(b.data)), max(int(b.size), 1)); err != nil {
		return "", err
	}
	var out bytes.Buffer
	w := packers.Get().(*gzip.Writer) //nolint:errcheck // the pool has nothing else
	defer packers.Put(w)
	w.Reset(&out)
	if _, err := w.Write(b.data); err != nil {
		return "", fmt.Errorf("%w: %v", ErrEncoding, err)
	}
	if err := w.Close(); err != nil {
		return "", fmt.Errorf("%w: %v", ErrEncoding, err)
	}
	text := base64.RawURLEncoding.EncodeToString(out.Bytes())
	if format == Bitstring {
		text = "u" + text
	}
	return text, nil
}

// packers compress at the default level: the best one costs far more time and
// saves next to nothing.
var packers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

// decodeText decodes the base64 into u.packed.
func (u *unpacker) decodeText(format Format, text string) error {
	enc := base64.RawURLEncoding
	switch format {
	case TokenStatusList:
	case Bitstring:
		rest, ok := strings.CutPrefix(text, "u")
		if !ok {
			return fmt.Errorf("%w: a Bitstring list starts with u, this one with %.1q", ErrEncoding, text)
		}
		text = rest
	case StatusList2021:
		if strings.ContainsAny(text, "+/") {
			enc = base64.RawStdEncoding
		}
		if len(text)%4 == 0 {
			text = strings.TrimSuffix(strings.TrimSuffix(text, "="), "=")
		}
	default:
		return fmt.Errorf("%w: unknown format %.40q", ErrEncoding, string(format))
	}
	u.text = append(u.text[:0], text...)
	var err error
	u.packed, err = enc.AppendDecode(u.packed[:0], u.text)
	if err != nil || !isCanonical(enc, text, u.packed) {
		return fmt.Errorf("%w: not canonical base64 of %s", ErrEncoding, format)
	}
	return nil
}

// isCanonical reports whether encoding data gives text. That text decoded to data
// leaves two ways to differ: line ends, which the decoder skips, and the bits
// after the last whole byte.
func isCanonical(enc *base64.Encoding, text string, data []byte) bool {
	if enc.EncodedLen(len(data)) != len(text) {
		return false
	}
	tail := len(data) % 3
	if tail == 0 {
		return true
	}
	var end [4]byte
	enc.Encode(end[:], data[len(data)-tail:])
	return text[len(text)-tail-1:] == string(end[:tail+1])
}
