package packed

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"

	"github.com/taperid/taper/internal/multikey"
)

// Unpack returns the links, at most max of them, of a packed text. Nothing is
// expanded beyond MaxSize, and the text is the one that Pack gives for them.
func Unpack(text string, max int) ([]string, error) {
	if len(text) > MaxText {
		return nil, fmt.Errorf("%w: %d characters, at most %d", ErrSize, len(text), MaxText)
	}
	packed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || base64.RawURLEncoding.EncodeToString(packed) != text {
		return nil, fmt.Errorf("%w: not canonical base64url", ErrForm)
	}
	if len(packed) == 0 || packed[0] != version {
		return nil, fmt.Errorf("%w: of no known version", ErrForm)
	}
	r := &reader{in: packed[1:], seen: append(make([]byte, 0, len(preset)+4*len(packed)), preset...)}
	var links []string
	for len(r.in) > 0 {
		if len(links) == max {
			return nil, fmt.Errorf("%w: more than %d links", ErrSize, max)
		}
		l, err := r.link()
		if err != nil {
			return nil, err
		}
		links = append(links, l)
		r.seen = append(r.seen, multikey.Digest([]byte(l))...)
	}
	again, err := pack(links, packed)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, packed) {
		return nil, fmt.Errorf("%w: not the one spelling", ErrForm)
	}
	return links, nil
}

// reader reads what a writer wrote.
type reader struct {
	in   []byte
	seen []byte // the preset text and everything expanded
	size int    // bytes of links expanded
}

func (r *reader) link() (string, error) {
	kind, err := r.take(1)
	if err != nil {
		return "", err
	}
	switch kind[0] {
	case kindEdDSA, kindES256:
		payload, err := r.text()
		if err != nil {
			return "", err
		}
		sig, err := r.take(sigSize)
		if err != nil {
			return "", err
		}
		return r.jws(header(kind[0], payload), payload, sig)
	case kindJWS:
		return r.otherJWS()
	case kindObject:
		text, err := r.text()
		return string(text), err
	}
	return "", fmt.Errorf("%w: link of unknown kind %d", ErrForm, kind[0])
}

func (r *reader) otherJWS() (string, error) {
	header, err := r.text()
	if err != nil {
		return "", err
	}
	payload, err := r.text()
	if err != nil {
		return "", err
	}
	n, err := r.take(2)
	if err != nil {
		return "", err
	}
	sig, err := r.take(int(binary.BigEndian.Uint16(n)))
	if err != nil {
		return "", err
	}
	return r.jws(header, payload, sig)
}

func (r *reader) jws(header, payload, sig []byte) (string, error) {
	enc := base64.RawURLEncoding
	if err := r.grow(len(header) + len(sig)); err != nil {
		return "", err
	}
	b := make([]byte, 0, 2+enc.EncodedLen(len(header))+enc.EncodedLen(len(payload))+enc.EncodedLen(len(sig)))
	b = append(enc.AppendEncode(b, header), '.')
	b = append(enc.AppendEncode(b, payload), '.')
	return string(enc.AppendEncode(b, sig)), nil
}

// text expands one text and returns it, a part of seen.
func (r *reader) text() ([]byte, error) {
	start := len(r.seen)
	for {
		op, err := r.take(1)
		if err != nil {
			return nil, err
		}
		c := op[0]
		switch {
		case c == opEnd:
			return r.seen[start:], nil
		case c >= opCopy:
			err = r.copy(c)
		case c == opByte:
			err = r.literal()
		case int(c) <= len(forms):
			err = r.form(forms[c-1])
		case c < 0x20 || c == 0x7f:
			err = fmt.Errorf("%w: unknown code %#x", ErrForm, c)
		default:
			if err = r.grow(1); err == nil {
				r.seen = append(r.seen, c)
			}
		}
		if err != nil {
			return nil, err
		}
	}
}

func (r *reader) copy(c byte) error {
	n := int(c&0x3f) + minCopy
	if c >= opLongCopy {
		low, err := r.take(1)
		if err != nil {
			return err
		}
		n = int(c&0x3f)<<8 + int(low[0]) + minLong
	}
	d, err := r.take(2)
	if err != nil {
		return err
	}
	distance := int(binary.BigEndian.Uint16(d))
	if distance > len(r.seen) || distance < n {
		return fmt.Errorf("%w: a copy of what is not there", ErrForm)
	}
	if err := r.grow(n); err != nil {
		return err
	}
	from := len(r.seen) - distance
	r.seen = append(r.seen, r.seen[from:from+n]...)
	return nil
}

func (r *reader) literal() error {
	b, err := r.take(1)
	if err == nil {
		err = r.grow(1)
	}
	if err == nil {
		r.seen = append(r.seen, b[0])
	}
	return err
}

func (r *reader) form(f form) error {
	raw, err := r.take(f.size)
	if err != nil {
		return err
	}
	text := f.write(raw)
	if err := r.grow(len(text)); err != nil {
		return err
	}
	r.seen = append(r.seen, text...)
	return nil
}

// take returns the next n bytes.
func (r *reader) take(n int) ([]byte, error) {
	if n > len(r.in) {
		return nil, fmt.Errorf("%w: ends early", ErrForm)
	}
	b := r.in[:n]
	r.in = r.in[n:]
	return b, nil
}

// grow counts n more bytes, before they are written.
func (r *reader) grow(n int) error {
	if r.size += n; r.size > MaxSize {
		return fmt.Errorf("%w: unpacks to more than %d bytes", ErrSize, MaxSize)
	}
	return nil
}
