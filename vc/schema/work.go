package schema

import (
	"fmt"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// maxWork is the most applications of a schema to a value that one check may take.
const maxWork = 1 << 20

// worker finds how many applications of schemas to values a check takes at most,
// short cuts left aside. It looks at each pair of schema and value once, however
// often a check would.
type worker struct {
	counts map[pair]int
	leaf   node // the name of a member, as a value
}

type pair struct {
	schema *jsonschema.Schema
	value  *node
}

// checkWork refuses a check that could take more than maxWork.
func checkWork(s *jsonschema.Schema, v *node) error {
	w := &worker{counts: make(map[pair]int)}
	if w.count(s, v) > maxWork {
		return fmt.Errorf("%w: more than %d steps", ErrWork, maxWork)
	}
	return nil
}

// count is the number of applications in applying s to v. A schema that comes back
// to itself on one value counts nothing: the check ends there.
func (w *worker) count(s *jsonschema.Schema, v *node) int {
	if s == nil {
		return 0
	}
	at := pair{s, v}
	if n, ok := w.counts[at]; ok {
		return n
	}
	if len(w.counts) > maxWork {
		return maxWork + 1
	}
	w.counts[at] = 0
	n := 1
	add := func(s *jsonschema.Schema, v *node) {
		if n <= maxWork {
			n += w.count(s, v)
		}
	}
	for _, inner := range inPlace(s) {
		add(inner, v)
	}
	for name, member := range v.members {
		add(s.PropertyNames, &w.leaf)
		for _, inner := range ofMember(s, name) {
			add(inner, member)
		}
	}
	for i, item := range v.items {
		for _, inner := range ofItem(s, i) {
			add(inner, item)
		}
	}
	w.counts[at] = min(n, maxWork+1)
	return w.counts[at]
}

// inPlace are the schemas that s applies to the very value.
func inPlace(s *jsonschema.Schema) []*jsonschema.Schema {
	out := []*jsonschema.Schema{s.Ref, s.Not, s.If, s.Then, s.Else}
	out = append(append(append(out, s.AllOf...), s.AnyOf...), s.OneOf...)
	for _, d := range s.DependentSchemas {
		out = append(out, d)
	}
	for _, d := range s.Dependencies {
		if inner, ok := d.(*jsonschema.Schema); ok {
			out = append(out, inner)
		}
	}
	return out
}

// ofMember are the schemas that s may apply to a member.
func ofMember(s *jsonschema.Schema, name string) []*jsonschema.Schema {
	out := []*jsonschema.Schema{s.Properties[name], s.UnevaluatedProperties}
	for _, p := range s.PatternProperties {
		out = append(out, p)
	}
	if inner, ok := s.AdditionalProperties.(*jsonschema.Schema); ok {
		out = append(out, inner)
	}
	return out
}

// ofItem are the schemas that s may apply to an element.
func ofItem(s *jsonschema.Schema, i int) []*jsonschema.Schema {
	out := []*jsonschema.Schema{s.Contains, s.Items2020, s.UnevaluatedItems}
	if i < len(s.PrefixItems) {
		out = append(out, s.PrefixItems[i])
	}
	for _, some := range []any{s.Items, s.AdditionalItems} {
		switch inner := some.(type) {
		case *jsonschema.Schema:
			out = append(out, inner)
		case []*jsonschema.Schema:
			if i < len(inner) {
				out = append(out, inner[i])
			}
		}
	}
	return out
}

// all are the schemas that s applies to anything.
func all(s *jsonschema.Schema) []*jsonschema.Schema {
	out := append(inPlace(s), s.PropertyNames, s.ContentSchema)
	out = append(out, s.PrefixItems...)
	for _, p := range s.Properties {
		out = append(out, p)
	}
	if tuple, ok := s.Items.([]*jsonschema.Schema); ok {
		out = append(out, tuple...)
	}
	return append(append(out, ofMember(s, "")...), ofItem(s, 0)...)
}

// refuseDynamic refuses references whose target depends on how they are reached:
// the count could not follow them.
func refuseDynamic(s *jsonschema.Schema) error {
	seen := make(map[*jsonschema.Schema]bool)
	todo := []*jsonschema.Schema{s}
	for len(todo) > 0 {
		s, todo = todo[len(todo)-1], todo[:len(todo)-1]
		if s == nil || seen[s] {
			continue
		}
		seen[s] = true
		if s.DynamicRef != nil || s.RecursiveRef != nil {
			return fmt.Errorf("%w: $dynamicRef or $recursiveRef at %.200q", ErrUnsupported, s.Location)
		}
		todo = append(todo, all(s)...)
	}
	return nil
}
