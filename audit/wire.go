package audit

import (
	"fmt"
	"strconv"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/strictjson"
)

// member is one line of the format: a name, how its value is read into a T, and
// how it is written, which writes nothing where the member is absent.
type member[T any] struct {
	name  string
	read  func(*strictjson.Reader, *T) error
	write func([]byte, *T) []byte
}

// shape is an object of the format: its members in the order of RFC 8785.
type shape[T any] []member[T]

func (s shape[T]) read(r *strictjson.Reader, v *T) error {
	return r.Object(func(name string) error {
		for i := range s {
			if s[i].name != name {
				continue
			}
			if err := s[i].read(r, v); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return nil
		}
		return fmt.Errorf("unknown member %.40q", name)
	})
}

func (s shape[T]) write(b []byte, v *T) []byte {
	b = append(b, '{')
	start := len(b)
	for i := range s {
		before := len(b)
		if before > start {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = append(b, s[i].name...)
		b = append(b, '"', ':')
		value := len(b)
		if b = s[i].write(b, v); len(b) == value {
			b = b[:before]
		}
	}
	return append(b, '}')
}

func text[T any, S ~string](name string, at func(*T) *S) member[T] {
	return member[T]{
		name,
		func(r *strictjson.Reader, v *T) error {
			s, err := r.String()
			*at(v) = S(s)
			return err
		},
		func(b []byte, v *T) []byte { return appendText(b, string(*at(v))) },
	}
}

func identity[T any](name string, at func(*T) *did.DID) member[T] {
	return member[T]{
		name,
		func(r *strictjson.Reader, v *T) error {
			s, err := r.String()
			if err != nil {
				return err
			}
			*at(v), err = did.Parse(s)
			return err
		},
		func(b []byte, v *T) []byte { return appendText(b, at(v).String()) },
	}
}

func hash[T any](name string, at func(*T) *Hash) member[T] {
	return member[T]{
		name,
		func(r *strictjson.Reader, v *T) error {
			s, err := r.String()
			if err != nil {
				return err
			}
			*at(v), err = ParseHash(s)
			return err
		},
		func(b []byte, v *T) []byte {
			if at(v).IsZero() {
				return b
			}
			return appendText(b, at(v).String())
		},
	}
}

// timeForm is the one spelling of a time, 20 characters.
const timeForm = "2006-01-02T15:04:05Z"

func instant[T any](name string, at func(*T) *time.Time) member[T] {
	return member[T]{
		name,
		func(r *strictjson.Reader, v *T) error {
			s, err := r.String()
			if err != nil {
				return err
			}
			if len(s) != len(timeForm) {
				return fmt.Errorf("time %.40q, want YYYY-MM-DDTHH:MM:SSZ", s)
			}
			*at(v), err = time.Parse(timeForm, s)
			return err
		},
		func(b []byte, v *T) []byte {
			if at(v).IsZero() {
				return b
			}
			return appendText(b, at(v).UTC().Format(timeForm))
		},
	}
}

// count is a number that is absent when it is 0.
func count[T any](name string, at func(*T) *int) member[T] {
	return member[T]{
		name,
		func(r *strictjson.Reader, v *T) error {
			n, err := r.Int()
			*at(v) = int(n)
			return err
		},
		func(b []byte, v *T) []byte {
			if *at(v) == 0 {
				return b
			}
			return strconv.AppendInt(b, int64(*at(v)), 10)
		},
	}
}

// number is a number that is always there.
func number[T any](name string, at func(*T) *uint64) member[T] {
	return member[T]{
		name,
		func(r *strictjson.Reader, v *T) error {
			n, err := r.Int()
			if err == nil && n < 0 {
				err = fmt.Errorf("%d, want 0 or more", n)
			}
			*at(v) = uint64(n)
			return err
		},
		func(b []byte, v *T) []byte { return strconv.AppendUint(b, *at(v), 10) },
	}
}

// object is a member that is an object of its own, absent when it is nil.
func object[T, S any](name string, at func(*T) **S, of shape[S]) member[T] {
	return member[T]{
		name,
		func(r *strictjson.Reader, v *T) error {
			*at(v) = new(S)
			return of.read(r, *at(v))
		},
		func(b []byte, v *T) []byte {
			if *at(v) == nil {
				return b
			}
			return of.write(b, *at(v))
		},
	}
}

// list is an array, absent when it is empty.
func list[T, S any](name string, max int, at func(*T) *[]S, read func(*strictjson.Reader, *S) error, write func([]byte, *S) []byte) member[T] {
	return member[T]{
		name,
		func(r *strictjson.Reader, v *T) error {
			_, err := r.Array(max, func(int) error {
				var s S
				if err := read(r, &s); err != nil {
					return err
				}
				*at(v) = append(*at(v), s)
				return nil
			})
			return err
		},
		func(b []byte, v *T) []byte {
			for i := range *at(v) {
				b = append(b, "[,"[min(i, 1)])
				b = write(b, &(*at(v))[i])
			}
			if len(*at(v)) > 0 {
				b = append(b, ']')
			}
			return b
		},
	}
}

// appendText writes a string that checkText accepts, and nothing for an empty
// one, which stands for an absent member.
func appendText(b []byte, s string) []byte {
	if s == "" {
		return b
	}
	b = append(b, '"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			b = append(b, '\\')
		}
		b = append(b, s[i])
	}
	return append(b, '"')
}
