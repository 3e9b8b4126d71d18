package strictjson

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Reader walks one strict JSON value, in the order of the text. Every method
// consumes the next value and refuses one of another kind; null is a kind of its
// own and never stands for an absent string, array or object.
type Reader struct {
	dec   jsontext.Decoder
	input bytes.Buffer
	src   string // of input: strings are parts of it
}

// Kind is the kind of the next value: one of
//
//	'{' '[' '"' '0' 't' 'f' 'n'
//
// and 0 where there is none.
func (r *Reader) Kind() byte { return byte(r.dec.PeekKind()) }

// Object reads an object, calling member with the name of each member; member
// must consume the value. A name that occurs twice is an error.
func (r *Reader) Object(member func(name string) error) error {
	if err := r.open('{', "an object"); err != nil {
		return err
	}
	depth := r.depth()
	for r.dec.PeekKind() == '"' {
		name, err := r.text()
		if err != nil {
			return err
		}
		if err := member(name); err != nil {
			return err
		}
		// A value left behind would be read as the next name.
		if r.depth() != depth || r.length()%2 != 0 {
			return fmt.Errorf("%w: a member was not read", ErrShape)
		}
	}
	return r.token()
}

// Array reads an array of at most max elements, calling element with the index
// of each; element must consume the value. It returns the number of elements.
func (r *Reader) Array(max int, element func(i int) error) (int, error) {
	if err := r.open('[', "an array"); err != nil {
		return 0, err
	}
	n := 0
	for k := r.dec.PeekKind(); k != ']'; k = r.dec.PeekKind() {
		if k == 0 {
			break
		}
		if n == max {
			return n, fmt.Errorf("%w: more than %d elements", ErrShape, max)
		}
		if err := element(n); err != nil {
			return n, err
		}
		n++
	}
	return n, r.token()
}

// String reads a string.
func (r *Reader) String() (string, error) {
	return r.text()
}

// text reads a string or a name, a part of src unless it has escapes.
func (r *Reader) text() (string, error) {
	v, err := r.dec.ReadValue()
	if err != nil {
		return "", syntax(err)
	}
	if k := v.Kind(); k != '"' {
		return "", fmt.Errorf("%w: %s, want a string", ErrShape, kindName(k))
	}
	inner := v[1 : len(v)-1]
	if bytes.IndexByte(inner, '\\') >= 0 {
		plain, err := jsontext.AppendUnquote(nil, v)
		if err != nil {
			return "", syntax(err)
		}
		return string(plain), nil
	}
	end := int(r.dec.InputOffset()) - 1
	return r.src[end-len(inner) : end], nil
}

// Int reads a number that is written as a plain integer (no fraction, exponent
// or minus zero) within plus or minus MaxInt.
func (r *Reader) Int() (int64, error) {
	if err := r.want('0', "an integer"); err != nil {
		return 0, err
	}
	t, err := r.dec.ReadToken()
	if err != nil {
		return 0, syntax(err)
	}
	s := t.String()
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || s == "-0" || n > MaxInt || n < -MaxInt {
		return 0, fmt.Errorf("%w: number %.40s, want a plain integer within 2^53-1", ErrShape, s)
	}
	return n, nil
}

// Number reads a number as JCS reads it, its double, and returns its text too.
// A number beyond the doubles is an error.
func (r *Reader) Number() (f float64, text string, err error) {
	if err := r.want('0', "a number"); err != nil {
		return 0, "", err
	}
	t, err := r.dec.ReadToken()
	if err != nil {
		return 0, "", syntax(err)
	}
	text = t.String()
	if f, err = double(text); err != nil {
		return 0, "", err
	}
	return f, text, nil
}

// Bool reads true or false.
func (r *Reader) Bool() (bool, error) {
	k := r.dec.PeekKind()
	if k != 't' && k != 'f' {
		return false, r.other(k, "true or false")
	}
	return k == 't', r.token()
}

// True reads a boolean that may only be true.
func (r *Reader) True() error {
	if err := r.want('t', "true"); err != nil {
		return err
	}
	return r.token()
}

// Null reads null.
func (r *Reader) Null() error {
	if err := r.want('n', "null"); err != nil {
		return err
	}
	return r.token()
}

// Raw reads any value and returns its text. The text is the caller's to keep.
func (r *Reader) Raw() ([]byte, error) {
	v, err := r.dec.ReadValue()
	if err != nil {
		return nil, syntax(err)
	}
	return v.Clone(), nil
}

// Text calls read, which consumes one value, and returns the text of that value.
// The text is the caller's to keep.
func (r *Reader) Text(read func() error) ([]byte, error) {
	start := int(r.dec.InputOffset())
	for start < len(r.src) && strings.IndexByte(" \t\r\n,:", r.src[start]) >= 0 {
		start++ // what stands between the last value or name and this one
	}
	if err := read(); err != nil {
		return nil, err
	}
	return []byte(r.src[start:int(r.dec.InputOffset())]), nil
}

// Skip reads any value and drops it.
func (r *Reader) Skip() error {
	if err := r.dec.SkipValue(); err != nil {
		return syntax(err)
	}
	return nil
}

func (r *Reader) open(kind jsontext.Kind, name string) error {
	if err := r.want(kind, name); err != nil {
		return err
	}
	return r.token()
}

func (r *Reader) want(kind jsontext.Kind, name string) error {
	if k := r.dec.PeekKind(); k != kind {
		return r.other(k, name)
	}
	return nil
}

// depth is the number of open objects and arrays, length the number of names and
// values read in the innermost.
func (r *Reader) depth() int { return r.dec.StackDepth() }

func (r *Reader) length() int64 {
	_, n := r.dec.StackIndex(r.dec.StackDepth())
	return n
}

// other says why the next value is not the one wanted: it is of another kind, or
// there is none because the text is broken or ends here.
func (r *Reader) other(k jsontext.Kind, name string) error {
	if k == 0 || k == '}' || k == ']' {
		if err := r.token(); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: %s, want %s", ErrShape, kindName(k), name)
}

func (r *Reader) token() error {
	if _, err := r.dec.ReadToken(); err != nil {
		return syntax(err)
	}
	return nil
}

func kindName(k jsontext.Kind) string {
	switch k {
	case 'n':
		return "null"
	case 't', 'f':
		return "a boolean"
	case '"':
		return "a string"
	case '0':
		return "a number"
	case '{':
		return "an object"
	case '[':
		return "an array"
	default:
		return "no value"
	}
}
