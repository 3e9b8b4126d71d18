package main

import (
	"errors"

	"github.com/taperid/taper/delegation"
)

// judgeAuthority accepts an authority that is well formed.
func judgeAuthority(f *fields) *result {
	subject := f.required("authority")
	if err := f.end(); err != nil {
		return noCase("member", err)
	}
	a, err := delegation.ParseAuthority(subject)
	r := accepted(err)
	if err == nil {
		r.add("authority", a)
		r.view = authorityView{a}
	}
	return r
}

// judgeAttenuation accepts a child that lies inside its parent.
func judgeAttenuation(f *fields) *result {
	parent, child := f.required("parent"), f.required("child")
	if err := f.end(); err != nil {
		return noCase("member", err)
	}
	p, err := delegation.ParseAuthority(parent)
	if err != nil {
		return accepted(placed("parent", err))
	}
	c, err := delegation.ParseAuthority(child)
	if err != nil {
		return accepted(placed("child", err))
	}
	r := accepted(delegation.Covers(p, c))
	if meet, _, err := delegation.Narrow(p, c.Terms()); err == nil {
		r.add("narrowed", meet)
	}
	return r
}

// judgeRequest accepts a request that an authority allows.
func judgeRequest(f *fields) *result {
	authority, request := f.required("authority"), f.required("request")
	if err := f.end(); err != nil {
		return noCase("member", err)
	}
	a, err := delegation.ParseAuthority(authority)
	if err != nil {
		return accepted(err)
	}
	q, err := delegation.ParseRequest(request)
	if err != nil {
		return accepted(err)
	}
	return accepted(a.Allows(q))
}

// placedError says where an error was.
type placedError struct {
	place string
	err   error
}

func (e *placedError) Error() string { return e.place + ": " + e.err.Error() }
func (e *placedError) Unwrap() error { return e.err }

func placed(place string, err error) error { return &placedError{place, err} }

// placeOf returns where an error was, empty where it does not say.
func placeOf(err error) string {
	var p *placedError
	if errors.As(err, &p) {
		return p.place
	}
	return ""
}
