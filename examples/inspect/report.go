package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/taperid/taper/delegation"
)

// maxFile is the longest file that is read.
const maxFile = 64 << 20

// report writes a report for each file, and reports whether all are valid.
func (o *options) report(in io.Reader, out io.Writer) (bool, error) {
	if err := o.readFlags(); err != nil {
		return false, err
	}
	good := true
	for i, name := range o.files {
		data, err := readFile(name, in)
		if err != nil {
			return false, err
		}
		what, r := o.judgeFile(data)
		good = good && r.verdict == accept
		r.id, r.kind = encoded(name), what
		if err := o.write(out, r, i > 0); err != nil {
			return false, err
		}
	}
	return good, nil
}

// readFile reads a file; - is standard input.
func readFile(name string, in io.Reader) ([]byte, error) {
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }() // it was only read
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("%s: more than %d bytes", name, maxFile)
	}
	return data, err
}

func (o *options) judgeFile(data []byte) (what string, r *result) {
	c, err := o.recognise(data)
	if err != nil {
		return "unknown", noCase("kind", err)
	}
	f := newFields(c.members, &environment{now: o.now})
	f.optional("id")
	f.optional("kind")
	r = c.judge(f)
	if f.used["at"] && f.err == nil {
		r.at = f.at()
	}
	return c.what, r
}

func (o *options) write(out io.Writer, r *result, again bool) error {
	if o.json {
		line, err := r.MarshalJSON()
		if err == nil {
			_, err = out.Write(append(line, '\n'))
		}
		return err
	}
	p := &paper{}
	if again {
		p.WriteByte('\n')
	}
	name, _ := text(r.id)
	p.title(name, r)
	if r.err != nil {
		p.reasons(r)
	}
	if r.view != nil {
		p.WriteByte('\n')
		r.view.draw(p)
	}
	_, err := out.Write(p.Bytes())
	return err
}

// view is what a report shows of a thing besides the verdict.
type view interface{ draw(p *paper) }

// paper is a report as it is written. Everything that others wrote goes through
// safe.
type paper struct{ bytes.Buffer }

func (p *paper) title(name string, r *result) {
	verdict := map[string]string{accept: "VALID", reject: "REFUSED", failed: "NOT JUDGED"}[r.verdict]
	if r.rule != 0 {
		verdict += fmt.Sprintf(" by rule %d", r.rule)
	}
	if r.link != nil {
		verdict += fmt.Sprintf(", link %d,", *r.link)
	}
	if !r.at.IsZero() {
		verdict += " at " + stamp(r.at)
	}
	p.printf("%s: %s: %s\n", safe(name), safe(r.kind), verdict)
}

func (p *paper) printf(format string, args ...any) { p.WriteString(fmt.Sprintf(format, args...)) }

// row writes a line with a label, and no line where there is nothing to say.
func (p *paper) row(label, format string, args ...any) {
	if s := safe(fmt.Sprintf(format, args...)); s != "" {
		p.printf("  %-8s  %s\n", label, s)
	}
}

// reasons says what was refused: by which rule, where, what was found there, what was
// wanted, and what helps.
func (p *paper) reasons(r *result) {
	s := find(r.err)
	var refusal *delegation.Refusal
	p.WriteByte('\n')
	switch {
	case r.verdict == failed:
		p.row("because", "%s", plain(r.err.Error()))
	case errors.As(r.err, &refusal) && refusal.Rule != 0:
		p.refusal(refusal, s)
	default:
		if p.row("rule", "%s", s.code); s.code != plain(s.err.Error()) {
			p.row("", "%s", plain(s.err.Error()))
		}
		p.row("place", "%s", errorPlace(r.err, s))
		p.row("found", "%s", plain(detail(r.err, s)))
		p.row("wanted", "%s", s.wanted)
		p.row("fix", "%s", s.fix)
	}
}

// refusal says what a rule refused.
func (p *paper) refusal(r *delegation.Refusal, s sentinel) {
	p.row("rule", "%s", ruleText(r.Rule))
	p.row("place", "%s", refusalPlace(r, s))
	if !r.Issuer.IsZero() {
		p.row("from", "%s", r.Issuer)
		p.row("to", "%s", r.Holder)
	}
	cause := ""
	if r.Err != nil {
		cause = plain(r.Err.Error())
	}
	if r.Offered != "" {
		p.row("because", "%s", cause)
	}
	p.row("found", "%s", either(r.Offered, cause))
	p.row("wanted", "%s", either(r.Allowed, s.wanted))
	p.row("fix", "%s", either(r.Fix, s.fix))
	if r.Approval != nil {
		for _, rule := range r.Approval.Rules {
			p.row("ask", "%d of %s to approve it", rule.Min, some(rule.By))
		}
	} else if !r.Grantor.IsZero() {
		p.row("ask", "%s, who could grant it", r.Grantor)
	}
}

func ruleText(r delegation.Rule) string { return strings.TrimPrefix(r.Error(), "delegation: rule ") }

func refusalPlace(r *delegation.Refusal, s sentinel) string {
	var parts []string
	if r.Link >= 0 {
		parts = append(parts, fmt.Sprintf("link %d", r.Link))
	}
	if r.Dimension != "" {
		parts = append(parts, string(r.Dimension))
	} else if s.place != "" {
		parts = append(parts, s.place)
	}
	if len(parts) == 0 {
		return map[bool]string{true: "the chain", false: "the invocation"}[r.Rule < delegation.ErrInvocation]
	}
	return strings.Join(parts, ", ")
}

// errorPlace says where an error is, which those inside a presentation say in front.
func errorPlace(err error, s sentinel) string {
	const inner = " of the presentation: "
	place := either(placeOf(err), s.place)
	if before, _, ok := strings.Cut(err.Error(), inner); ok {
		if _, n, ok := strings.Cut(before, "credential "); ok {
			return "credential " + n + " of the presentation, " + place
		}
	}
	return place
}

// detail is what an error says besides its sentinel.
func detail(err error, s sentinel) string {
	_, after, ok := strings.Cut(err.Error(), s.err.Error()+": ")
	if !ok {
		return ""
	}
	return after
}

// plain is the text of an error without the name of its package.
func plain(s string) string {
	if name, rest, ok := strings.Cut(s, ": "); ok && !strings.Contains(name, " ") {
		return rest
	}
	return s
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// span says how long it is from now until a time ends.
func span(now, from, until time.Time) string {
	switch {
	case !from.IsZero() && now.Before(from):
		return "begins in " + short(from.Sub(now))
	case until.IsZero():
		return "does not end"
	case !now.Before(until):
		return "EXPIRED " + short(now.Sub(until)) + " ago"
	}
	return short(until.Sub(now)) + " left"
}

// short writes a duration in at most two units.
func short(d time.Duration) string {
	switch d = d.Round(time.Second); {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%dd%dh", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
	case d >= time.Hour:
		return fmt.Sprintf("%dh%dm", d/time.Hour, d%time.Hour/time.Minute)
	case d >= time.Minute:
		return fmt.Sprintf("%dm%ds", d/time.Minute, d%time.Minute/time.Second)
	}
	return d.String()
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
