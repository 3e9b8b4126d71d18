package delegation

import "bytes"

// Most arguments are a few names with plain strings and integers. The functions
// here judge those without keeping anything, and only ever say yes: whatever they
// do not read, or do not find allowed, is judged again by the rest of the package,
// which they may not contradict (FuzzPlainAllows).

const (
	plainMembers = 8
	plainBytes   = 1024
	plainDigits  = 15
)

// plainMember is a member of arguments. Its name folds to itself and its text is
// without escapes.
type plainMember struct {
	name, text []byte
	num        int64
	kind       valueKind
}

// allowsPlain reports that a allows q. False says nothing.
func (a *authority) allowsPlain(q *Request) bool {
	if a == nil || q.Arguments == nil || q.OpaqueBody || len(q.Amounts) > 0 || len(q.Arguments) > plainBytes {
		return false
	}
	if !a.audience.has(q.Audience) || checkAction(q.Action, 0) != nil || checkResource(q.Resource, 0) != nil {
		return false
	}
	var room [plainMembers]plainMember
	members, ok := readPlain(q.Arguments, room[:0])
	if !ok {
		return false
	}
	for i := range a.grants {
		g := &a.grants[i]
		if g.actions.has(q.Action) && g.resources.has(q.Resource) && !g.except.has(q.Resource) && g.object.fitsPlain(members) {
			return true
		}
	}
	return false
}

// fitsPlain reports that members fit o.
func (o *object) fitsPlain(members []plainMember) bool {
	if o == nil {
		return true
	}
	present := 0
	for i := range members {
		m := &members[i]
		n := o.findPlain(m.name)
		switch {
		case n == nil && o.closed:
			return false
		case n == nil:
			continue
		case n.name != string(m.name) || !n.rule.fitsPlain(m):
			return false
		case !n.optional:
			present++
		}
	}
	return present == o.args
}

func (o *object) findPlain(fold []byte) *named {
	for i := range o.names {
		if n := &o.names[i]; n.fold == string(fold) {
			return n
		}
	}
	return nil
}

// fitsPlain reports that a value fits r. Of the rules for resources, arrays and
// objects it says nothing.
func (r *rule) fitsPlain(m *plainMember) bool {
	switch {
	case r.kind == isAny:
		return true
	case r.kind == isRange:
		return m.kind == kindInt && r.lo <= m.num && m.num <= r.hi
	case r.kind != isIn:
		return false
	}
	for i := range r.in.sorted {
		if s := &r.in.sorted[i]; s.kind == m.kind && s.num == m.num && s.text == string(m.text) {
			return true
		}
	}
	return false
}

// readPlain reads an object that needs no care: no white space but between tokens,
// no escape, no character beyond ASCII, no capital in a name, no name twice, no
// fraction, and nothing nested.
func readPlain(data []byte, members []plainMember) ([]plainMember, bool) {
	r := plainReader{data: data}
	if !r.take('{') {
		return nil, false
	}
	if r.take('}') {
		return members, r.atEnd()
	}
	for len(members) < cap(members) {
		name, ok := r.text()
		if !ok || !isPlainName(name) || !r.take(':') {
			return nil, false
		}
		for i := range members {
			if bytes.Equal(members[i].name, name) {
				return nil, false
			}
		}
		m := plainMember{name: name}
		if !r.value(&m) {
			return nil, false
		}
		members = append(members, m)
		if r.take('}') {
			return members, r.atEnd()
		}
		if !r.take(',') {
			return nil, false
		}
	}
	return nil, false
}

func isPlainName(name []byte) bool {
	for _, c := range name {
		if c >= 'A' && c <= 'Z' {
			return false
		}
	}
	return true
}

// plainReader walks the bytes of JSON.
type plainReader struct {
	data []byte
	at   int
}

// take steps over white space, and over c if that is next.
func (r *plainReader) take(c byte) bool {
	r.space()
	if r.at < len(r.data) && r.data[r.at] == c {
		r.at++
		return true
	}
	return false
}

func (r *plainReader) space() {
	for r.at < len(r.data) {
		switch r.data[r.at] {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return
		}
	}
}

func (r *plainReader) atEnd() bool {
	r.space()
	return r.at == len(r.data)
}

// text reads a string of printable ASCII without escapes.
func (r *plainReader) text() ([]byte, bool) {
	if !r.take('"') {
		return nil, false
	}
	for start := r.at; r.at < len(r.data); r.at++ {
		switch c := r.data[r.at]; {
		case c == '"':
			r.at++
			return r.data[start : r.at-1], true
		case c < 0x20 || c > 0x7e || c == '\\':
			return nil, false
		}
	}
	return nil, false
}

// value reads a string, a small integer, true, false or null.
func (r *plainReader) value(m *plainMember) (ok bool) {
	r.space()
	if r.at == len(r.data) {
		return false
	}
	switch c := r.data[r.at]; {
	case c == '"':
		m.kind = kindString
		m.text, ok = r.text()
		return ok
	case c == '-' || c >= '0' && c <= '9':
		m.kind = kindInt
		m.num, ok = r.integer()
		return ok
	case c == 't':
		m.kind, m.num = kindBool, 1
		return r.word("true")
	case c == 'f':
		m.kind = kindBool
		return r.word("false")
	}
	m.kind = kindNull
	return r.word("null")
}

func (r *plainReader) word(w string) bool {
	if len(r.data)-r.at < len(w) || string(r.data[r.at:r.at+len(w)]) != w {
		return false
	}
	r.at += len(w)
	return true
}

// integer reads an integer without a leading zero, fraction or exponent, and no -0.
// What may follow it is for the caller, who takes a comma or the end alone.
func (r *plainReader) integer() (n int64, ok bool) {
	negative := r.data[r.at] == '-'
	if negative {
		r.at++
	}
	start := r.at
	for ; r.at < len(r.data) && r.data[r.at] >= '0' && r.data[r.at] <= '9'; r.at++ {
		if r.at-start == plainDigits {
			return 0, false
		}
		n = 10*n + int64(r.data[r.at]-'0')
	}
	digits := r.at - start
	if digits == 0 || r.data[start] == '0' && (digits > 1 || negative) {
		return 0, false
	}
	if negative {
		n = -n
	}
	return n, true
}
