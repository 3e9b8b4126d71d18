package sdjwt_test

import (
	"context"
	"crypto/elliptic"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
	"github.com/taperid/taper/vc/sdjwt"
)

// TestHostileForms are presentations by a holder that has what alice issued, and
// by an issuer that is hostile itself.
func TestHostileForms(t *testing.T) {
	name := b64(`["s1","name","x"]`)
	other := b64(`["s2","other",1]`)
	element := b64(`["s3","x"]`)
	good := forge(t, "dc+sd-jwt", payload(`,`+sd(name)), name)
	_, err := verify(good, unbound())
	require.NoError(t, err)
	for _, c := range []struct {
		name, text string
		want       error
	}{
		// The compact form.
		{"a JWT alone", strings.TrimSuffix(forge(t, "dc+sd-jwt", payload("")), "~"), sdjwt.ErrForm},
		{"nothing", "", sdjwt.ErrForm},
		{"disclosures of nothing", "~" + name + "~", sdjwt.ErrForm},
		{"a disclosure without its tilde", strings.TrimSuffix(good, "~"), sdjwt.ErrBinding},
		{"two tildes", good + "~", sdjwt.ErrDisclosure},
		{"line end", good + "\n", sdjwt.ErrBinding},
		{"JSON serialisation", `{"payload":"","signatures":[]}~`, sdjwt.ErrForm},
		{"too many tildes", forge(t, "dc+sd-jwt", payload("")) + strings.Repeat("~", sdjwt.MaxDisclosures+1), sdjwt.ErrForm},
		{"too long", good + strings.Repeat("a", vc.MaxBytes), vc.ErrSize},

		// The JWS.
		{"typ of a vc+jwt", forge(t, "vc+jwt", payload("")), vc.ErrTyp},
		{"typ of the RFC's example", forge(t, "example+sd-jwt", payload("")), vc.ErrTyp},
		{"typ in capitals", forge(t, "DC+SD-JWT", payload("")), vc.ErrTyp},
		{"typ with application", forge(t, "application/dc+sd-jwt", payload("")), vc.ErrTyp},
		{"no typ", forgeHeader(t, alice, `{"alg":"EdDSA","kid":"`+alice.Method()+`"}`, payload("")) + "~", vc.ErrTyp},
		{"crit", forgeHeader(t, alice, `{"alg":"EdDSA","typ":"dc+sd-jwt","crit":["x"],"kid":"k"}`, payload("")) + "~", sdjwt.ErrForm},
		{"jwk in the header", forgeHeader(t, alice, `{"alg":"EdDSA","typ":"dc+sd-jwt","jwk":{},"kid":"k"}`, payload("")) + "~", sdjwt.ErrForm},
		{"x5c in the header", forgeHeader(t, alice, `{"alg":"EdDSA","typ":"dc+sd-jwt","x5c":[],"kid":"k"}`, payload("")) + "~", sdjwt.ErrForm},
		{"no kid", forgeHeader(t, alice, `{"alg":"EdDSA","typ":"dc+sd-jwt"}`, payload("")) + "~", sdjwt.ErrForm},
		{"kid is a fragment", forgeHeader(t, alice, `{"alg":"EdDSA","typ":"dc+sd-jwt","kid":"#key"}`, payload("")) + "~", vc.ErrIssuer},
		{"kid of another", forgeHeader(t, personas.New("bob"), `{"alg":"EdDSA","typ":"dc+sd-jwt","kid":"`+personas.New("bob").Method()+`"}`, payload("")) + "~", vc.ErrIssuer},
		{"kid of no key", forgeHeader(t, alice, `{"alg":"EdDSA","typ":"dc+sd-jwt","kid":"`+alice.DID().String()+`#x"}`, payload("")) + "~", vc.ErrKey},
		{"alg none", forgeHeader(t, alice, `{"alg":"none","typ":"dc+sd-jwt","kid":"`+alice.Method()+`"}`, payload("")) + "~", vc.ErrAlg},
		{"alg of another key", forgeHeader(t, alice, `{"alg":"ES256","typ":"dc+sd-jwt","kid":"`+alice.Method()+`"}`, payload("")) + "~", vc.ErrAlg},
		{"signed by another", forgeHeader(t, personas.New("bob"), `{"alg":"EdDSA","typ":"dc+sd-jwt","kid":"`+alice.Method()+`"}`, payload("")) + "~", vc.ErrSignature},
		{"iss in the header", forgeHeader(t, alice, `{"alg":"EdDSA","typ":"dc+sd-jwt","iss":"x","kid":"`+alice.Method()+`"}`, payload("")) + "~", sdjwt.ErrForm},
		{"another iss in the header", forgeHeader(t, alice, `{"alg":"EdDSA","typ":"vc+sd-jwt","iss":"x","kid":"`+alice.Method()+`"}`, payload("")) + "~", vc.ErrClaims},

		// Disclosures.
		{"there twice", good + name + "~", sdjwt.ErrDisclosure},
		{"without a place", good + other + "~", sdjwt.ErrDisclosure},
		{"altered", strings.Replace(good, name, b64(`["s1","name","y"]`), 1), sdjwt.ErrDisclosure},
		{"spelled otherwise", strings.Replace(good, name, b64(`["s1", "name","x"]`), 1), sdjwt.ErrDisclosure},
		{"padded", strings.Replace(good, name, name+"=", 1), sdjwt.ErrDisclosure},
		{"not JSON", good + b64(`x`) + "~", sdjwt.ErrDisclosure},
		{"an object", good + b64(`{}`) + "~", sdjwt.ErrDisclosure},
		{"no elements", good + b64(`[]`) + "~", sdjwt.ErrDisclosure},
		{"one element", forgeSD(t, `["s"]`), sdjwt.ErrForm},
		{"four elements", good + b64(`["s","n",1,2]`) + "~", sdjwt.ErrDisclosure},
		{"salt is a number", good + b64(`[1,"n",1]`) + "~", sdjwt.ErrDisclosure},
		{"name is a number", good + b64(`["s",1,1]`) + "~", sdjwt.ErrDisclosure},
		{"followed by more", good + b64(`["s","n",1] 2`) + "~", sdjwt.ErrDisclosure},
		{"member twice in a value", good + b64(`["s","n",{"a":1,"a":2}]`) + "~", sdjwt.ErrDisclosure},
		{"invalid UTF-8", good + b64("[\"s\",\"n\",\"\xff\"]") + "~", sdjwt.ErrDisclosure},
		{"named _sd", forgeSD(t, `["s","_sd",["x"]]`), sdjwt.ErrReserved},
		{"named _sd_alg", forgeSD(t, `["s","_sd_alg","md5"]`), sdjwt.ErrReserved},
		{"named ...", forgeSD(t, `["s","...","x"]`), sdjwt.ErrReserved},
		{"element in an object", forge(t, "dc+sd-jwt", payload(`,`+sd(element)), element), sdjwt.ErrDisclosure},
		{"member in an array", forge(t, "dc+sd-jwt", payload(`,"a":[{"...":"`+digest(name)+`"}]`), name), sdjwt.ErrDisclosure},

		// Digests.
		{"twice in one _sd", forge(t, "dc+sd-jwt", payload(`,`+sd(name, name))), sdjwt.ErrDigest},
		{"in two places", forge(t, "dc+sd-jwt", payload(`,`+sd(name)+`,"a":{`+sd(name)+`}`), name), sdjwt.ErrDigest},
		{"in a member and an element", forge(t, "dc+sd-jwt", payload(`,`+sd(name)+`,"a":[{"...":"`+digest(name)+`"}]`)), sdjwt.ErrDigest},
		{"in the payload and a disclosure", forgeNested(t, name), sdjwt.ErrDigest},
		{"not a digest", forge(t, "dc+sd-jwt", payload(`,"_sd":["x"]`)), sdjwt.ErrDigest},
		{"a digest that is a number", forge(t, "dc+sd-jwt", payload(`,"_sd":[1]`)), sdjwt.ErrForm},
		{"_sd that is no array", forge(t, "dc+sd-jwt", payload(`,"_sd":"`+digest(name)+`"`)), sdjwt.ErrForm},
		{"... that is no digest", forge(t, "dc+sd-jwt", payload(`,"a":[{"...":"x"}]`)), sdjwt.ErrDigest},
		{"... beside a member", forge(t, "dc+sd-jwt", payload(`,"a":[{"...":"`+digest(element)+`","b":1}]`), element), sdjwt.ErrReserved},
		{"... beside _sd", forge(t, "dc+sd-jwt", payload(`,"a":[{"_sd":[],"...":"`+digest(element)+`"}]`), element), sdjwt.ErrReserved},
		{"... in an object", forge(t, "dc+sd-jwt", payload(`,"a":{"...":"`+digest(element)+`"}`), element), sdjwt.ErrReserved},
		{"... at the top", forge(t, "dc+sd-jwt", payload(`,"...":"`+digest(element)+`"`), element), sdjwt.ErrReserved},
		{"_sd_alg below the top", forge(t, "dc+sd-jwt", payload(`,"a":{"_sd_alg":"sha-256"}`)), sdjwt.ErrReserved},
		{"another _sd_alg", forge(t, "dc+sd-jwt", payload(`,"_sd_alg":"sha-512"`)), sdjwt.ErrHash},
		{"weak _sd_alg", forge(t, "dc+sd-jwt", payload(`,"_sd_alg":"md5"`)), sdjwt.ErrHash},
		{"_sd_alg in capitals", forge(t, "dc+sd-jwt", payload(`,"_sd_alg":"SHA-256"`)), sdjwt.ErrHash},
		{"_sd_alg null", forge(t, "dc+sd-jwt", payload(`,"_sd_alg":null`)), sdjwt.ErrForm},

		// Overwriting.
		{"a claim in clear", forge(t, "dc+sd-jwt", payload(`,"name":"y",`+sd(name)), name), sdjwt.ErrOverwrite},
		{"another disclosure", forgeSD(t, `["s","n",1]`, `["t","n",2]`), sdjwt.ErrOverwrite},
		{"the issuer", forgeSD(t, `["s","iss","did:example:bob"]`), sdjwt.ErrOverwrite},
		{"expiry by a disclosure", forgeSD(t, `["s","exp",4000000000]`), sdjwt.ErrAlwaysShown},
		{"status by a disclosure", forgeSD(t, `["s","status",{}]`), sdjwt.ErrAlwaysShown},
		{"cnf by a disclosure", forgeSD(t, `["s","cnf",{}]`), sdjwt.ErrAlwaysShown},
		{"digests inside cnf", forge(t, "dc+sd-jwt", payload(`,"cnf":{`+sd(name)+`}`)), sdjwt.ErrAlwaysShown},
		{"an element of aud", forge(t, "dc+sd-jwt", payload(`,"aud":["a",{"...":"`+digest(element)+`"}]`)), sdjwt.ErrAlwaysShown},
		{"a fold of expiry", forgeSD(t, `["s","EXP",4000000000]`), vc.ErrClaims},
		{"a fold by another letter", forgeSD(t, `["s","\u017ftatus",{}]`), vc.ErrClaims},

		// Claims.
		{"payload is an array", forge(t, "dc+sd-jwt", `[]`), sdjwt.ErrForm},
		{"payload is not UTF-8", forge(t, "dc+sd-jwt", payload(",\"a\":\"\xff\"")), sdjwt.ErrForm},
		{"no iss", forge(t, "dc+sd-jwt", `{"vct":"x"}`), vc.ErrClaims},
		{"iss is no DID", forge(t, "dc+sd-jwt", `{"vct":"x","iss":"https://a.example"}`), vc.ErrClaims},
		{"no vct", forge(t, "dc+sd-jwt", `{"iss":"`+alice.DID().String()+`"}`), sdjwt.ErrType},
		{"another vct", forge(t, "dc+sd-jwt", strings.Replace(payload(""), vct, vct+"s", 1)), sdjwt.ErrType},
		{"nbf later", forge(t, "dc+sd-jwt", payload(`,"nbf":`+unix(noon.Add(time.Second)))), vc.ErrNotYetValid},
		{"iat later", forge(t, "dc+sd-jwt", payload(`,"iat":`+unix(noon.Add(time.Second)))), vc.ErrNotYetValid},
		{"exp now", forge(t, "dc+sd-jwt", payload(`,"exp":`+unix(noon))), vc.ErrExpired},
		{"exp in milliseconds", forge(t, "dc+sd-jwt", payload(`,"exp":`+unix(noon)+`000`)), vc.ErrClaims},
		{"exp negative", forge(t, "dc+sd-jwt", payload(`,"exp":-1`)), vc.ErrClaims},
		{"exp null", forge(t, "dc+sd-jwt", payload(`,"exp":null`)), sdjwt.ErrForm},
		{"iat is text", forge(t, "dc+sd-jwt", payload(`,"iat":"2026-01-01T00:00:00Z"`)), vc.ErrClaims},
		{"for another audience", forge(t, "dc+sd-jwt", payload(`,"aud":["https://other.example"]`)), vc.ErrDomain},
		{"for nobody", forge(t, "dc+sd-jwt", payload(`,"aud":[]`)), vc.ErrClaims},
		{"for an empty name", forge(t, "dc+sd-jwt", payload(`,"aud":""`)), vc.ErrClaims},
		{"cnf without a key", forge(t, "dc+sd-jwt", payload(`,"cnf":{}`)), sdjwt.ErrConfirmation},
		{"cnf with two keys", forge(t, "dc+sd-jwt", payload(`,"cnf":{"kid":"`+agent.Method()+`","jwk":`+jwkOf(t)+`}`)), sdjwt.ErrConfirmation},
		{"cnf by a thumbprint", forge(t, "dc+sd-jwt", payload(`,"cnf":{"jkt":"x"}`)), sdjwt.ErrConfirmation},
		{"cnf with a private key", forge(t, "dc+sd-jwt", payload(`,"cnf":{"jwk":{"kty":"OKP","crv":"Ed25519","x":"`+strings.Repeat("A", 43)+`","d":"`+strings.Repeat("A", 43)+`"}}`)), vc.ErrClaims},
		{"cnf with a weak key", forge(t, "dc+sd-jwt", payload(`,"cnf":{"jwk":{"kty":"OKP","crv":"Ed25519","x":"`+strings.Repeat("A", 43)+`"}}`)), vc.ErrClaims},

		// Status.
		{"a status nobody asks about", forge(t, "dc+sd-jwt", payload(`,"status":{"status_list":{"idx":0,"uri":"https://a.example"}}`)), vc.ErrStatus},
		{"a status of another kind", forge(t, "dc+sd-jwt", payload(`,"status":{"x":1}`)), vc.ErrStatusEntry},
		{"an empty status", forge(t, "dc+sd-jwt", payload(`,"status":{}`)), vc.ErrStatusEntry},
		{"a status without uri", forge(t, "dc+sd-jwt", payload(`,"status":{"status_list":{"idx":1}}`)), vc.ErrStatusEntry},
		{"a status with more", forge(t, "dc+sd-jwt", payload(`,"status":{"status_list":{"idx":1,"uri":"https://a.example","bits":2}}`)), vc.ErrStatusEntry},
		{"idx negative", forge(t, "dc+sd-jwt", payload(`,"status":{"status_list":{"idx":-1,"uri":"https://a.example"}}`)), vc.ErrStatusEntry},
		{"idx is text", forge(t, "dc+sd-jwt", payload(`,"status":{"status_list":{"idx":"1","uri":"https://a.example"}}`)), vc.ErrClaims},
		{"uri is relative", forge(t, "dc+sd-jwt", payload(`,"status":{"status_list":{"idx":1,"uri":"/a"}}`)), vc.ErrStatusEntry},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, err := verify(c.text, unbound())
			require.ErrorIs(t, err, c.want)
			require.Nil(t, v)
		})
	}
}

func unix(t time.Time) string { return fmt.Sprint(t.Unix()) }

// forgeSD discloses JSON texts at the top.
func forgeSD(t testing.TB, disclosures ...string) string {
	var texts []string
	for _, d := range disclosures {
		texts = append(texts, b64(d))
	}
	return forge(t, "dc+sd-jwt", payload(`,`+sd(append([]string(nil), texts...)...)), texts...)
}

// forgeNested has the digest of a disclosure at the top and inside another.
func forgeNested(t testing.TB, inner string) string {
	outer := b64(`["s","o",{` + sd(inner) + `}]`)
	return forge(t, "dc+sd-jwt", payload(`,`+sd(inner, outer)), outer)
}

func jwkOf(t testing.TB) string {
	return `{"kty":"OKP","crv":"Ed25519","x":"` + b64(string(rawKey(t, agent.Key()))) + `"}`
}

// TestDepthIsThatOfTheWhole nests disclosures, each of which is flat.
func TestDepthIsThatOfTheWhole(t *testing.T) {
	for _, c := range []struct {
		name, open, close string
		levels            int
		want              error
	}{
		{"objects", `{"a":{`, `}}`, 15, nil},
		{"objects, too deep", `{"a":{`, `}}`, 16, sdjwt.ErrForm},
		{"arrays", `{"a":[{`, `}]}`, 10, nil},
		{"arrays, too deep", `{"a":[{`, `}]}`, 11, sdjwt.ErrForm},
	} {
		t.Run(c.name, func(t *testing.T) {
			var texts []string
			inner := `"end":1`
			for i := range c.levels {
				d := b64(fmt.Sprintf(`["s%d","n",%s%s%s]`, i, c.open, inner, c.close))
				texts = append(texts, d)
				inner = sd(d)
			}
			v, err := verify(forge(t, "dc+sd-jwt", payload(`,`+inner), texts...), unbound())
			require.ErrorIs(t, err, c.want)
			require.Equal(t, c.want == nil, v != nil)
		})
	}
	arrays := payload(`,"a":` + strings.Repeat("[", 31) + strings.Repeat("]", 31))
	_, err := verify(forge(t, "dc+sd-jwt", arrays), unbound())
	require.NoError(t, err)
	d := b64(`["s",` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `]`)
	_, err = verify(forge(t, "dc+sd-jwt", payload(`,"a":[{"...":"`+digest(d)+`"}]`), d), unbound())
	require.ErrorIs(t, err, sdjwt.ErrForm)
}

// TestUndisclosedDisclosesNothing leaves out a disclosure that others stand in.
func TestUndisclosedDisclosesNothing(t *testing.T) {
	inner := b64(`["s","inner",1]`)
	outer := b64(`["s","outer",{` + sd(inner) + `}]`)
	text := forge(t, "dc+sd-jwt", payload(`,`+sd(outer)), inner)
	_, err := verify(text, unbound())
	require.ErrorIs(t, err, sdjwt.ErrDisclosure)
}

func TestBinding(t *testing.T) {
	credential := issue(t, sdjwt.IssueOptions{Disclosable: disclosable, Holder: agent.Key()})
	present := func(b sdjwt.Binding, show ...string) string {
		text, err := sdjwt.Present(credential, show, agent, b)
		require.NoError(t, err)
		return text
	}
	good := present(sdjwt.Binding{Audience: tool, Nonce: nonce, IssuedAt: noon}, "/name")
	cut := strings.LastIndex(good, "~") + 1
	kb, other := good[cut:], present(sdjwt.Binding{Audience: tool, Nonce: nonce, IssuedAt: noon}, "/mail~1box")
	claims := func(more string) string {
		return `{"iat":` + unix(noon) + `,"aud":"` + tool + `","nonce":"` + nonce + `","sd_hash":"` + digest(good[:cut]) + `"` + more + `}`
	}
	header := `{"alg":"EdDSA","typ":"kb+jwt"}`
	for _, c := range []struct {
		name, text string
		at         time.Time
		change     func(*sdjwt.VerifyOptions)
		want       error
	}{
		{"as issued", good, noon, nil, nil},
		{"at its latest", good, noon.Add(5 * time.Minute), nil, nil},
		{"too old", good, noon.Add(5*time.Minute + time.Second), nil, sdjwt.ErrBinding},
		{"too old but for skew", good, noon.Add(5*time.Minute + time.Second), func(o *sdjwt.VerifyOptions) { o.Skew = time.Second }, nil},
		{"old, allowed", good, noon.Add(time.Hour), func(o *sdjwt.VerifyOptions) { o.MaxAge = time.Hour }, nil},
		{"from the future", good, noon.Add(-time.Second), nil, sdjwt.ErrBinding},
		{"from the future but for skew", good, noon.Add(-time.Second), func(o *sdjwt.VerifyOptions) { o.Skew = time.Second }, nil},
		{"another audience", good, noon, func(o *sdjwt.VerifyOptions) { o.Audience += "/" }, sdjwt.ErrBinding},
		{"another nonce", good, noon, func(o *sdjwt.VerifyOptions) { o.Nonce += "x" }, sdjwt.ErrBinding},
		{"stripped", good[:cut], noon, nil, sdjwt.ErrBinding},
		{"stripped, for one that takes copies", good[:cut], noon, func(o *sdjwt.VerifyOptions) { o.Unbound = true }, nil},
		{"of this holder", good, noon, func(o *sdjwt.VerifyOptions) { o.Holder = agent.Key() }, nil},
		{"of another holder", good, noon, func(o *sdjwt.VerifyOptions) { o.Holder = alice.Key() }, sdjwt.ErrBinding},
		{"a holder and no proof", good[:cut], noon, func(o *sdjwt.VerifyOptions) { o.Unbound, o.Holder = true, agent.Key() }, sdjwt.ErrBinding},
		{"of another selection", good[:cut] + other[strings.LastIndex(other, "~")+1:], noon, nil, sdjwt.ErrBinding},
		{"one disclosure less", strings.Split(good, "~")[0] + "~" + kb, noon, nil, sdjwt.ErrBinding},
		{"by another key", good[:cut] + forgeHeader(t, alice, header, claims("")), noon, nil, sdjwt.ErrBinding},
		{"by hand", good[:cut] + forgeHeader(t, agent, header, claims("")), noon, nil, nil},
		{
			"wrong where copies are taken", good[:cut] + forgeHeader(t, alice, header, claims("")), noon,
			func(o *sdjwt.VerifyOptions) { o.Unbound = true }, sdjwt.ErrBinding,
		},
		{"kid of the holder", good[:cut] + forgeHeader(t, agent, `{"alg":"EdDSA","typ":"kb+jwt","kid":"`+agent.Method()+`"}`, claims("")), noon, nil, nil},
		{"kid of another", good[:cut] + forgeHeader(t, agent, `{"alg":"EdDSA","typ":"kb+jwt","kid":"`+alice.Method()+`"}`, claims("")), noon, nil, sdjwt.ErrBinding},
		{"another alg", good[:cut] + forgeHeader(t, agent, `{"alg":"ES256","typ":"kb+jwt"}`, claims("")), noon, nil, sdjwt.ErrBinding},
		{"typ of another token", good[:cut] + forgeHeader(t, agent, `{"alg":"EdDSA","typ":"JWT"}`, claims("")), noon, nil, sdjwt.ErrBinding},
		{"a claim more", good[:cut] + forgeHeader(t, agent, header, claims(`,"exp":1`)), noon, nil, sdjwt.ErrBinding},
		{"no claims", good[:cut] + forgeHeader(t, agent, header, `{}`), noon, nil, sdjwt.ErrBinding},
		{"no nonce", good[:cut] + forgeHeader(t, agent, header, strings.Replace(claims(""), `"nonce":"`+nonce+`",`, "", 1)), noon, nil, sdjwt.ErrBinding},
		{
			"no nonce, where none is asked", good[:cut] + forgeHeader(t, agent, header, strings.Replace(claims(""), `"nonce":"`+nonce+`",`, "", 1)), noon,
			func(o *sdjwt.VerifyOptions) { o.Unbound, o.Nonce = true, "" }, sdjwt.ErrBinding,
		},
		{
			"no audience, where none is asked", good[:cut] + forgeHeader(t, agent, header, strings.Replace(claims(""), `"aud":"`+tool+`",`, "", 1)), noon,
			func(o *sdjwt.VerifyOptions) { o.Unbound, o.Audience = true, "" }, sdjwt.ErrBinding,
		},
		{
			"no iat, where time is ignored", good[:cut] + forgeHeader(t, agent, header, strings.Replace(claims(""), `"iat":`+unix(noon)+`,`, "", 1)), noon,
			func(o *sdjwt.VerifyOptions) { o.IgnoreTime = true }, sdjwt.ErrBinding,
		},
		{"not JSON", good[:cut] + forgeHeader(t, agent, header, `x`), noon, nil, sdjwt.ErrBinding},
		{"audience is an array", good[:cut] + forgeHeader(t, agent, header, strings.Replace(claims(""), `"`+tool+`"`, `["`+tool+`"]`, 1)), noon, nil, sdjwt.ErrBinding},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := optionsAt(c.at)
			if c.change != nil {
				c.change(&o)
			}
			v, err := verify(c.text, o)
			require.ErrorIs(t, err, c.want)
			require.Equal(t, c.want == nil, v != nil)
		})
	}
}

func TestBindingNeedsACnf(t *testing.T) {
	text := forge(t, "dc+sd-jwt", payload(""))
	kb := forgeHeader(t, agent, `{"alg":"EdDSA","typ":"kb+jwt"}`,
		`{"iat":`+unix(noon)+`,"aud":"`+tool+`","nonce":"`+nonce+`","sd_hash":"`+digest(text)+`"}`)
	_, err := verify(text+kb, optionsAt(noon))
	require.ErrorIs(t, err, sdjwt.ErrBinding)
}

// TestBindingByMethod binds to a verification method instead of a key.
func TestBindingByMethod(t *testing.T) {
	for _, c := range []struct {
		name, kid string
		want      error
	}{
		{"did:key", agent.Method(), nil},
		{"another's", alice.Method(), sdjwt.ErrBinding},
		{"no DID URL", "key-1", sdjwt.ErrConfirmation},
		{"no such key", agent.DID().String() + "#x", sdjwt.ErrConfirmation},
		{"no resolver", "did:web:example.com#a", sdjwt.ErrConfirmation},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := forge(t, "dc+sd-jwt", payload(`,"cnf":{"kid":"`+c.kid+`"}`))
			kb := forgeHeader(t, agent, `{"alg":"EdDSA","typ":"kb+jwt"}`,
				`{"iat":`+unix(noon)+`,"aud":"`+tool+`","nonce":"`+nonce+`","sd_hash":"`+digest(text)+`"}`)
			_, err := verify(text+kb, optionsAt(noon))
			require.ErrorIs(t, err, c.want)
			_, err = sdjwt.Present(text, nil, agent, sdjwt.Binding{Audience: tool, Nonce: nonce})
			require.Equal(t, c.name == "did:key", err == nil)
		})
	}
}

func TestOptionsRefusals(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*sdjwt.VerifyOptions)
	}{
		{"no issuers", func(o *sdjwt.VerifyOptions) { o.Issuers = nil }},
		{"no types", func(o *sdjwt.VerifyOptions) { o.Types = nil }},
		{"no audience", func(o *sdjwt.VerifyOptions) { o.Audience = "" }},
		{"no nonce", func(o *sdjwt.VerifyOptions) { o.Nonce = "" }},
		{"a key", func(o *sdjwt.VerifyOptions) { o.Key = alice.Key() }},
		{"a checker to ignore", func(o *sdjwt.VerifyOptions) { o.VerifyOptions.Status, o.IgnoreStatus = lists{}, true }},
		{"skew", func(o *sdjwt.VerifyOptions) { o.Skew = time.Hour }},
		{"negative skew", func(o *sdjwt.VerifyOptions) { o.Skew = -1 }},
		{"negative age", func(o *sdjwt.VerifyOptions) { o.MaxAge = -1 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := optionsAt(noon)
			c.change(&o)
			_, err := verify("x", o)
			require.ErrorIs(t, err, vc.ErrOptions)
		})
	}
	_, err := verify(issue(t, sdjwt.IssueOptions{}), sdjwt.VerifyOptions{})
	require.ErrorIs(t, err, vc.ErrOptions)
}

// counting is a resolver that counts who asks.
type counting struct{ asked *int }

func (c counting) Resolve(context.Context, did.DID) (*did.Document, error) {
	*c.asked++
	return nil, errors.New("gone")
}

func TestStrangersAreNotResolved(t *testing.T) {
	asked := 0
	o := unbound()
	o.Resolver = counting{&asked}
	text := forgeHeader(t, alice, `{"alg":"EdDSA","typ":"dc+sd-jwt","kid":"did:web:evil.example#a"}`,
		`{"iss":"did:web:evil.example","vct":"`+vct+`"}`) + "~"
	_, err := verify(text, o)
	require.ErrorIs(t, err, vc.ErrUntrusted)
	require.Zero(t, asked)
	evil, err := did.Parse("did:web:evil.example")
	require.NoError(t, err)
	o.Issuers = []did.DID{evil}
	_, err = verify(text, o)
	require.ErrorIs(t, err, vc.ErrKey)
	require.Equal(t, 1, asked)
}

func TestProofNeedsAnIssuerToo(t *testing.T) {
	text := forge(t, "dc+sd-jwt", `{"vct":"x"}`)
	_, err := sdjwt.VerifyProof(context.Background(), []byte(text), vc.VerifyOptions{Key: alice.Key()})
	require.ErrorIs(t, err, vc.ErrClaims)
}

func TestTrustAndSize(t *testing.T) {
	text := issue(t, sdjwt.IssueOptions{})
	o := unbound()
	o.Issuers = []did.DID{agent.DID()}
	_, err := verify(text, o)
	require.ErrorIs(t, err, vc.ErrUntrusted)
	o.AnyIssuer, o.Types, o.AnyType = true, nil, true
	_, err = verify(text, o)
	require.NoError(t, err)
	o.MaxBytes = 10
	_, err = verify(text, o)
	require.ErrorIs(t, err, vc.ErrSize)
	o = unbound()
	o.Now = time.Time{} // the present, at which the task has ended
	o.Issuers = append(o.Issuers, agent.DID())
	_, err = verify(forge(t, "dc+sd-jwt", payload(`,"exp":1`)), o)
	require.ErrorIs(t, err, vc.ErrExpired)
}

// lists is a status checker that knows one list.
type lists struct {
	mode vc.Mode
	err  error
}

func (l lists) CheckStatus(_ context.Context, r vc.StatusRequest) (vc.Status, error) {
	entry := vc.StatusEntry{Type: string(revocation.TokenStatusList), Index: "7", List: "https://status.example/1"}
	if len(r.Entries) != 1 || !reflect.DeepEqual(r.Entries[0], entry) || r.Issuer != alice.DID() ||
		r.Credential == "" || !r.Now.Equal(noon) {
		return vc.Status{}, errors.New("asked something else")
	}
	return vc.Status{Mode: l.mode, AsOf: noon}, l.err
}

// named remembers the name under which a credential was asked about.
type named struct{ credential *string }

func (n named) CheckStatus(_ context.Context, r vc.StatusRequest) (vc.Status, error) {
	*n.credential = r.Credential
	return vc.Status{Mode: vc.Normal, AsOf: noon}, nil
}

// TestASecondSignatureIsNoSecondCredential: the holder of a credential that was seen
// revoked turns the S of its ECDSA signature around. It is asked about under the
// same name.
func TestASecondSignatureIsNoSecondCredential(t *testing.T) {
	issuer := personas.NewP256("alice")
	text, err := sdjwt.Issue([]byte(`{"vct":"`+vct+`","status":{"status_list":{"idx":7,"uri":"https://status.example/1"}}}`), issuer, sdjwt.IssueOptions{})
	require.NoError(t, err)
	jws, _, _ := strings.Cut(text, "~")
	input, sig := jws[:strings.LastIndex(jws, ".")], jws[strings.LastIndex(jws, ".")+1:]
	raw, err := base64.RawURLEncoding.DecodeString(sig)
	require.NoError(t, err)
	s := new(big.Int).SetBytes(raw[32:])
	s.Sub(elliptic.P256().Params().N, s).FillBytes(raw[32:])

	var names []string
	var contents []string
	for _, text := range []string{text, input + "." + base64.RawURLEncoding.EncodeToString(raw) + "~"} {
		var name string
		o := unbound()
		o.Issuers = []did.DID{issuer.DID()}
		o.VerifyOptions.Status = named{&name}
		v, err := verify(text, o)
		require.NoError(t, err)
		names, contents = append(names, name), append(contents, v.Content())
	}
	require.Equal(t, names[0], names[1])
	require.Equal(t, names, contents)
}

func TestStatusIsAsked(t *testing.T) {
	text, err := sdjwt.Issue([]byte(`{"vct":"`+vct+`","status":{"status_list":{"idx":7,"uri":"https://status.example/1"}}}`), alice, sdjwt.IssueOptions{})
	require.NoError(t, err)
	for _, c := range []struct {
		name string
		list lists
		want error
	}{
		{"normal", lists{mode: vc.Normal}, nil},
		{"guarded", lists{mode: vc.Guarded}, nil},
		{"suspended", lists{mode: vc.Suspended}, vc.ErrSuspended},
		{"revoked", lists{mode: vc.Revoked}, vc.ErrRevoked},
		{"no answer", lists{}, vc.ErrStatus},
		{"no list", lists{mode: vc.Normal, err: errors.New("gone")}, vc.ErrStatus},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := unbound()
			o.VerifyOptions.Status = c.list
			v, err := verify(text, o)
			require.ErrorIs(t, err, c.want)
			if c.want == nil {
				require.Equal(t, c.list.mode, v.Status().Mode)
			}
		})
	}
	o := unbound()
	o.IgnoreStatus = true
	v, err := verify(text, o)
	require.NoError(t, err)
	require.Zero(t, v.Status())
}
