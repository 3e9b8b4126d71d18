package verdicts

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/dataintegrity"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/personas"
)

const (
	noon    = "2026-11-23T12:00:00Z"
	noonSec = 1795435200
	service = "https://db.example.com"
	sales   = service + "/sales/2026"
)

// ed is the Ed25519 signer of a name; its seed is SHA-256 of "taper test persona "
// and the name.
func ed(name string) *did.Signer { return personas.New(name) }

// p256 is the P-256 signer of a name, of the same seed. It signs as RFC 6979 says,
// so that its signatures are always the same.
func p256(name string) *did.Signer {
	seed := sha256.Sum256([]byte("taper test persona " + name))
	key := get(ecdsa.ParseRawPrivateKey(elliptic.P256(), seed[:]))
	return get(did.NewSigner(deterministic{key}))
}

type deterministic struct{ *ecdsa.PrivateKey }

func (d deterministic) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return d.PrivateKey.Sign(nil, digest, opts)
}

// four are alice, a principal, and three agents: the people of most chains.
func four() []*did.Signer { return []*did.Signer{ed("alice"), ed("bob"), ed("carol"), ed("dave")} }

// change is what a case changes in one link, in this order.
type change struct {
	payload  func(p object)          // what is signed
	text     func([]byte) []byte     // its bytes
	header   func(h object)          // of a token
	document bool                    // a proof in the place of a token
	proof    dataintegrity.Proof     // of a document, over the ordinary one
	signer   *did.Signer             // in the place of the issuer
	sealed   func(doc, proof object) // a document after it was signed
	token    func(string) string     // a token after it was signed
}

// links makes a chain of len(who)-1 links. A link names the one above as it came
// out, so that nothing is wrong but what was changed.
func links(who []*did.Signer, changes map[int]change) []raw {
	var out []raw
	var above object
	for i := range len(who) - 1 {
		p := payload(who, i)
		if i > 0 {
			subject(p)["parent"] = object{"id": above["id"], "digestMultibase": digestOf(out[i-1])}
		}
		c := changes[i]
		if c.payload != nil {
			c.payload(p)
		}
		signer := who[i]
		if c.signer != nil {
			signer = c.signer
		}
		above = p
		out = append(out, c.sign(p, signer, who[i]))
	}
	return out
}

// payload is link i of a chain as it should be.
func payload(who []*did.Signer, i int) object {
	return object{
		"@context":   []any{"https://www.w3.org/ns/credentials/v2", "https://w3id.org/taper/v1"},
		"id":         fmt.Sprintf("urn:example:link:%d", i),
		"type":       []any{"VerifiableCredential", "AgentTaskCredential"},
		"issuer":     who[i].DID().String(),
		"validFrom":  "2026-11-23T11:59:00Z",
		"validUntil": "2026-11-23T13:00:00Z",
		"credentialSubject": object{
			"id":   who[i+1].DID().String(),
			"type": "Agent",
			"task": object{"id": "urn:example:task"},
			"authority": object{
				"audience": []any{service},
				"depth":    len(who) - 2 - i,
				"grants": []any{object{
					"actions":   []any{"db/**"},
					"resources": []any{service + "/sales/**"},
					"except":    []any{service + "/sales/pii/**"},
				}},
			},
		},
	}
}

func subject(p object) object   { return as[object](p["credentialSubject"]) }
func authority(p object) object { return as[object](subject(p)["authority"]) }
func grant(p object) object     { return as[object](as[[]any](authority(p)["grants"])[0]) }

// sign secures a link by signer; kid is of the issuer.
func (c change) sign(p object, signer, issuer *did.Signer) raw {
	if c.document {
		return c.seal(p, signer)
	}
	body := []byte(text(p))
	if c.text != nil {
		body = c.text(body)
	}
	h := object{"alg": issuer.Key().Algorithm(), "typ": "vc+jwt", "kid": issuer.Method()}
	if c.header != nil {
		c.header(h)
	}
	t := token(signer, text(h), body)
	if c.token != nil {
		t = c.token(t)
	}
	return text(t)
}

// seal secures a link as a document, in canonical form.
func (c change) seal(p object, signer *did.Signer) raw {
	proof := c.proof
	if proof.Purpose == "" {
		proof.Purpose = "assertionMethod"
	}
	if proof.Cryptosuite = "eddsa-jcs-2022"; signer.Key().Type() == did.P256 {
		proof.Cryptosuite = "ecdsa-jcs-2019"
	}
	data := get(dataintegrity.Sign(text(p), 1<<20, proof, signer, nil))
	if c.sealed != nil {
		doc := object{}
		must(json.Unmarshal(data, &doc))
		c.sealed(doc, as[object](doc["proof"]))
		data = text(doc)
	}
	if c.text != nil {
		data = c.text(data)
	}
	return data
}

func b64(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

// token is a compact JWS of any header and payload.
func token(signer *did.Signer, header, body []byte) string {
	input := b64(header) + "." + b64(body)
	return input + "." + b64(get(signer.Sign([]byte(input))))
}

// signed is a token of an ordinary header.
func signed(signer *did.Signer, typ string, claims object) string {
	return token(signer, text(object{"alg": signer.Key().Algorithm(), "typ": typ, "kid": signer.Method()}), text(claims))
}

// digestOf is the digest of a link: of a token's bytes, or of a document.
func digestOf(link raw) string {
	var t string
	if link[0] == '{' {
		doc := object{}
		must(json.Unmarshal(link, &doc))
		return multikey.Digest(text(doc)) // RFC 8785, of these documents
	}
	must(json.Unmarshal(link, &t))
	return multikey.Digest([]byte(t))
}

// array is links as they travel.
func array(links []raw) raw {
	return append(append(raw("["), bytes.Join(cast(links), []byte(","))...), ']')
}

func cast(links []raw) (out [][]byte) {
	for _, l := range links {
		out = append(out, l)
	}
	return out
}

// onChain is the question whether a chain holds: alice is a root without ceiling,
// whose links need no status.
func onChain(chain raw, more object) object {
	return with(object{
		"kind": "chain", "chain": chain, "roots": []any{ed("alice").DID().String()}, "at": noon, "allowUnrevocableRoots": true,
	}, more)
}

// chained is the question about a chain of four with changes.
func chained(changes map[int]change) object { return onChain(array(links(four(), changes)), nil) }

var places = []string{"root", "middle", "leaf"}

// everywhere is a change of each of three links, one a case.
func everywhere(title string, rule int, c change) (out []Vector) {
	for i, place := range places {
		out = append(out, Vector{title + ", " + place, chained(map[int]change{i: c}), refuses(rule, i)})
	}
	return out
}

// edited is everywhere for a payload that is changed so that rule 2 refuses it.
func edited(title string, edit func(p object)) []Vector {
	return everywhere(title, 2, change{payload: edit})
}

// one is a change of one link.
func one(title string, rule, link int, edit func(p object)) Vector {
	return Vector{title, chained(map[int]change{link: {payload: edit}}), refuses(rule, link)}
}

// good is a change that leaves a chain right.
func good(title string, link int, edit func(p object)) Vector {
	return Vector{title, chained(map[int]change{link: {payload: edit}}), accepts(nil)}
}

// flip changes the signature of a token.
func flip(t string) string {
	i := strings.LastIndex(t, ".") + 10
	c := byte('A')
	if t[i] == c {
		c = 'B'
	}
	return t[:i] + string(c) + t[i+1:]
}

// highS is the other signature that ECDSA takes for right.
func highS(t string) string {
	i := strings.LastIndex(t, ".") + 1
	return t[:i] + b64(otherS(get(base64.RawURLEncoding.DecodeString(t[i:]))))
}

func otherS(sig []byte) []byte {
	s := new(big.Int).SetBytes(sig[32:])
	s.Sub(elliptic.P256().Params().N, s).FillBytes(sig[32:])
	return sig
}

// invoked is the question whether a chain of four allows a request.
func invoked(chain []raw, edit func(claims object), more object) object {
	return onInvocation(chain, signed(ed("dave"), "agent-invocation+jwt", claims(chain, edit)), more)
}

func onInvocation(chain []raw, invocation string, more object) object {
	return onChain(array(chain), with(object{
		"invocation": invocation, "audience": service,
		"request": object{"action": "db/read", "resource": sales, "arguments": raw(`{"limit":10}`)},
	}, more))
}

// salt is that of every invocation: the bytes 0 to 15.
func salt() []byte { return []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15} }

// salted is the digest of arguments in canonical form.
func salted(arguments string) string { return multikey.Digest(append(salt(), arguments...)) }

// claims are those of dave's invocation to read sales.
func claims(chain []raw, edit func(object)) object {
	c := object{
		"iss": ed("dave").DID().String(), "aud": service, "iat": noonSec, "exp": noonSec + 30, "jti": "0123456789abcdef",
		"cap": digestOf(chain[len(chain)-1]), "act": "db/read", "res": sales,
		"salt": b64(salt()), "args": salted(`{"limit":10}`),
	}
	if edit != nil {
		edit(c)
	}
	return c
}

// ordered is a table in the order of its names.
func ordered[V any](m map[string]V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, name := range slices.Sorted(maps.Keys(m)) {
			if !yield(name, m[name]) {
				return
			}
		}
	}
}
