// Package decisions records what a [delegation.Verifier] decided: the enforcing side's
// own entries in the log, beside those of the agents.
//
// A [Log] lets nothing be that is not recorded. It takes what agents of a verified
// chain did alone, counts equal denials in one entry, and lets no root write more
// than its quota between two flushes, so that who asks again and again fills neither
// the log nor the part of another root.
package decisions

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/delegation"
)

// The errors of this package.
var (
	// ErrUnrecorded is returned for what was permitted and could not be recorded. It
	// is not permitted then.
	ErrUnrecorded = errors.New("decisions: not recorded, so not permitted")
	// ErrQuota is returned for an entry over the quota of its root.
	ErrQuota = errors.New("decisions: the root's quota is full: Flush")
)

// DefaultQuota is how many entries a root may cause between two flushes unless the
// options say otherwise.
const DefaultQuota = 1024

// maxRoots bounds the roots that are counted between two flushes.
const maxRoots = 1 << 14

// Options are the choices there are about a Log.
type Options struct {
	// Policy is the digest of the verifier's configuration; empty: not told.
	Policy string
	// Quota is how many permits, and as many denials apart, the chains of one root
	// link may have recorded between two flushes. Zero: DefaultQuota.
	Quota int
}

// Counts are what a Log did not record.
type Counts struct {
	// Strangers are refusals of whoever proved nothing. They are never recorded.
	Strangers uint64
	// Dropped are denials over the quota of their root.
	Dropped uint64
}

// Log records the decisions of one verifier. It is safe for concurrent use.
type Log struct {
	recorder *audit.Recorder
	options  Options

	flushing sync.Mutex // one Flush at a time, without keeping others waiting

	mu      sync.Mutex
	roots   map[string]*use
	denials map[denial]*repeated
	order   []*repeated // as they were first denied
	counts  Counts
}

// use is what a root used of its quota.
type use struct{ permits, denials int }

// denial is what makes denials equal.
type denial struct {
	leaf, action, dimension string
	rule                    delegation.Rule
	link                    int
}

// repeated is a denial that was recorded, and how often it came again since: last is
// the newest one.
type repeated struct {
	of    denial
	root  string
	last  audit.Entry
	again int
}

// New returns what records with a verifier's recorder, whose role is the verifier's
// and which has its task.open.
func New(r *audit.Recorder, o Options) (*Log, error) {
	first := r.Last()
	if e := first.Entry(); first == nil || e.Role != audit.RoleVerifier {
		return nil, errors.New("decisions: want the recorder of a verifier, opened")
	}
	if o.Quota <= 0 {
		o.Quota = DefaultQuota
	}
	l := &Log{recorder: r, options: o}
	l.reset()
	return l, nil
}

func (l *Log) reset() {
	l.roots, l.denials, l.order = make(map[string]*use), make(map[denial]*repeated), nil
}

// Verify lets v verify, and records what it decides, as a server does it: first that the
// invocation is signed at all ([delegation.Verifier.Present]), then the rest. What was
// permitted and cannot be recorded is not permitted: what it was to spend is given
// back, and the error is ErrUnrecorded. An error of v is returned as it is; one that
// could not be recorded is joined with why. The chain is not nil: of a chain that only
// the verifier keeps nothing could be recorded.
func (l *Log) Verify(ctx context.Context, v *delegation.Verifier, chain []byte, invoked string, shown delegation.Shown, req delegation.Request) (*delegation.Authorization, error) {
	if chain == nil {
		chain = []byte{}
	}
	p, err := v.Present(invoked)
	var a *delegation.Authorization
	if err == nil {
		a, err = p.Verify(ctx, chain, shown, req)
	}
	if err == nil {
		if err := l.Permitted(ctx, a); err != nil {
			return nil, errors.Join(err, a.Release(context.WithoutCancel(ctx)))
		}
		return a, nil
	}
	var refusal *delegation.Refusal
	if errors.As(err, &refusal) {
		if recorded := l.refused(ctx, refusal, chain, invoked, req); recorded != nil {
			return nil, errors.Join(err, recorded)
		}
	}
	return nil, err
}

// refused reads again what was refused, if an agent proved that it is its own.
func (l *Log) refused(ctx context.Context, r *delegation.Refusal, chain []byte, invoked string, req delegation.Request) error {
	if !r.Proven() {
		return l.Refused(ctx, r, delegation.Chain{}, delegation.Invocation{}, req)
	}
	c, err := delegation.ParseChain(chain)
	if err != nil {
		return err
	}
	inv, err := delegation.ParseInvocation(invoked)
	if err != nil {
		return err
	}
	return l.Refused(ctx, r, c, inv, req)
}

// Permitted records that a verifier permitted something, before anybody does it. An
// error is ErrUnrecorded.
func (l *Log) Permitted(ctx context.Context, a *delegation.Authorization) error {
	if a == nil {
		return fmt.Errorf("%w: nothing was permitted", ErrUnrecorded)
	}
	e, err := permit(a, l.options.Policy)
	if err == nil {
		err = l.admit(e.Chain.Links[0].Digest)
	}
	if err == nil {
		_, err = l.recorder.Record(ctx, e)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnrecorded, err)
	}
	return nil
}

// admit counts a permit of a root.
func (l *Log) admit(root string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	u := l.used(root)
	if u == nil || u.permits >= l.options.Quota {
		return ErrQuota
	}
	u.permits++
	return nil
}

// used returns what a root used, nil if there are too many roots.
func (l *Log) used(root string) *use {
	u := l.roots[root]
	if u == nil && len(l.roots) < maxRoots {
		u = &use{}
		l.roots[root] = u
	}
	return u
}

// Refused records that a verifier refused this invocation under this chain: at once
// the first time, and equal ones at the next Flush, in one entry with their count.
// Denials are equal if leaf, action, rule, link and dimension are. A refusal of
// somebody who proved nothing is counted only.
func (l *Log) Refused(ctx context.Context, r *delegation.Refusal, chain delegation.Chain, inv delegation.Invocation, req delegation.Request) error {
	if r == nil || !r.Proven() || chain.Len() == 0 || chain.Digest() != inv.Leaf {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.counts.Strangers++
		return nil
	}
	e, err := deny(r, chain, inv, req, l.options.Policy)
	if err != nil {
		return err
	}
	if l.again(e, denial{inv.Leaf, e.Action, string(r.Dimension), r.Rule, r.Link}) {
		return nil
	}
	_, err = l.recorder.Record(ctx, e)
	return err
}

// again reports whether a denial came before, and counts it, or may not be recorded.
func (l *Log) again(e audit.Entry, of denial) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if d := l.denials[of]; d != nil {
		d.last, d.again = e, d.again+1
		return true
	}
	root := e.Chain.Links[0].Digest
	u := l.used(root)
	if u == nil || u.denials >= l.options.Quota {
		l.counts.Dropped++
		return true
	}
	u.denials++
	d := &repeated{of: of, root: root}
	l.denials[of] = d
	l.order = append(l.order, d)
	return false
}

// Flush records the denials that came again, and begins the quotas anew. A server
// calls it now and then, and before it closes. After an error what was not recorded
// is kept for the next Flush, and so are the quotas.
func (l *Log) Flush(ctx context.Context) error {
	l.flushing.Lock()
	defer l.flushing.Unlock()
	l.mu.Lock()
	todo := slices.Clone(l.order)
	l.mu.Unlock()
	for _, d := range todo {
		if err := l.flush(ctx, d); err != nil {
			return err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	old := l.order
	l.reset()
	for _, d := range old {
		if d.again > 0 { // since it was flushed
			l.denials[d.of], l.order = d, append(l.order, d)
			l.used(d.root).denials++
		}
	}
	return nil
}

// flush records how often a denial came again.
func (l *Log) flush(ctx context.Context, d *repeated) error {
	l.mu.Lock()
	e, n := d.last, d.again
	d.again = 0
	l.mu.Unlock()
	if n == 0 {
		return nil
	}
	if n > 1 {
		e.Decision.Count = min(n, 1<<31-1)
	}
	if _, err := l.recorder.Record(ctx, e); err != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		d.again += n
		return err
	}
	return nil
}

// Counts returns what was not recorded.
func (l *Log) Counts() Counts {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.counts
}
