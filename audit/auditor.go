package audit

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/taperid/taper/did"
)

// maxEntries bounds the log that one Audit reads.
const maxEntries = 1 << 20

// auditor is one Audit at work.
type auditor struct {
	reader  Reader
	judge   Judge
	report  *Report
	last    *Checkpoint // of the audit before; nil: there was none
	from    uint64      // what the audit before had read
	walked  []Finding   // what was found by reading
	keys    *keys
	nodes   nodeStore
	known   map[Hash]Item // every entry, under its leaf hash
	writers map[did.DID]*writer
	order   []*writer // as they first appear

	spare   map[tried]int // denials that entries with a count stand for, and no entry yet
	counted map[Hash]bool // intents that are among them
}

// Auditor audits a log, as often as it is asked to. The zero Auditor trusts no log. Its
// fields are not changed while it audits; it is safe for concurrent use then.
type Auditor struct {
	Policy *Policy     // which log, and who its verifiers are
	Since  *Checkpoint // kept from before; nil: none
	Judge  Judge       // of what is done under chains; nil: their form alone is checked

	mu   sync.Mutex
	last *Checkpoint // the newest that was found to go on from the one before
	kept *auditor    // what was read up to last; nil: all is read again
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
// An Auditor that audits again reads and verifies what is new alone, and judges all of
// it anew. It holds the log to the last checkpoint that it found right: one that does
// not go on from there is Inconsistent, then and for good, until the log does again. To
// go on in another process, keep the report's Head and give it as Since.
//
// What is wrong with the log is a finding in the report. An error means that
// nothing could be judged: r failed, the checkpoint is not one of the trusted
// log, or the log has more than 2^20 entries.
func (o *Auditor) Audit(ctx context.Context, r Reader) (*Report, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
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
	a := o.begin(r, head)
	if err := a.walk(ctx); err != nil {
		o.kept = nil // it may have read a part
		return nil, err
	}
	a.walked = slices.Clone(a.report.Findings)
	for _, check := range []func(){
		a.checkRoots, a.checkWriters, a.checkAnchors, a.checkTimes, a.checkDelegation, a.checkActions, a.checkAuthority,
	} {
		check()
	}
	a.report.index()
	o.keep(a)
	return a.report, nil
}

// begin goes on with what was read before, or begins anew.
func (o *Auditor) begin(r Reader, head *Checkpoint) *auditor {
	report := &Report{Head: head, Since: o.Since, policy: o.Policy}
	if a := o.kept; a != nil && a.report.policy == o.Policy && o.last.Origin() == head.Origin() && o.last.Size() <= head.Size() {
		report.items, report.Findings = a.report.items, slices.Clone(a.walked)
		a.reader, a.judge, a.report, a.last, a.from = r, o.Judge, report, o.last, o.last.Size()
		return a
	}
	return &auditor{
		reader:  r,
		judge:   o.Judge,
		report:  report,
		last:    o.last,
		keys:    newKeys(),
		known:   make(map[Hash]Item),
		writers: make(map[did.DID]*writer),
	}
}

// keep remembers what was read of a log that is what its checkpoints say, and nothing
// of another.
func (o *Auditor) keep(a *auditor) {
	o.kept = nil
	if !slices.ContainsFunc(a.report.Findings, func(f Finding) bool { return f.Kind == Inconsistent }) {
		o.last, o.kept = a.report.Head, a
	}
}

// anchors returns the checkpoints that the log is held to.
func (a *auditor) anchors() (out []*Checkpoint) {
	for _, c := range []*Checkpoint{a.report.Since, a.last} {
		if c != nil && (len(out) == 0 || c.note != out[0].note) {
			out = append(out, c)
		}
	}
	return out
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
