package delegation

// CoversBothWays returns whether the grants of child lie inside those of parent,
// found one by one and by way of an index.
func CoversBothWays(parent, child Authority) (plain, indexed bool) {
	p, c := parent.rules, child.rules
	return p.outside(c, false) == nil, p.outside(c, true) == nil
}

// Judging compiles q once and returns what one link of a chain costs.
func Judging(a Authority, q Request) func() bool {
	c, err := q.compile()
	return func() bool { return err == nil && a.rules.refuse(&c, false) == nil }
}
