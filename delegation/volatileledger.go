package delegation

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// The bounds of a VolatileLedger, in buckets that are not yet forgotten.
const (
	ledgerPerTree = 1 << 16
	ledgerTotal   = 1 << 20
)

// VolatileLedger is a Ledger in memory, for the verifiers of one process. A restart
// forgets what was spent, so over a restart a budget may be spent twice: where that
// matters, use one that outlives its process. It is bounded for the tree under each
// root link, for each link in it with all that are below that (three quarters of what
// the one above it has), and in all, and forgets no bucket early: who fills its share
// is refused, others are not.
type VolatileLedger struct {
	mu      sync.Mutex
	trees   map[string]*ledgerTree
	total   int
	swept   time.Time
	horizon time.Time // buckets that ended by then may have been forgotten
}

// ledgerTree is what is kept of the tree under one root link.
type ledgerTree struct {
	buckets map[string]*bucket
	share   share
}

// bucket is what was spent of one limit of one link.
type bucket struct {
	share         *share
	spent, window int64
	until         time.Time
}

// NewVolatileLedger returns an empty ledger.
func NewVolatileLedger() *VolatileLedger {
	return &VolatileLedger{trees: make(map[string]*ledgerTree)}
}

// Reserve charges all of s or nothing.
func (l *VolatileLedger) Reserve(_ context.Context, s Spend) (Reservation, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := &volatileReservation{ledger: l, taken: make([]taken, 0, len(s.Charges))}
	for i := range s.Charges {
		if err := l.charge(r, &s, i); err != nil {
			r.undo()
			return nil, err
		}
	}
	return r, nil
}

func (l *VolatileLedger) charge(r *volatileReservation, s *Spend, i int) error {
	c := &s.Charges[i]
	switch {
	case c.Amount < 0 || !isInteger(c.Amount) || c.Max < 0 || !isInteger(c.Max):
		return fmt.Errorf("charge %d: %d of %d, want 0 to 2^53-1", i, c.Amount, c.Max)
	case !c.Until.After(l.horizon):
		return errForgotten
	}
	if c.Link < 0 || c.Link > 0 && c.Link >= len(s.Links) {
		return fmt.Errorf("charge %d: link %d of %d", i, c.Link, len(s.Links))
	}
	var b *bucket
	if t := l.trees[s.Tree]; t != nil {
		b = t.buckets[c.Bucket]
	}
	left := c.Max
	if b != nil && c.Window <= b.window {
		left -= b.spent
	}
	if c.Amount > left {
		return &RoomError{i, max(left, 0)}
	}
	if b == nil && c.Amount > 0 {
		var err error
		if b, err = l.add(s, c); err != nil {
			return err
		}
	}
	t := taken{bucket: b, amount: c.Amount, left: left - c.Amount}
	if b != nil {
		b.take(c)
		t.window = b.window
	}
	r.taken = append(r.taken, t)
	return nil
}

var errForgotten = errors.New("the link ended so long ago that its budget may have been forgotten")

// take charges a bucket that has room. Its window never goes back, so a clock that
// does cannot empty it.
func (b *bucket) take(c *Charge) {
	if c.Window > b.window {
		b.window, b.spent = c.Window, 0
	}
	b.spent += c.Amount
	if c.Until.After(b.until) {
		b.until = c.Until
	}
}

// add makes an empty bucket, if there is memory for it.
func (l *VolatileLedger) add(s *Spend, c *Charge) (*bucket, error) {
	b := l.open(s, c)
	if b == nil && l.maySweep(s.Now) {
		if l.total < ledgerTotal { // a tree that is full costs the others nothing
			l.forget(s.Tree, s.Now)
		} else {
			for tree := range l.trees {
				l.forget(tree, s.Now)
			}
		}
		b = l.open(s, c)
	}
	if b == nil {
		return nil, ErrLedgerFull
	}
	return b, nil
}

func (l *VolatileLedger) open(s *Spend, c *Charge) *bucket {
	if l.total >= ledgerTotal {
		return nil
	}
	t, path := l.trees[s.Tree], []string(nil)
	if t == nil {
		t = &ledgerTree{buckets: make(map[string]*bucket), share: share{most: ledgerPerTree}}
	}
	if c.Link > 0 { // the root link has all of its tree
		path = s.Links[1 : c.Link+1]
	}
	before := t.share.size
	mine := t.share.take(path, 1)
	if mine == nil {
		return nil
	}
	b := &bucket{share: mine, window: c.Window, until: c.Until}
	t.buckets[c.Bucket] = b
	l.trees[s.Tree] = t
	l.total += t.share.size - before
	return b
}

// maySweep allows at most one look for what ended in a second of the callers'
// clocks, so that a full ledger costs its users little.
func (l *VolatileLedger) maySweep(now time.Time) bool {
	if d := now.Sub(l.swept); d >= 0 && d < time.Second {
		return false
	}
	l.swept = now
	if now.After(l.horizon) {
		l.horizon = now
	}
	return true
}

// forget drops the buckets of a tree that ended.
func (l *VolatileLedger) forget(tree string, now time.Time) {
	t := l.trees[tree]
	if t == nil {
		return
	}
	before := t.share.size
	for key, b := range t.buckets {
		if !b.until.After(now) {
			delete(t.buckets, key)
			b.share.give(1)
		}
	}
	l.total -= before - t.share.size
	if len(t.buckets) == 0 {
		delete(l.trees, tree)
	}
}

// taken is one charge that was made. The bucket is nil where nothing was taken.
type taken struct {
	bucket               *bucket
	amount, window, left int64
}

type volatileReservation struct {
	ledger  *VolatileLedger
	taken   []taken
	settled bool
}

// Left returns what was left of each budget.
func (r *volatileReservation) Left() []int64 {
	left := make([]int64, len(r.taken))
	for i, t := range r.taken {
		left[i] = t.left
	}
	return left
}

// Commit makes the spend final.
func (r *volatileReservation) Commit(context.Context) error {
	r.ledger.mu.Lock()
	defer r.ledger.mu.Unlock()
	r.settled = true
	return nil
}

// Release gives back what was taken.
func (r *volatileReservation) Release(context.Context) error {
	r.ledger.mu.Lock()
	defer r.ledger.mu.Unlock()
	r.undo()
	return nil
}

// undo gives back, once. A window that has passed since keeps nothing to give back
// to, and a bucket that was forgotten is of no use to anyone.
func (r *volatileReservation) undo() {
	if r.settled {
		return
	}
	r.settled = true
	for _, t := range r.taken {
		if t.bucket != nil && t.bucket.window == t.window {
			t.bucket.spent -= t.amount
		}
	}
}
