package delegation_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/internal/vectors"
)

// scopeCase is a neutral attack: a parent's and a child's value of one dimension.
type scopeCase struct {
	ID, Dimension, Expect, Strength, Why string
	Parent, Child                        json.RawMessage
}

// TestScopeAttacks puts the neutral cases into the language. A case whose parent or
// child the language has no word for is refused as malformed, never guessed at.
func TestScopeAttacks(t *testing.T) {
	var file struct{ Cases []scopeCase }
	require.NoError(t, json.Unmarshal(vectors.Read(t, "attacks", "scopes.json"), &file))
	require.NotEmpty(t, file.Cases)
	for _, tc := range file.Cases {
		t.Run(tc.ID, func(t *testing.T) {
			parent, child, ours := tc.translate(t)
			if !ours {
				t.Skip("time and task belong to a link: rules 8 and 10 judge them")
			}
			want, ok := scopeVerdicts[tc.ID]
			if !ok {
				want = tc.verdict()
			}
			p, err := delegation.ParseAuthority([]byte(parent))
			if err != nil {
				require.ErrorIs(t, err, delegation.ErrMalformedAuthority)
				require.Equal(t, want, "malformed parent", "%s: %v", tc.Why, err)
				return
			}
			c, err := delegation.ParseAuthority([]byte(child))
			if err != nil {
				require.ErrorIs(t, err, delegation.ErrMalformedAuthority)
				require.Equal(t, want, "malformed", "%s: %v", tc.Why, err)
				return
			}
			err = delegation.Covers(p, c)
			require.Equal(t, want, map[bool]string{true: "inside", false: "widened"}[err == nil], "%s: %v", tc.Why, err)
			if err != nil {
				require.ErrorIs(t, err, delegation.ErrWidened)
			}
		})
	}
}

func (c *scopeCase) verdict() string {
	return map[string]string{"narrower": "inside", "not_narrower": "widened", "invalid": "malformed"}[c.Expect]
}

// scopeVerdicts are the cases that the language answers more strictly than asked:
// what is wrong is refused on sight, before anything is compared.
var scopeVerdicts = map[string]string{
	"P009": "malformed", "P014": "malformed", "P015": "malformed", // NUL, dotless i, zero-width space
	"P026": "malformed parent", "P028": "malformed parent", "P029": "malformed parent", "P030": "malformed parent", // globs
	"P031": "malformed parent", "P032": "malformed parent", "P033": "malformed parent", // escape, negation, class
	"P027": "malformed", "P041": "malformed", "P048": "malformed", "P049": "malformed", "P051": "malformed", "P053": "malformed", "P054": "malformed", // not in normal form
	"P055": "malformed", "P059": "malformed", "P060": "malformed", "P061": "malformed", "P062": "malformed", "P063": "malformed",
	"P064": "malformed", "P065": "malformed", "P066": "malformed", "P068": "malformed parent", // a plain path is no URI
	"P079": "malformed",                                                         // 1e2: one spelling of an integer
	"P096": "malformed parent",                                                  // address ranges are not in the language
	"P099": "malformed parent", "P100": "malformed parent", "P101": "malformed", // nor are other dimensions
	"P105": "malformed", // a negative depth
	"P106": "inside",    // an absent depth is 0, and no wildcard
}

// translate writes the parent and the child in our language; false for the two
// dimensions, time and task, that belong to a link.
func (c *scopeCase) translate(t *testing.T) (parent, child string, ours bool) {
	one := func(actions, resources []string, more string) string {
		return fmt.Sprintf(`{"grants":[{"actions":%s,"resources":%s}],"audience":["**"]%s}`, asJSON(actions), asJSON(resources), more)
	}
	both := func(write func(json.RawMessage, string) string) (string, string, bool) {
		return write(c.Parent, `,"depth":1`), write(c.Child, ""), true
	}
	limit := func(value, unit string) string {
		return one([]string{"a"}, []string{"**"}, `,"depth":1,"limits":{"x":{"unit":"`+unit+`","max":`+value+`}}`)
	}
	switch c.Dimension {
	case "action":
		return both(func(v json.RawMessage, depth string) string { return one(asActions(t, v), []string{"**"}, depth) })
	case "resource":
		return both(func(v json.RawMessage, depth string) string { return one([]string{"a"}, asResources(t, v), depth) })
	case "audience":
		return both(func(v json.RawMessage, depth string) string {
			return fmt.Sprintf(`{"grants":[{"actions":["a"],"resources":["**"]}],"audience":%s%s}`, v, depth)
		})
	case "pairs":
		return both(func(v json.RawMessage, depth string) string {
			text := strings.NewReplacer(`"A"`, `"urn:A"`, `"B"`, `"urn:B"`).Replace(string(v))
			return `{"grants":` + text + `,"audience":["**"]` + depth + `}`
		})
	case "number", "number_raw":
		return both(func(v json.RawMessage, depth string) string {
			var amount struct {
				Amount   json.Number
				Currency string
			}
			if json.Unmarshal(v, &amount) == nil {
				return limitDepth(limit(amount.Amount.String(), amount.Currency), depth)
			}
			return limitDepth(limit(strings.Trim(string(v), `"`), "u"), depth)
		})
	case "constraint":
		return both(func(v json.RawMessage, depth string) string {
			var members map[string]json.RawMessage
			require.NoError(t, json.Unmarshal(v, &members))
			if len(members) == 0 {
				return one([]string{"a"}, []string{"**"}, depth)
			}
			return one([]string{"a"}, []string{"**"}, depth+","+strings.Trim(string(v), "{} \n"))
		})
	case "depth":
		write := func(v json.RawMessage) string {
			if string(v) == "null" { // absent
				return one([]string{"a"}, []string{"**"}, "")
			}
			return one([]string{"a"}, []string{"**"}, `,"depth":`+string(v))
		}
		return write(c.Parent), write(c.Child), true
	}
	require.Contains(t, []string{"time", "time_start", "task"}, c.Dimension)
	return "", "", false
}

func limitDepth(authority, depth string) string {
	return strings.Replace(authority, `,"depth":1`, depth, 1)
}

func asJSON(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

// asActions turns files:read into files/read, files:* into files/**, * into ** and
// /crud into the tree crud/**: UCAN commands are trees. Other globs stay as they
// are.
func asActions(t *testing.T, v json.RawMessage) (actions []string) {
	require.NoError(t, json.Unmarshal(v, &actions))
	for i, a := range actions {
		a = strings.ReplaceAll(a, ":", "/")
		if rest, ok := strings.CutPrefix(a, "/"); ok {
			a = rest + "/**"
		}
		if a == "*" || strings.HasSuffix(a, "/*") && strings.Count(a, "*") == 1 && !strings.Contains(a, `\`) {
			a += "*"
		}
		actions[i] = a
	}
	return actions
}

// asResources turns https://host/path/ into the tree https://host/path/**.
func asResources(t *testing.T, v json.RawMessage) (resources []string) {
	if json.Unmarshal(v, &resources) != nil {
		var one string
		require.NoError(t, json.Unmarshal(v, &one))
		resources = []string{one}
	}
	resources = slices.Clone(resources)
	for i, r := range resources {
		switch {
		case r == "*":
			resources[i] = "**"
		case strings.HasSuffix(r, "/"):
			resources[i] = r + "**"
		}
	}
	return resources
}
