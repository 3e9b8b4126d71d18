package audit

// Receipt is an entry that was verified to be in a log. Nobody outside this
// package can make one but by VerifyReceipt and a Log.
type Receipt struct {
	signed     *Signed
	checkpoint *Checkpoint
	proof      []byte
	index      uint64
}

// VerifyReceipt checks, offline, that a leaf is an entry signed by its agent and
// that the proof (the text of a C2SP tlog-proof) shows it in the log that the
// policy trusts.
func VerifyReceipt(leaf, proof []byte, policy *Policy) (*Receipt, error) {
	signed, err := ParseSigned(leaf)
	if err != nil {
		return nil, err
	}
	p, err := ParseProof(proof)
	if err != nil {
		return nil, err
	}
	checkpoint, err := p.Verify(signed.Hash(), policy)
	if err != nil {
		return nil, err
	}
	return &Receipt{signed, checkpoint, append([]byte(nil), proof...), p.Index}, nil
}

// Signed returns the entry.
func (r *Receipt) Signed() *Signed { return r.signed }

// Checkpoint returns the checkpoint that covers the entry. Keep it: it is the
// anchor that a later Audit holds the log to.
func (r *Receipt) Checkpoint() *Checkpoint { return r.checkpoint }

// Index returns the entry's place in the log.
func (r *Receipt) Index() uint64 { return r.index }

// Proof returns the text of the C2SP tlog-proof, which with the entry's bytes
// convinces anyone whose policy trusts the log.
func (r *Receipt) Proof() []byte { return append([]byte(nil), r.proof...) }
