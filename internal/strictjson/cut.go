package strictjson

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// Cut takes a member out of an object in the form of RFC 8785, as Canonical
// writes it. It returns the text of the value and the object without the member,
// which is in that form too; where there is no such member value is nil and rest
// is the object. The name is of characters that no escape stands for.
func Cut(object []byte, name string) (value, rest []byte) {
	for i := 1; i < len(object) && object[i] == '"'; {
		end := endOfString(object, i+1)
		start := end + 2 // past the quotation mark and the colon
		stop := endOfValue(object, start)
		if string(object[i+1:end]) == name {
			return object[start:stop], without(object, i, stop)
		}
		i = stop + 1 // past the comma
	}
	return nil, object
}

// without returns object without the bytes from i up to j, a member, and without
// one of the commas around it.
func without(object []byte, i, j int) []byte {
	switch {
	case object[j] == ',':
		j++
	case object[i-1] == ',':
		i--
	}
	out := make([]byte, 0, len(object)-(j-i))
	return append(append(out, object[:i]...), object[j:]...)
}

// endOfValue returns the place of the comma or bracket that follows the value
// which begins at i.
func endOfValue(data []byte, i int) int {
	for depth := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			i = endOfString(data, i+1)
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
		case ',':
			if depth == 0 {
				return i
			}
		}
	}
	return i
}

// Put returns an object in the form of RFC 8785 with one more member in its
// place. The object has no member of that name, the name is ASCII that no escape
// stands for, and the value is in that form.
func Put(object []byte, name string, value []byte) []byte {
	at := 1
	for at < len(object) && object[at] == '"' {
		end := endOfString(object, at+1)
		if after(object[at:end+1], name) {
			break
		}
		at = endOfValue(object, end+2)
		if object[at] == ',' {
			at++
		}
	}
	out := make([]byte, 0, len(object)+len(name)+len(value)+4)
	out = append(out, object[:at]...)
	if object[at] == '}' && at > 1 {
		out = append(out, ',')
	}
	out = append(append(append(append(out, '"'), name...), '"', ':'), value...)
	if object[at] != '}' {
		out = append(out, ',')
	}
	return append(out, object[at:]...)
}

// after reports whether a quoted name sorts after an ASCII name. RFC 8785 sorts by
// UTF-16, where everything that is not ASCII comes after it, as it does in UTF-8.
func after(quoted []byte, name string) bool {
	plain := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(plain, '\\') >= 0 {
		plain, _ = jsontext.AppendUnquote(nil, quoted)
	}
	return string(plain) > name
}

// Closed reports whether text that is put where a value stands stays there: it
// opens what it closes, ends its strings, and has no comma outside. So where the
// whole is then found to be JSON the text is one value of it, and adds no member.
func Closed(text []byte) bool {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			if i = endOfString(text, i+1); i >= len(text) {
				return false
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth < 0 {
				return false
			}
		case ',':
			if depth == 0 {
				return false
			}
		}
	}
	return depth == 0 && len(text) > 0
}
