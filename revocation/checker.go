package revocation

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
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
	// Signers are, by issuer, who else may sign the lists that its credentials point
	// into, beside whom a request names. A chain's verifier names its own
	// (delegation.Anchor); this is for other credentials, whose issuer alone signs
	// unless it says here.
	Signers map[did.DID][]did.DID
	// Resolver finds the keys of list signers other than did:key; nil: none. A list
	// is verified once, so a key that its document drops still counts until the
	// lists it signed are too old.
	Resolver did.Resolver
	// MaxMemory bounds what is remembered, in bytes of unpacked lists; 0: 64 MiB.
	// Where everything in it is fresh, further lists are refused. A quarter of it, at
	// most, remembers revocations: then lists that take one back are refused. Lists handed over
	// and not yet used come on top: four for a URL and signer that was asked for,
	// and 8 MiB of all others.
	MaxMemory int
	// Seen is what an earlier Checker of this verifier had seen; nil: nothing. It
	// counts in MaxMemory.
	Seen *Seen
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
	stuck   int               // of these, bytes of revocations
}

// NewChecker returns a Checker that takes lists from source. A nil source is that
// of a verifier whose lists all come through Offer.
func NewChecker(source Source, policy Policy) (*Checker, error) {
	if policy.MaxStaleness < 0 || policy.MaxMemory < 0 {
		return nil, fmt.Errorf("%w: MaxStaleness %s, MaxMemory %d, want none below 0", ErrPolicy, policy.MaxStaleness, policy.MaxMemory)
	}
	c := &Checker{source: source, policy: policy, places: make(map[string]*place)}
	c.restore(policy.Seen)
	c.policy.Seen, c.policy.Signers = nil, maps.Clone(policy.Signers)
	return c, nil
}

// CheckStatus implements [vc.StatusChecker]. Every entry is looked up, the worst
// mode counts, and Values has what each says. An entry to refresh, or with a
// message, leaves the mode as it is: what its value means is for the caller to
// judge. An error says why an entry could not be looked up; then nothing is known,
// and the caller refuses. ProblemType has the name that the standard gives it.
func (c *Checker) CheckStatus(ctx context.Context, req vc.StatusRequest) (vc.Status, error) {
	if more := c.policy.Signers[req.Issuer]; len(more) > 0 {
		req.Signers = slices.Concat(req.Signers, more)
	}
	k, err := c.clock(&req)
	if err != nil {
		return vc.Status{}, err
	}
	var out vc.Status
	for i := range req.Entries {
		a, err := c.checkEntry(ctx, &req, &req.Entries[i], k)
		if err != nil {
			return vc.Status{}, fmt.Errorf("entry %d: %w", i, err)
		}
		out.Mode = max(out.Mode, a.mode)
		if out.AsOf.IsZero() || a.list.validFrom.Before(out.AsOf) {
			out.AsOf = a.list.validFrom
		}
		if out.Lists == nil {
			out.Lists = a.list.digests
		} else if !slices.Contains(out.Lists, a.list.digests[0]) {
			out.Lists = append(slices.Clip(out.Lists), a.list.digests[0])
		}
		if out.Values == nil {
			out.Values = a.values(&req.Entries[i])
		} else {
			out.Values = append(slices.Clip(out.Values), a.values(&req.Entries[i])...)
		}
	}
	return out, nil
}

// values is what the caller is told of an entry. The answer that most want is made
// already.
func (a *answer) values(e *vc.StatusEntry) []vc.StatusValue {
	l := a.list
	if e.Messages == nil && e.References == nil && l.messages == nil && a.value < 2 && l.said[a.value] != nil {
		return l.said[a.value]
	}
	v := vc.StatusValue{Purpose: a.purpose, Value: a.value, References: e.References, AsOf: l.validFrom}
	switch {
	case e.Messages != nil:
		v.Message = e.Messages[a.value]
	case l.messages != nil:
		v.Message = l.messages[a.value]
	default:
		v.Message = plainMessage(a.purpose, a.value)
	}
	return []vc.StatusValue{v}
}

// plainMessage is what a value means where nobody gave it a message.
func plainMessage(purpose string, value uint8) string {
	if purpose != Message {
		return ""
	}
	return [...]string{"unset", "set"}[min(value, 1)]
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

// answer is what a list says of one entry.
type answer struct {
	mode    vc.Mode
	list    *List
	purpose string
	value   uint8
}

// checkEntry answers for one entry.
func (c *Checker) checkEntry(ctx context.Context, req *vc.StatusRequest, e *vc.StatusEntry, k clock) (answer, error) {
	format, index, err := checkEntry(e)
	if err != nil {
		return answer{}, err
	}
	q := question{k, e.List, req.Signers, link{req.Credential, index}}
	l, stuck, err := c.find(ctx, &q)
	if err != nil {
		return answer{}, err
	}
	value, err := l.value(format, e, index)
	if err != nil {
		return answer{}, err
	}
	if stuck && value == 0 && (e.Purpose == Revocation || format == TokenStatusList) {
		value = 1
	}
	mode, err := modeOf(e.Purpose, value)
	if err != nil {
		return answer{}, err
	}
	if mode == vc.Revoked && !stuck {
		c.remember(&q)
	}
	return answer{mode, l, e.Purpose, value}, nil
}

// value looks up an entry of that format.
func (l *List) value(format Format, e *vc.StatusEntry, index uint64) (uint8, error) {
	switch {
	case l.format != format:
		return 0, fmt.Errorf("%w: %s is a %s, the entry is of a %s", ErrList, l.url, l.format, format)
	case !l.has(e.Purpose):
		return 0, fmt.Errorf("%w: %s is for %q, the entry for %q", ErrPurpose, l.url, l.purposes, e.Purpose)
	case e.Purpose == Message && l.size == 0:
		return 0, fmt.Errorf("%w: %s is for messages and has no statusSize", ErrList, l.url)
	}
	size := uint8(max(e.Size, 1)) // which is what an entry without one means
	if format == TokenStatusList {
		size = l.size
	}
	if l.size != 0 && size != l.size {
		return 0, fmt.Errorf("%w: statusSize %d, that of %s is %d", ErrEntry, size, l.url, l.size)
	}
	if size > 1 && format == Bitstring {
		if err := checkUnpacked(uint64(len(l.bits.data)), int(size)); err != nil {
			return 0, err
		}
	}
	return l.bits.at(index, size)
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
