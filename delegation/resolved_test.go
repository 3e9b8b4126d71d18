package delegation_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/multiformats/go-multibase"
	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/jose"
	"github.com/taperid/taper/vc"
)

// web resolves one did:web to the key it has at the moment.
type web struct {
	id  did.DID
	key did.Key
}

func (r *web) Resolve(_ context.Context, d did.DID) (*did.Document, error) {
	if d != r.id {
		return nil, did.ErrMethod
	}
	method := r.id.String() + "#key-1"
	return &did.Document{
		ID: r.id, Methods: []did.VerificationMethod{{ID: method, Controller: r.id, Key: r.key}},
		Uses: map[did.Relationship][]string{did.AssertionMethod: {method}},
	}, nil
}

// TestRule4ResolvedRoot: a root that is a did:web is looked up every time, also for
// links that are kept, so a key that its document drops ends its chains.
func TestRule4ResolvedRoot(t *testing.T) {
	org, err := did.Parse("did:web:org.example")
	require.NoError(t, err)
	signer, err := alice.As(org, "key-1")
	require.NoError(t, err)
	w := newScene(t)
	chain, err := delegation.Root(signer, bob.DID(), authority(t, rootTerms()), delegation.Issue{
		Task: delegation.Task{ID: "t"}, ValidFrom: noon, ValidUntil: noon.Add(time.Hour), Status: entry("7"),
	})
	require.NoError(t, err)
	data, err := chain.MarshalJSON()
	require.NoError(t, err)

	resolver := &web{org, alice.Key()}
	c := config(w)
	c.Anchors, c.Resolver = []delegation.Anchor{{DID: org, Unlimited: true}}, resolver
	v, err := delegation.NewVerifier(c)
	require.NoError(t, err)
	for range 2 {
		_, err = v.VerifyChain(context.Background(), data)
		require.NoError(t, err)
	}
	resolver.key = mallory.Key()
	_, err = v.VerifyChain(context.Background(), data)
	refused(t, err, delegation.ErrSignature, 0)

	c.Resolver = nil
	v, err = delegation.NewVerifier(c)
	require.NoError(t, err)
	_, err = v.VerifyChain(context.Background(), data)
	refused(t, err, delegation.ErrSignature, 0)
	require.ErrorIs(t, err, did.ErrMethod)
}

// TestRule2HoldersAreKeys: nobody below the root may be a DID that has to be
// looked up.
func TestRule2HoldersAreKeys(t *testing.T) {
	w := newScene(t)
	data := forge(t, w.chain, 0, signers, func(p map[string]any) { subject(p)["id"] = "did:web:org.example" })
	_, err := w.verifier.VerifyChain(context.Background(), data)
	refused(t, err, delegation.ErrLink, 0)
	data = forge(t, w.chain, 1, signers, func(p map[string]any) { p["issuer"] = "did:web:org.example" })
	_, err = w.verifier.VerifyChain(context.Background(), data)
	refused(t, err, delegation.ErrLink, 1)
}

// TestRule2HeaderIssuer: an iss in the header is the issuer or a wrong form.
func TestRule2HeaderIssuer(t *testing.T) {
	w := newScene(t)
	payload, err := b64.DecodeString(strings.Split(rawLinks(t, w.chain)[0], ".")[1])
	require.NoError(t, err)
	for iss, rule := range map[string]delegation.Rule{alice.DID().String(): 0, bob.DID().String(): delegation.ErrLink} {
		raw := tokenOf(t, alice, map[string]any{"alg": "EdDSA", "typ": "vc+jwt", "kid": alice.Method(), "iss": iss}, payload)
		_, err = w.verifier.VerifyChain(context.Background(), []byte(`["`+raw+`"]`))
		if rule == 0 {
			require.NoError(t, err)
			continue
		}
		refused(t, err, rule, 0)
	}
}

// TestRule1BeforeRule2: nesting is reported first, however wrong the rest is.
func TestRule1BeforeRule2(t *testing.T) {
	w := newScene(t)
	raw := nestedToken(t)
	header := b64.EncodeToString([]byte(`{"alg":"EdDSA"}`))
	_, rest, _ := strings.Cut(raw, ".")
	raw = header + "." + rest
	_, err := w.verifier.VerifyChain(context.Background(), []byte(`["x","`+raw+`"]`))
	refused(t, err, delegation.ErrChain, 1)
	require.True(t, jose.TooDeep(raw))
}

// ages records how old lists may be.
type ages struct {
	modes
	last time.Duration
}

func (a *ages) CheckStatus(ctx context.Context, q vc.StatusRequest) (vc.Status, error) {
	a.last = q.MaxAge
	return a.modes.CheckStatus(ctx, q)
}

// TestRule12MaxAge: a list may be as old as the strictest of the configuration, the
// ceiling and every link says.
func TestRule12MaxAge(t *testing.T) {
	for name, tt := range map[string]struct {
		link, ceiling int
		want          time.Duration
	}{
		"configuration": {0, 0, time.Minute},
		"link":          {20, 0, 20 * time.Second},
		"link is laxer": {600, 0, time.Minute},
		"ceiling":       {20, 20, 20 * time.Second},
		"a huge number": {1<<53 - 1, 0, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			w := newScene(t)
			terms := rootTerms()
			terms.MaxStatusAge = tt.link
			chain, err := delegation.Root(alice, bob.DID(), authority(t, terms), delegation.Issue{
				Task: delegation.Task{ID: "t"}, ValidFrom: noon, ValidUntil: noon.Add(time.Hour), Status: entry("7"),
			})
			require.NoError(t, err)
			data, err := chain.MarshalJSON()
			require.NoError(t, err)
			checker := &ages{modes: w.lists}
			c := config(w)
			c.Status = checker
			if tt.ceiling > 0 {
				terms.MaxStatusAge = tt.ceiling
				c.Anchors[0].Unlimited, c.Anchors[0].Ceiling = false, authority(t, terms)
			}
			v, err := delegation.NewVerifier(c)
			require.NoError(t, err)
			_, err = v.VerifyChain(context.Background(), data)
			require.NoError(t, err)
			require.Equal(t, tt.want, checker.last)
		})
	}
}

// offCurve returns a did:key whose bytes are no point of Ed25519.
func offCurve(t *testing.T) string {
	for i := byte(2); ; i++ {
		raw := append([]byte{0xed, 0x01, i}, make([]byte, 31)...)
		text, err := multibase.Encode(multibase.Base58BTC, raw)
		require.NoError(t, err)
		if _, err := did.Parse("did:key:" + text); err != nil {
			require.ErrorIs(t, err, did.ErrKey)
			return "did:key:" + text
		}
	}
}

// TestRule2OffCurve: a key that is no point is rule 2's wherever it stands and
// whatever else is wrong, though nothing but a signature by it finds it out.
func TestRule2OffCurve(t *testing.T) {
	bad := offCurve(t)
	for i := range signers {
		w := newScene(t)
		data := forge(t, w.chain, i, signers, func(p map[string]any) { subject(p)["id"] = bad })
		p := payloadOf(t, w.invoke(read))
		p["iss"] = bad
		asIf := tokenOf(t, dave, map[string]any{"alg": "EdDSA", "typ": "agent-invocation+jwt", "kid": bad + "#" + strings.TrimPrefix(bad, "did:key:")}, jsonOf(t, p))
		for range 2 { // the second time links are kept
			_, err := w.verifier.Verify(context.Background(), data, w.invoke(read), read)
			refused(t, err, delegation.ErrLink, i)
			_, err = w.verifier.Verify(context.Background(), data, asIf, read)
			refused(t, err, delegation.ErrLink, i)
			_, err = w.verifier.VerifyChain(context.Background(), data)
			refused(t, err, delegation.ErrLink, i)
		}
		w.lists["7"] = vc.Revoked
		_, err := w.verifier.Verify(context.Background(), data, asIf, read)
		refused(t, err, delegation.ErrLink, i)
		_, err = delegation.ParseChain(data)
		refused(t, err, delegation.ErrLink, i)
	}
	w := newScene(t)
	data := forge(t, w.chain, 0, signers, func(p map[string]any) { p["issuer"] = bad })
	_, err := w.verifier.VerifyChain(context.Background(), data)
	refused(t, err, delegation.ErrLink, 0)
	data = forge(t, w.chain, 1, signers, func(p map[string]any) { p["issuer"] = bad })
	_, err = w.verifier.VerifyChain(context.Background(), data)
	refused(t, err, delegation.ErrLink, 1)
}

func jsonOf(tb testing.TB, v any) []byte {
	data, err := json.Marshal(v)
	require.NoError(tb, err)
	return data
}
