package revocation

import (
	"context"
	"slices"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/vc"
)

// Offer hands over a list that came by any transport: pushed by the operator,
// stapled by a holder, found in a mirror. The next request that needs it uses it,
// if it is newer than the list held. Offering an old list, or the same one again,
// changes nothing.
//
// A list proves itself, so anybody may offer one; nobody is trusted for it. Who
// may sign is not known before a request asks, so a list waits for one. For a URL
// and signer that a request has asked for, the newest few lists wait; strangers
// cannot sign those, and take none of their room. All others share a small room
// of 64 lists, where the newest offer drives out the oldest; a list that is driven
// out is not lost to the Source.
//
// The error says what is wrong with the list itself. Its age is judged when a
// request uses it.
func (c *Checker) Offer(ctx context.Context, list []byte) error {
	l, err := verifyList(ctx, list, vc.VerifyOptions{AnyIssuer: true, Resolver: only(c.policy.Resolver, c.knows)})
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.places[l.url]
	if p == nil || p.of(l.signer) == nil {
		c.wait(l)
		return nil
	}
	if newer, err := p.of(l.signer).compare(l); err != nil || !newer {
		return err
	}
	p.offered = offer(p.offered, l)
	return nil
}

// knows reports whether some request trusted d for a list. Nobody else's DID is
// resolved for an offer.
func (c *Checker) knows(d did.DID) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, p := range c.places {
		if p.of(d) != nil {
			return true
		}
	}
	return false
}

// wait keeps a list that no request has asked for.
func (c *Checker) wait(l *List) {
	if slices.ContainsFunc(c.waiting, func(o *List) bool { return o.content == l.content }) {
		return
	}
	c.waiting = append(c.waiting, l)
	for size(c.waiting) > maxWaitingBytes || len(c.waiting) > maxWaiting {
		c.waiting = slices.Delete(c.waiting, 0, 1)
	}
}

const maxWaitingBytes = 8 << 20

func size(lists []*List) (n int) {
	for _, l := range lists {
		n += l.cost()
	}
	return n
}

// takeOffered admits the lists handed over for a URL by one of signers whose time
// has come. The first error is returned; the others are admitted nevertheless.
func (c *Checker) takeOffered(q *question) (first error) {
	take := func(l *List) bool {
		if l.url != q.url || !slices.Contains(q.signers, l.signer) || q.begun(l) != nil {
			return false
		}
		if err := c.admit(l, q.clock); err != nil && first == nil {
			first = err
		}
		return true
	}
	c.waiting = slices.DeleteFunc(c.waiting, take)
	if p := c.places[q.url]; p != nil {
		p.offered = slices.DeleteFunc(p.offered, take)
	}
	return first
}
