package delegation

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Limit is a budget for everything that is done under an authority and under all
// that are narrowed from it.
type Limit struct {
	// Unit is what is counted, such as "USD/100"; "count" is charged 1 a request.
	Unit string
	// Max is the most that may be spent, 0 to 2^53-1; 0 is nothing.
	Max int64
	// Per, where it is not 0, makes the limit a rate over windows of so many
	// seconds, aligned to the epoch. Around an edge up to twice Max may pass.
	Per int64
	// Split is empty, or "audience": then each name of the audience has a share
	// of its own, Max divided by the number of names, rounded down.
	Split string
}

const splitAudience = "audience"

// limit is a Limit with its name.
type limit struct {
	name string
	Limit
}

func (l *limit) check() error {
	switch {
	case !isToken(l.name):
		return errors.New("the name is not 1 to 64 of A-Z a-z 0-9 . _ / -")
	case !isToken(l.Unit):
		return fmt.Errorf("unit %s is not 1 to 64 of A-Z a-z 0-9 . _ / -", quote(l.Unit))
	case l.Max < 0 || !isInteger(l.Max):
		return fmt.Errorf("max %d, want 0 to 2^53-1", l.Max)
	case l.Per < 0 || !isInteger(l.Per):
		return fmt.Errorf("per %d, want 1 to 2^53-1 seconds", l.Per)
	case l.Split != "" && l.Split != splitAudience:
		return fmt.Errorf("split %s, want %q", quote(l.Split), splitAudience)
	}
	return nil
}

// isToken reports whether s is the name or the unit of a limit.
func isToken(s string) bool {
	for i := range len(s) {
		if c := s[i]; c == '~' || c != '/' && !isUnreserved[c] {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// limits are sorted by name. A nil one states none.
type limits []limit

// newLimits checks and sorts list, which it owns; nil is absent.
func newLimits(list []limit) (limits, error) {
	if list == nil {
		return nil, nil
	}
	if n := len(list); n == 0 || n > maxElements {
		return nil, errCount(n)
	}
	slices.SortFunc(list, func(a, b limit) int { return strings.Compare(a.name, b.name) })
	folded := make(map[string]bool, len(list))
	for i := range list {
		l := &list[i]
		if err := l.check(); err != nil {
			return nil, placed(quote(l.name), err)
		}
		if fold := foldName(l.name); folded[fold] {
			return nil, fmt.Errorf("name %s is one with another to a reader without case", quote(l.name))
		} else {
			folded[fold] = true
		}
	}
	return list, nil
}

func (ls limits) find(name string) *limit {
	for i := range ls {
		if ls[i].name == name {
			return &ls[i]
		}
	}
	return nil
}

// exceeded returns the first limit that c, the child's, does not keep.
func (ls limits) exceeded(c limits) *limit {
	for i := range ls {
		p := &ls[i]
		if got := c.find(p.name); got == nil || got.Unit != p.Unit || got.Per != p.Per || got.Max > p.Max {
			return p
		}
	}
	return nil
}

// split reports whether a limit is shared out among the names of the audience.
func (ls limits) split() bool {
	return slices.ContainsFunc(ls, func(l limit) bool { return l.Split != "" })
}

func (l *limit) String() string {
	s := fmt.Sprintf("%s max %d %s", quote(l.name), l.Max, l.Unit)
	if l.Per > 0 {
		s += fmt.Sprintf(" per %d s", l.Per)
	}
	return s
}
