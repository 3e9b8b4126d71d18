package delegation

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// named is one name of an object with its rule.
type named struct {
	name, fold string
	optional   bool
	rule       *rule
}

// object is a constraint on the members of an object: args, optional and closed.
// A nil object, as a grant has it that states none of them, fits every object.
type object struct {
	names  []named // sorted by fold
	args   int     // how many names must be present
	closed bool
	err    error // what is wrong with it, found by check
}

// newObject compiles the two maps of names; nil is absent. It owns both.
func newObject(args, optional []named, closed bool) *object {
	o := &object{args: len(args), closed: closed}
	for _, names := range [2][]named{args, optional} {
		if n := len(names); names != nil && (n == 0 || n > maxElements) {
			o.err = fmt.Errorf("%d names, want 1 to %d", n, maxElements)
			return o
		}
	}
	for i := range optional {
		optional[i].optional = true
	}
	o.names = slices.Concat(args, optional)
	for i := range o.names {
		o.names[i].fold = foldName(o.names[i].name)
	}
	slices.SortFunc(o.names, func(a, b named) int {
		return cmp.Or(strings.Compare(a.fold, b.fold), strings.Compare(a.name, b.name))
	})
	return o
}

func listNames(m map[string]Constraint) []named {
	if m == nil {
		return nil
	}
	list := make([]named, 0, len(m))
	for name, c := range m {
		list = append(list, named{name: name, rule: c.rule})
	}
	return list
}

// isEmpty reports whether o fits every object.
func (o *object) isEmpty() bool { return o == nil || len(o.names) == 0 && !o.closed }

func (o *object) check(nesting int) error {
	if o == nil {
		return nil
	}
	if o.err != nil {
		return o.err
	}
	for i := range o.names {
		n := &o.names[i]
		if !utf8.ValidString(n.name) {
			return fmt.Errorf("name %s is not valid UTF-8", quote(n.name))
		}
		if i > 0 && o.names[i-1].fold == n.fold {
			return fmt.Errorf("names %s and %s are one to a reader without case", quote(o.names[i-1].name), quote(n.name))
		}
		if err := n.rule.check(nesting, n.optional); err != nil {
			return fmt.Errorf("%s: %w", quote(n.name), err)
		}
	}
	return nil
}

// find returns the name that folds to fold, or nil.
func (o *object) find(fold string) *named {
	lo, hi := 0, len(o.names)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		switch c := strings.Compare(o.names[mid].fold, fold); {
		case c == 0:
			return &o.names[mid]
		case c < 0:
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return nil
}

// fits reports whether an object with these members is one of o. A member that
// folds to one of the names without being it never fits: the decoder behind may
// take the one for the other.
func (o *object) fits(members []member) bool {
	if o == nil {
		return true
	}
	present := 0
	for i := range members {
		m := &members[i]
		n := o.find(m.fold)
		if n == nil {
			if o.closed {
				return false
			}
			continue
		}
		if n.name != m.name || !n.rule.fits(&m.value) {
			return false
		}
		if !n.optional {
			present++
		}
	}
	return present == o.args
}

// covers reports whether every object of c is one of o (section 4.2.2).
func (o *object) covers(c *object) bool { return o.exceeded(c) == "" }

// exceeded returns why c does not lie inside o, and nothing where it does.
func (o *object) exceeded(c *object) string {
	if o.isEmpty() {
		return ""
	}
	if c == nil {
		c = &object{}
	}
	if o.closed && !c.closed {
		return "state closed, as the parent does"
	}
	for i := range o.names {
		if n := &o.names[i]; !n.covers(c.find(n.fold), c.closed) {
			return "bring argument " + quote(n.name) + " inside the parent's constraint"
		}
	}
	for i := range c.names {
		// A parent that is closed has no further names but those that must be absent.
		if n := &c.names[i]; o.closed && n.rule.kind != isNone && o.find(n.fold) == nil {
			return "drop argument " + quote(n.name) + ", which the parent does not have"
		}
	}
	return ""
}

// covers reports whether a child with name c, nil where it leaves it out, keeps to
// n. A name that only folds to n's keeps n's own absent where it is none.
func (n *named) covers(c *named, closed bool) bool {
	switch {
	case c == nil:
		return n.optional && closed
	case c.name != n.name:
		return n.optional && c.rule.kind == isNone
	case !n.optional && c.optional:
		return false
	}
	return n.rule.covers(c.rule)
}
