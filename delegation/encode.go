package delegation

import (
	"slices"
	"strconv"
	"unicode/utf16"

	"github.com/taperid/taper/internal/strictjson"
)

// The functions here write the normal form: the form of RFC 8785 of what was
// read. Members are written in its order, which is that of their names as UTF-16.

// members writes an object.
type members struct {
	b     []byte
	start int
}

func openMembers(b []byte) *members { return &members{append(b, '{'), len(b) + 1} }

// name writes the name of the next member.
func (m *members) name(name string) {
	if len(m.b) > m.start {
		m.b = append(m.b, ',')
	}
	m.b = append(strictjson.AppendString(m.b, name), ':')
}

func (m *members) strings(name string, list []string) {
	if list != nil {
		m.name(name)
		m.b = appendStrings(m.b, list)
	}
}

func (m *members) int(name string, n int64) {
	m.name(name)
	m.b = strconv.AppendInt(m.b, n, 10)
}

func (m *members) text(name, s string) {
	m.name(name)
	m.b = strictjson.AppendString(m.b, s)
}

func (m *members) isTrue(name string) {
	m.name(name)
	m.b = append(m.b, "true"...)
}

func (m *members) close() []byte { return append(m.b, '}') }

// appendArray writes an array of n elements.
func appendArray(b []byte, n int, element func(b []byte, i int) []byte) []byte {
	b = append(b, '[')
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = element(b, i)
	}
	return append(b, ']')
}

func appendStrings(b []byte, list []string) []byte {
	return appendArray(b, len(list), func(b []byte, i int) []byte { return strictjson.AppendString(b, list[i]) })
}

func (a *authority) append(b []byte) []byte {
	m := openMembers(b)
	m.strings("audience", a.audience.names)
	if a.depthStated {
		m.int("depth", a.depth)
	}
	m.name("grants")
	m.b = appendArray(m.b, len(a.grants), func(b []byte, i int) []byte { return a.grants[i].append(b) })
	if a.guarded != nil {
		m.name("guarded")
		o := openMembers(m.b)
		o.strings("actions", a.guarded.actions.texts())
		o.strings("resources", a.guarded.resources.texts())
		m.b = o.close()
	}
	if a.limits != nil {
		m.name("limits")
		m.b = a.limits.append(m.b)
	}
	if a.maxStatusAge != 0 {
		m.int("maxStatusAge", a.maxStatusAge)
	}
	if a.requires.attestation != nil || a.requires.approval != nil {
		m.name("requires")
		m.b = a.requires.append(m.b)
	}
	return m.close()
}

func (g *grant) append(b []byte) []byte {
	m := openMembers(b)
	m.strings("actions", g.actions.texts())
	g.object.appendArgs(m)
	m.strings("except", g.except.texts())
	g.object.appendOptional(m)
	m.strings("resources", g.resources.texts())
	return m.close()
}

// appendArgs writes args and closed.
func (o *object) appendArgs(m *members) {
	if o == nil {
		return
	}
	o.appendNames(m, "args", false)
	if o.closed {
		m.isTrue("closed")
	}
}

func (o *object) appendOptional(m *members) {
	if o != nil {
		o.appendNames(m, "optional", true)
	}
}

func (o *object) appendNames(m *members, member string, optional bool) {
	var names []named
	for _, n := range o.names {
		if n.optional == optional {
			names = append(names, n)
		}
	}
	if names == nil {
		return
	}
	slices.SortFunc(names, func(a, b named) int {
		return slices.Compare(utf16.Encode([]rune(a.name)), utf16.Encode([]rune(b.name)))
	})
	m.name(member)
	inner := openMembers(m.b)
	for _, n := range names {
		inner.name(n.name)
		inner.b = n.rule.append(inner.b)
	}
	m.b = inner.close()
}

func (r *rule) append(b []byte) []byte {
	m := openMembers(b)
	switch r.kind {
	case isAny:
		m.isTrue("any")
	case isNone:
		m.isTrue("none")
	case isIn:
		m.name("in")
		m.b = appendArray(m.b, len(r.in.stated), func(b []byte, i int) []byte { return r.in.stated[i].append(b) })
	case isRange:
		m.name("range")
		m.b = appendArray(m.b, 2, func(b []byte, i int) []byte { return appendEnd(b, [2]int64{r.lo, r.hi}[i]) })
	case isUnder:
		m.text("under", r.under.text)
	case isEach:
		m.name("each")
		m.b = r.each.append(m.b)
		m.int("max", r.max)
	case isObject:
		m.name("object")
		inner := openMembers(m.b)
		r.object.appendArgs(inner)
		r.object.appendOptional(inner)
		m.b = inner.close()
	}
	return m.close()
}

func appendEnd(b []byte, n int64) []byte {
	if n == openLow || n == openHigh {
		return append(b, "null"...)
	}
	return strconv.AppendInt(b, n, 10)
}

func (ls limits) append(b []byte) []byte {
	m := openMembers(b)
	for _, l := range ls {
		m.name(l.name)
		inner := openMembers(m.b)
		inner.int("max", l.Max)
		if l.Per != 0 {
			inner.int("per", l.Per)
		}
		if l.Split != "" {
			inner.text("split", l.Split)
		}
		inner.text("unit", l.Unit)
		m.b = inner.close()
	}
	return m.close()
}

func (q *requires) append(b []byte) []byte {
	m := openMembers(b)
	if q.approval != nil {
		m.name("approval")
		m.b = appendArray(m.b, len(q.approval), func(b []byte, i int) []byte { return q.approval[i].append(b) })
	}
	m.strings("attestation", q.attestation)
	return m.close()
}

func (p *approval) append(b []byte) []byte {
	m := openMembers(b)
	m.strings("actions", p.actions.texts())
	m.strings("by", p.by)
	m.int("min", p.min)
	return m.close()
}
