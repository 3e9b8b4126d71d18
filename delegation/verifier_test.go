package delegation_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/vc"
)

var signers = []*did.Signer{alice, bob, carol}

func TestVerifyAllows(t *testing.T) {
	w := newScene(t)
	a, err := w.verify(read)
	require.NoError(t, err)
	require.Equal(t, dave.DID(), a.Agent())
	require.Equal(t, service, a.Invocation().Audience)
	require.Equal(t, vc.Normal, a.Mode())
	require.Equal(t, noon, a.AsOf())
	require.Equal(t, w.chain.Digest(), a.Chain().Digest())
	require.Equal(t, 3, a.Chain().Len())
}

// TestVerifyChainRules forges a chain in one place, re-signed by whoever holds
// the keys, and asserts which rule and which link refuses it.
func TestVerifyChainRules(t *testing.T) {
	tests := []struct {
		name   string
		link   int
		rule   delegation.Rule
		at     int
		change func(p map[string]any)
	}{
		{"rule 2: unknown member", 1, delegation.ErrLink, 1, func(p map[string]any) { p["proof"] = "x" }},
		{"rule 2: claim beside", 1, delegation.ErrLink, 1, func(p map[string]any) { p["iss"] = bob.DID().String() }},
		{"rule 2: null", 2, delegation.ErrLink, 2, func(p map[string]any) { p["credentialStatus"] = nil; p["id"] = nil }},
		{"rule 2: context", 0, delegation.ErrLink, 0, func(p map[string]any) { p["@context"] = []string{vc.ContextV2} }},
		{"rule 2: context order", 0, delegation.ErrLink, 0, func(p map[string]any) {
			p["@context"] = []string{"https://w3id.org/taper/v1", vc.ContextV2}
		}},
		{"rule 2: a third type", 0, delegation.ErrLink, 0, func(p map[string]any) {
			p["type"] = []string{"VerifiableCredential", "AgentTaskCredential", "StatusList2021Credential"}
		}},
		{"rule 2: fraction of a second", 0, delegation.ErrLink, 0, func(p map[string]any) { p["validFrom"] = "2026-11-23T11:59:00.5Z" }},
		{"rule 2: offset", 0, delegation.ErrLink, 0, func(p map[string]any) { p["validFrom"] = "2026-11-23T11:59:00+00:00" }},
		{"rule 2: empty period", 0, delegation.ErrLink, 0, func(p map[string]any) { p["validUntil"] = p["validFrom"] }},
		{"rule 2: issuer object", 0, delegation.ErrLink, 0, func(p map[string]any) { p["issuer"] = map[string]any{"id": p["issuer"]} }},
		{"rule 2: subject of another key type", 0, delegation.ErrLink, 0, func(p map[string]any) { subject(p)["id"] = p384(t).DID().String() }},
		{"rule 2: subject that only agrees", 0, delegation.ErrLink, 0, func(p map[string]any) {
			subject(p)["id"] = "did:key:z6LSeu9HkTHSfLLeUs2nnzUSNedgDUevfNQgQjQC23ZCit6F"
		}},
		{"rule 2: subject that is a did:jwk", 0, delegation.ErrLink, 0, func(p map[string]any) {
			subject(p)["id"] = personas.New("bob").Key().AsJWK().String()
		}},
		{"rule 2: subject that is a did:web", 0, delegation.ErrLink, 0, func(p map[string]any) { subject(p)["id"] = "did:web:evil.example" }},
		{"rule 2: issuer below the root that is a did:web", 1, delegation.ErrLink, 1, func(p map[string]any) { p["issuer"] = "did:web:evil.example" }},
		{"rule 2: no authority", 1, delegation.ErrLink, 1, func(p map[string]any) { delete(subject(p), "authority") }},
		{"rule 2: negative depth", 1, delegation.ErrLink, 1, func(p map[string]any) { authorityOf(p)["depth"] = -1 }},
		{"rule 2: unknown dimension", 1, delegation.ErrLink, 1, func(p map[string]any) { authorityOf(p)["regions"] = []string{"eu"} }},
		{"rule 2: manifest", 0, delegation.ErrLink, 0, func(p map[string]any) { subject(p)["agent"] = map[string]any{"manifest": "uEi"} }},
		{"rule 5: same id", 2, delegation.ErrOrder, 2, func(p map[string]any) { p["id"] = "urn:example:0" }},
		{"rule 6: no parent", 1, delegation.ErrParent, 1, func(p map[string]any) { delete(subject(p), "parent") }},
		{"rule 6: root with a parent", 0, delegation.ErrParent, 0, func(p map[string]any) {
			subject(p)["parent"] = map[string]any{"id": "urn:example:x", "digestMultibase": "uEi"}
		}},
		{"rule 6: malformed parent", 1, delegation.ErrParent, 1, func(p map[string]any) { subject(p)["parent"] = []int{1} }},
		{"rule 6: parent with more", 1, delegation.ErrParent, 1, func(p map[string]any) { subject(p)["parent"].(map[string]any)["x"] = 1 }},
		{"rule 6: another digest", 1, delegation.ErrParent, 1, func(p map[string]any) {
			subject(p)["parent"].(map[string]any)["digestMultibase"] = "uEi" + strings.Repeat("A", 44)
		}},
		{"rule 6: another id", 1, delegation.ErrParent, 1, func(p map[string]any) {
			subject(p)["parent"].(map[string]any)["id"] = "urn:example:other"
		}},
		{"rule 7: expired", 0, delegation.ErrTime, 0, func(p map[string]any) { p["validUntil"] = "2026-11-23T11:59:30Z" }},
		{"rule 7: not yet", 0, delegation.ErrTime, 0, func(p map[string]any) { p["validFrom"] = "2026-11-23T12:00:31Z" }},
		{"rule 7: lives too long", 0, delegation.ErrTime, 0, func(p map[string]any) { p["validUntil"] = "2026-11-24T12:00:00Z" }},
		{"rule 8: outlives", 1, delegation.ErrOutlives, 1, func(p map[string]any) { p["validUntil"] = "2026-11-23T13:00:01Z" }},
		{"rule 8: begins before", 2, delegation.ErrOutlives, 2, func(p map[string]any) { p["validFrom"] = "2026-11-23T11:58:59Z" }},
		{"rule 9: depth", 0, delegation.ErrDepth, 0, func(p map[string]any) { authorityOf(p)["depth"] = 1 }},
		{"rule 9: depth absent is 0", 1, delegation.ErrDepth, 1, func(p map[string]any) { delete(authorityOf(p), "depth") }},
		{"rule 10: task", 2, delegation.ErrTask, 2, func(p map[string]any) { subject(p)["task"] = map[string]any{"id": "urn:example:other"} }},
		{"rule 11: actions", 2, delegation.ErrWidened, 2, func(p map[string]any) { grantOf(p)["actions"] = []string{"**"} }},
		{"rule 11: resources", 1, delegation.ErrWidened, 1, func(p map[string]any) { grantOf(p)["resources"] = []string{"https://db.example.com/**"} }},
		{"rule 11: except dropped", 1, delegation.ErrWidened, 1, func(p map[string]any) { delete(grantOf(p), "except") }},
		{"rule 11: audience", 1, delegation.ErrWidened, 1, func(p map[string]any) { authorityOf(p)["audience"] = []string{"**"} }},
		{"rule 11: same depth", 1, delegation.ErrWidened, 1, func(p map[string]any) { authorityOf(p)["depth"] = 3 }},
		{"rule 12: empty array", 0, delegation.ErrStatus, 0, func(p map[string]any) { p["credentialStatus"] = []int{} }},
		{"rule 12: null", 0, delegation.ErrStatus, 0, func(p map[string]any) { p["credentialStatus"] = nil }},
		{"rule 12: unknown type", 0, delegation.ErrStatus, 0, func(p map[string]any) { statusOf(p)["type"] = "X" }},
		{"rule 12: unknown purpose", 0, delegation.ErrStatus, 0, func(p map[string]any) { statusOf(p)["statusPurpose"] = "message" }},
		{"rule 12: unknown member", 0, delegation.ErrStatus, 0, func(p map[string]any) { statusOf(p)["x"] = 1 }},
		{"rule 12: index", 0, delegation.ErrStatus, 0, func(p map[string]any) { statusOf(p)["statusListIndex"] = "07" }},
		{"rule 12: fragment", 0, delegation.ErrStatus, 0, func(p map[string]any) { statusOf(p)["statusListCredential"] = "https://status.example.com/1#x" }},
		{"rule 12: http", 0, delegation.ErrStatus, 0, func(p map[string]any) { statusOf(p)["statusListCredential"] = "http://status.example.com/1" }},
		{"rule 12: size", 0, delegation.ErrStatus, 0, func(p map[string]any) { statusOf(p)["statusSize"] = 2 }},
		{"rule 12: unrevocable root", 0, delegation.ErrStatus, 0, func(p map[string]any) { delete(p, "credentialStatus") }},
		{"rule 12: guarded alone is unrevocable", 0, delegation.ErrStatus, 0, func(p map[string]any) { statusOf(p)["statusPurpose"] = "guarded" }},
		{"rule 12: no list", 2, delegation.ErrStatus, 2, func(p map[string]any) {
			p["credentialStatus"] = map[string]any{
				"type": "BitstringStatusListEntry", "statusPurpose": "revocation",
				"statusListIndex": "8", "statusListCredential": "https://status.example.com/1",
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newScene(t)
			data := forge(t, w.chain, tt.link, signers, tt.change)
			_, err := w.verifier.VerifyChain(context.Background(), data)
			refused(t, err, tt.rule, tt.at)
			_, err = w.verifier.Verify(context.Background(), data, w.invoke(read), read)
			refused(t, err, tt.rule, tt.at)
		})
	}
}

func grantOf(p map[string]any) map[string]any {
	return authorityOf(p)["grants"].([]any)[0].(map[string]any)
}

// statusOf returns the one entry of a root.
func statusOf(p map[string]any) map[string]any {
	switch s := p["credentialStatus"].(type) {
	case []any:
		return s[0].(map[string]any)
	default:
		return s.(map[string]any)
	}
}

func p384(t *testing.T) *did.Signer {
	s, err := did.GenerateKey(did.P384)
	require.NoError(t, err)
	return s
}

func TestRule1Chain(t *testing.T) {
	w := newScene(t)
	raws := rawLinks(t, w.chain)
	for name, tt := range map[string]struct {
		data string
		link int
	}{
		"empty":          {`[]`, -1},
		"no array":       {`{}`, -1},
		"null":           {`null`, -1},
		"number":         {`[1]`, -1},
		"seventeen":      {"[" + strings.Repeat(`"x",`, 16) + `"x"]`, -1},
		"large link":     {`["` + strings.Repeat("a", delegation.MaxLinkBytes+1) + `"]`, 0},
		"large later":    {`["x","` + strings.Repeat("a", delegation.MaxLinkBytes+1) + `"]`, 1},
		"two values":     {`["x"]["x"]`, -1},
		"nested payload": {`["` + nestedToken(t) + `"]`, 0},
		"nested header":  {`["` + b64.EncodeToString([]byte(`{"alg":`+strings.Repeat("[", 40))) + `.e30.AA"]`, 0},
		"too many bytes": {"[" + strings.Repeat(" ", 5<<20) + `"x"]`, -1},
		"trailing":       {`["` + raws[0] + `"] x`, -1},
		"invalid UTF-8":  {"[\"\xff\"]", -1},
		"deep":           {strings.Repeat("[", 100000), -1},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.verifier.VerifyChain(context.Background(), []byte(tt.data))
			refused(t, err, delegation.ErrChain, tt.link)
			_, err = delegation.ParseChain([]byte(tt.data))
			refused(t, err, delegation.ErrChain, tt.link)
		})
	}
}

func nestedToken(t *testing.T) string {
	return tokenOf(t, alice, map[string]any{"alg": "EdDSA", "typ": "vc+jwt", "kid": alice.Method()},
		[]byte(`{"x":`+strings.Repeat("[", 40)+strings.Repeat("]", 40)+`}`))
}

func TestRule2Form(t *testing.T) {
	w := newScene(t)
	good := rawLinks(t, w.chain)[0]
	payload, err := b64.DecodeString(strings.Split(good, ".")[1])
	require.NoError(t, err)
	header := func(change func(map[string]any)) string {
		h := map[string]any{"alg": "EdDSA", "typ": "vc+jwt", "kid": alice.Method()}
		change(h)
		return tokenOf(t, alice, h, payload)
	}
	for name, raw := range map[string]string{
		"typ":               header(func(h map[string]any) { h["typ"] = "vp+jwt" }),
		"typ of 1.1":        header(func(h map[string]any) { h["typ"] = "JWT" }),
		"no typ":            header(func(h map[string]any) { delete(h, "typ") }),
		"no kid":            header(func(h map[string]any) { delete(h, "kid") }),
		"no alg":            header(func(h map[string]any) { delete(h, "alg") }),
		"cty":               header(func(h map[string]any) { h["cty"] = "vp" }),
		"crit":              header(func(h map[string]any) { h["crit"] = []string{"exp"} }),
		"jwk":               header(func(h map[string]any) { h["jwk"] = map[string]any{} }),
		"two parts":         "a.b",
		"four parts":        good + ".AA",
		"padding":           good + "=",
		"new line":          good + "\n",
		"duplicate members": tokenOf(t, alice, map[string]any{"alg": "EdDSA", "typ": "vc+jwt", "kid": alice.Method()}, append(payload[:len(payload)-1:len(payload)-1], []byte(`,"id":"urn:x:y"}`)...)),
		"an object":         `{}`,
	} {
		t.Run(name, func(t *testing.T) {
			data, err := json.Marshal([]any{raw})
			require.NoError(t, err)
			if name == "an object" {
				data = []byte(`[{}]`)
			}
			_, err = w.verifier.VerifyChain(context.Background(), data)
			refused(t, err, delegation.ErrLink, 0)
		})
	}
}

func TestRule3Root(t *testing.T) {
	w := newScene(t)
	bobsOwn, err := delegation.Root(bob, dave.DID(), authority(t, rootTerms()), delegation.Issue{
		Task: delegation.Task{ID: "t"}, ValidFrom: noon, ValidUntil: noon.Add(time.Minute),
	})
	require.NoError(t, err)
	data, err := bobsOwn.MarshalJSON()
	require.NoError(t, err)
	_, err = w.verifier.VerifyChain(context.Background(), data)
	refused(t, err, delegation.ErrRoot, 0)

	c := config(w)
	c.Anchors[0].NotAfter = noon
	v, err := delegation.NewVerifier(c)
	require.NoError(t, err)
	_, err = v.VerifyChain(context.Background(), w.wire())
	refused(t, err, delegation.ErrRoot, 0)
	w.now = noon.Add(-time.Second)
	v, err = delegation.NewVerifier(c)
	require.NoError(t, err)
	_, err = v.VerifyChain(context.Background(), w.wire())
	require.NoError(t, err)
}

func TestRule4Signature(t *testing.T) {
	w := newScene(t)
	for i := range signers {
		for name, change := range map[string]func(raw string) string{
			"signed by another": func(raw string) string {
				return token(t, mallory, "vc+jwt", payloadOf(t, raw))
			},
			"kid of the issuer, signed by another": func(raw string) string {
				p, err := b64.DecodeString(strings.Split(raw, ".")[1])
				require.NoError(t, err)
				return tokenOf(t, mallory, map[string]any{"alg": "EdDSA", "typ": "vc+jwt", "kid": signers[i].Method()}, p)
			},
			"alg of another key": func(raw string) string {
				p, err := b64.DecodeString(strings.Split(raw, ".")[1])
				require.NoError(t, err)
				return tokenOf(t, signers[i], map[string]any{"alg": "ES256", "typ": "vc+jwt", "kid": signers[i].Method()}, p)
			},
			"none": func(raw string) string {
				p, err := b64.DecodeString(strings.Split(raw, ".")[1])
				require.NoError(t, err)
				full := tokenOf(t, signers[i], map[string]any{"alg": "none", "typ": "vc+jwt", "kid": signers[i].Method()}, p)
				return full[:strings.LastIndex(full, ".")+1]
			},
			"empty signature": func(raw string) string { return raw[:strings.LastIndex(raw, ".")+1] },
			"one bit":         flipSignature,
		} {
			t.Run(name, func(t *testing.T) {
				raws := rawLinks(t, w.chain)
				raws[i] = change(raws[i])
				data, err := json.Marshal(raws)
				require.NoError(t, err)
				_, err = w.verifier.VerifyChain(context.Background(), data)
				refused(t, err, delegation.ErrSignature, i)
			})
		}
	}
}

func flipSignature(raw string) string {
	i := strings.LastIndex(raw, ".") + 10
	c := byte('A')
	if raw[i] == c {
		c = 'B'
	}
	return raw[:i] + string(c) + raw[i+1:]
}

func TestRule5Order(t *testing.T) {
	w := newScene(t)
	raws := rawLinks(t, w.chain)
	for name, tt := range map[string]struct {
		order []int
		rule  delegation.Rule
		link  int
	}{
		"middle missing": {[]int{0, 2}, delegation.ErrOrder, 1},
		"a link twice":   {[]int{0, 0, 1}, delegation.ErrOrder, 1},
		"reversed":       {[]int{2, 1, 0}, delegation.ErrRoot, 0},
		"leaf alone":     {[]int{2}, delegation.ErrRoot, 0},
		"root missing":   {[]int{1, 2}, delegation.ErrRoot, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var some []string
			for _, i := range tt.order {
				some = append(some, raws[i])
			}
			data, err := json.Marshal(some)
			require.NoError(t, err)
			_, err = w.verifier.VerifyChain(context.Background(), data)
			refused(t, err, tt.rule, tt.link)
		})
	}
}

func TestRule7Boundaries(t *testing.T) {
	for name, tt := range map[string]struct {
		now time.Time
		ok  bool
	}{
		"skew before validFrom":       {noon.Add(-90 * time.Second), true},
		"more than skew before":       {noon.Add(-90*time.Second - 1), false},
		"just before validUntil+skew": {noon.Add(time.Hour + 30*time.Second - 1), true},
		"at validUntil+skew":          {noon.Add(time.Hour + 30*time.Second), false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newScene(t)
			w.now = tt.now
			v, err := delegation.NewVerifier(config(w))
			require.NoError(t, err)
			_, err = v.VerifyChain(context.Background(), w.wire())
			if tt.ok {
				require.NoError(t, err)
				return
			}
			refused(t, err, delegation.ErrTime, 0)
		})
	}
}

func TestRule7ClockGoesBack(t *testing.T) {
	w := newScene(t)
	_, err := w.verifier.VerifyChain(context.Background(), w.wire())
	require.NoError(t, err)
	w.now = noon.Add(-30 * time.Second)
	_, err = w.verifier.VerifyChain(context.Background(), w.wire())
	require.NoError(t, err)
	w.now = noon.Add(-30*time.Second - 1)
	_, err = w.verifier.VerifyChain(context.Background(), w.wire())
	refused(t, err, delegation.ErrTime, -1)
}

func TestRule11AnchorCeiling(t *testing.T) {
	w := newScene(t)
	for name, tt := range map[string]struct {
		change func(*delegation.Terms)
		ok     bool
	}{
		"equal":          {func(*delegation.Terms) {}, true},
		"depth below":    {func(t *delegation.Terms) { t.Depth = 2 }, false},
		"action below":   {func(t *delegation.Terms) { t.Grants[0].Actions = []string{"db/read"} }, false},
		"audience below": {func(t *delegation.Terms) { t.Audience = []string{"https://other.example.com"} }, false},
	} {
		t.Run(name, func(t *testing.T) {
			terms := rootTerms()
			tt.change(&terms)
			c := config(w)
			c.Anchors[0].Unlimited, c.Anchors[0].Ceiling = false, authority(t, terms)
			v, err := delegation.NewVerifier(c)
			require.NoError(t, err)
			_, err = v.VerifyChain(context.Background(), w.wire())
			if tt.ok {
				require.NoError(t, err)
				return
			}
			refused(t, err, delegation.ErrWidened, 0)
		})
	}
}

func TestRule12Modes(t *testing.T) {
	w := newScene(t)
	write := request("db/write", read.Resource)
	_, err := w.verify(write)
	require.NoError(t, err)

	w.lists["7"] = vc.Guarded
	a, err := w.verify(read)
	require.NoError(t, err)
	require.Equal(t, vc.Guarded, a.Mode())
	_, err = w.verify(write)
	r := refused(t, err, delegation.ErrNotAllowed, 0)
	require.Equal(t, delegation.Dimension("actions"), r.Dimension)

	for m, fix := range map[vc.Mode]string{vc.Suspended: "lift the suspension", vc.Revoked: "nothing brings it back"} {
		w.lists["7"] = m
		_, err = w.verify(read)
		require.Contains(t, refused(t, err, delegation.ErrStatus, 0).Error(), fix)
	}
	w.lists["7"] = vc.Normal
	_, err = w.verify(write)
	require.NoError(t, err)
}

func TestRule12WithoutChecker(t *testing.T) {
	w := newScene(t)
	c := config(w)
	c.Status = nil
	v, err := delegation.NewVerifier(c)
	require.NoError(t, err)
	_, err = v.VerifyChain(context.Background(), w.wire())
	refused(t, err, delegation.ErrStatus, 0)
}

// noAnswer is a checker that returns the zero Status.
type noAnswer struct{}

func (noAnswer) CheckStatus(context.Context, vc.StatusRequest) (vc.Status, error) {
	return vc.Status{}, nil
}

func TestRule12ZeroStatusRefuses(t *testing.T) {
	w := newScene(t)
	c := config(w)
	c.Status = noAnswer{}
	v, err := delegation.NewVerifier(c)
	require.NoError(t, err)
	_, err = v.VerifyChain(context.Background(), w.wire())
	refused(t, err, delegation.ErrStatus, 0)
}

func TestRule12Unrevocable(t *testing.T) {
	w := newScene(t)
	for life, ok := range map[time.Duration]bool{time.Minute: true, time.Minute + time.Second: false} {
		chain, err := delegation.Root(alice, bob.DID(), authority(t, rootTerms()), delegation.Issue{
			Task: delegation.Task{ID: "t"}, ValidFrom: noon, ValidUntil: noon.Add(life),
		})
		require.NoError(t, err)
		data, err := chain.MarshalJSON()
		require.NoError(t, err)
		_, err = w.verifier.VerifyChain(context.Background(), data)
		require.Equal(t, ok, err == nil)
		c := config(w)
		c.Anchors[0].AllowUnrevocable = true
		v, err := delegation.NewVerifier(c)
		require.NoError(t, err)
		_, err = v.VerifyChain(context.Background(), data)
		require.NoError(t, err)
	}
}

func TestRule13Invocation(t *testing.T) {
	for name, change := range map[string]func(p map[string]any){
		"iss":                  func(p map[string]any) { p["iss"] = carol.DID().String() },
		"aud of another":       func(p map[string]any) { p["aud"] = "https://db.example.com.evil.com" },
		"aud array":            func(p map[string]any) { p["aud"] = []string{service} },
		"no aud":               func(p map[string]any) { delete(p, "aud") },
		"lives 61 s":           func(p map[string]any) { p["exp"] = p["iat"].(float64) + 61 },
		"ends before it began": func(p map[string]any) { p["exp"] = p["iat"] },
		"fraction":             func(p map[string]any) { p["iat"] = p["iat"].(float64) + 0.5 },
		"from the future":      func(p map[string]any) { p["iat"] = p["iat"].(float64) + 6; p["exp"] = p["iat"].(float64) + 10 },
		"expired":              func(p map[string]any) { p["iat"] = p["iat"].(float64) - 60; p["exp"] = p["iat"].(float64) + 55 },
		"short jti":            func(p map[string]any) { p["jti"] = "123456789012345" },
		"jti with a slash":     func(p map[string]any) { p["jti"] = "1234567890123/56" },
		"cap of another":       func(p map[string]any) { p["cap"] = "uEi" + strings.Repeat("A", 44) },
		"cap null":             func(p map[string]any) { p["cap"] = nil },
		"salt":                 func(p map[string]any) { p["salt"] = "AAAA" },
		"unknown claim":        func(p map[string]any) { p["sub"] = "x" },
		"why":                  func(p map[string]any) { p["why"] = map[string]any{"code": "x"} },
		"args":                 func(p map[string]any) { p["args"] = "x" },
		"act number":           func(p map[string]any) { p["act"] = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			w := newScene(t)
			p := payloadOf(t, w.invoke(read))
			change(p)
			_, err := w.verifier.Verify(context.Background(), w.wire(), token(t, dave, "agent-invocation+jwt", p), read)
			refused(t, err, delegation.ErrInvocation, -1)
		})
	}
}

func TestRule13Signer(t *testing.T) {
	w := newScene(t)
	p := payloadOf(t, w.invoke(read))
	body, err := json.Marshal(p)
	require.NoError(t, err)
	for name, tok := range map[string]string{
		"signed by the issuer of the leaf": token(t, carol, "agent-invocation+jwt", p),
		"signed by mallory with dave's kid": tokenOf(t, mallory,
			map[string]any{"alg": "EdDSA", "typ": "agent-invocation+jwt", "kid": dave.Method()}, body),
		"typ of a credential":  token(t, dave, "vc+jwt", p),
		"typ of a receipt":     token(t, dave, "agent-receipt+jwt", p),
		"typ of a audit entry": token(t, dave, "agent-audit+jwt", p),
		"no token":             "",
		"the leaf itself":      rawLinks(t, w.chain)[2],
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.verifier.Verify(context.Background(), w.wire(), tok, read)
			refused(t, err, delegation.ErrInvocation, -1)
		})
	}
}

func TestRule13Replay(t *testing.T) {
	w := newScene(t)
	tok := w.invoke(read)
	_, err := w.verifier.Verify(context.Background(), w.wire(), tok, read)
	require.NoError(t, err)
	_, err = w.verifier.Verify(context.Background(), w.wire(), tok, read)
	refused(t, err, delegation.ErrInvocation, -1)
	require.ErrorIs(t, err, delegation.ErrReplayed)
	w.now = noon.Add(64 * time.Second) // exp is 60 s on, and 5 s of skew
	_, err = w.verifier.Verify(context.Background(), w.wire(), tok, read)
	require.ErrorIs(t, err, delegation.ErrReplayed)

	t.Run("a refused invocation is used up", func(t *testing.T) {
		w := newScene(t)
		tok := w.invoke(read)
		_, err := w.verifier.Verify(context.Background(), w.wire(), tok, request("db/write", read.Resource))
		refused(t, err, delegation.ErrMismatch, -1)
		_, err = w.verifier.Verify(context.Background(), w.wire(), tok, read)
		require.ErrorIs(t, err, delegation.ErrReplayed)
	})
	t.Run("the other signature of an ECDSA key", func(t *testing.T) {
		// Rule 13 names an invocation by issuer and jti, so a second signature is
		// no second invocation; rule 4's low S is asked of it all the same.
		p256 := personas.NewP256("erin")
		terms := rootTerms()
		terms.Depth = 0
		chain, err := w.chain.Extend(dave, p256.DID(), authority(t, terms), delegation.Issue{})
		require.NoError(t, err)
		h, err := delegation.NewHolder(p256, chain)
		require.NoError(t, err)
		tok, err := h.Invoke(read, delegation.Invoke{Now: w.now})
		require.NoError(t, err)
		_, err = w.verifier.Verify(context.Background(), h.ChainJSON(), highS(t, tok), read)
		refused(t, err, delegation.ErrInvocation, -1)
		_, err = w.verifier.Verify(context.Background(), h.ChainJSON(), tok, read)
		require.NoError(t, err)
	})
}

func TestRule14Mismatch(t *testing.T) {
	w := newScene(t)
	other := read
	other.Arguments = []byte(`{"limit":11}`)
	same := read
	same.Arguments = []byte(` { "limit" : 1.0e1 } `)
	web := read
	web.HTTP = &delegation.HTTP{Method: "GET", URL: service + "/sales/2026", Digest: "uEi" + strings.Repeat("A", 44)}
	post := web
	post.HTTP = &delegation.HTTP{Method: "POST", URL: web.HTTP.URL, Digest: web.HTTP.Digest}
	for name, tt := range map[string]struct {
		signed, run delegation.Request
		ok          bool
	}{
		"action":          {read, request("db/write", read.Resource), false},
		"resource":        {read, request("db/read", read.Resource+"/x"), false},
		"arguments":       {read, other, false},
		"same arguments":  {read, same, true},
		"HTTP unasked":    {web, read, false},
		"HTTP missing":    {read, web, false},
		"HTTP of another": {web, post, false},
		"HTTP":            {web, web, true},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.verifier.Verify(context.Background(), w.wire(), w.invoke(tt.signed), tt.run)
			if tt.ok {
				require.NoError(t, err)
				return
			}
			refused(t, err, delegation.ErrMismatch, -1)
		})
	}
}

func TestRule15EveryLink(t *testing.T) {
	w := newScene(t)
	for name, tt := range map[string]struct {
		req       delegation.Request
		dimension string
	}{
		"action":   {request("fs/read", read.Resource), "actions"},
		"resource": {request("db/read", "https://db.example.com/hr"), "resources"},
		"except":   {request("db/read", "https://db.example.com/sales/pii/x"), "except"},
		"dots":     {request("db/read", "https://db.example.com/sales/../hr"), "resources"},
		"encoded":  {request("db/read", "https://db.example.com/sales/%2e%2e/hr"), "resources"},
		"query":    {request("db/read", "https://db.example.com/sales/x?y=1"), "resources"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.verify(tt.req)
			r := refused(t, err, delegation.ErrNotAllowed, 0)
			require.Equal(t, delegation.Dimension(tt.dimension), r.Dimension)
			require.Equal(t, alice.DID(), r.Issuer)
		})
	}
}

func TestRule16Refuses(t *testing.T) {
	w := newScene(t)
	for name, tt := range map[string]struct {
		change func(*delegation.Terms)
		rule   delegation.Rule
	}{
		"attestation": {func(t *delegation.Terms) {
			t.Requires = &delegation.Requires{Attestation: []string{"uEi" + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"[:44]}}
		}, delegation.ErrRequires},
		"approval": {func(t *delegation.Terms) {
			t.Requires = &delegation.Requires{Approval: []delegation.ApprovalRule{{Actions: []string{"db/**"}, By: []string{mallory.DID().String()}, Min: 1}}}
		}, delegation.ErrRequires},
	} {
		t.Run(name, func(t *testing.T) {
			terms := rootTerms()
			terms.Depth = 0
			tt.change(&terms)
			chain, err := w.chain.Extend(dave, bob.DID(), authority(t, terms), delegation.Issue{})
			require.NoError(t, err)
			h, err := delegation.NewHolder(bob, chain)
			require.NoError(t, err)
			tok, err := h.Invoke(read, delegation.Invoke{Now: noon})
			require.NoError(t, err)
			_, err = w.verifier.Verify(context.Background(), h.ChainJSON(), tok, read)
			refused(t, err, tt.rule, -1)
		})
	}
}

func TestRule18Constrain(t *testing.T) {
	w := newScene(t)
	c := config(w)
	no := errors.New("outside office hours")
	c.Constrain = func(_ context.Context, a *delegation.Authorization) error {
		if a.Request().Action == "db/write" {
			return no
		}
		return nil
	}
	v, err := delegation.NewVerifier(c)
	require.NoError(t, err)
	w.verifier = v
	_, err = w.verify(read)
	require.NoError(t, err)
	_, err = w.verify(request("db/write", read.Resource))
	refused(t, err, delegation.ErrConstrained, -1)
	require.ErrorIs(t, err, no)
}

func TestConfigRefused(t *testing.T) {
	for name, change := range map[string]func(*delegation.Config){
		"nobody":              func(c *delegation.Config) { c.Anchors = nil },
		"the zero DID":        func(c *delegation.Config) { c.Anchors[0].DID = did.DID{} },
		"neither ceiling":     func(c *delegation.Config) { c.Anchors[0].Unlimited = false },
		"twice":               func(c *delegation.Config) { c.Anchors = append(c.Anchors, c.Anchors[0]) },
		"no staleness":        func(c *delegation.Config) { c.MaxStaleness = 0 },
		"skew":                func(c *delegation.Config) { c.Skew = time.Hour },
		"invocation skew":     func(c *delegation.Config) { c.InvocationSkew = time.Minute },
		"lifetime":            func(c *delegation.Config) { c.MaxLifetime = -1 },
		"name":                func(c *delegation.Config) { c.Names = []string{"db"} },
		"name with a path":    func(c *delegation.Config) { c.Names = []string{"https://db.example.com/x"} },
		"wildcard for a name": func(c *delegation.Config) { c.Names = []string{"**"} },
	} {
		t.Run(name, func(t *testing.T) {
			c := config(newScene(t))
			change(&c)
			v, err := delegation.NewVerifier(c)
			require.ErrorIs(t, err, delegation.ErrConfig)
			require.Nil(t, v)
		})
	}
}

func TestExtendRefusesWhatVerifyWould(t *testing.T) {
	w := newScene(t)
	wide := rootTerms()
	wide.Depth, wide.Grants[0].Actions = 0, []string{"**"}
	for name, tt := range map[string]struct {
		terms delegation.Terms
		is    delegation.Issue
		rule  delegation.Rule
	}{
		"widened":  {wide, delegation.Issue{}, delegation.ErrWidened},
		"outlives": {narrowTerms(), delegation.Issue{ValidUntil: noon.Add(2 * time.Hour)}, delegation.ErrOutlives},
		"task":     {narrowTerms(), delegation.Issue{Task: delegation.Task{ID: "other"}}, delegation.ErrTask},
		"same id":  {narrowTerms(), delegation.Issue{ID: "urn:example:0"}, delegation.ErrOrder},
		"no URI":   {narrowTerms(), delegation.Issue{ID: "x"}, delegation.ErrLink},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.chain.Extend(dave, bob.DID(), authority(t, tt.terms), tt.is)
			require.ErrorIs(t, err, tt.rule)
		})
	}
	_, err := w.chain.Extend(mallory, bob.DID(), authority(t, narrowTerms()), delegation.Issue{})
	require.ErrorIs(t, err, delegation.ErrHolder)
}

func narrowTerms() delegation.Terms {
	t := rootTerms()
	t.Depth = 0
	return t
}

func TestSpawn(t *testing.T) {
	w := newScene(t)
	h, err := delegation.NewHolder(bob, rootChain(t, w))
	require.NoError(t, err)
	child, err := h.Spawn(delegation.Terms{Grants: []delegation.Grant{{Actions: []string{"db/read"}, Resources: []string{"https://db.example.com/sales/2026"}}}}, delegation.Issue{})
	require.NoError(t, err)
	tok, err := child.Invoke(read, delegation.Invoke{Now: noon})
	require.NoError(t, err)
	_, err = w.verifier.Verify(context.Background(), child.ChainJSON(), tok, read)
	require.NoError(t, err)

	_, err = h.Spawn(delegation.Terms{Grants: []delegation.Grant{{Actions: []string{"db/read"}, Resources: []string{"https://db.example.com/**"}}}}, delegation.Issue{})
	require.ErrorIs(t, err, delegation.ErrWidened)
	_, err = child.Spawn(delegation.Terms{}, delegation.Issue{})
	require.ErrorIs(t, err, delegation.ErrWidened)
}

func rootChain(t testing.TB, w *scene) delegation.Chain {
	c, err := delegation.ParseChain([]byte(`["` + rawLinks(t, w.chain)[0] + `"]`))
	require.NoError(t, err)
	return c
}

// TestKeptLinksAreNotVerdicts verifies one chain again and again while the scene
// changes around it.
func TestKeptLinksAreNotVerdicts(t *testing.T) {
	w := newScene(t)
	for range 3 {
		_, err := w.verify(read)
		require.NoError(t, err)
	}
	w.lists["7"] = vc.Revoked
	_, err := w.verify(read)
	refused(t, err, delegation.ErrStatus, 0)
	w.lists["7"] = vc.Normal

	raws := rawLinks(t, w.chain)
	raws[1] = flipSignature(raws[1])
	data, err := json.Marshal(raws)
	require.NoError(t, err)
	_, err = w.verifier.VerifyChain(context.Background(), data)
	refused(t, err, delegation.ErrSignature, 1)

	raws = rawLinks(t, w.chain)
	data, err = json.Marshal(raws[1:])
	require.NoError(t, err)
	_, err = w.verifier.VerifyChain(context.Background(), data)
	refused(t, err, delegation.ErrRoot, 0)

	w.now = noon.Add(2 * time.Hour)
	_, err = w.verifier.VerifyChain(context.Background(), w.wire())
	refused(t, err, delegation.ErrTime, 0)
}
