package delegation

// CoversBothWays returns whether the grants of child lie inside those of parent,
// found one by one and by way of an index.
func CoversBothWays(parent, child Authority) (plain, indexed bool) {
	p, c := parent.rules, child.rules
	return p.outside(c, false) == nil, p.outside(c, true) == nil
}

// RequiresBothWays is CoversBothWays for approval rules.
func RequiresBothWays(parent, child Authority) (plain, indexed bool) {
	p, c := &parent.rules.requires, &child.rules.requires
	return p.unmet(c.approval, false) == nil, p.unmet(c.approval, true) == nil
}

// InsideCeiling compares a root's authority with its ceiling.
func InsideCeiling(ceiling, root Authority) error {
	if r := ceiling.rules.refuseChild(root.rules, 0); r != nil {
		return r
	}
	return nil
}

// AllowsGuarded judges q while the link is guarded.
func AllowsGuarded(a Authority, q Request) error {
	c, err := q.compile()
	if err != nil {
		return err
	}
	if r := a.rules.refuse(&c, true); r != nil {
		return r
	}
	return nil
}

// Judging compiles q once and returns what one link of a chain costs.
func Judging(a Authority, q Request) func() bool {
	c, err := q.compile()
	return func() bool { return err == nil && a.rules.refuse(&c, false) == nil }
}

// AllowsPlain is the short way of Allows, which may only say yes; AllowsLong is the
// other.
func AllowsPlain(a Authority, q Request) bool { return a.rules.allowsPlain(&q) }

// AllowsLong is Allows without the short way.
func AllowsLong(a Authority, q Request) bool {
	c, err := q.compile()
	return err == nil && a.rules.refuse(&c, false) == nil
}
