// Package strictjson is the one door through which JSON enters the library.
//
// Accepted is one JSON value (RFC 8259) that is valid UTF-8, has no two members
// of one name in one object (RFC 7493), is at most as long as the caller says and
// nests at most [MaxDepth] objects and arrays, the outermost being 1. Member
// names are compared byte for byte. Nothing is repaired.
//
// [Reader] walks such a value; [Canonical] writes it in the form of RFC 8785.
package strictjson

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// MaxDepth is the deepest nesting accepted; the outermost object or array is 1.
const MaxDepth = 32

// MaxInt is the largest integer that every reader of JSON agrees on, 2^53 - 1
// (RFC 7493 section 2.2).
const MaxInt = 1<<53 - 1

var (
	// ErrSize is returned for input over the caller's limit.
	ErrSize = errors.New("strictjson: input is too long")
	// ErrDepth is returned for input that nests more than MaxDepth.
	ErrDepth = errors.New("strictjson: nested too deeply")
	// ErrSyntax is returned for what is not one strict JSON value.
	ErrSyntax = errors.New("strictjson: not strict JSON")
	// ErrShape is returned for JSON of another shape than the reader asked for:
	// another kind of value, a missing or an unknown member, a number outside
	// its range.
	ErrShape = errors.New("strictjson: unexpected value")
)

// Check reports whether data is one strict JSON value of at most max bytes. Its
// error wraps ErrSize, ErrDepth or ErrSyntax.
func Check(data []byte, max int) error {
	return Read(data, max, (*Reader).Skip)
}

// CheckDepth refuses, without parsing, data that nests more than MaxDepth. It
// counts brackets outside strings, so it is right for valid JSON and harmless
// for other input, and it runs before anything recursive does.
func CheckDepth(data []byte) error {
	if bytes.Count(data, []byte{'{'})+bytes.Count(data, []byte{'['}) <= MaxDepth {
		return nil // most documents have no more brackets than that in all
	}
	depth := 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			i = endOfString(data, i+1)
		case '{', '[':
			if depth++; depth > MaxDepth {
				return fmt.Errorf("%w: more than %d levels", ErrDepth, MaxDepth)
			}
		case '}', ']':
			depth--
		}
	}
	return nil
}

// endOfString returns the place of the quotation mark that ends the string which
// begins at i, or the length of data where none does. It looks at every byte a
// bounded number of times.
func endOfString(data []byte, i int) int {
	quote := -1
	for i < len(data) {
		if quote < i {
			n := bytes.IndexByte(data[i:], '"')
			if n < 0 {
				break
			}
			quote = i + n
		}
		n := bytes.IndexByte(data[i:quote], '\\')
		if n < 0 {
			return quote
		}
		i += n + 2 // past the escape, which may be of that very quotation mark
	}
	return len(data)
}

// Canonical returns data, one strict JSON value of at most max bytes, in the
// form of RFC 8785 (JCS). Numbers are read as doubles, as that form demands; one
// beyond them is ErrShape.
func Canonical(data []byte, max int) ([]byte, error) {
	if err := precheck(data, max); err != nil {
		return nil, err
	}
	v := jsontext.Value(bytes.Clone(data))
	if err := v.Canonicalize(); err != nil {
		return nil, syntax(err)
	}
	// Canonicalize writes this for every number beyond the doubles: one signature
	// would cover 1e400 and 1e999.
	if bytes.Contains(v, []byte(maxDouble)) {
		if err := checkNumbers(data); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// maxDouble is the largest double in the form of RFC 8785.
const maxDouble = "1.7976931348623157e+308"

// checkNumbers refuses a valid JSON text that has a number beyond the doubles.
func checkNumbers(data []byte) error {
	dec := jsontext.NewDecoder(bytes.NewBuffer(data))
	for {
		t, err := dec.ReadToken()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return syntax(err)
		case t.Kind() == '0':
			if _, err := double(t.String()); err != nil {
				return err
			}
		}
	}
}

// double reads the text of a number.
func double(text string) (float64, error) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: number %.40s is beyond a double", ErrShape, text)
	}
	return f, nil
}

// syntax says where the text is broken. The place may quote names of any length
// from the text, so it is cut.
func syntax(err error) error { return fmt.Errorf("%w: %.200s", ErrSyntax, err.Error()) }

func precheck(data []byte, max int) error {
	if len(data) > max {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrSize, len(data), max)
	}
	return CheckDepth(data)
}

// Read hands the one value in data to read and then makes sure that read
// consumed it and that nothing follows. Errors of read are returned as they are.
func Read(data []byte, max int, read func(*Reader) error) error {
	if err := precheck(data, max); err != nil {
		return err
	}
	r := readers.Get().(*Reader) //nolint:errcheck // the pool has nothing else
	defer r.release()
	r.input, r.src = *bytes.NewBuffer(data), string(data)
	r.dec.Reset(&r.input)
	if err := read(r); err != nil {
		return err
	}
	if _, err := r.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: more than one value", ErrSyntax)
	}
	return nil
}

// readers keeps the decoders' own buffers from one input to the next; nothing of
// an input stays in them that a later one could see.
var readers = sync.Pool{New: func() any { return new(Reader) }}

// release gives r back. A reader whose input is gone reads nothing.
func (r *Reader) release() {
	r.input, r.src = bytes.Buffer{}, ""
	r.dec.Reset(&r.input)
	readers.Put(r)
}

// AppendString appends s as a JSON string in the form of RFC 8785. What is not
// valid UTF-8 becomes U+FFFD: callers check first.
func AppendString(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s)
	return dst
}
