package packed

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"time"

	"github.com/taperid/taper/internal/multikey"
)

// form is a kind of text that stands for fewer bytes. read returns the bytes of
// the form that text begins with, and its length, or nil: a text of the form has
// one spelling, which write returns. Where after is not nil a form stands only after
// one of those texts.
type form struct {
	size  int
	after []string
	read  func(text []byte) (raw []byte, n int)
	write func(raw []byte) string
}

// keyPlaces is what stands before a key: in a DID, and once more in its method.
var keyPlaces = []string{"did:key:", "#"}

// forms are those of codes 1, 2, ...
var forms = []form{
	{32, keyPlaces, readKey(0xed, 0x01, "z6Mk", 48), writeKey(0xed, 0x01)},
	{33, keyPlaces, readKey(0x80, 0x24, "zDn", 49), writeKey(0x80, 0x24)},
	{16, nil, readUUID, writeUUID},
	{32, nil, readDigest, func(raw []byte) string { return multikey.EncodeDigest([32]byte(raw)) }},
	{4, nil, readTime, func(raw []byte) string { return formatTime(binary.BigEndian.Uint32(raw)) }},
	{64, []string{`"proofValue":"`}, readProof, multikey.EncodeBase58},
}

// readKey reads the Multikey text of a key type: its multicodec, how its texts
// begin, and their length.
func readKey(a, b byte, begin string, length int) func([]byte) ([]byte, int) {
	return func(text []byte) ([]byte, int) {
		if len(text) < length || !bytes.HasPrefix(text, []byte(begin)) {
			return nil, 0
		}
		size := map[byte]int{0xed: 34, 0x80: 35}[a]
		raw, err := multikey.DecodeBase58(string(text[:length]), size)
		if err != nil || raw[0] != a || raw[1] != b {
			return nil, 0
		}
		return raw[2:], length
	}
}

func writeKey(a, b byte) func([]byte) string {
	return func(raw []byte) string { return multikey.EncodeBase58(append([]byte{a, b}, raw...)) }
}

// readUUID reads a UUID in lower case.
func readUUID(text []byte) ([]byte, int) {
	if len(text) < 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return nil, 0
	}
	digits := make([]byte, 0, 32)
	for _, part := range [][2]int{{0, 8}, {9, 13}, {14, 18}, {19, 23}, {24, 36}} {
		digits = append(digits, text[part[0]:part[1]]...)
	}
	raw := make([]byte, 16)
	if _, err := hex.Decode(raw, digits); err != nil || writeUUID(raw) != string(text[:36]) {
		return nil, 0
	}
	return raw, 36
}

func writeUUID(raw []byte) string {
	h := hex.EncodeToString(raw)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

func readDigest(text []byte) ([]byte, int) {
	const n = multikey.DigestLen
	if len(text) < n || text[0] != 'u' || text[1] != 'E' {
		return nil, 0
	}
	raw := make([]byte, 0, 34)
	raw, err := base64.RawURLEncoding.AppendDecode(raw, text[1:n])
	if err != nil || len(raw) != 34 || multikey.EncodeDigest([32]byte(raw[2:])) != string(text[:n]) {
		return nil, 0
	}
	return raw[2:], n
}

const timeLayout = "2006-01-02T15:04:05Z"

// readTime reads a time of the years 1970 to 2106.
func readTime(text []byte) ([]byte, int) {
	if len(text) < len(timeLayout) || text[10] != 'T' || text[19] != 'Z' || text[4] != '-' {
		return nil, 0
	}
	t, err := time.Parse(timeLayout, string(text[:len(timeLayout)]))
	if err != nil || t.Unix() < 0 || t.Unix() > 1<<32-1 {
		return nil, 0
	}
	return binary.BigEndian.AppendUint32(nil, uint32(t.Unix())), len(timeLayout)
}

func formatTime(n uint32) string { return time.Unix(int64(n), 0).UTC().Format(timeLayout) }

// readProof reads the value of a proof, 64 bytes, up to the end of its string.
func readProof(text []byte) ([]byte, int) {
	n := bytes.IndexByte(text[:min(len(text), 96)], '"')
	if n < 0 {
		return nil, 0
	}
	raw, err := multikey.DecodeBase58(string(text[:n]), 64)
	if err != nil {
		return nil, 0
	}
	return raw, n
}

// unit is a form that was found in a text.
type unit struct {
	begin, end int
	code       byte
	raw        []byte
}

// units are the forms of a text, from left to right, none inside another. A byte
// of none of them is a unit of its own.
type units struct {
	list []unit
	next int // the first that does not end before what was asked last
}

// findForms finds the forms from a place on: at each place the first form that
// fits, and nothing inside it.
func (w *writer) findForms(base int) *units {
	u := new(units)
	for at := base; at < len(w.seen); at++ {
		if f, ok := w.formAt(base, at); ok {
			u.list = append(u.list, f)
			at = f.end - 1
		}
	}
	return u
}

func (w *writer) formAt(base, at int) (unit, bool) {
	text := w.seen[at:]
	if !mayBegin(text) {
		return unit{}, false
	}
	for i := range forms {
		f := &forms[i]
		if f.after != nil && !slices.ContainsFunc(f.after, func(s string) bool { return bytes.HasSuffix(w.seen[base:at], []byte(s)) }) {
			continue
		}
		if raw, n := f.read(text); raw != nil {
			return unit{at, at + n, byte(i + 1), raw}, true
		}
	}
	return unit{}, false
}

// mayBegin tells most places where no form begins.
func mayBegin(text []byte) bool {
	switch c := text[0]; {
	case c == 'z':
		return true
	case c == 'u':
		return len(text) > 1 && text[1] == 'E'
	case c >= '0' && c <= '9' || c >= 'a' && c <= 'f':
		return len(text) >= len(timeLayout) && (text[8] == '-' || text[4] == '-')
	}
	return false
}

// at returns the form that begins at a place, or nil. Places are asked for from
// left to right, but for some that were just passed.
func (u *units) at(at int) *unit {
	i := u.seek(at)
	if i < len(u.list) && u.list[i].begin == at {
		return &u.list[i]
	}
	return nil
}

// seek returns the number of the first form that ends after a place.
func (u *units) seek(at int) int {
	i := u.next
	for i > 0 && u.list[i-1].end > at {
		i--
	}
	for i < len(u.list) && u.list[i].end <= at {
		i++
	}
	u.next = i
	return i
}

// whole shortens n bytes from a place on so that they end inside no form.
func (u *units) whole(at, n int) int {
	i := u.next
	for i < len(u.list) && u.list[i].end < at+n {
		i++
	}
	if i < len(u.list) && u.list[i].begin < at+n && at+n < u.list[i].end {
		return u.list[i].begin - at
	}
	return n
}
