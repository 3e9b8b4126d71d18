package delegation_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/vc"
)

// guardedPair is alice -> bob -> carol, with an overlay on alice's link and
// another on bob's.
func guardedPair(t *testing.T, root, leaf *delegation.Overlay, lists modes) (*delegation.Verifier, *delegation.Holder) {
	t.Helper()
	w := &scene{tb: t, now: noon, lists: lists}
	verifier, err := delegation.NewVerifier(config(w))
	require.NoError(t, err)
	terms := delegation.Terms{
		Grants: []delegation.Grant{
			{
				Actions: []string{"db/**"}, Resources: []string{"https://db.example.com/sales/**"},
				Except: []string{"https://db.example.com/sales/pii/**", "https://db.example.com/sales/old"},
			},
			{Actions: []string{"fs/write"}, Resources: []string{"https://db.example.com/out"}, Args: map[string]delegation.Constraint{"n": delegation.Range(0, 9)}},
		},
		Audience: []string{service}, Depth: 1, Guarded: root,
	}
	chain, err := delegation.Root(alice, bob.DID(), authority(t, terms), delegation.Issue{
		ID: "urn:example:0", Task: delegation.Task{ID: "urn:example:task"},
		ValidFrom: noon.Add(-time.Minute), ValidUntil: noon.Add(time.Hour), Status: entry("7"),
	})
	require.NoError(t, err)
	terms.Depth, terms.Guarded = 0, leaf
	chain, err = chain.Extend(bob, carol.DID(), authority(t, terms), delegation.Issue{ID: "urn:example:1", Status: entry("8")})
	require.NoError(t, err)
	holder, err := delegation.NewHolder(carol, chain)
	require.NoError(t, err)
	return verifier, holder
}

func TestEffective(t *testing.T) {
	const (
		db    = `{"actions":["db/**"],"except":["https://db.example.com/sales/pii/**","https://db.example.com/sales/old"],"resources":["https://db.example.com/sales/**"]}`
		fs    = `{"actions":["fs/write"],"args":{"n":{"range":[0,9]}},"resources":["https://db.example.com/out"]}`
		grant = `{"audience":["https://db.example.com"],"grants":[`
	)
	only := func(actions ...string) *delegation.Overlay { return &delegation.Overlay{Actions: actions} }
	for _, c := range []struct {
		name       string
		root, leaf *delegation.Overlay
		lists      modes
		want       string
	}{
		{"normal", only("db/read"), nil, modes{"7": vc.Normal, "8": vc.Normal}, grant + db + `,` + fs + `]}`},
		{"guarded leaf", nil, only("db/read", "x/**"), modes{"7": vc.Normal, "8": vc.Guarded}, grant +
			`{"actions":["db/read"],"except":["https://db.example.com/sales/pii/**","https://db.example.com/sales/old"],"resources":["https://db.example.com/sales/**"]}],"guarded":{"actions":["db/read","x/**"]}}`},
		{"guarded root", &delegation.Overlay{Resources: []string{"https://db.example.com/out", "https://db.example.com/sales/pii/**", "https://db.example.com/sales/2026/**"}}, nil, modes{"7": vc.Guarded, "8": vc.Normal}, grant +
			`{"actions":["db/**"],"resources":["https://db.example.com/sales/2026/**"]},` + fs + `]}`},
		{"both guarded", only("**"), &delegation.Overlay{}, modes{"7": vc.Guarded, "8": vc.Guarded}, grant + db + `,` + fs + `],"guarded":{}}`},
		{"nothing in common", only("db/**"), only("fs/**"), modes{"7": vc.Guarded, "8": vc.Guarded}, ""},
		{"no overlay", nil, nil, modes{"7": vc.Guarded, "8": vc.Normal}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			verifier, holder := guardedPair(t, c.root, c.leaf, c.lists)
			verified, err := verifier.VerifyChain(context.Background(), holder.ChainJSON())
			require.NoError(t, err)
			effective := verified.Effective()
			if c.want == "" {
				require.True(t, effective.IsZero())
			} else {
				require.Equal(t, c.want, normal(t, effective))
			}
			for _, action := range []string{"db/read", "db/export", "fs/write", "x/y"} {
				for _, resource := range []string{"sales/2026", "sales/2026/q3", "sales/pii/a", "sales/old", "out"} {
					for _, arguments := range []string{`{}`, `{"n":3}`} {
						req := delegation.Request{Action: action, Resource: service + "/" + resource, Audience: service, Arguments: []byte(arguments)}
						token, err := holder.Invoke(req, delegation.Invoke{Now: noon})
						require.NoError(t, err)
						_, err = verifier.Verify(context.Background(), holder.ChainJSON(), token, req)
						require.Equal(t, err == nil, effective.Allows(req) == nil, "%s %s %s: %v", action, resource, arguments, err)
					}
				}
			}
		})
	}
	require.True(t, new(delegation.VerifiedChain).Effective().IsZero())
}
