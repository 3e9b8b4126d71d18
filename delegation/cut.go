package delegation

// cost estimates the comparisons that it takes to see whether c lies inside g.
func (g *grant) cost(c *grant) int {
	return 1 + len(g.actions)*len(c.actions) + len(g.resources)*len(c.resources) +
		len(g.except)*(len(c.resources)+len(c.except)) + c.object.weight()
}

func (o *object) weight() int {
	if o == nil {
		return 0
	}
	k := 1
	for i := range o.names {
		k += o.names[i].rule.weight()
	}
	return k
}

func (r *rule) weight() int {
	k := 1 + len(r.in.stated)
	if r.each != nil {
		k += r.each.weight()
	}
	return k + r.object.weight()
}

// cutGrant notes what of w the parent does not have, one action and one resource
// at a time: a grant that spans several of the parent's loses nothing by it.
func (n *narrowing) cutGrant(w *grant) error {
	if n.parent.coversGrant(w) {
		return nil
	}
	for i := range w.actions {
		for j := range w.resources {
			cell := *w
			cell.actions, cell.resources = w.actions[i:i+1], w.resources[j:j+1]
			for k := range n.parent.grants {
				if err := n.spend(n.parent.grants[k].cost(&cell)); err != nil {
					return err
				}
			}
			if !n.parent.coversGrant(&cell) {
				n.cutCell(&cell)
			}
		}
	}
	return nil
}

// cutCell notes why w, of one action and one resource, lies inside no grant.
func (n *narrowing) cutCell(w *grant) {
	best, left := n.best(w)
	if p := best.actions.outside(w.actions); p != nil {
		n.cut(dimActions, quote(p.text), quoteAll(left.actions.texts()))
	}
	if p := best.resources.outside(w.resources); p != nil && left.actions != nil {
		n.cut(dimResources, quote(p.text), quoteAll(left.resources.texts()))
	} else if p != nil && best.actions.outside(w.actions) == nil {
		n.cut(dimResources, quote(p.text), "nothing")
	}
	if left.actions == nil {
		if s := best.covers(w); s == atExcept || s == atArgs {
			n.cut(s.dimension(), best.offered(w, s), "nothing")
		}
		return
	}
	if best.exceptOutside(w) != nil {
		n.cut(dimExcept, best.offered(w, atExcept), quoteAll(left.except.texts())+" taken out")
	}
	if !best.object.covers(w.object) {
		n.cut(dimArgs, w.object.describe(), left.object.describe())
	}
}

// offered writes what w has at a stage that g fails.
func (g *grant) offered(w *grant, s stage) string {
	if s == atExcept {
		return quoteAll(w.except.texts()) + " taken out"
	}
	return w.object.describe()
}

// best returns the grant of the parent that leaves something of w and got
// furthest, and what is left: the actions and resources of all grants, the rest of
// this one; a zero grant where none leaves anything.
func (n *narrowing) best(w *grant) (best *grant, left grant) {
	var actions, resources patterns
	far := stage(-1)
	for i := range n.parent.grants {
		g := &n.parent.grants[i]
		s := g.covers(w)
		m, ok := g.meet(w)
		if ok && actions == nil || ok == (actions != nil) && s > far {
			best, left, far = g, m, s
		}
		if ok {
			actions, resources = append(actions, m.actions...), append(resources, m.resources...)
		}
	}
	if actions == nil {
		return best, grant{}
	}
	left.actions, left.resources = actions.least(), resources.least()
	return best, left
}
