package delegation

import (
	"strconv"
	"strings"
)

// Picture draws the chain from the root to what was asked for, and marks with X the
// link, or else the invocation, that was refused. It is for terminals and logs: of
// several lines, in ASCII but for what people wrote, which is neutralised, and
// without the values of arguments.
func (r *Refusal) Picture() string {
	d := drawing{marked: r.marked()}
	d.line("", strings.TrimPrefix(r.Rule.Error(), "delegation: "))
	for i, l := range r.links {
		if l == nil {
			d.link(i, "?", "(not a link)")
			continue
		}
		d.link(i, l.issuer.String(), "link "+strconv.Itoa(i)+"  "+short(l.id))
	}
	if q := r.request; q != nil && len(r.links) > 0 {
		holder := "?"
		if leaf := r.links[len(r.links)-1]; leaf != nil {
			holder = leaf.subject.String()
		}
		d.link(len(r.links), holder, short(q.Action)+" on "+short(q.Resource))
		d.line("   ", short(q.Audience))
	} else if n := len(r.links); n > 0 && r.links[n-1] != nil {
		d.line("   ", r.links[n-1].subject.String())
	}
	cause := ""
	if r.Err != nil {
		cause = r.cause()
	}
	for _, f := range [][2]string{
		{"why", cause},
		{"in", string(r.Dimension)},
		{"offered", r.Offered},
		{"allowed", r.Allowed},
		{"fix", r.fix()},
		{"ask", r.Grantor.String()},
	} {
		if f[1] != "" {
			d.line(" ", f[0]+strings.Repeat(" ", 8-len(f[0]))+f[1])
		}
	}
	return d.b.String()
}

// marked is the number of the link that is marked, the number of links for the
// invocation, and -1 for nothing.
func (r *Refusal) marked() int {
	switch {
	case r.Link >= 0:
		return r.Link
	case r.place > 0:
		return r.place - 1
	case r.Rule >= ErrInvocation:
		return len(r.links)
	}
	return -1
}

type drawing struct {
	b      strings.Builder
	marked int
}

func (d *drawing) line(indent, text string) { d.b.WriteString(indent + text + "\n") }

// link draws who stands before an arrow, and what the arrow is.
func (d *drawing) link(i int, from, what string) {
	d.line("   ", from)
	if i == d.marked {
		d.line(" X | ", what+"   <-- refused")
		return
	}
	d.line("   | ", what)
}

// short is text that somebody else wrote, as it is where it is plain, and cut.
func short(s string) string {
	const most = 72
	if len(s) > most {
		s = s[:most] + "..."
	}
	if q := neutral(s); q[1:len(q)-1] != s {
		return q
	}
	return s
}
