package delegation_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
)

// The oracle: every authority and every request of a small universe. What a
// constraint or a pattern means is said here a second time, by listing what it
// has.

// set is a set of requests of a universe.
type set [4]uint64

func (s *set) add(i int) { s[i/64] |= 1 << (i % 64) }

func (s set) in(t set) bool {
	for i := range s {
		if s[i]&^t[i] != 0 {
			return false
		}
	}
	return true
}

// world is the authorities of a universe, each with what it allows.
type world struct {
	parents, children []delegation.Authority // of depth 1 and 0
	json              []string
	allowed           []set
}

// add adds an authority, checks Allows against what the oracle says it allows, and
// keeps it.
func (w *world) add(t *testing.T, grant string, requests []delegation.Request, want set) {
	t.Helper()
	write := func(depth int) string {
		return fmt.Sprintf(`{"grants":[%s],"audience":["**"],"depth":%d}`, grant, depth)
	}
	parent := parse(t, write(1))
	var got set
	for i, q := range requests {
		q.Audience = anyone
		if parent.Allows(q) == nil {
			got.add(i)
		}
	}
	if got != want {
		t.Fatalf("%s allows %x, want %x", grant, got, want)
	}
	w.parents, w.children = append(w.parents, parent), append(w.children, parse(t, write(0)))
	w.json, w.allowed = append(w.json, grant), append(w.allowed, want)
}

// compare compares every two authorities: Covers holds exactly where what the
// child allows is a subset.
func (w *world) compare(t *testing.T) {
	t.Helper()
	// All pairs where $TAPER_EXHAUSTIVE is set, else an even part of them.
	stride, pairs, inside := 1, 0, 0
	if len(w.parents) > 1000 && os.Getenv("TAPER_EXHAUSTIVE") == "" {
		stride = 211
	}
	for i, parent := range w.parents {
		for j := i % stride; j < len(w.children); j += stride {
			child := w.children[j]
			covers, subset := delegation.Covers(parent, child) == nil, w.allowed[j].in(w.allowed[i])
			if plain, indexed := delegation.CoversBothWays(parent, child); plain != indexed {
				t.Fatalf("plain %v, indexed %v\nparent %s\nchild  %s", plain, indexed, w.json[i], w.json[j])
			}
			pairs++
			if covers {
				inside++
			}
			if covers != subset {
				t.Fatalf("covers %v, subset %v\nparent %s\nchild  %s", covers, subset, w.json[i], w.json[j])
			}
		}
	}
	t.Logf("%d authorities, %d pairs, %d inside", len(w.parents), pairs, inside)
	require.Greater(t, inside, len(w.parents))
	require.Less(t, inside, pairs)
}

// subsets returns the sets of at most two of n, the empty one first.
func subsets(n int) [][]int {
	out := [][]int{{}}
	for i := range n {
		out = append(out, []int{i})
		for j := range i {
			out = append(out, []int{j, i})
		}
	}
	return out
}

func pick(names []string, index []int) string {
	parts := make([]string, len(index))
	for i, k := range index {
		parts[i] = fmt.Sprintf("%q", names[k])
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// meaning lists patterns and what of the universe each has.
type meaning struct {
	pattern string
	has     string // the requests, separated by blanks
}

func (m meaning) hasOne(s string) bool { return strings.Contains(" "+m.has+" ", " "+s+" ") }

var resourceUniverse = strings.Fields("urn:a urn:a/b urn:a/b/x urn:a/z urn:ab https://h https://h/p https://x.h https://x.h/p https://y.x.h/q https://z.h https://h:1 https://x.h:1/p http://x.h file:// file:///p")

var resourceMeanings = []meaning{
	{"**", strings.Join(resourceUniverse, " ")},
	{"urn:a/**", "urn:a urn:a/b urn:a/b/x urn:a/z"},
	{"urn:a", "urn:a"},
	{"urn:a/b/**", "urn:a/b urn:a/b/x"},
	{"urn:a/b", "urn:a/b"},
	{"https://**", "https://h https://h/p https://x.h https://x.h/p https://y.x.h/q https://z.h https://h:1 https://x.h:1/p"},
	{"https://*.h/**", "https://x.h https://x.h/p https://y.x.h/q https://z.h"},
	{"https://*.x.h/**", "https://y.x.h/q"},
	{"https://*.h:1/**", "https://x.h:1/p"},
	{"https://h/**", "https://h https://h/p"},
	{"https://x.h/**", "https://x.h https://x.h/p"},
	{"https://x.h", "https://x.h"},
	{"file:///**", "file:// file:///p"},
}

func TestOracleResources(t *testing.T) {
	var names []string
	for _, m := range resourceMeanings {
		names = append(names, m.pattern)
	}
	var requests []delegation.Request
	for _, r := range resourceUniverse {
		requests = append(requests, delegation.Request{Action: "a", Resource: r})
	}
	var w world
	for _, rs := range subsets(len(names))[1:] {
		for _, es := range subsets(len(names)) {
			grant := `{"actions":["a"],"resources":` + pick(names, rs)
			if len(es) > 0 {
				grant += `,"except":` + pick(names, es)
			}
			grant += "}"
			if _, err := delegation.ParseAuthority([]byte(`{"grants":[` + grant + `],"audience":["**"]}`)); err != nil {
				require.ErrorContains(t, err, "inside except")
				continue
			}
			var want set
			for i, r := range resourceUniverse {
				has := func(set []int) bool {
					for _, k := range set {
						if resourceMeanings[k].hasOne(r) {
							return true
						}
					}
					return false
				}
				if has(rs) && !has(es) {
					want.add(i)
				}
			}
			w.add(t, grant, requests, want)
		}
	}
	w.compare(t)
}

func TestOracleActions(t *testing.T) {
	universe := strings.Fields("a a/b a/b/x a/z ab c c/d A")
	meanings := []meaning{
		{"**", strings.Join(universe, " ")},
		{"a/**", "a a/b a/b/x a/z"},
		{"a", "a"},
		{"a/b", "a/b"},
		{"a/b/**", "a/b a/b/x"},
		{"c/**", "c c/d"},
		{"A", "A"},
	}
	var names []string
	for _, m := range meanings {
		names = append(names, m.pattern)
	}
	var requests []delegation.Request
	for _, a := range universe {
		requests = append(requests, delegation.Request{Action: a, Resource: "urn:a"})
	}
	var w world
	for _, as := range subsets(len(names))[1:] {
		var want set
		for i, a := range universe {
			for _, k := range as {
				if meanings[k].hasOne(a) {
					want.add(i)
				}
			}
		}
		w.add(t, `{"actions":`+pick(names, as)+`,"resources":["**"]}`, requests, want)
	}
	w.compare(t)
}

// constraintMeanings lists constraints and the values, of valueUniverse, that each
// has.
var constraintMeanings = []meaning{
	{`{"any":true}`, strings.Join(valueUniverse, " ")},
	{`{"in":[1]}`, `1`},
	{`{"in":[1,2,null]}`, `null 1 2`},
	{`{"in":[2,1,3]}`, `1 2 3`},
	{`{"in":["1","urn:a",true]}`, `"1" "urn:a" true`},
	{`{"range":[1,2]}`, `1 2`},
	{`{"range":[2,null]}`, `2 3 9007199254740991`},
	{`{"range":[null,null]}`, `-5 1 2 3 9007199254740991`},
	{`{"under":"urn:a"}`, `"urn:a"`},
	{`{"under":"urn:a/**"}`, `"urn:a" "urn:a/b"`},
	{`{"under":"**"}`, `"urn:a" "urn:a/b" "urn:c"`},
	{`{"each":{"any":true},"max":0}`, `[]`},
	{`{"each":{"in":[1]},"max":1}`, `[] [1]`},
	{`{"each":{"range":[1,2]},"max":2}`, `[] [1] [1,2]`},
	{`{"each":{"any":true},"max":1}`, `[] [1] ["x"]`},
	{`{"object":{}}`, `{} {"q":1} {"q":2} {"Q":1} {"q":1,"r":1}`},
	{`{"object":{"closed":true}}`, `{}`},
	{`{"object":{"args":{"q":{"in":[1]}}}}`, `{"q":1} {"q":1,"r":1}`},
	{`{"object":{"optional":{"q":{"in":[1]}},"closed":true}}`, `{} {"q":1}`},
}

var valueUniverse = strings.Fields(`null true 1 2 3 -5 9007199254740991 0.5 "1" "urn:a" "urn:a/b" "urn:c" [] [1] ["x"] [1,2] {} {"q":1} {"q":2} {"Q":1} {"q":1,"r":1}`)

func TestOracleConstraints(t *testing.T) {
	var requests []delegation.Request
	for _, v := range valueUniverse {
		requests = append(requests, delegation.Request{Action: "a", Resource: "urn:a", Arguments: []byte(`{"x":` + v + `}`)})
	}
	var w world
	for _, m := range constraintMeanings {
		var want set
		for i, v := range valueUniverse {
			if m.hasOne(v) {
				want.add(i)
			}
		}
		w.add(t, `{"actions":["a"],"resources":["**"],"args":{"x":`+m.pattern+`}}`, requests, want)
	}
	w.compare(t)
}

// role is what a grant says about one name.
type role struct {
	member string // "args" or "optional"
	name   string
	rule   string
	has    []string // values that fit
	absent bool     // may be absent
}

func roles(name string) []role {
	out := []role{{}} // says nothing
	for _, member := range []string{"args", "optional"} {
		for rule, has := range map[string][]string{`{"any":true}`: {"1", "2", "3"}, `{"in":[1]}`: {"1"}, `{"range":[1,2]}`: {"1", "2"}} {
			out = append(out, role{member, name, rule, has, member == "optional"})
		}
	}
	return append(out, role{"optional", name, `{"none":true}`, nil, true})
}

// fits says whether an object whose member called spelling is value, or that has
// none where that is empty, is what r wants.
func (r role) fits(spelling, value string, closed bool) bool {
	switch {
	case value == "":
		return r.name == "" || r.absent
	case r.name == "":
		return !closed
	case r.name != spelling:
		return false // it only folds to the name
	}
	return strings.Contains(" "+strings.Join(r.has, " ")+" ", " "+value+" ")
}

func TestOracleArguments(t *testing.T) {
	type point struct{ xName, x, yName, y, z string }
	values := []string{"", "1", "2", "3"}
	var points []point
	var requests []delegation.Request
	for _, xName := range []string{"x", "X"} {
		for _, yName := range []string{"y", "Y"} {
			for k := range 4 * 4 * 2 {
				p := point{xName, values[k%4], yName, values[k/4%4], values[k/16]}
				var parts []string
				for _, m := range [][2]string{{p.xName, p.x}, {p.yName, p.y}, {"z", p.z}} {
					if m[1] != "" {
						parts = append(parts, fmt.Sprintf("%q:%s", m[0], m[1]))
					}
				}
				points = append(points, p)
				requests = append(requests, delegation.Request{Action: "a", Resource: "urn:a", Arguments: []byte("{" + strings.Join(parts, ",") + "}")})
			}
		}
	}
	var w world
	for _, x := range append(roles("x"), roles("X")[1:]...) {
		for _, y := range roles("y") {
			for _, closed := range []bool{false, true} {
				var want set
				for i, p := range points {
					if x.fits(p.xName, p.x, closed) && y.fits(p.yName, p.y, closed) && (p.z == "" || !closed) {
						want.add(i)
					}
				}
				w.add(t, writeGrant(closed, x, y), requests, want)
			}
		}
	}
	w.compare(t)
}

func writeGrant(closed bool, roles ...role) string {
	members := map[string][]string{}
	for _, r := range roles {
		if r.name != "" {
			members[r.member] = append(members[r.member], fmt.Sprintf("%q:%s", r.name, r.rule))
		}
	}
	grant := `{"actions":["a"],"resources":["**"]`
	for _, member := range []string{"args", "optional"} {
		if members[member] != nil {
			grant += fmt.Sprintf(",%q:{%s}", member, strings.Join(members[member], ","))
		}
	}
	if closed {
		grant += `,"closed":true`
	}
	return grant + "}"
}
