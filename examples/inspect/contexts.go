package main

import (
	"maps"

	"github.com/taperid/taper/vc"
)

// madeContexts are the contexts made last, and of which text: cases that follow each
// other mostly state the same.
type madeContexts struct {
	text     string
	contexts *vc.Contexts
}

// contexts returns an optional member that has JSON-LD contexts by their URL, nil
// where it is absent. A context that is embedded in the library stays what it is,
// whatever the case has in its place.
func (f *fields) contexts(name string) *vc.Contexts {
	value := f.optional(name)
	if value == nil {
		return nil
	}
	if made := f.env.contexts; made.contexts != nil && made.text == string(value) {
		return made.contexts
	}
	more := make(map[string][]byte)
	for _, m := range f.object(name) {
		more[m.name] = m.value
	}
	var embedded *vc.Contexts
	maps.DeleteFunc(more, func(url string, _ []byte) bool { return embedded.Has(url) })
	c, err := vc.NewContexts(more)
	if err != nil {
		f.fail("%s: %v", name, err)
		return nil
	}
	f.env.contexts = madeContexts{string(value), c}
	return c
}
