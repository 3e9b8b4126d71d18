package audit

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/taperid/taper/internal/multikey"
)

// Bounds of a signed checkpoint. A note has to accept 16 signatures, of which a
// post-quantum one has 5 kB.
const (
	maxCheckpoint = 128 << 10
	maxSignatures = 64
)

// Checkpoint is a signed checkpoint (C2SP tlog-checkpoint) whose signature was
// verified under a policy. Nobody outside this package can make one but by
// ParseCheckpoint and a Log.
type Checkpoint struct {
	head     treeHead
	note     string
	cosigned []Cosignature
}

// treeHead is the text of a checkpoint.
type treeHead struct {
	origin string
	size   uint64
	root   Hash
	extra  []string // extension lines
}

// ParseCheckpoint reads a signed note that is a checkpoint of the policy's log
// and verifies that a key of the log signed it, and the quorum of its witnesses, if it
// names any. Signatures of other keys are passed over, as they must be, but a line that is there twice, like anything
// that encodes again to other bytes, refuses the note.
func ParseCheckpoint(signed []byte, policy *Policy) (*Checkpoint, error) {
	if len(signed) > maxCheckpoint {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrCheckpoint, len(signed), maxCheckpoint)
	}
	if policy == nil || len(policy.logs) == 0 {
		return nil, fmt.Errorf("%w: the policy trusts nobody", ErrCheckpoint)
	}
	text := string(signed)
	cut := strings.LastIndex(text, "\n\n")
	if cut < 0 {
		return nil, fmt.Errorf("%w: no blank line before signatures", ErrCheckpoint)
	}
	head, err := parseTreeHead(text[:cut+1])
	if err != nil {
		return nil, err
	}
	if !policy.has(head.origin) {
		return nil, fmt.Errorf("%w: origin %.80q, want %q", ErrCheckpoint, head.origin, policy.Origin())
	}
	if err := checkSignatureLines(text[cut+2:], head.origin, policy); err != nil {
		return nil, err
	}
	opened, err := note.Open(signed, policy.noteKeys(head.origin))
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrCheckpoint, err)
	}
	if err := policy.check(head.origin, opened.Sigs); err != nil {
		return nil, err
	}
	return &Checkpoint{head, text, cosignatures(opened.Sigs, policy.witnesses)}, nil
}

// parseTreeHead reads the text of a checkpoint.
func parseTreeHead(text string) (treeHead, error) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) < 3 {
		return treeHead{}, fmt.Errorf("%w: %d lines of text, want 3 or more", ErrCheckpoint, len(lines))
	}
	size, err := parseDecimal(lines[1])
	if err != nil {
		return treeHead{}, fmt.Errorf("%w: size %.40q: %w", ErrCheckpoint, lines[1], err)
	}
	root, err := parseNodeHash(lines[2])
	if err != nil {
		return treeHead{}, fmt.Errorf("%w: root %.80q: %w", ErrCheckpoint, lines[2], err)
	}
	head := treeHead{lines[0], size, root, lines[3:]}
	for _, line := range head.extra {
		if line == "" || line == head.origin {
			return treeHead{}, fmt.Errorf("%w: extension line %.80q: an empty line or a second origin", ErrCheckpoint, line)
		}
	}
	if head.text() != text {
		return treeHead{}, fmt.Errorf("%w: text is not in its one form", ErrCheckpoint)
	}
	if size == 0 && root != emptyRoot {
		return treeHead{}, fmt.Errorf("%w: size 0 with the root of a tree that has entries", ErrCheckpoint)
	}
	return head, nil
}

// emptyRoot is the root of the empty tree, the hash of nothing (RFC 6962 section
// 2.1).
var emptyRoot = Hash(sha256.Sum256(nil))

// text returns the note text.
func (h treeHead) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%d\n%s\n", h.origin, h.size, formatNodeHash(h.root))
	for _, line := range h.extra {
		b.WriteString(line + "\n")
	}
	return b.String()
}

// checkSignatureLines checks the form of the signature lines, which note.Open
// reads more laxly, before anything is verified.
func checkSignatureLines(block, origin string, policy *Policy) error {
	block, ok := strings.CutSuffix(block, "\n")
	if n := strings.Count(block, "\n") + 1; !ok || n > maxSignatures {
		return fmt.Errorf("%w: %d signature lines, want 1 to %d", ErrCheckpoint, n, maxSignatures)
	}
	seen := make(map[string]bool)
	for line := range strings.SplitSeq(block, "\n") {
		rest, ok := strings.CutPrefix(line, "— ")
		name, text, ok2 := strings.Cut(rest, " ")
		raw, err := base64.StdEncoding.DecodeString(text)
		if !ok || !ok2 || err != nil || len(raw) < 5 || base64.StdEncoding.EncodeToString(raw) != text {
			return fmt.Errorf("%w: malformed signature line %.80q", ErrCheckpoint, line)
		}
		who := line
		if policy.knows(name, binary.BigEndian.Uint32(raw), origin) {
			who = name + string(raw[:4])
		}
		if seen[who] {
			return fmt.Errorf("%w: a second signature by %.80q", ErrCheckpoint, name)
		}
		seen[who] = true
	}
	return nil
}

// parseDecimal reads a number below 2^63. Its callers compare what they write
// again, so a second spelling is refused there.
func parseDecimal(s string) (uint64, error) {
	n, err := strconv.ParseUint(s, 10, 63)
	if err != nil {
		return 0, errors.New("want decimal digits, below 2^63")
	}
	return n, nil
}

// parseNodeHash reads a hash as the C2SP formats write it, in standard base64;
// for a second spelling see parseDecimal.
func parseNodeHash(s string) (Hash, error) {
	raw, err := base64.StdEncoding.DecodeString(s)
	if err != nil || len(raw) != len(Hash{}) {
		return Hash{}, errors.New("want the base64 of 32 bytes")
	}
	return Hash(raw), nil
}

func formatNodeHash(h Hash) string { return base64.StdEncoding.EncodeToString(h[:]) }

// Origin returns the name of the log; that of a nil Checkpoint is empty.
func (c *Checkpoint) Origin() string {
	if c == nil {
		return ""
	}
	return c.head.origin
}

// Size returns how many entries the log has.
func (c *Checkpoint) Size() uint64 {
	if c == nil {
		return 0
	}
	return c.head.size
}

// Root returns the root hash of the log's tree.
func (c *Checkpoint) Root() Hash {
	if c == nil {
		return Hash{}
	}
	return c.head.root
}

// Bytes returns the signed note. Who keeps it can prove what the log once said.
func (c *Checkpoint) Bytes() []byte {
	if c == nil {
		return nil
	}
	return []byte(c.note)
}

// Cosignatures returns what the witnesses of the policy said of the checkpoint.
func (c *Checkpoint) Cosignatures() []Cosignature {
	if c == nil {
		return nil
	}
	return append([]Cosignature(nil), c.cosigned...)
}

// Anchor returns what an entry says of c.
func (c *Checkpoint) Anchor() *Anchor {
	if c == nil {
		return nil
	}
	return &Anchor{c.head.origin, c.head.size, c.head.root, multikey.Digest([]byte(c.note))}
}
