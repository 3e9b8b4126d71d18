package delegation

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/taperid/taper/internal/strictjson"
)

// valueKind is the kind of a value among arguments.
type valueKind uint8

const (
	kindNull valueKind = iota + 1
	kindBool
	kindInt
	kindString
	kindNumber // one that is no integer: it fits any alone
	kindArray
	kindObject
)

// scalar is a null, boolean, integer or string. Two of them are the same value
// exactly when they are equal: kinds never mix.
type scalar struct {
	text string
	num  int64 // the integer; 1 for true
	kind valueKind
	uri  bool // the string is a resource in normal form
}

func textScalar(s string) scalar {
	return scalar{kind: kindString, text: s, uri: checkResource(s, 0) == nil}
}

func intScalar(n int64) scalar { return scalar{kind: kindInt, num: n} }

func boolScalar(b bool) scalar {
	if b {
		return scalar{kind: kindBool, num: 1}
	}
	return scalar{kind: kindBool}
}

// check refuses what only a Go literal can hold.
func (s scalar) check() error {
	switch {
	case s.kind == kindString && !utf8.ValidString(s.text):
		return fmt.Errorf("%s is not valid UTF-8", quote(s.text))
	case s.kind == kindInt && !isInteger(s.num):
		return fmt.Errorf("%d is beyond 2^53-1", s.num)
	}
	return nil
}

// isInteger reports whether every reader of JSON agrees on n.
func isInteger(n int64) bool { return n >= -strictjson.MaxInt && n <= strictjson.MaxInt }

func (s scalar) String() string { return string(s.append(nil)) }

// append writes s as JSON.
func (s scalar) append(b []byte) []byte {
	switch s.kind {
	case kindBool:
		return strconv.AppendBool(b, s.num == 1)
	case kindInt:
		return strconv.AppendInt(b, s.num, 10)
	case kindString:
		return strictjson.AppendString(b, s.text)
	}
	return append(b, "null"...)
}

func compareScalars(a, b scalar) int {
	return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.num, b.num), cmp.Compare(a.text, b.text))
}

// scalars is a set, in the order stated and in a sorted one.
type scalars struct {
	stated, sorted []scalar
}

func newScalars(list []scalar) (scalars, error) {
	if n := len(list); n == 0 || n > maxScalars {
		return scalars{}, fmt.Errorf("%d elements, want 1 to %d", n, maxScalars)
	}
	s := scalars{list, slices.Clone(list)}
	slices.SortFunc(s.sorted, compareScalars)
	for i, v := range s.sorted {
		if err := v.check(); err != nil {
			return scalars{}, err
		}
		if i > 0 && v == s.sorted[i-1] {
			return scalars{}, errTwice(v.String())
		}
	}
	return s, nil
}

func (s scalars) has(v scalar) bool {
	if len(s.sorted) <= 8 {
		return slices.Contains(s.sorted, v)
	}
	_, ok := slices.BinarySearchFunc(s.sorted, v, compareScalars)
	return ok
}

// hasSet reports whether every element of t is in s.
func (s scalars) hasSet(t scalars) bool {
	rest := s.sorted
	for _, v := range t.sorted {
		for len(rest) > 0 && compareScalars(rest[0], v) < 0 {
			rest = rest[1:]
		}
		if len(rest) == 0 || rest[0] != v {
			return false
		}
	}
	return true
}

// hasAll reports whether every integer from lo to hi is in s. It looks for no more
// than s has, and one.
func (s scalars) hasAll(lo, hi int64) bool {
	for n := lo; n <= hi; n++ {
		if !s.has(intScalar(n)) {
			return false
		}
	}
	return true
}
