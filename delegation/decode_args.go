package delegation

import (
	"errors"
	"fmt"

	"github.com/taperid/taper/internal/strictjson"
)

// objectDraft is what was read of args, optional and closed.
type objectDraft struct {
	args, optional []named
	closed, stated bool
}

func (o *objectDraft) readMember(r *strictjson.Reader, name string, nesting int) (err error) {
	switch name {
	case "args":
		o.args, err = readNames(r, nesting)
	case "optional":
		o.optional, err = readNames(r, nesting)
	case "closed":
		o.closed, err = true, r.True()
	default:
		return errUnknown
	}
	o.stated = true
	return err
}

func readNames(r *strictjson.Reader, nesting int) ([]named, error) {
	names := []named{}
	err := r.Object(func(name string) error {
		if len(names) == maxElements {
			return errCount(maxElements + 1)
		}
		c, err := readRule(r, nesting)
		names = append(names, named{name: name, rule: c})
		return memberError(name, err)
	})
	return names, err
}

// readRule reads a constraint inside nesting others.
func readRule(r *strictjson.Reader, nesting int) (*rule, error) {
	if nesting > maxNesting {
		return nil, fmt.Errorf("each and object nest more than %d", maxNesting)
	}
	var c, element *rule
	count := int64(-1)
	err := r.Object(func(name string) (err error) {
		if c != nil {
			return errNoRule
		}
		switch name {
		case "any":
			c, err = anyValue, r.True()
		case "none":
			c, err = noValue, r.True()
		case "in":
			c, err = readIn(r)
		case "range":
			c, err = readRange(r)
		case "under":
			c, err = readUnder(r)
		case "object":
			c, err = readObject(r, nesting)
		case "each":
			element, err = readRule(r, nesting+1)
		case "max":
			count, err = r.Int()
		default:
			err = errUnknown
		}
		return memberError(name, err)
	})
	switch {
	case err != nil:
		return nil, err
	case element != nil && count >= 0 && c == nil:
		return newEach(element, count), nil
	case element != nil || count != -1 || c == nil:
		return nil, errNoRule
	}
	return c, nil
}

func readIn(r *strictjson.Reader) (*rule, error) {
	var list []scalar
	_, err := r.Array(maxScalars, func(int) error {
		s, err := readScalar(r)
		list = append(list, s)
		return err
	})
	return newIn(list), err
}

func readRange(r *strictjson.Reader) (*rule, error) {
	ends := [2]int64{openLow, openHigh}
	n, err := r.Array(2, func(i int) (err error) {
		if r.Kind() == 'n' {
			return r.Null()
		}
		ends[i], err = r.Int()
		return err
	})
	if err == nil && n != 2 {
		err = errors.New("want two ends")
	}
	return newRange(ends[0], ends[1]), err
}

func readUnder(r *strictjson.Reader) (*rule, error) {
	s, err := r.String()
	return newUnder(s), err
}

func readObject(r *strictjson.Reader, nesting int) (*rule, error) {
	var o objectDraft
	err := r.Object(func(name string) error {
		return memberError(name, o.readMember(r, name, nesting+1))
	})
	return newObjectRule(newObject(o.args, o.optional, o.closed)), err
}
