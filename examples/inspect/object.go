package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// raw is a JSON value as it was written, so that whoever judges it sees duplicate
// members, numbers and bytes that are no UTF-8 as they are.
type raw = json.RawMessage

// member is a member of an object.
type member struct {
	name  string
	value raw
}

// validDepth is how deep the standard library follows brackets. A value that nests
// deeper is handed on as it is: whoever reads it refuses it for that.
const validDepth = 9000

// splitObject takes a JSON object apart into its members, whose values stay as they
// were written. What came before a fault is returned with the error.
func splitObject(data []byte) ([]member, error) {
	s := scanner{data: data}
	if !s.next('{') {
		return nil, errors.New("not a JSON object")
	}
	var out []member
	seen := make(map[string]bool)
	for first := true; !s.next('}'); first = false {
		if !first && !s.next(',') {
			return out, s.broken("want , or }")
		}
		name, err := s.name()
		if err != nil {
			return out, err
		}
		if seen[name] {
			return out, fmt.Errorf("member %.40q is there twice", name)
		}
		seen[name] = true
		value, err := s.value()
		if err != nil {
			return out, fmt.Errorf("member %.40q: %w", name, err)
		}
		out = append(out, member{name, value})
	}
	s.space()
	if s.at != len(data) {
		return out, s.broken("more after the object")
	}
	return out, nil
}

// splitArray takes a JSON array apart into its elements.
func splitArray(data []byte) ([]raw, error) {
	s := scanner{data: data}
	if !s.next('[') {
		return nil, errors.New("not a JSON array")
	}
	out := []raw{}
	for first := true; !s.next(']'); first = false {
		if !first && !s.next(',') {
			return out, s.broken("want , or ]")
		}
		value, err := s.value()
		if err != nil {
			return out, err
		}
		out = append(out, value)
	}
	return out, nil
}

// scanner finds where values begin and end.
type scanner struct {
	data []byte
	at   int
}

func (s *scanner) broken(what string) error { return fmt.Errorf("not JSON at byte %d: %s", s.at, what) }

func (s *scanner) space() {
	for s.at < len(s.data) && strings.IndexByte(" \t\r\n", s.data[s.at]) >= 0 {
		s.at++
	}
}

// next skips space, and c if it comes next.
func (s *scanner) next(c byte) bool {
	s.space()
	if s.at < len(s.data) && s.data[s.at] == c {
		s.at++
		return true
	}
	return false
}

// name reads the name of a member and the colon after it.
func (s *scanner) name() (string, error) {
	value, err := s.value()
	if err != nil {
		return "", err
	}
	name, ok := text(value)
	if !ok || !s.next(':') {
		return "", s.broken("want a name and a colon")
	}
	return name, nil
}

// value reads one value. Its syntax is checked, its meaning is not.
func (s *scanner) value() (raw, error) {
	s.space()
	start := s.at
	depth := s.skip()
	value := s.data[start:s.at]
	if len(value) == 0 || depth < validDepth && !json.Valid(value) {
		return nil, s.broken("malformed value")
	}
	return value, nil
}

// skip goes to the end of the value that begins here and returns how deep it nests.
// It neither recurses nor looks at a byte twice.
func (s *scanner) skip() (deepest int) {
	depth := 0
	for s.at < len(s.data) {
		switch c := s.data[s.at]; c {
		case '"':
			s.skipString()
		case '{', '[':
			s.at++
			depth++
			deepest = max(deepest, depth)
			continue
		case '}', ']':
			if depth == 0 {
				return deepest
			}
			s.at++
			depth--
		case ' ', '\t', '\r', '\n', ',', ':':
			if depth == 0 {
				return deepest
			}
			s.at++
			continue
		default:
			s.at++
			if depth == 0 {
				s.skipWord()
			}
		}
		if depth == 0 {
			return deepest
		}
	}
	return deepest
}

func (s *scanner) skipString() {
	for s.at++; s.at < len(s.data); s.at++ {
		switch s.data[s.at] {
		case '\\':
			s.at++
		case '"':
			s.at++
			return
		}
	}
	s.at = len(s.data) // a string without an end may have ended in a backslash
}

// skipWord goes on to the end of a number or a literal.
func (s *scanner) skipWord() {
	if n := bytes.IndexAny(s.data[s.at:], " \t\r\n,:]}[{\""); n >= 0 {
		s.at += n
		return
	}
	s.at = len(s.data)
}

// text returns the content of a JSON string. A string that has no one content is
// none: bytes that are no UTF-8, an escape of half a surrogate pair.
func text(value raw) (string, bool) {
	if len(value) == 0 || value[0] != '"' || !utf8.Valid(value) || halfSurrogate(value) {
		return "", false
	}
	var s string
	if json.Unmarshal(value, &s) != nil {
		return "", false
	}
	return s, true
}

// halfSurrogate reports whether a JSON string has an escape of a surrogate that is
// not one of a pair.
func halfSurrogate(value raw) bool {
	for i := 0; i+1 < len(value); i++ {
		if value[i] != '\\' {
			continue
		}
		if i++; value[i] != 'u' {
			continue
		}
		switch unit := hex4(value, i+1); {
		case unit >= 0xdc00 && unit < 0xe000:
			return true
		case unit >= 0xd800 && unit < 0xdc00:
			low := hex4(value, i+7)
			if !bytes.HasPrefix(value[min(i+5, len(value)):], []byte(`\u`)) || low < 0xdc00 || low >= 0xe000 {
				return true
			}
			i += 6
		}
	}
	return false
}

// hex4 reads four hexadecimal digits, and returns 0 where there are none.
func hex4(value raw, at int) uint64 {
	if at+4 > len(value) {
		return 0
	}
	n, err := strconv.ParseUint(string(value[at:at+4]), 16, 32)
	if err != nil {
		return 0
	}
	return n
}

// maxSubject is far beyond the longest subject that any reader takes.
const maxSubject = 16 << 20

// content returns the bytes of a subject that is a string or an object: those of
// the string, or the value as it was written. A string without a content, too, is
// handed on as it was written: nothing that is asked about begins with a quotation
// mark, so it is refused. So is one that is too long, for its length.
func content(value raw) []byte {
	if len(value) > maxSubject {
		return value
	}
	if s, ok := text(value); ok {
		return []byte(s)
	}
	return value
}
