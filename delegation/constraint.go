package delegation

import (
	"errors"
	"fmt"
	"math"

	"github.com/taperid/taper/internal/strictjson"
)

// Constraint says which values one argument may have. It is made by [Any],
// [None], [In], [Range], [Under], [Each] or [Object] and never changes. What is
// wrong with it is reported when an authority is made with it; the zero
// Constraint is refused there.
type Constraint struct{ rule *rule }

// Any fits every value, null included.
func Any() Constraint { return Constraint{anyValue} }

// None fits no value. It stands in Optional alone, where it means that the
// argument must be absent.
func None() Constraint { return Constraint{noValue} }

// In fits the listed values, 1 to 256 of them and no two the same. A string is
// never a number: In("1") does not fit 1. A list of several kinds, or with null,
// is written in JSON.
func In[T string | int | int64 | bool](values ...T) Constraint {
	list := make([]scalar, len(values))
	for i, v := range values {
		switch v := any(v).(type) {
		case string:
			list[i] = textScalar(v)
		case int:
			list[i] = intScalar(int64(v))
		case int64:
			list[i] = intScalar(v)
		case bool:
			list[i] = boolScalar(v)
		}
	}
	return Constraint{newIn(list)}
}

// Range fits the integers from lo to hi, both included. [math.MinInt64] and
// [math.MaxInt64] leave an end open; other ends lie within 2^53-1 of zero.
func Range(lo, hi int64) Constraint { return Constraint{newRange(lo, hi)} }

// Under fits strings that are a resource, in normal form, inside a pattern of
// resources.
func Under(pattern string) Constraint { return Constraint{newUnder(pattern)} }

// Each fits arrays of at most max elements, each of which fits element.
func Each(element Constraint, max int64) Constraint {
	return Constraint{newEach(element.rule, max)}
}

// Object fits objects: each name in args is present and fits, each in optional
// fits where it is present, and closed refuses names in neither. A nil map is
// absent; an empty one is refused, as it is in JSON.
func Object(args, optional map[string]Constraint, closed bool) Constraint {
	return Constraint{newObjectRule(newObject(listNames(args), listNames(optional), closed))}
}

// ruleKind is the kind of a constraint.
type ruleKind uint8

const (
	isAny ruleKind = iota + 1
	isNone
	isIn
	isRange
	isUnder
	isEach
	isObject
)

const (
	maxScalars = 256
	maxNesting = 4

	openLow  = math.MinInt64
	openHigh = math.MaxInt64
)

var (
	anyValue = &rule{kind: isAny}
	noValue  = &rule{kind: isNone}

	errNoRule = errors.New("no constraint: want one of any, none, in, range, under, each, object")
)

// rule is a constraint, compiled. It never changes once it is made, so that
// authorities share it.
type rule struct {
	err    error // what is wrong with it, found by check
	in     scalars
	lo, hi int64 // range; openLow and openHigh are open ends
	max    int64 // each
	under  pattern
	each   *rule
	object *object
	kind   ruleKind
}

func newIn(list []scalar) *rule {
	in, err := newScalars(list)
	return &rule{kind: isIn, in: in, err: err}
}

func newRange(lo, hi int64) *rule {
	r := &rule{kind: isRange, lo: lo, hi: hi}
	switch {
	case lo != openLow && !isInteger(lo) || hi != openHigh && !isInteger(hi):
		r.err = errors.New("an end of the range is beyond 2^53-1")
	case lo > hi:
		r.err = fmt.Errorf("the range starts at %d and ends at %d", lo, hi)
	}
	return r
}

func newUnder(text string) *rule {
	p, err := parseResource(text)
	if err != nil {
		err = fmt.Errorf("%s: %w", quote(text), err)
	}
	return &rule{kind: isUnder, under: p, err: err}
}

func newEach(element *rule, most int64) *rule {
	r := &rule{kind: isEach, each: element, max: most}
	if most < 0 || !isInteger(most) {
		r.err = fmt.Errorf("max %d, want 0 to 2^53-1", most)
	}
	return r
}

func newObjectRule(o *object) *rule { return &rule{kind: isObject, object: o} }

// check refuses a rule that is malformed, or that stands where it may not: none
// is for optional alone, and each and object nest at most 4. nesting is the
// number of them around r.
func (r *rule) check(nesting int, optional bool) error {
	switch {
	case r == nil:
		return errNoRule
	case r.err != nil:
		return r.err
	case r.kind == isNone && !optional:
		return errors.New("none stands outside optional")
	case r.kind != isEach && r.kind != isObject:
		return nil
	case nesting == maxNesting:
		return fmt.Errorf("each and object nest more than %d", maxNesting)
	case r.kind == isEach:
		return r.each.check(nesting+1, false)
	}
	return r.object.check(nesting + 1)
}

// low and high are the ends of a range. Integers end at 2^53-1, so an open end is
// the last of them.
func (r *rule) low() int64  { return max(r.lo, -strictjson.MaxInt) }
func (r *rule) high() int64 { return min(r.hi, strictjson.MaxInt) }

// fits reports whether v is one of the values of r.
func (r *rule) fits(v *value) bool {
	switch r.kind {
	case isAny:
		return true
	case isIn:
		return v.kind <= kindString && r.in.has(v.scalar)
	case isRange:
		return v.kind == kindInt && v.num >= r.low() && v.num <= r.high()
	case isUnder:
		return v.uri && r.under.has(v.text)
	case isEach:
		return v.kind == kindArray && int64(len(v.list)) <= r.max && r.each.fitsList(v.list)
	case isObject:
		return v.kind == kindObject && r.object.fits(v.members)
	}
	return false
}

// covers reports whether every value of c is one of r (section 4.2.3).
func (r *rule) covers(c *rule) bool {
	if r.kind == isAny || c.kind == isNone {
		return true
	}
	switch c.kind {
	case isIn:
		return r.kind == isIn && r.in.hasSet(c.in) || r.kind != isIn && r.fitsAll(c.in.stated)
	case isRange:
		return r.kind == isRange && r.low() <= c.low() && c.high() <= r.high() ||
			r.kind == isIn && r.in.hasAll(c.low(), c.high())
	case isUnder:
		if c.under.kind == exact {
			return r.fits(&value{scalar: scalar{kind: kindString, text: c.under.base, uri: true}})
		}
		return r.kind == isUnder && r.under.covers(&c.under)
	case isEach:
		return r.kind == isEach && c.max <= r.max && (c.max == 0 || r.each.covers(c.each))
	case isObject:
		return r.kind == isObject && r.object.covers(c.object)
	}
	return false
}

func (r *rule) fitsList(list []value) bool {
	for i := range list {
		if !r.fits(&list[i]) {
			return false
		}
	}
	return true
}

func (r *rule) fitsAll(list []scalar) bool {
	for i := range list {
		if !r.fits(&value{scalar: list[i]}) {
			return false
		}
	}
	return true
}
