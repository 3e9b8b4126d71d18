package audit

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Bounds of a proof. Beyond 2^62 leaves the arithmetic of 64 bits ends, and a
// tree of that size has proofs of 62 hashes.
const (
	maxTree   = 1 << 62
	maxHashes = 63
	maxExtra  = 64 << 10
	maxProof  = maxCheckpoint + 128<<10
)

// CheckInclusion checks that the tree of this size and root has, at this index, a
// leaf of this hash (RFC 6962 section 2.1.1; the hashes go from the leaf's
// sibling up). LeafHash gives the hash of a leaf's bytes; an inner node never
// passes for a leaf's bytes.
func CheckInclusion(leaf Hash, index, size uint64, root Hash, hashes []Hash) error {
	switch {
	case size > maxTree || index >= size:
		return fmt.Errorf("%w: index %d in a tree of %d", ErrProof, index, size)
	case len(hashes) > maxHashes:
		return fmt.Errorf("%w: %d hashes, at most %d", ErrProof, len(hashes), maxHashes)
	}
	err := tlog.CheckRecord(toTree(hashes), int64(size), tlog.Hash(root), int64(index), tlog.Hash(leaf))
	if err != nil {
		return fmt.Errorf("%w: leaf %d of %d: %v", ErrProof, index, size, err)
	}
	return nil
}

// CheckConsistency checks that the tree of size and root begins with the tree of
// oldSize and oldRoot (RFC 6962 section 2.1.2). Every tree begins with the empty
// one, which takes no hashes.
func CheckConsistency(oldSize uint64, oldRoot Hash, size uint64, root Hash, hashes []Hash) error {
	switch {
	case size > maxTree || oldSize > size:
		return fmt.Errorf("%w: from size %d to %d", ErrProof, oldSize, size)
	case len(hashes) > maxHashes:
		return fmt.Errorf("%w: %d hashes, at most %d", ErrProof, len(hashes), maxHashes)
	case oldSize == 0:
		if oldRoot != emptyRoot || len(hashes) != 0 || size == 0 && root != emptyRoot {
			return fmt.Errorf("%w: from an empty tree that is not empty", ErrProof)
		}
		return nil
	}
	err := tlog.CheckTree(toTree(hashes), int64(size), tlog.Hash(root), int64(oldSize), tlog.Hash(oldRoot))
	if err != nil {
		return fmt.Errorf("%w: from size %d to %d: %v", ErrProof, oldSize, size, err)
	}
	return nil
}

// Proof is what a C2SP tlog-proof says: that some leaf is in a log. Nothing in it
// was verified; Verify does.
type Proof struct {
	Extra      []byte // opaque, authenticated by nothing
	Index      uint64
	Hashes     []Hash
	Checkpoint []byte // the signed note
}

// proofHeader is the first line of a proof.
const proofHeader = "c2sp.org/tlog-proof@v1"

// ParseProof reads the one text of a proof. Its checkpoint is left as it is until
// Verify.
func ParseProof(data []byte) (*Proof, error) {
	if len(data) > maxProof {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrProof, len(data), maxProof)
	}
	head, checkpoint, ok := strings.Cut(string(data), "\n\n")
	lines := strings.Split(head, "\n")
	if !ok || checkpoint == "" || lines[0] != proofHeader || len(lines) < 2 {
		return nil, fmt.Errorf("%w: want %q, an index and, after a blank line, a checkpoint", ErrProof, proofHeader)
	}
	p := &Proof{Checkpoint: []byte(checkpoint)}
	lines = lines[1:]
	if extra, ok := strings.CutPrefix(lines[0], "extra "); ok {
		raw, err := base64.StdEncoding.DecodeString(extra)
		if err != nil || len(raw) == 0 {
			return nil, fmt.Errorf("%w: malformed extra data", ErrProof)
		}
		p.Extra, lines = raw, lines[1:]
	}
	if err := p.readPath(lines); err != nil {
		return nil, err
	}
	if again, err := p.Format(); err != nil || !bytes.Equal(again, data) {
		return nil, fmt.Errorf("%w: not in its one form", ErrProof)
	}
	return p, nil
}

// readPath reads the line of the index and those of the hashes.
func (p *Proof) readPath(lines []string) (err error) {
	if len(lines) == 0 || len(lines) > 1+maxHashes {
		return fmt.Errorf("%w: %d lines, want an index and at most %d hashes", ErrProof, len(lines), maxHashes)
	}
	index, ok := strings.CutPrefix(lines[0], "index ")
	if p.Index, err = parseDecimal(index); !ok || err != nil {
		return fmt.Errorf("%w: %.60q, want index and a number", ErrProof, lines[0])
	}
	for _, line := range lines[1:] {
		h, err := parseNodeHash(line)
		if err != nil {
			return fmt.Errorf("%w: hash %.60q: %w", ErrProof, line, err)
		}
		p.Hashes = append(p.Hashes, h)
	}
	return nil
}

// Format returns the text of p. What ParseProof would refuse to read for its
// bounds is an error.
func (p *Proof) Format() ([]byte, error) {
	if len(p.Extra) > maxExtra || len(p.Hashes) > maxHashes || len(p.Checkpoint) > maxCheckpoint {
		return nil, fmt.Errorf("%w: extra data, hashes or checkpoint too long", ErrProof)
	}
	var b bytes.Buffer
	b.WriteString(proofHeader + "\n")
	if len(p.Extra) > 0 {
		b.WriteString("extra " + base64.StdEncoding.EncodeToString(p.Extra) + "\n")
	}
	fmt.Fprintf(&b, "index %d\n", p.Index)
	for _, h := range p.Hashes {
		b.WriteString(formatNodeHash(h) + "\n")
	}
	b.WriteByte('\n')
	b.Write(p.Checkpoint)
	return b.Bytes(), nil
}

// Verify checks that a leaf of this hash is in the log that the policy trusts,
// and returns the checkpoint that says so.
func (p *Proof) Verify(leaf Hash, policy *Policy) (*Checkpoint, error) {
	checkpoint, err := ParseCheckpoint(p.Checkpoint, policy)
	if err != nil {
		return nil, err
	}
	if err := CheckInclusion(leaf, p.Index, checkpoint.Size(), checkpoint.Root(), p.Hashes); err != nil {
		return nil, err
	}
	return checkpoint, nil
}
