package delegation

import "github.com/taperid/taper/vc"

// Effective returns what the chain allows in its present modes, the meet of all its
// links: the leaf's authority, since each link lies inside the one before, with
// every grant met with the overlay of every link that is guarded (docs/spec.md
// section 4.3). It is the zero Authority where that leaves nothing. Limits are
// those of the links, whatever was spent.
func (c *VerifiedChain) Effective() Authority {
	if len(c.chain.links) == 0 {
		return Authority{}
	}
	effective := *c.chain.leaf().authority
	for i, l := range c.chain.links {
		if c.modes[i] == vc.Guarded {
			effective.grants = l.authority.guarded.meet(effective.grants)
		}
	}
	if len(effective.grants) == 0 {
		return Authority{}
	}
	return Authority{&effective}
}

// meet returns what o leaves of grants.
func (o *overlay) meet(grants []grant) []grant {
	if o == nil {
		return nil
	}
	var out []grant
	for _, g := range grants {
		if o.actions != nil {
			g.actions = g.actions.meet(o.actions)
		}
		if o.resources != nil {
			g.resources = g.resources.meet(o.resources).filter(func(r *pattern) bool { return !g.except.covers(r) })
			g.except = g.except.filter(g.resources.meets)
		}
		if g.actions != nil && g.resources != nil {
			out = append(out, g)
		}
	}
	return out
}
