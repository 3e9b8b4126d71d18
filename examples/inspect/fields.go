package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/taperid/taper/did"
)

// fields are the members of a case. What is wrong with the case itself, a member
// that is missing, unknown or of the wrong form, is remembered and makes the verdict
// "error". The subjects of the question are taken raw, and what is wrong with one
// makes it "reject".
type fields struct {
	order   []string // the names, as they stand
	members map[string]raw
	used    map[string]bool
	err     error
	env     *environment
}

// environment is what one case after another is judged in.
type environment struct {
	now      func() time.Time
	contexts madeContexts
}

func newFields(members []member, env *environment) *fields {
	f := &fields{members: make(map[string]raw, len(members)), used: make(map[string]bool), env: env}
	for _, m := range members {
		f.order = append(f.order, m.name)
		f.members[m.name] = m.value
	}
	return f
}

// errMember is what is wrong with a case that is none.
var errMember = errors.New("inspect: malformed case")

func (f *fields) fail(format string, args ...any) {
	if f.err == nil {
		f.err = fmt.Errorf("%w: %s", errMember, fmt.Sprintf(format, args...))
	}
}

// end returns what is wrong with the case, once all its members were asked for.
func (f *fields) end() error {
	for _, name := range f.order {
		if !f.used[name] {
			f.fail("unknown member %.40q", name)
			break
		}
	}
	return f.err
}

// has reports whether the case states a member.
func (f *fields) has(name string) bool {
	_, ok := f.members[name]
	return ok
}

// optional returns a member as it was written, nil where it is absent.
func (f *fields) optional(name string) raw {
	f.used[name] = true
	return f.members[name]
}

// required returns a member as it was written.
func (f *fields) required(name string) raw {
	value := f.optional(name)
	if value == nil {
		f.fail("member %q is missing", name)
	}
	return value
}

// text returns an optional member that is a string, empty where it is absent.
func (f *fields) text(name string) string {
	value := f.optional(name)
	if value == nil {
		return ""
	}
	s, ok := text(value)
	if !ok {
		f.fail("%s is not a string", name)
	}
	return s
}

func (f *fields) bool(name string) bool {
	switch value := f.optional(name); string(value) {
	case "true":
		return true
	case "", "false":
	default:
		f.fail("%s is neither true nor false", name)
	}
	return false
}

// longest is the longest time that a member may state, in seconds: a hundred years,
// which stands for all that is longer too.
const longest = 100 * 366 * 24 * 3600

// seconds returns an optional member that is a number of whole seconds from least
// to most; one over longest counts as that.
func (f *fields) seconds(name string, absent, least, most int64) time.Duration {
	return time.Duration(min(f.number(name, absent, least, most), longest)) * time.Second
}

// number returns an optional member that is a whole number from least to most.
func (f *fields) number(name string, absent, least, most int64) int64 {
	value := f.optional(name)
	if value == nil {
		return absent
	}
	n, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil || n < least || n > most {
		f.fail("%s is %.40s, want a whole number from %d to %d", name, value, least, most)
		return absent
	}
	return n
}

// texts returns an optional member that is an array, whose elements are subjects
// that are to be texts; what is none is handed on as it was written.
func (f *fields) texts(name string) (out []string) {
	value := f.optional(name)
	if value == nil {
		return nil
	}
	elements, err := splitArray(value)
	if err != nil {
		f.fail("%s: %v", name, err)
	}
	for _, e := range elements {
		out = append(out, string(content(e)))
	}
	return out
}

const (
	maxSkew           = 300 // seconds, as package vc and delegation have it
	maxInvocationSkew = 30
	anySeconds        = 1<<63 - 1
)

func (f *fields) skew() time.Duration { return f.seconds("skew", 0, 0, maxSkew) }

// maxStaleness is how old a status list may be.
func (f *fields) maxStaleness() time.Duration { return f.seconds("maxStaleness", 300, 1, anySeconds) }

// at returns the time to judge by, the present where none is stated.
func (f *fields) at() time.Time {
	if !f.has("at") {
		return f.env.now()
	}
	t, err := parseTime(f.text("at"))
	if err != nil {
		f.fail("at: %v", err)
	}
	return t
}

// parseTime reads a time of RFC 3339, which time.Parse takes for more than it is.
func parseTime(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || len(s) < len("2006-01-02T15:04:05Z") || s[13] != ':' || strings.Contains(s, ",") || t.IsZero() {
		return time.Time{}, fmt.Errorf("%.40q is not a time such as 2026-01-31T12:00:00Z", s)
	}
	return t, nil
}

// dids returns an optional member that is an array of DIDs; stated tells an empty
// one from an absent one.
func (f *fields) dids(name string) (list []did.DID, stated bool) {
	value := f.optional(name)
	if value == nil {
		return nil, false
	}
	elements, err := splitArray(value)
	if err != nil {
		f.fail("%s: %v", name, err)
	}
	for _, e := range elements {
		list = append(list, f.did(name, e))
	}
	return list, true
}

func (f *fields) did(name string, value raw) did.DID {
	s, _ := text(value)
	d, err := did.Parse(s)
	if err != nil {
		f.fail("%s: %v", name, err)
	}
	return d
}

// object returns the members of an optional member that is an object.
func (f *fields) object(name string) []member {
	value := f.optional(name)
	if value == nil {
		return nil
	}
	members, err := splitObject(value)
	if err != nil {
		f.fail("%s: %v", name, err)
	}
	return members
}

// lists returns an optional member that has status list credentials by their URL;
// nil where it is absent.
func (f *fields) lists(name string) lists {
	if !f.has(name) {
		return nil
	}
	out := make(lists)
	for _, m := range f.object(name) {
		out[m.name] = content(m.value)
	}
	return out
}

// errSubject is what is wrong with a subject of the question that package's readers
// are not even shown.
var errSubject = errors.New("inspect: malformed subject")

// subjectText returns a subject that is to be a string.
func subjectText(name string, value raw) (string, error) {
	s, ok := text(value)
	if !ok {
		return "", fmt.Errorf("%w: %s is not a string", errSubject, name)
	}
	return s, nil
}

// subjectUint returns a subject that is to be a number of 64 bits without sign.
func subjectUint(name string, value raw) (uint64, error) {
	n, err := strconv.ParseUint(string(value), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: %s is %.40s, want a whole number", errSubject, name, value)
	}
	return n, nil
}

// subjectHex returns a subject that is to be hexadecimal text.
func subjectHex(name string, value raw) ([]byte, error) {
	s, err := subjectText(name, value)
	if err != nil {
		return nil, err
	}
	b, err := hex.DecodeString(s)
	if err != nil {
		return nil, fmt.Errorf("%w: %s is not hexadecimal", errSubject, name)
	}
	return b, nil
}
