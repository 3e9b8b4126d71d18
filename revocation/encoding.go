package revocation

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"sync"
)

// Format is a kind of status list. What differs is the names of types and the
// text of encodedList; the two never stand in for one another.
type Format string

// The formats.
const (
	// StatusList2021 has a bare base64 encodedList. Written is base64url without
	// padding; read are both alphabets, with and without padding, because all
	// four are in use.
	StatusList2021 Format = "StatusList2021"
	// Bitstring has a multibase encodedList: `u` and base64url without padding.
	Bitstring Format = "BitstringStatusList"
)

// maxListBytes bounds a status list credential, and so its encodedList.
const maxListBytes = 1 << 20

// Decode reads an encodedList: base64 in the one text that encoding again gives,
// of one gzip member with its checksum and length right and nothing after it,
// that unpacks to MinEntries..MaxEntries. The work is bounded by the length of
// the text and by MaxEntries, whatever the member claims.
func Decode(format Format, encodedList string) (*Bits, error) {
	if len(encodedList) > maxListBytes {
		return nil, fmt.Errorf("%w: encodedList of %d characters, at most %d", ErrSize, len(encodedList), maxListBytes)
	}
	u := unpackers.Get().(*unpacker) //nolint:errcheck // the pool has nothing else
	defer unpackers.Put(u)
	if err := u.decodeText(format, encodedList); err != nil {
		return nil, err
	}
	return u.unpack()
}

// Encode writes the entries as an encodedList of the format.
func (b *Bits) Encode(format Format) (string, error) {
	if format != StatusList2021 && format != Bitstring {
		return "", fmt.Errorf("%w: unknown format %.40q", ErrEncoding, string(format))
	}
	if _, err := checkUnpacked(uint64(len(b.data))); err != nil {
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

// unpacker is the memory that decoding needs and the result does not.
type unpacker struct {
	text, packed []byte
	src          bytes.Reader
	gz           gzip.Reader
}

var unpackers = sync.Pool{New: func() any { return new(unpacker) }}

// decodeText decodes the base64 into u.packed.
func (u *unpacker) decodeText(format Format, text string) error {
	enc := base64.RawURLEncoding
	switch format {
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

// unpack inflates u.packed. The length at the end of the member says how much to
// allocate; a member of another length is refused when the first byte too many,
// or too few, shows.
func (u *unpacker) unpack() (*Bits, error) {
	const trailer = 8 // CRC-32 and length
	if len(u.packed) < trailer {
		return nil, fmt.Errorf("%w: no gzip member", ErrEncoding)
	}
	u.src.Reset(u.packed)
	defer u.src.Reset(nil)
	if err := u.gz.Reset(&u.src); err != nil {
		return nil, fmt.Errorf("%w: gzip: %v", ErrEncoding, err)
	}
	u.gz.Multistream(false)
	size, err := checkUnpacked(uint64(binary.LittleEndian.Uint32(u.packed[len(u.packed)-4:])))
	if err != nil {
		return nil, err
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(&u.gz, data); err != nil {
		return nil, fmt.Errorf("%w: gzip: %v", ErrEncoding, err)
	}
	var more [1]byte
	if n, err := io.ReadFull(&u.gz, more[:]); n != 0 || err != io.EOF {
		return nil, fmt.Errorf("%w: gzip: more data than it states, or a wrong checksum", ErrEncoding)
	}
	if u.src.Len() != 0 {
		return nil, fmt.Errorf("%w: %d bytes after the gzip member", ErrEncoding, u.src.Len())
	}
	return &Bits{data}, nil
}

func checkUnpacked(n uint64) (int, error) {
	if n < MinEntries/8 || n > maxUnpacked {
		return 0, fmt.Errorf("%w: the list states %d entries, want %d to %d", ErrSize, n*8, MinEntries, MaxEntries)
	}
	return int(n), nil
}
