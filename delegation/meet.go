package delegation

// The functions here make the meet of two things: what both have, exactly. Each
// returns one of the two as it is where that lies inside the other.

// meet returns what is in ps and in qs.
func (ps patterns) meet(qs patterns) patterns {
	var out patterns
	for i := range qs {
		if ps.covers(&qs[i]) {
			out = append(out, qs[i])
		}
	}
	for i := range ps {
		if qs.covers(&ps[i]) {
			out = append(out, ps[i])
		}
	}
	return out.least()
}

// least drops what lies inside another element.
func (ps patterns) least() patterns {
	var out patterns
	for i := range ps {
		if out.covers(&ps[i]) {
			continue
		}
		kept := out[:0]
		for j := range out {
			if !ps[i].covers(&out[j]) {
				kept = append(kept, out[j])
			}
		}
		kept = append(kept, ps[i])
		out = kept
	}
	return out
}

// filter returns the elements of ps that keep accepts, nil where there is none.
func (ps patterns) filter(keep func(*pattern) bool) patterns {
	var out patterns
	for i := range ps {
		if keep(&ps[i]) {
			out = append(out, ps[i])
		}
	}
	return out
}

// meet returns what g and w both allow, and false where that is nothing.
func (g *grant) meet(w *grant) (m grant, ok bool) {
	if g.covers(w) == passed {
		return *w, true
	}
	if w.covers(g) == passed {
		return *g, true
	}
	if m.actions = g.actions.meet(w.actions); m.actions == nil {
		return grant{}, false
	}
	except := append(append(patterns{}, w.except...), g.except...).least()
	m.resources = g.resources.meet(w.resources).filter(func(r *pattern) bool { return !except.covers(r) })
	if m.resources == nil {
		return grant{}, false
	}
	m.except = except.filter(m.resources.meets)
	m.object, ok = g.object.meet(w.object)
	return m, ok
}

// meet returns the objects that are of o and of w, and false where there are none.
func (o *object) meet(w *object) (*object, bool) {
	if o.isEmpty() {
		return w, true
	}
	if w.isEmpty() {
		return o, true
	}
	m := meetingObject{closed: o.closed || w.closed}
	for i := range o.names {
		if n := &o.names[i]; !m.add(n, w.find(n.fold), w.closed) {
			return nil, false
		}
	}
	for i := range w.names {
		if n := &w.names[i]; o.find(n.fold) == nil && !m.add(n, nil, o.closed) {
			return nil, false
		}
	}
	return newObject(m.args, m.optional, m.closed), true
}

// meetingObject is the meet of two objects as it grows.
type meetingObject struct {
	args, optional []named
	closed         bool
}

// add takes name n of one object and what the other, which may be closed, has in
// its place; nil is nothing. It returns false where no object fits both.
func (m *meetingObject) add(n, other *named, closed bool) bool {
	rule, optional := n.rule, n.optional
	switch {
	case other == nil && closed:
		rule = noValue
	case other == nil:
	case other.name != n.name: // each refuses the other's spelling
		rule, optional = noValue, n.optional && other.optional
	default:
		rule, optional = n.rule.meet(other.rule), n.optional && other.optional
	}
	switch {
	case rule.kind == isNone && !optional:
		return false
	case rule.kind == isNone && m.closed: // left out is none
	case optional:
		m.optional = append(m.optional, named{name: n.name, rule: rule})
	default:
		m.args = append(m.args, named{name: n.name, rule: rule})
	}
	return true
}

// meet returns the values that are of r and of w: none where there are none.
func (r *rule) meet(w *rule) *rule {
	switch {
	case r.covers(w):
		return w
	case w.covers(r):
		return r
	case w.kind == isIn:
		return w.filter(r)
	case r.kind == isIn:
		return r.filter(w)
	case r.kind != w.kind:
		return noValue
	}
	switch r.kind {
	case isRange:
		if lo, hi := max(r.lo, w.lo), min(r.hi, w.hi); lo <= hi {
			return newRange(lo, hi)
		}
	case isEach:
		element := r.each.meet(w.each)
		if element.kind == isNone { // the empty array alone fits
			return newEach(anyValue, 0)
		}
		return newEach(element, min(r.max, w.max))
	case isObject:
		if o, ok := r.object.meet(w.object); ok {
			return newObjectRule(o)
		}
	}
	return noValue
}

// filter returns the elements of r, an in, that fit w.
func (r *rule) filter(w *rule) *rule {
	var list []scalar
	for _, s := range r.in.stated {
		if w.fits(&value{scalar: s}) {
			list = append(list, s)
		}
	}
	if list == nil {
		return noValue
	}
	return newIn(list)
}

// meet returns the names that are in a and in w.
func (a *audience) meet(w *audience) audience {
	if a.all {
		return *w
	}
	if w.all {
		return *a
	}
	var m audience
	for _, name := range w.names {
		if a.has(name) {
			m.names = append(m.names, name)
		}
	}
	return m
}
