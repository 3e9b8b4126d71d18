package delegation

import (
	"slices"
	"strings"
)

// refuse returns nil where a allows q; in mode guarded, where a met with its
// overlay does. The Refusal names no link.
func (a *authority) refuse(q *question, guarded bool) *Refusal {
	if a == nil {
		return notAllowed(dimAudience, quote(q.audience), "nothing", "use an authority that is not zero")
	}
	if !a.audience.has(q.audience) {
		return notAllowed(dimAudience, quote(q.audience), quoteAll(a.audience.names), "ask for an authority with this audience")
	}
	var o *overlay
	if guarded {
		if o = a.guarded; o == nil {
			return notAllowed(dimActions, quote(q.action), "nothing while guarded", fixGuarded)
		}
	}
	for i := range a.grants {
		if a.grants[i].allows(q, o) == passed {
			return nil
		}
	}
	return a.refuseRequest(q, o)
}

// refuseRequest says why no grant has q: by the first dimension that fails in the
// grant that got furthest, the earliest of several.
func (a *authority) refuseRequest(q *question, o *overlay) *Refusal {
	best, far := &a.grants[0], stage(-1)
	for i := range a.grants {
		if s := a.grants[i].allows(q, o); s > far {
			best, far = &a.grants[i], s
		}
	}
	switch far {
	case atActions:
		r := notAllowed(dimActions, quote(q.action), quoteAll(best.actions.texts()), "ask for an authority with this action")
		return r.explain(checkAction(q.action, 0), o != nil && best.actions.has(q.action), o.actionTexts)
	case atResources:
		r := notAllowed(dimResources, quote(q.resource), quoteAll(best.resources.texts()), "ask for an authority with this resource")
		return r.explain(checkResource(q.resource, 0), o != nil && best.resources.has(q.resource), o.resourceTexts)
	case atExcept:
		return notAllowed(dimExcept, quote(q.resource), "nothing inside "+quoteAll(best.except.texts()), "choose a resource that is not taken out")
	}
	return notAllowed(dimArgs, q.args.describe(), best.object.describe(), q.args.fix(best.object))
}

// explain says more about an action or a resource: that it is not in normal form,
// or that the overlay alone refuses it.
func (r *Refusal) explain(form error, overlaid bool, overlay func() []string) *Refusal {
	switch {
	case form != nil:
		r.Fix = "write it in normal form: " + form.Error()
	case overlaid:
		r.Allowed = quoteAll(overlay()) + " while guarded"
		r.Fix = fixGuarded
	}
	return r
}

func notAllowed(d Dimension, offered, allowed, fix string) *Refusal {
	return &Refusal{Rule: ErrNotAllowed, Link: noLink, Dimension: d, Offered: offered, Allowed: allowed, Fix: fix}
}

// describe names the arguments that were offered, not their values: they may be
// secret.
func (a *arguments) describe() string {
	if a.opaque {
		return "a body that is no object"
	}
	names := make([]string, len(a.members))
	for i := range a.members {
		names[i] = a.members[i].name
	}
	return "arguments " + quoteAll(names)
}

// fix says what would make the arguments fit o.
func (a *arguments) fix(o *object) string {
	if a.opaque {
		return "send the arguments as a JSON object"
	}
	for i := range a.members {
		m := &a.members[i]
		n := o.find(m.fold)
		switch {
		case n == nil && o.closed:
			return "leave out argument " + quote(m.name)
		case n != nil && n.name != m.name:
			return "write argument " + quote(m.name) + " as " + quote(n.name)
		case n != nil && !n.rule.fits(&m.value):
			return "give argument " + quote(m.name) + " a value that fits " + clip(string(n.rule.append(nil)))
		}
	}
	for i := range o.names {
		if n := &o.names[i]; !n.optional && !a.has(n.name) {
			return "add argument " + quote(n.name)
		}
	}
	return ""
}

func (a *arguments) has(name string) bool {
	return slices.ContainsFunc(a.members, func(m member) bool { return m.name == name })
}

// clip returns JSON that our own encoder wrote, cut short and quoted where a
// terminal could be fooled by it.
func clip(s string) string {
	const most = 200
	plain := strings.IndexFunc(s, func(r rune) bool { return r < 0x20 || r > 0x7e }) < 0
	if len(s) <= most && plain {
		return s
	}
	return quote(s[:min(len(s), most)])
}
