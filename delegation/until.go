package delegation

import "time"

// Until returns when what was looked at stops verifying the chain: the end of its
// leaf, or when the oldest of its status lists is too old. An answer that is
// streamed must end then.
func (c *VerifiedChain) Until() time.Time { return c.until }

// endOf is Until. No link outlives its parent (rule 8).
func (v *Verifier) endOf(c *VerifiedChain, anchor *Anchor) time.Time {
	end := c.chain.leaf().until
	if stale := c.asOf.Add(v.maxAge(c.chain.links, anchor)); !c.asOf.IsZero() && stale.Before(end) {
		end = stale
	}
	return end
}
