package main

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/taperid/taper/audit"
)

// judgeEntry accepts a leaf that parses strictly and is signed by its agent.
func judgeEntry(f *fields) *result {
	subject := f.required("entry")
	if err := f.end(); err != nil {
		return noCase("member", err)
	}
	signed, err := audit.ParseSigned(content(subject))
	r := accepted(err)
	if err == nil {
		e := signed.Entry()
		r.add("agent", e.Agent.String())
		r.add("seq", e.Seq)
		r.view = entryView{signed}
	}
	return r
}

// judgeCheckpoint accepts a checkpoint that the log's key signed.
func judgeCheckpoint(f *fields) *result {
	subject := f.required("checkpoint")
	policy := logPolicy(f)
	if err := f.end(); err != nil {
		return noCase("member", err)
	}
	c, err := parseCheckpoint("checkpoint", subject, policy)
	r := accepted(err)
	if err == nil {
		root := c.Root()
		r.add("size", c.Size())
		r.add("root", base64.StdEncoding.EncodeToString(root[:]))
		r.view = checkpointView{c}
	}
	return r
}

func parseCheckpoint(name string, subject raw, policy *audit.Policy) (*audit.Checkpoint, error) {
	s, err := subjectText(name, subject)
	if err != nil {
		return nil, err
	}
	return audit.ParseCheckpoint([]byte(s), policy)
}

// logPolicy returns the policy that trusts a log, by its key or by a policy in the
// text of C2SP tlog-policy. By its key, the log's origin is the name of the key unless
// the case states another.
func logPolicy(f *fields) *audit.Policy {
	vkey, origin, policy := f.text("vkey"), f.text("origin"), f.text("policy")
	if policy != "" && vkey+origin == "" {
		p, err := audit.ParsePolicy([]byte(policy))
		if err != nil {
			f.fail("policy: %v", err)
		}
		return p
	}
	if vkey == "" || policy != "" {
		f.fail("want the log's key, vkey (-vkey), or a policy")
	}
	if origin == "" {
		origin, _, _ = strings.Cut(vkey, "+")
	}
	p, err := audit.NewPolicy(origin, vkey)
	if err != nil {
		f.fail("vkey: %v", err)
	}
	return p
}

// judgeInclusion accepts a proof that a leaf is in a log.
func judgeInclusion(f *fields) *result {
	leaf, proof := f.required("leaf"), f.required("proof")
	policy := logPolicy(f)
	if err := f.end(); err != nil {
		return noCase("member", err)
	}
	p, c, err := verifyInclusion(leaf, proof, policy)
	r := accepted(err)
	if err == nil {
		r.add("index", p.Index)
		r.add("size", c.Size())
		r.view = checkpointView{c}
	}
	return r
}

func verifyInclusion(leaf, proof raw, policy *audit.Policy) (*audit.Proof, *audit.Checkpoint, error) {
	s, err := subjectText("leaf", leaf)
	if err != nil {
		return nil, nil, err
	}
	data, err := decodeBase64(s)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: leaf: %v", errSubject, err)
	}
	if s, err = subjectText("proof", proof); err != nil {
		return nil, nil, err
	}
	p, err := audit.ParseProof([]byte(s))
	if err != nil {
		return nil, nil, err
	}
	c, err := p.Verify(audit.LeafHash(data), policy)
	return p, c, err
}

// decodeBase64 reads base64 of either alphabet, with or without padding.
func decodeBase64(s string) ([]byte, error) {
	s = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(s, "="))
	if strings.ContainsAny(s, "\r\n") {
		return nil, fmt.Errorf("line ends in base64")
	}
	return base64.RawStdEncoding.Strict().DecodeString(s)
}

// judgeConsistency accepts a proof that a log only grew from one checkpoint to
// another.
func judgeConsistency(f *fields) *result {
	from, to, proof := f.required("from"), f.required("to"), f.required("proof")
	policy := logPolicy(f)
	if err := f.end(); err != nil {
		return noCase("member", err)
	}
	return accepted(verifyConsistency(from, to, proof, policy))
}

func verifyConsistency(from, to, proof raw, policy *audit.Policy) error {
	before, err := parseCheckpoint("from", from, policy)
	if err != nil {
		return placed("from", err)
	}
	after, err := parseCheckpoint("to", to, policy)
	if err != nil {
		return placed("to", err)
	}
	hashes, err := proofHashes(proof)
	if err != nil {
		return err
	}
	return audit.CheckConsistency(before.Size(), before.Root(), after.Size(), after.Root(), hashes)
}

// proofHashes reads the hashes of a proof: an array of texts, or one text with a
// line for each, in base64 as the C2SP formats have them.
func proofHashes(proof raw) ([]audit.Hash, error) {
	var lines []string
	if s, ok := text(proof); ok {
		if s = strings.TrimSuffix(s, "\n"); s != "" {
			lines = strings.Split(s, "\n")
		}
	} else {
		elements, err := splitArray(proof)
		if err != nil {
			return nil, fmt.Errorf("%w: proof is neither text nor an array of texts", errSubject)
		}
		for _, e := range elements {
			line, err := subjectText("a hash of the proof", e)
			if err != nil {
				return nil, err
			}
			lines = append(lines, line)
		}
	}
	out := make([]audit.Hash, 0, len(lines))
	for _, line := range lines {
		b, err := base64.StdEncoding.Strict().DecodeString(line)
		if len(line) == hex.EncodedLen(len(audit.Hash{})) {
			b, err = hex.DecodeString(line)
		}
		if err != nil || len(b) != len(audit.Hash{}) {
			return nil, fmt.Errorf("%w: hash %.80q, want the base64 of 32 bytes", audit.ErrProof, line)
		}
		out = append(out, audit.Hash(b))
	}
	return out, nil
}

// judgeMerkle accepts a bare proof of RFC 6962.
func judgeMerkle(f *fields) *result {
	op := f.text("op")
	t := treeProof{
		size: f.required("size"), root: f.required("rootHex"), hashes: f.required("proofHex"),
		index: f.optional("index"), leaf: f.optional("leafHex"), leafHash: f.optional("leafHashHex"),
		size2: f.optional("size2"), root2: f.optional("root2Hex"),
	}
	check := t.checkInclusion
	switch op {
	case "inclusion":
		f.required("index")
		if (t.leaf == nil) == (t.leafHash == nil) {
			f.fail("want one of leafHex and leafHashHex")
		}
	case "consistency":
		check = t.checkConsistency
		f.required("size2")
		f.required("root2Hex")
	default:
		f.fail("op is %.40q, want inclusion or consistency", op)
	}
	if err := f.end(); err != nil {
		return noCase("member", err)
	}
	return accepted(t.check(check))
}

// treeProof is a bare proof, as the case states it. The members that its op does not
// have may stand there, and say nothing.
type treeProof struct {
	size, root, hashes    raw
	index, leaf, leafHash raw // of an inclusion
	size2, root2          raw // of a consistency
}

func (t *treeProof) check(op func(size uint64, root audit.Hash, hashes []audit.Hash) error) error {
	size, err := subjectUint("size", t.size)
	if err != nil {
		return err
	}
	root, err := subjectHash("rootHex", t.root)
	if err != nil {
		return err
	}
	elements, err := splitArray(t.hashes)
	if err != nil {
		return fmt.Errorf("%w: proofHex is not an array", errSubject)
	}
	hashes := make([]audit.Hash, len(elements))
	for i, e := range elements {
		if hashes[i], err = subjectHash("proofHex", e); err != nil {
			return err
		}
	}
	return op(size, root, hashes)
}

func (t *treeProof) checkInclusion(size uint64, root audit.Hash, hashes []audit.Hash) error {
	index, err := subjectUint("index", t.index)
	if err != nil {
		return err
	}
	var leaf audit.Hash
	if t.leafHash != nil {
		leaf, err = subjectHash("leafHashHex", t.leafHash)
	} else {
		var data []byte
		data, err = subjectHex("leafHex", t.leaf)
		leaf = audit.LeafHash(data)
	}
	if err != nil {
		return err
	}
	return audit.CheckInclusion(leaf, index, size, root, hashes)
}

func (t *treeProof) checkConsistency(size uint64, root audit.Hash, hashes []audit.Hash) error {
	size2, err := subjectUint("size2", t.size2)
	if err != nil {
		return err
	}
	root2, err := subjectHash("root2Hex", t.root2)
	if err != nil {
		return err
	}
	return audit.CheckConsistency(size, root, size2, root2, hashes)
}

func subjectHash(name string, value raw) (audit.Hash, error) {
	b, err := subjectHex(name, value)
	if err == nil && len(b) != len(audit.Hash{}) {
		err = fmt.Errorf("%w: %s has %d bytes, want 32", audit.ErrProof, name, len(b))
	}
	if err != nil {
		return audit.Hash{}, err
	}
	return audit.Hash(b), nil
}
