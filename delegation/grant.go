package delegation

import "fmt"

// Grant allows actions on resources.
type Grant struct {
	// Actions are patterns: an action a/b/c, a tree a/b/** (the action a/b and
	// all below it), or **.
	Actions []string
	// Resources are patterns: an absolute URI in normal form, a tree URI/**,
	// scheme://*.host/** (strict sub-domains), scheme://*.host:port/**,
	// scheme://**, or **.
	Resources []string
	// Except are patterns taken out of Resources; nil takes nothing out. One that
	// takes out a whole element of Resources is refused.
	Except []string
	// Args are the arguments that must be present, Optional those that may be; nil
	// is none. No two names of the two may be equal but for case.
	Args, Optional map[string]Constraint
	// Closed refuses arguments that are in neither. A grant that states none of
	// the three leaves the arguments free.
	Closed bool
}

// grant is a Grant, compiled.
type grant struct {
	actions, resources, except patterns // a nil except is absent
	object                     *object  // nil where args, optional and closed are absent
}

// grantDraft is a grant before its checks; nil is absent.
type grantDraft struct {
	actions, resources, except []string
	object                     *object
}

func newGrant(d *grantDraft) (g grant, err error) {
	if g.actions, err = newPatterns(d.actions, parseAction); err != nil {
		return g, placed("actions", err)
	}
	if g.resources, err = newPatterns(d.resources, parseResource); err != nil {
		return g, placed("resources", err)
	}
	if d.except != nil {
		if g.except, err = newPatterns(d.except, parseResource); err != nil {
			return g, placed("except", err)
		}
	}
	for i := range g.resources {
		if r := &g.resources[i]; g.except.covers(r) {
			return g, fmt.Errorf("resource %s is inside except: it allows nothing", quote(r.text))
		}
	}
	g.object = d.object
	if err := g.object.check(0); err != nil {
		return g, placed("args", err)
	}
	return g, nil
}

func (g *Grant) draft() grantDraft {
	d := grantDraft{actions: g.Actions, resources: g.Resources, except: g.Except}
	if g.Args != nil || g.Optional != nil || g.Closed {
		d.object = newObject(listNames(g.Args), listNames(g.Optional), g.Closed)
	}
	return d
}

// terms returns g as plain data of its own.
func (g *grant) terms() Grant {
	t := Grant{Actions: g.actions.texts(), Resources: g.resources.texts(), Except: g.except.texts()}
	if g.object != nil {
		t.Args, t.Optional, t.Closed = g.object.terms(false), g.object.terms(true), g.object.closed
	}
	return t
}

// stage is how far a grant got: the number of tests that it passed, in the order
// in which dimensions are reported.
type stage int

const (
	atActions stage = iota
	atResources
	atExcept
	atArgs
	passed
)

func (s stage) dimension() Dimension {
	return [...]Dimension{dimActions, dimResources, dimExcept, dimArgs}[s]
}

// covers tells how far the child grant c lies inside g (section 4.2.2).
func (g *grant) covers(c *grant) stage {
	switch {
	case g.actions.outside(c.actions) != nil:
		return atActions
	case g.resources.outside(c.resources) != nil:
		return atResources
	case g.exceptOutside(c) != nil:
		return atExcept
	case !g.object.covers(c.object):
		return atArgs
	}
	return passed
}

// exceptOutside returns the first except of g that takes something out of what c
// has and that c does not take out too.
func (g *grant) exceptOutside(c *grant) *pattern {
	for i := range g.except {
		if e := &g.except[i]; c.resources.meets(e) && !c.except.covers(e) {
			return e
		}
	}
	return nil
}

// allows tells how far q lies inside g, met with overlay where there is one.
func (g *grant) allows(q *question, o *overlay) stage {
	switch {
	case !q.actionOK || !g.actions.has(q.action) || o != nil && !o.hasAction(q.action):
		return atActions
	case !q.resourceOK || !g.resources.has(q.resource) || o != nil && !o.hasResource(q.resource):
		return atResources
	case g.except.has(q.resource):
		return atExcept
	case q.args.opaque && !g.object.isEmpty() || !g.object.fits(q.args.members):
		return atArgs
	}
	return passed
}
