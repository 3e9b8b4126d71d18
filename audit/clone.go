package audit

import (
	"maps"
	"slices"
)

// clone returns a copy of e that shares nothing with it that can change.
func (e *Entry) clone() Entry {
	c := *e
	c.Anchor = own(e.Anchor)
	c.Parent = own(e.Parent)
	c.Children = slices.Clone(e.Children)
	c.Resource = own(e.Resource)
	c.Why = own(e.Why)
	c.Model = own(e.Model)
	c.Tool = own(e.Tool)
	if c.Chain = own(e.Chain); c.Chain != nil {
		c.Chain.Links = slices.Clone(e.Chain.Links)
	}
	if c.Decision = own(e.Decision); c.Decision != nil {
		c.Decision.Link = own(e.Decision.Link)
		c.Decision.Status = slices.Clone(e.Decision.Status)
		c.Decision.Approval = slices.Clone(e.Decision.Approval)
		c.Decision.Amounts = maps.Clone(e.Decision.Amounts)
	}
	return c
}

func own[T any](p *T) *T {
	if p == nil {
		return nil
	}
	return new(*p)
}
