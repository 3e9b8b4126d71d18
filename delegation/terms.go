package delegation

import (
	"maps"
	"slices"
)

func (o *object) terms(optional bool) map[string]Constraint {
	var m map[string]Constraint
	for _, n := range o.names {
		if n.optional != optional {
			continue
		}
		if m == nil {
			m = make(map[string]Constraint)
		}
		m[n.name] = Constraint{n.rule}
	}
	return m
}

func (o *overlay) terms() *Overlay {
	if o == nil {
		return nil
	}
	return &Overlay{Actions: o.actions.texts(), Resources: o.resources.texts()}
}

func (ls limits) terms() map[string]Limit {
	if ls == nil {
		return nil
	}
	m := make(map[string]Limit, len(ls))
	for _, l := range ls {
		m[l.name] = l.Limit
	}
	return m
}

func listLimits(m map[string]Limit) []limit {
	if m == nil {
		return nil
	}
	list := make([]limit, 0, len(m))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		list = append(list, limit{name, m[name]})
	}
	return list
}

func (q *requires) terms() *Requires {
	if q.attestation == nil && q.approval == nil {
		return nil
	}
	r := &Requires{Attestation: slices.Clone(q.attestation)}
	for _, a := range q.approval {
		r.Approval = append(r.Approval, ApprovalRule{Actions: a.actions.texts(), By: slices.Clone(a.by), Min: int(a.min)})
	}
	return r
}

// clone returns a copy that shares nothing that the caller may change.
func (r *Requires) clone() *Requires {
	if r == nil {
		return nil
	}
	c := &Requires{Attestation: slices.Clone(r.Attestation), Approval: slices.Clone(r.Approval)}
	for i := range c.Approval {
		c.Approval[i].By = slices.Clone(c.Approval[i].By)
	}
	return c
}
