package delegation

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/taperid/taper/internal/strictjson"
)

// maxDocument is the most bytes that a credential, and so an authority, a request
// or its arguments, may have.
const maxDocument = 256 << 10

// value is one value among arguments, read as JCS reads it.
type value struct {
	scalar
	list    []value  // kindArray
	members []member // kindObject
}

// member is a member of an object; no two of one object fold alike.
type member struct {
	name, fold string
	value      value
}

// arguments are the arguments of an action, read once for all the links they are
// judged by.
type arguments struct {
	members []member
	// opaque says that there is a body which is no object: only a grant without
	// constraints on arguments fits.
	opaque bool
}

// parseArguments reads a strict JSON object. It refuses what two readers could read in two ways: an integer literal beyond 2^53-1, a number
// beyond the doubles, and two names of one object that fold alike.
func parseArguments(data []byte) (members []member, err error) {
	err = strictjson.Read(data, maxDocument, func(r *strictjson.Reader) (err error) {
		members, err = readMembers(r)
		return err
	})
	if err != nil {
		return nil, placed("arguments", err)
	}
	return members, nil
}

func readMembers(r *strictjson.Reader) ([]member, error) {
	var members []member
	err := r.Object(func(name string) error {
		v, err := readValue(r)
		members = append(members, member{name, foldName(name), v})
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(members, func(a, b member) int {
		return cmp.Or(strings.Compare(a.fold, b.fold), strings.Compare(a.name, b.name))
	})
	for i := 1; i < len(members); i++ {
		if members[i-1].fold == members[i].fold {
			return nil, fmt.Errorf("names %s and %s are one to a reader without case", quote(members[i-1].name), quote(members[i].name))
		}
	}
	return members, nil
}

func readValue(r *strictjson.Reader) (v value, err error) {
	switch r.Kind() {
	case '{':
		v.kind = kindObject
		v.members, err = readMembers(r)
	case '[':
		v.kind = kindArray
		_, err = r.Array(maxDocument, func(int) error {
			e, err := readValue(r)
			v.list = append(v.list, e)
			return err
		})
	case '0':
		v.scalar, err = readNumber(r)
	default:
		v.scalar, err = readScalar(r)
	}
	return v, err
}

// readScalar reads a string, a plain integer, a boolean or null.
func readScalar(r *strictjson.Reader) (scalar, error) {
	switch r.Kind() {
	case 'n':
		return scalar{kind: kindNull}, r.Null()
	case 't', 'f':
		b, err := r.Bool()
		return boolScalar(b), err
	case '0':
		n, err := r.Int()
		return intScalar(n), err
	}
	s, err := r.String()
	return textScalar(s), err
}

// readNumber reads a number of any spelling: 1.0 and 1e0 are the integer 1.
func readNumber(r *strictjson.Reader) (scalar, error) {
	f, text, err := r.Number()
	if err != nil {
		return scalar{}, err
	}
	if f == math.Trunc(f) && math.Abs(f) <= strictjson.MaxInt {
		return intScalar(int64(f)), nil
	}
	if !strings.ContainsAny(text, ".eE") {
		return scalar{}, fmt.Errorf("integer %.40s is beyond 2^53-1", text)
	}
	return scalar{kind: kindNumber}, nil
}
