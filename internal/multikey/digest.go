package multikey

import (
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"sync"
)

// Digest returns the multibase text of the SHA-256 multihash of data: `u` and the
// base64url of 0x12 0x20 and the hash, 47 characters. Digests compare as text.
func Digest(data []byte) string {
	h := sha256.Sum256(data)
	return EncodeDigest(h)
}

// DigestText is Digest of the bytes of a text, which it does not copy as a whole.
func DigestText(text string) string {
	h, _ := hashers.Get().(*hasher) // nothing else is put there
	defer hashers.Put(h)
	h.hash.Reset()
	for len(text) > 0 {
		n := copy(h.buf[:], text)
		h.hash.Write(h.buf[:n])
		text = text[n:]
	}
	return EncodeDigest([sha256.Size]byte(h.hash.Sum(h.buf[:0])))
}

// hasher is what DigestText needs room for.
type hasher struct {
	hash hash.Hash
	buf  [1024]byte
}

var hashers = sync.Pool{New: func() any { return &hasher{hash: sha256.New()} }}

// EncodeDigest returns the text of a SHA-256 hash already made.
func EncodeDigest(h [sha256.Size]byte) string {
	var raw [2 + sha256.Size]byte
	raw[0], raw[1] = 0x12, sha256.Size
	copy(raw[2:], h[:])
	var text [DigestLen]byte
	text[0] = 'u'
	base64.RawURLEncoding.Encode(text[1:], raw[:])
	return string(text[:])
}

// DigestLen is the length of the text of a digest.
const DigestLen = 1 + (2+sha256.Size)*8/6 + 1

// IsDigest reports whether text is the canonical text of some SHA-256 digest.
func IsDigest(text string) bool {
	if len(text) != DigestLen {
		return false
	}
	raw, err := base64.RawURLEncoding.DecodeString(text[1:])
	if err != nil || len(raw) != 2+sha256.Size {
		return false
	}
	// Encoding again settles the rest: the u, the hash, its length, the last bits.
	return EncodeDigest([sha256.Size]byte(raw[2:])) == text
}
