package audit

import (
	"context"
	"fmt"
	"slices"

	"github.com/taperid/taper/did"
)

// maxEntries bounds the log that one Audit reads.
const maxEntries = 1 << 20

// auditor is one Audit at work.
type auditor struct {
	reader  Reader
	judge   Judge
	report  *Report
	keys    *keys
	nodes   nodeStore
	known   map[Hash]Item // every entry, under its leaf hash
	writers map[did.DID]*writer
	order   []*writer // as they first appear

	spare   map[tried]int // denials that entries with a count stand for, and no entry yet
	counted map[Hash]bool // intents that are among them
}

// Auditor says how logs are audited. The zero Auditor trusts no log.
type Auditor struct {
	Policy *Policy     // which log, and who its verifiers are
	Since  *Checkpoint // kept from before; nil: none
	Judge  Judge       // of what is done under chains; nil: their form alone is checked
}

// Audit audits as an Auditor with this policy and anchor does, without a Judge.
func Audit(ctx context.Context, r Reader, policy *Policy, since *Checkpoint) (*Report, error) {
	return (&Auditor{Policy: policy, Since: since}).Audit(ctx, r)
}

// Audit reads a whole log through r and checks it, offline, against its own
// signed checkpoint, which a key of the policy has to have signed, and against
// Since, a checkpoint kept from before: without one, a log whose tail was cut or
// that was put in another's place looks whole, and the report says that there
// was none.
//
// What is wrong with the log is a finding in the report. An error means that
// nothing could be judged: r failed, the checkpoint is not one of the trusted
// log, or the log has more than 2^20 entries.
func (o *Auditor) Audit(ctx context.Context, r Reader) (*Report, error) {
	policy, since := o.Policy, o.Since
	head, err := readCheckpoint(ctx, r, policy)
	if err != nil {
		return nil, err
	}
	if since != nil {
		if _, err := ParseCheckpoint(since.Bytes(), policy); err != nil {
			return nil, fmt.Errorf("audit: the anchor: %w", err)
		}
	}
	if head.Size() > maxEntries {
		return nil, fmt.Errorf("%w: log of %d entries, at most %d", ErrSize, head.Size(), maxEntries)
	}
	a := &auditor{
		reader:  r,
		judge:   o.Judge,
		report:  &Report{Head: head, Since: since, policy: policy},
		keys:    newKeys(),
		known:   make(map[Hash]Item),
		writers: make(map[did.DID]*writer),
	}
	if err := a.walk(ctx); err != nil {
		return nil, err
	}
	for _, check := range []func(){
		a.checkRoots, a.checkWriters, a.checkAnchors, a.checkTimes, a.checkDelegation, a.checkActions, a.checkAuthority,
	} {
		check()
	}
	a.report.index()
	return a.report, nil
}

func readCheckpoint(ctx context.Context, r Reader, policy *Policy) (*Checkpoint, error) {
	if r == nil {
		return nil, fmt.Errorf("%w: no log to read", ErrCheckpoint)
	}
	signed, err := r.ReadCheckpoint(ctx)
	if err != nil {
		return nil, fmt.Errorf("audit: read the checkpoint: %w", err)
	}
	return ParseCheckpoint(signed, policy)
}

// take adds the leaf at the next index: to the tree whatever it is, and to its
// writer's entries if it is one.
func (a *auditor) take(leaf []byte, parsed parsedLeaf, index uint64) error {
	signed, err := parsed.signed, parsed.err
	if err != nil {
		a.findLog(Forged, []Leaf{{index, slices.Clone(leaf)}}, "leaf %d is no entry: %s", index, quote(err.Error()))
		return a.nodes.add(LeafHash(leaf), index)
	}
	if err := a.nodes.add(signed.hash, index); err != nil {
		return err
	}
	item := Item{index, signed}
	keepFirst(a.known, signed.hash, item)
	w := a.writers[signed.entry.Agent]
	if w == nil {
		w = newWriter()
		a.writers[signed.entry.Agent] = w
		a.order = append(a.order, w)
	}
	if w.take(item) {
		a.report.items = append(a.report.items, item)
	}
	return nil
}
