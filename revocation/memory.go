package revocation

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/taperid/taper/did"
)

// place is what a Checker remembers of one URL.
type place struct {
	held    []held        // the newest list of each signer
	seen    []byte        // the bytes of the source that held accounts for
	offered []*List       // handed over, by signers in held
	stuck   map[link]bool // revocations seen
	full    bool          // a revocation could not be remembered
	marks   []mark        // what an earlier Checker saw, by signers not in held
}

// held is the newest list of one signer.
type held struct {
	list  *List
	split bool // there was another list of that very time
}

// link names an entry of a credential within a place.
type link struct {
	credential string
	index      uint64
}

const (
	maxOffered = 4       // pending lists a place
	maxStuck   = 1 << 14 // revocations remembered a place
	maxWaiting = 64      // lists handed over that nobody asked for
	placeBytes = 512     // what a place or a list costs beside its bits
	stuckBytes = 256     // what a revocation costs
	stuckPart  = 4       // revocations take a quarter of the memory at most
)

// newest returns the newest list held that one of signers signed.
func (p *place) newest(signers []did.DID) *held {
	var best *held
	for i := range p.held {
		h := &p.held[i]
		if slices.Contains(signers, h.list.signer) && (best == nil || h.list.validFrom.After(best.list.validFrom)) {
			best = h
		}
	}
	return best
}

func (p *place) of(signer did.DID) *held {
	for i := range p.held {
		if p.held[i].list.signer == signer {
			return &p.held[i]
		}
	}
	return nil
}

// heldByHash returns the list held that was read from bytes of that hash.
func (c *Checker) heldByHash(url string, hash [sha256.Size]byte) *List {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if p := c.places[url]; p != nil {
		for _, h := range p.held {
			if h.list.raw == hash {
				return h.list
			}
		}
	}
	return nil
}

// sees reports whether raw has nothing new: it is the slice that is accounted
// for, or the source has none. The slice is kept, so its memory cannot have become
// that of another list.
func (p *place) sees(raw []byte) bool {
	return len(raw) == 0 || len(raw) == len(p.seen) && &raw[0] == &p.seen[0]
}

// offer keeps lists for the next request: the newest few, and none twice.
func offer(lists []*List, l *List) []*List {
	if slices.ContainsFunc(lists, func(o *List) bool { return o.content == l.content }) {
		return lists
	}
	if lists = append(lists, l); len(lists) <= maxOffered {
		return lists
	}
	oldest := slices.MinFunc(lists, func(a, b *List) int { return a.validFrom.Compare(b.validFrom) })
	return slices.DeleteFunc(lists, func(o *List) bool { return o == oldest })
}

// compare says how l relates to what its signer had signed before: whether it is
// newer. Another list of the same time marks the held one, so that it refuses
// until there is a newer one.
func (h *held) compare(l *List) (newer bool, err error) {
	switch {
	case l.validFrom.After(h.list.validFrom):
		return true, nil
	case l.validFrom.Equal(h.list.validFrom) && l.content != h.list.content:
		h.split = true
		return false, h.equivocation()
	}
	return false, nil
}

func (h *held) equivocation() error {
	return fmt.Errorf("%w: %s signed two for %s at %s: wait for a newer one",
		ErrEquivocation, h.list.signer, h.list.url, stamp(h.list.validFrom))
}

func (l *List) cost() int { return len(l.bits.data) + placeBytes }

// admit remembers a list that a request trusts, once its time has come. An older
// one than the one held is passed over, even when the held one has expired: the
// signer's last word is known, and it was not that.
func (c *Checker) admit(l *List, k clock) error {
	if err := k.begun(l); err != nil {
		return err
	}
	p := c.places[l.url]
	if p != nil {
		if h := p.of(l.signer); h != nil {
			newer, err := h.compare(l)
			if err != nil || !newer {
				return err
			}
		}
		if err := p.mayReplace(l); err != nil {
			return err
		}
		if err := p.checkMark(l); err != nil {
			return err
		}
	}
	if err := c.reserve(l.cost(), k.now); err != nil {
		return err
	}
	p = c.place(l.url) // reserve may have forgotten it
	if h := p.of(l.signer); h != nil {
		c.used -= h.list.cost()
		*h = held{list: l}
		return nil
	}
	p.held = append(p.held, held{list: l})
	p.marks = slices.DeleteFunc(p.marks, func(m mark) bool {
		if m.signer != l.signer {
			return false
		}
		c.used -= placeBytes
		return true
	})
	return nil
}

func (c *Checker) place(url string) *place {
	p := c.places[url]
	if p == nil {
		p = new(place)
		c.places[url] = p
	}
	return p
}

// mayReplace refuses a list that takes back a revocation at a place that could
// not remember all it saw.
func (p *place) mayReplace(l *List) error {
	if !p.full {
		return nil
	}
	if len(p.held) == 0 {
		return fmt.Errorf("%w: %s had revocations that are not remembered: start a new Checker", ErrFull, l.url)
	}
	for _, h := range p.held {
		if h.list.HasPurpose(Revocation) && !l.bits.keeps(h.list.bits) {
			return fmt.Errorf("%w: %s takes revocations back and no more can be remembered: start a new Checker", ErrFull, l.url)
		}
	}
	return nil
}

// drop forgets a place that holds nothing.
func (c *Checker) drop(url string) {
	if p := c.places[url]; p != nil && len(p.held) == 0 && len(p.stuck) == 0 && len(p.marks) == 0 && !p.full {
		delete(c.places, url)
	}
}

// remember keeps a revocation for its link, whatever later lists say.
func (c *Checker) remember(q *question) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.place(q.url)
	if p.stuck[q.link] || p.full {
		return
	}
	// Agents can mint links without end for an entry that is revoked, and what is
	// remembered is never forgotten: it must not take the room of lists.
	if len(p.stuck) >= maxStuck || c.stuck+stuckBytes > c.policy.maxMemory()/stuckPart || c.reserve(stuckBytes, q.now) != nil {
		p.full = true
		return
	}
	c.stuck += stuckBytes
	if p.stuck == nil {
		p.stuck = make(map[link]bool)
	}
	p.stuck[q.link] = true
}

// reserve makes room for n bytes. Forgotten are lists too old for any request;
// never a revocation, nor what stands in for one.
func (c *Checker) reserve(n int, now time.Time) error {
	if c.used+n > c.policy.maxMemory() {
		c.forget(now)
	}
	if c.used+n > c.policy.maxMemory() {
		return fmt.Errorf("%w: %d bytes of lists, all fresh: raise Policy.MaxMemory", ErrFull, c.used)
	}
	c.used += n
	return nil
}

func (c *Checker) forget(now time.Time) {
	limit := c.policy.longest()
	for url, p := range c.places {
		if p.full {
			continue
		}
		p.held = slices.DeleteFunc(p.held, func(h held) bool {
			if now.Sub(h.list.validFrom) <= limit {
				return false
			}
			c.used -= h.list.cost()
			p.seen = nil
			return true
		})
		p.marks = slices.DeleteFunc(p.marks, func(m mark) bool {
			if now.Sub(m.validFrom) <= limit {
				return false
			}
			c.used -= placeBytes
			return true
		})
		if len(p.held) == 0 {
			p.offered = nil
			c.drop(url)
		}
	}
}
