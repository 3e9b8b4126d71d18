package sdjwt_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/vc"
	"github.com/taperid/taper/vc/sdjwt"
)

const task = `{
	"vct": "https://example.com/vct/task",
	"iat": 1795000000, "exp": 1796000000,
	"name": "summarise inbox",
	"budget": {"usd": 10, "calls": 500},
	"mail/box": "a~b",
	"scopes": ["mail.read", "mail.search", {"tool": "calendar", "depth": [1, 2]}],
	"org": {"unit": {"team": "finance", "cost": 4711}}
}`

var disclosable = []string{
	"/name", "/budget/usd", "/budget/calls", "/mail~1box", "/scopes/0", "/scopes/2", "/scopes/2/depth/1",
	"/org", "/org/unit/team",
}

func issue(t testing.TB, opts sdjwt.IssueOptions) string {
	text, err := sdjwt.Issue([]byte(task), alice, opts)
	require.NoError(t, err)
	return text
}

func TestPathsAreThoseIssued(t *testing.T) {
	paths, err := sdjwt.Paths(issue(t, sdjwt.IssueOptions{Disclosable: disclosable, Decoys: 2}))
	require.NoError(t, err)
	require.ElementsMatch(t, disclosable, paths)
}

func TestShowsNoMoreThanAsked(t *testing.T) {
	credential := issue(t, sdjwt.IssueOptions{Disclosable: disclosable, Holder: agent.Key(), Decoys: 1})
	const always = `"vct":"https://example.com/vct/task","iat":1795000000,"exp":1796000000,"mail":0`
	cnf := `,"iss":"` + alice.DID().String() + `","cnf":{"jwk":{"kty":"OKP","crv":"Ed25519","x":"` +
		b64(string(rawKey(t, agent.Key()))) + `"}}`
	for _, c := range []struct {
		name string
		show []string
		want string // beside what is always shown
	}{
		{"nothing", nil, `"budget":{},"scopes":["mail.search"]`},
		{"member", []string{"/name"}, `"name":"summarise inbox","budget":{},"scopes":["mail.search"]`},
		{"name with escapes", []string{"/mail~1box"}, `"mail/box":"a~b","budget":{},"scopes":["mail.search"]`},
		{"nested member", []string{"/budget/calls"}, `"budget":{"calls":500},"scopes":["mail.search"]`},
		{"element", []string{"/scopes/0"}, `"budget":{},"scopes":["mail.read","mail.search"]`},
		{"element, not what is hidden in it", []string{"/scopes/2"}, `"budget":{},"scopes":["mail.search",{"tool":"calendar","depth":[1]}]`},
		{
			"inside an element, which comes with it",
			[]string{"/scopes/2/depth/1"},
			`"budget":{},"scopes":["mail.search",{"tool":"calendar","depth":[1,2]}]`,
		},
		{
			"inside a member, which comes with it",
			[]string{"/org/unit/team"},
			`"budget":{},"scopes":["mail.search"],"org":{"unit":{"team":"finance","cost":4711}}`,
		},
		{"twice is once", []string{"/name", "/name"}, `"name":"summarise inbox","budget":{},"scopes":["mail.search"]`},
		{"everything", disclosable, `"name":"summarise inbox","budget":{"usd":10,"calls":500},"mail/box":"a~b",
			"scopes":["mail.read","mail.search",{"tool":"calendar","depth":[1,2]}],"org":{"unit":{"team":"finance","cost":4711}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, err := sdjwt.Present(credential, c.show, agent, sdjwt.Binding{Audience: tool, Nonce: nonce, IssuedAt: noon})
			require.NoError(t, err)
			v, err := verify(text, optionsAt(noon))
			require.NoError(t, err)
			want := strings.Replace(`{`+always+cnf+`,`+c.want+`}`, `,"mail":0`, "", 1)
			require.JSONEq(t, want, string(v.Claims()))
			require.Equal(t, vct, v.Type())
			require.Equal(t, alice.DID(), v.Issuer())
			require.Equal(t, agent.Key().Multibase(), v.Holder().Multibase())
			require.Equal(t, sdjwt.VC, v.Proof().Format)
			require.Equal(t, alice.Method(), v.Proof().Method)
			_, ok := v.Credential()
			require.False(t, ok)
		})
	}
}

func rawKey(t testing.TB, k did.Key) []byte {
	pub, ok := k.Public().(ed25519.PublicKey)
	require.True(t, ok)
	return pub
}

func decodePayload(t testing.TB, text string) string {
	data, err := base64.RawURLEncoding.DecodeString(strings.Split(text, ".")[1])
	require.NoError(t, err)
	return string(data)
}

// between is what follows start up to end.
func between(s, start, end string) string {
	_, s, _ = strings.Cut(s, start)
	s, _, _ = strings.Cut(s, end)
	return s
}

func TestPresentationsShareADigest(t *testing.T) {
	credential := issue(t, sdjwt.IssueOptions{Disclosable: disclosable})
	one, err := sdjwt.Select(credential, nil)
	require.NoError(t, err)
	a, err := verify(one, unbound())
	require.NoError(t, err)
	b, err := verify(credential, unbound())
	require.NoError(t, err)
	require.Equal(t, a.Digest(), b.Digest())
	require.Zero(t, a.Holder().Type())
	require.Zero(t, a.Status())
}

func TestEveryKeyTypeIssuesAndHolds(t *testing.T) {
	for _, typ := range []did.KeyType{did.Ed25519, did.P256, did.P384, did.P521, did.Secp256k1} {
		t.Run(string(typ), func(t *testing.T) {
			signer, err := did.GenerateKey(typ)
			require.NoError(t, err)
			credential, err := sdjwt.Issue([]byte(task), signer, sdjwt.IssueOptions{Disclosable: disclosable, Holder: signer.Key()})
			require.NoError(t, err)
			text, err := sdjwt.Present(credential, []string{"/name"}, signer, sdjwt.Binding{Audience: tool, Nonce: nonce, IssuedAt: noon})
			require.NoError(t, err)
			o := optionsAt(noon)
			o.Issuers = []did.DID{signer.DID()}
			o.Holder = signer.Key()
			v, err := verify(text, o)
			require.NoError(t, err)
			require.Equal(t, signer.Key().Multibase(), v.Holder().Multibase())
		})
	}
}

func TestDecoysHideTheNumber(t *testing.T) {
	for _, decoys := range []int{0, 3, 64} {
		text := issue(t, sdjwt.IssueOptions{Disclosable: []string{"/name", "/scopes/0"}, Decoys: decoys})
		payload := decodePayload(t, text)
		require.Equal(t, 1+decoys, strings.Count(between(payload, `"_sd":[`, `]`), `"`)/2)
		require.Equal(t, 1+decoys, strings.Count(payload, `"..."`))
		_, err := verify(text, unbound())
		require.NoError(t, err)
	}
	_, err := sdjwt.Issue([]byte(task), alice, sdjwt.IssueOptions{Decoys: 65})
	require.ErrorIs(t, err, vc.ErrOptions)
	_, err = sdjwt.Issue([]byte(task), alice, sdjwt.IssueOptions{Decoys: -1})
	require.ErrorIs(t, err, vc.ErrOptions)
}

func TestIssueRefusals(t *testing.T) {
	for _, c := range []struct {
		name, claims string
		open         []string
		want         error
	}{
		{"not an object", `[]`, nil, sdjwt.ErrForm},
		{"member twice", `{"vct":"a","a":1,"a":2}`, nil, sdjwt.ErrForm},
		{"no type", `{"a":1}`, nil, sdjwt.ErrType},
		{"empty type", `{"vct":""}`, nil, sdjwt.ErrType},
		{"two kinds of type", `{"vct":"a","@context":"https://www.w3.org/ns/credentials/v2"}`, nil, sdjwt.ErrType},
		{"another issuer", `{"vct":"a","iss":"did:example:bob"}`, nil, vc.ErrIssuer},
		{"own cnf", `{"vct":"a","cnf":{"jwk":` + jwkOf(t) + `}}`, nil, sdjwt.ErrConfirmation},
		{"own _sd", `{"vct":"a","_sd":[]}`, nil, sdjwt.ErrReserved},
		{"own _sd_alg", `{"vct":"a","_sd_alg":"sha-256"}`, nil, sdjwt.ErrReserved},
		{"own ...", `{"vct":"a","b":[{"...":"x"}]}`, nil, sdjwt.ErrReserved},
		{"path to nothing", task, []string{"/nme"}, sdjwt.ErrPath},
		{"path twice", task, []string{"/name", "/name"}, sdjwt.ErrPath},
		{"path to all", task, []string{""}, sdjwt.ErrPath},
		{"hidden type", task, []string{"/vct"}, sdjwt.ErrAlwaysShown},
		{"hidden expiry", task, []string{"/exp"}, sdjwt.ErrAlwaysShown},
		{"expiry with a fold", `{"vct":"a","Exp":1}`, nil, vc.ErrClaims},
		{"expiry as text", `{"vct":"a","exp":"1"}`, nil, vc.ErrClaims},
		{
			"hidden in a status", `{"vct":"a","status":{"status_list":{"idx":1,"uri":"https://a.example"}}}`,
			[]string{"/status/status_list"},
			sdjwt.ErrAlwaysShown,
		},
		{"too large", `{"vct":"` + strings.Repeat("a", vc.MaxBytes/2) + `"}`, nil, vc.ErrSize},
		{"too deep", `{"vct":"a","b":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}`, nil, sdjwt.ErrForm},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, err := sdjwt.Issue([]byte(c.claims), alice, sdjwt.IssueOptions{Disclosable: c.open})
			require.ErrorIs(t, err, c.want)
			require.Empty(t, text)
		})
	}
	_, err := sdjwt.Issue([]byte(task), nil, sdjwt.IssueOptions{})
	require.ErrorIs(t, err, vc.ErrKey)
}

// TestIssueIsBounded: what no verifier would read is not issued.
func TestIssueIsBounded(t *testing.T) {
	claims := func(n int) (text string, open []string) {
		text = `{"vct":"a"`
		for i := range n {
			text += fmt.Sprintf(`,"o%d":{"n":1}`, i)
			open = append(open, fmt.Sprintf("/o%d/n", i))
		}
		return text + `}`, open
	}
	text, open := claims(sdjwt.MaxDisclosures)
	_, err := sdjwt.Issue([]byte(text), alice, sdjwt.IssueOptions{Disclosable: open})
	require.NoError(t, err)
	_, err = sdjwt.Issue([]byte(text), alice, sdjwt.IssueOptions{Disclosable: open, Decoys: 64})
	require.ErrorIs(t, err, vc.ErrSize)
	text, open = claims(sdjwt.MaxDisclosures + 1)
	_, err = sdjwt.Issue([]byte(text), alice, sdjwt.IssueOptions{Disclosable: open})
	require.ErrorIs(t, err, sdjwt.ErrDisclosure)
}

func TestPresentRefusals(t *testing.T) {
	bob := personas.New("bob")
	bound := issue(t, sdjwt.IssueOptions{Disclosable: disclosable, Holder: agent.Key()})
	free := issue(t, sdjwt.IssueOptions{Disclosable: disclosable})
	presented, err := sdjwt.Present(bound, nil, agent, sdjwt.Binding{Audience: tool, Nonce: nonce})
	require.NoError(t, err)
	for _, c := range []struct {
		name, credential string
		show             []string
		holder           *did.Signer
		binding          sdjwt.Binding
		want             error
	}{
		{"claim that is always shown", bound, []string{"/vct"}, agent, sdjwt.Binding{Audience: tool, Nonce: nonce}, sdjwt.ErrPath},
		{"claim that is not there", bound, []string{"/salary"}, agent, sdjwt.Binding{Audience: tool, Nonce: nonce}, sdjwt.ErrPath},
		{"no holder", bound, nil, nil, sdjwt.Binding{Audience: tool, Nonce: nonce}, vc.ErrKey},
		{"another holder", bound, nil, bob, sdjwt.Binding{Audience: tool, Nonce: nonce}, sdjwt.ErrBinding},
		{"nobody's credential", free, nil, agent, sdjwt.Binding{Audience: tool, Nonce: nonce}, sdjwt.ErrBinding},
		{"no audience", bound, nil, agent, sdjwt.Binding{Nonce: nonce}, sdjwt.ErrBinding},
		{"no nonce", bound, nil, agent, sdjwt.Binding{Audience: tool}, sdjwt.ErrBinding},
		{"a presentation", presented, nil, agent, sdjwt.Binding{Audience: tool, Nonce: nonce}, sdjwt.ErrForm},
		{"no credential", "x", nil, agent, sdjwt.Binding{Audience: tool, Nonce: nonce}, sdjwt.ErrForm},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, err := sdjwt.Present(c.credential, c.show, c.holder, c.binding)
			require.ErrorIs(t, err, c.want)
			require.Empty(t, text)
		})
	}
	_, err = sdjwt.Paths("x")
	require.ErrorIs(t, err, sdjwt.ErrForm)
}

func TestPresentReadsTheClock(t *testing.T) {
	credential := issue(t, sdjwt.IssueOptions{Holder: agent.Key()})
	text, err := sdjwt.Present(credential, nil, agent, sdjwt.Binding{Audience: tool, Nonce: nonce})
	require.NoError(t, err)
	o := optionsAt(time.Time{})
	o.IgnoreTime = true
	_, err = verify(text, o)
	require.NoError(t, err)
}
