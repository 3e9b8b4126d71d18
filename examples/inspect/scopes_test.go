package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/vc"
)

// scopeExceptions are the pairs whose verdict here is another than the case's.
var scopeExceptions = map[string]string{
	"P028": reject, // globs inside a segment are not in the language
	"P079": reject, // 1e2: an integer has one spelling
	"P086": reject, // and so has a time: Z
	"P099": reject, // address ranges are not in the language
	"P106": accept, // an absent depth is 0, and not unlimited
}

// TestAttackScopes asks whether one scope lies inside another: as two authorities,
// and where it is about time or task as two links.
func TestAttackScopes(t *testing.T) {
	cases := attacks(t, "scopes.json")
	for _, c := range cases {
		c["title"] = c["why"]
	}
	judged(t, cases, scopeExceptions, func(c attack) object {
		switch c.text("dimension") {
		case "time", "time_start", "task":
			return pairOfLinks(t, c)
		}
		return object{"kind": "attenuation", "parent": neutralAuthority(t, c, "parent"), "child": neutralAuthority(t, c, "child")}
	})
}

// neutralAuthority writes one side of a case in the authority language: a parent may
// be delegated once, a child no more.
func neutralAuthority(t *testing.T, c attack, side string) any {
	t.Helper()
	grant := object{"actions": []string{"a"}, "resources": []string{"**"}}
	a := object{"grants": []any{grant}, "audience": []string{"**"}}
	if side == "parent" {
		a["depth"] = 1
	}
	limit := func(max any, unit string) { a["limits"] = object{"x": object{"unit": unit, "max": max}} }
	switch value := c[side]; c.text("dimension") {
	case "action":
		grant["actions"] = each2(value, neutralAction)
	case "resource":
		grant["resources"] = each2(value, neutralResource)
	case "audience":
		a["audience"] = value
	case "pairs":
		text := strings.NewReplacer(`"A"`, `"urn:A"`, `"B"`, `"urn:B"`).Replace(string(encoded(value)))
		a["grants"] = raw(text)
	case "number":
		if amount, ok := value.(object); ok {
			limit(amount["amount"], amount["currency"].(string))
		} else {
			limit(value, "u")
		}
	case "number_raw": // the text of a number, as it is
		limit(raw(strings.Trim(string(encoded(value)), `"`)), "u")
	case "constraint": // members that the language does not have
		for name, v := range value.(object) {
			a[name] = v
		}
	case "depth":
		if a["depth"] = value; value == nil {
			delete(a, "depth")
		}
	default:
		require.Fail(t, c.text("dimension"))
	}
	return a
}

// each2 translates every element of a value that may stand alone.
func each2(value any, translate func(string) string) (out []string) {
	switch v := value.(type) {
	case []any:
		for _, e := range v {
			out = append(out, translate(e.(string)))
		}
	case string:
		out = append(out, translate(v))
	}
	if out == nil {
		out = []string{}
	}
	return out
}

// neutralAction turns files:read into files/read, files:* into files/**, * into **
// and /crud, which in UCAN is a tree, into crud/**.
func neutralAction(a string) string {
	a = strings.ReplaceAll(a, ":", "/")
	if rest, ok := strings.CutPrefix(a, "/"); ok {
		a = rest + "/**"
	}
	if a == "*" || strings.HasSuffix(a, "/*") && strings.Count(a, "*") == 1 && !strings.Contains(a, `\`) {
		a += "*"
	}
	return a
}

// neutralResource turns https://host/path/ into the tree https://host/path/**.
func neutralResource(r string) string {
	switch {
	case r == "*":
		return "**"
	case strings.HasSuffix(r, "/"):
		return r + "**"
	}
	return r
}

// pairOfLinks writes a case about time or task as a chain of two links.
func pairOfLinks(t *testing.T, c attack) object {
	t.Helper()
	now := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	link := func(side string, parent object) object {
		task, from, until := "urn:task:42", "2026-01-15T11:00:00Z", "2026-01-15T13:00:00Z"
		value, stated := c[side].(string)
		switch c.text("dimension") {
		case "task":
			task = value
		case "time":
			until = value
		case "time_start":
			from = value
		}
		subject := object{
			"id": bob.DID(), "type": "Agent", "task": object{"id": task},
			"authority": object{"grants": []object{{"actions": []string{"a"}, "resources": []string{"**"}}}, "audience": []string{"**"}, "depth": 1},
		}
		issuer := alice.DID()
		if parent != nil {
			issuer = bob.DID()
			subject["id"], subject["parent"] = carol.DID(), parent
			delete(subject["authority"].(object), "depth")
		}
		out := object{
			"@context": []string{vc.ContextV2, "https://w3id.org/taper/v1"}, "id": "urn:example:" + side,
			"type": []string{"VerifiableCredential", "AgentTaskCredential"}, "issuer": issuer,
			"validFrom": from, "validUntil": until, "credentialSubject": subject,
		}
		if !stated {
			delete(out, "validUntil")
		}
		return out
	}
	root := signJWS(t, alice, object{"alg": "EdDSA", "typ": "vc+jwt", "kid": alice.Method()}, encoded(link("parent", nil)))
	child := link("child", object{"id": "urn:example:parent", "digestMultibase": digest([]byte(root))})
	leaf := signJWS(t, bob, object{"alg": "EdDSA", "typ": "vc+jwt", "kid": bob.Method()}, encoded(child))
	return object{
		"kind": "chain", "chain": []string{root, leaf}, "at": now, "roots": []string{alice.DID().String()}, "allowUnrevocableRoots": true,
	}
}
