package revocation

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/vc"
)

// Source returns the bytes of the list credential of a URL. What it returns is
// verified, so a Source need not be trusted; it may hold lists back, which shows
// as ErrStale. It must not change bytes that it returned, and does well to return
// the same slice for the same list, which is then looked at once.
type Source interface {
	List(ctx context.Context, url string) ([]byte, error)
}

// Policy says how old lists may be. A zero MaxStaleness refuses every request
// that does not bring a MaxAge of its own.
type Policy struct {
	// MaxStaleness is the oldest that a list may be, counted from its validFrom.
	// Of it and the request's MaxAge the smaller one counts.
	MaxStaleness time.Duration
	// Resolver finds the keys of list signers other than did:key; nil: none. A list
	// is verified once, so a key that its document drops still counts until the
	// lists it signed are too old.
	Resolver did.Resolver
	// MaxMemory bounds what is remembered, in bytes of unpacked lists; 0: 64 MiB.
	// Where everything in it is fresh, further lists are refused. Lists handed over
	// and not yet used come on top: four for a URL and signer that was asked for,
	// and 8 MiB of all others.
	MaxMemory int
}

func (p Policy) maxMemory() int {
	if p.MaxMemory == 0 {
		return 64 << 20
	}
	return p.MaxMemory
}

// longest is the age from which no request wants a list.
func (p Policy) longest() time.Duration {
	if p.MaxStaleness == 0 {
		return 24 * time.Hour
	}
	return p.MaxStaleness
}

// Checker answers whether credentials are in force. It implements
// [vc.StatusChecker], remembers lists (never answers) for as long as it lives,
// and is safe for concurrent use.
type Checker struct {
	source Source
	policy Policy

	mu      sync.RWMutex
	places  map[string]*place // by URL
	waiting []*List           // handed over for no place, oldest first
	used    int               // bytes, of policy.MaxMemory
}

// NewChecker returns a Checker that takes lists from source. A nil source is that
// of a verifier whose lists all come through Offer.
func NewChecker(source Source, policy Policy) (*Checker, error) {
	if policy.MaxStaleness < 0 || policy.MaxMemory < 0 {
		return nil, fmt.Errorf("%w: MaxStaleness %s, MaxMemory %d, want none below 0", ErrPolicy, policy.MaxStaleness, policy.MaxMemory)
	}
	return &Checker{source: source, policy: policy, places: make(map[string]*place)}, nil
}

// CheckStatus implements [vc.StatusChecker]. Every entry is looked up, the worst
// mode counts. An error says why one of them could not be; then nothing is known,
// and the caller refuses. The caller must not change Status.Lists.
func (c *Checker) CheckStatus(ctx context.Context, req vc.StatusRequest) (vc.Status, error) {
	k, err := c.clock(&req)
	if err != nil {
		return vc.Status{}, err
	}
	var out vc.Status
	for i := range req.Entries {
		mode, l, err := c.checkEntry(ctx, &req, &req.Entries[i], k)
		if err != nil {
			return vc.Status{}, fmt.Errorf("entry %d: %w", i, err)
		}
		out.Mode = max(out.Mode, mode)
		if out.AsOf.IsZero() || l.validFrom.Before(out.AsOf) {
			out.AsOf = l.validFrom
		}
		if out.Lists == nil {
			out.Lists = l.digests
		} else if !slices.Contains(out.Lists, l.digests[0]) {
			out.Lists = append(slices.Clip(out.Lists), l.digests[0])
		}
	}
	return out, nil
}

// clock reads the times of a request and refuses one that bounds nothing.
func (c *Checker) clock(req *vc.StatusRequest) (clock, error) {
	k := clock{req.Now, req.Skew, c.policy.MaxStaleness}
	if req.MaxAge != 0 && (k.limit == 0 || req.MaxAge < k.limit) {
		k.limit = req.MaxAge
	}
	switch {
	case len(req.Entries) == 0:
		return k, fmt.Errorf("%w: a request without entries", ErrPolicy)
	case len(req.Signers) == 0:
		return k, fmt.Errorf("%w: nobody may sign the lists", ErrSigner)
	case k.now.IsZero() || k.skew < 0 || k.skew > maxSkew:
		return k, fmt.Errorf("%w: now %s, skew %s: want a time, and 0 to %s", ErrPolicy, stamp(k.now), k.skew, maxSkew)
	case k.limit <= 0:
		return k, fmt.Errorf("%w: nothing says how old a list may be: set MaxStaleness", ErrPolicy)
	}
	return k, nil
}

const maxSkew = 5 * time.Minute

// question is what one entry asks of the memory.
type question struct {
	clock
	url     string
	signers []did.DID
	link    link
}

// checkEntry answers for one entry.
func (c *Checker) checkEntry(ctx context.Context, req *vc.StatusRequest, e *vc.StatusEntry, k clock) (vc.Mode, *List, error) {
	format, err := entryFormat(e.Type)
	if err != nil {
		return 0, nil, err
	}
	mode, err := modeOf(e.Purpose)
	if err != nil {
		return 0, nil, err
	}
	index, err := ParseIndex(e.Index)
	if err != nil {
		return 0, nil, err
	}
	if e.Size < 0 || e.Size > 1 || e.ID != "" && e.ID == e.List {
		return 0, nil, fmt.Errorf("%w: statusSize %d, want 1; id %.120q, want another than the list's", ErrEntry, e.Size, e.ID)
	}
	q := question{k, e.List, req.Signers, link{req.Credential, index}}
	l, stuck, err := c.find(ctx, &q)
	if err != nil {
		return 0, nil, err
	}
	value, err := l.value(format, e.Purpose, index)
	if err != nil {
		return 0, nil, err
	}
	switch {
	case mode == vc.Revoked && value == 1 && !stuck:
		c.remember(&q)
	case mode == vc.Revoked && stuck:
	case value == 0:
		mode = vc.Normal
	}
	return mode, l, nil
}

// value looks up an entry of that format and purpose.
func (l *List) value(format Format, purpose string, index uint64) (uint8, error) {
	if l.format != format {
		return 0, fmt.Errorf("%w: %s is a %s, the entry is of a %s", ErrList, l.url, l.format, format)
	}
	if !l.HasPurpose(purpose) {
		return 0, fmt.Errorf("%w: %s is for %q, the entry for %q", ErrPurpose, l.url, l.purposes, purpose)
	}
	return l.bits.At(index)
}

// find returns the list to judge by, and whether the link was seen revoked there.
// Warm, that is two look-ups: the source has what was seen last, and nothing was
// handed over.
func (c *Checker) find(ctx context.Context, q *question) (*List, bool, error) {
	raw, err := c.load(ctx, q.url)
	c.mu.RLock()
	if p := c.places[q.url]; p != nil && len(p.offered) == 0 && p.sees(raw) {
		if h := p.newest(q.signers); h != nil && !h.split && q.check(h.list) == nil {
			l, stuck := h.list, len(p.stuck) > 0 && p.stuck[q.link]
			c.mu.RUnlock()
			return l, stuck, nil
		}
	}
	c.mu.RUnlock()
	return c.update(ctx, q, raw, err)
}

func (c *Checker) load(ctx context.Context, url string) ([]byte, error) {
	if c.source == nil {
		return nil, nil
	}
	raw, err := c.source.List(ctx, url)
	if err != nil && !errors.Is(err, ErrMissing) {
		err = fmt.Errorf("%w: %.120q: %w", ErrMissing, url, err)
	}
	return raw, err
}

// update takes in what the source has and others handed over, then judges by the
// newest list there is. A new list that is good for nothing does not spoil the
// one held, which counts for as long as it is fresh.
func (c *Checker) update(ctx context.Context, q *question, raw []byte, err error) (*List, bool, error) {
	if err := checkURL(q.url); err != nil {
		return nil, false, err
	}
	var found *List
	if err == nil && len(raw) > 0 {
		found, err = c.verify(ctx, q, raw)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.takeOffered(q); err == nil {
		err = e
	}
	if found != nil {
		if err = c.admit(found, q.clock); err == nil {
			c.place(q.url).seen = raw
		}
	}
	p := c.place(q.url)
	h := p.newest(q.signers)
	if h == nil {
		c.drop(q.url)
		if err == nil {
			err = fmt.Errorf("%w: none for %.120q by an allowed signer: fetch or add it", ErrMissing, q.url)
		}
		return nil, false, err
	}
	return h.list, p.stuck[q.link], h.check(q.clock, err)
}

// check judges the list held; err says what was wrong with a newer one.
func (h *held) check(k clock, err error) error {
	if h.split {
		return h.equivocation()
	}
	old := k.check(h.list)
	if old != nil && err != nil {
		return fmt.Errorf("%w (and what came after it: %v)", old, err)
	}
	return old
}

// verify checks the bytes of the source, unless they are those of a list held.
func (c *Checker) verify(ctx context.Context, q *question, raw []byte) (*List, error) {
	if len(raw) <= maxListBytes {
		if l := c.heldByHash(q.url, sha256.Sum256(raw)); l != nil && slices.Contains(q.signers, l.signer) {
			return l, nil
		}
	}
	l, err := VerifyList(ctx, raw, q.signers, c.policy.Resolver)
	if err == nil && l.url != q.url {
		return nil, fmt.Errorf("%w: the list found at %.120q has the id %.120q", ErrURL, q.url, l.url)
	}
	return l, err
}
