package sdjwt_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/vc/sdjwt"
)

// FuzzPaths: what is read is what was written, and showing everything that may be
// left out gives the same bytes.
func FuzzPaths(f *testing.F) {
	name, inner := b64(`["s1","n/a~me",{"_sd":[]}]`), b64(`["s2","inner",1]`)
	outer := b64(`["s3",[{` + sd(inner) + `}]]`)
	f.Add(forge(f, "dc+sd-jwt", payload(`,"a":[1,{"...":"`+digest(outer)+`"}],`+sd(name)), name, inner, outer))
	f.Add(forgeNested(f, b64(`["s","x",1]`)))
	f.Add(forge(f, "vc+sd-jwt", w3cClaims("")))
	f.Fuzz(func(t *testing.T, text string) {
		paths, err := sdjwt.Paths(text)
		if err != nil {
			return
		}
		all, err := sdjwt.Select(text, paths)
		require.NoError(t, err)
		require.Equal(t, text, all)
	})
}

// FuzzVerify signs whatever payload and one disclosure: what comes out is JSON in
// which nothing of SD-JWT is left.
func FuzzVerify(f *testing.F) {
	d := `["s","a",{"b":[1,{"c":null}]}]`
	f.Add(payload(`,`+sd(b64(d))), d)
	f.Add(payload(`,"a":[{"...":"`+digest(b64(`["s",{}]`))+`"}]`), `["s",{}]`)
	f.Add(payload(`,"cnf":{"kid":"did:example:a#b"},"status":{"status_list":{"idx":1,"uri":"https://a.example"}},"aud":["a"],"exp":1e9`), d)
	f.Fuzz(func(t *testing.T, payload, disclosure string) {
		o := unbound()
		o.IgnoreTime, o.AnyType, o.Types, o.IgnoreStatus = true, true, nil, true
		for _, ds := range [][]string{nil, {b64(disclosure)}} {
			v, err := verify(forge(t, "dc+sd-jwt", payload, ds...), o)
			require.Equal(t, err == nil, v != nil)
			if err != nil {
				continue
			}
			var claims any
			require.NoError(t, json.Unmarshal(v.Claims(), &claims))
			require.False(t, leaks(claims), string(v.Claims()))
		}
	})
}

// leaks reports whether a name of SD-JWT is left anywhere.
func leaks(value any) bool {
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			if name == "_sd" || name == "_sd_alg" || name == "..." || leaks(inner) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, leaks)
	}
	return false
}
