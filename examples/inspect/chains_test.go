package main

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/vectors"
	"github.com/taperid/taper/vc"
)

// neutralChain is an attack on a chain, in neutral words.
type neutralChain struct {
	ID, Title, Expect, Reason, Holder string
	Links                             []neutralLink
	Present, Revoked                  []string
	Roots                             []string `json:"trusted_roots"`
	Request                           struct{ Action, Resource string }
	VP                                neutralProof
}

type neutralLink struct {
	Name, Issuer, Subject, Parent, Status, Task, Extra, Format string
	Actions, Resources                                         []string
	Expires                                                    int    `json:"exp_offset_s"`
	Starts                                                     *int   `json:"nbf_offset_s"`
	Depth                                                      int    `json:"max_depth"`
	Digest                                                     string `json:"parent_digest"`
	SignedBy                                                   string `json:"signed_by"`
}

type neutralProof struct {
	Aud, Nonce, Typ, Holder string
	ExpectedAud             string `json:"expected_aud"`
	ExpectedNonce           string `json:"expected_nonce"`
	Expires                 *int   `json:"exp_offset_s"`
}

// chainAttacks are the neutral chains, and the keys and the moment that they name.
type chainAttacks struct {
	Now  time.Time
	Keys map[string]struct {
		Seed string `json:"seedBase64url_TEST_ONLY"`
	}
	Cases []neutralChain

	signers map[string]*did.Signer
}

func readChainAttacks(t *testing.T) *chainAttacks {
	t.Helper()
	a := &chainAttacks{signers: make(map[string]*did.Signer)}
	require.NoError(t, json.Unmarshal(vectors.Read(t, "attacks", "chains.json"), a))
	for name, key := range a.Keys {
		seed, err := base64.RawURLEncoding.DecodeString(key.Seed)
		require.NoError(t, err)
		a.signers[name], err = did.NewSignerFromSeed(did.Ed25519, seed)
		require.NoError(t, err)
	}
	return a
}

// brokenBy says by which rule a case is refused here. That a chain whose middle is
// missing is broken by the order of its links, and one without its root by its root,
// follows from the order of the rules.
var brokenBy = map[string]int{
	"C007": 3, "C008": 5, "C009": 3, "C010": 1, "C011": 3, "C012": 5, "C013": 5,
	"C017": 6, "C018": 6, "C020": 6, "C022": 6, "C023": 6, "C024": 6,
	"C026": 5, "C027": 4, "C028": 2, "C029": 4, "C030": 3, "C038": 15, "C040": 15,
	"C044": 9, "C047": 9, "C048": 2, "C049": 1, "C050": 1, "C051": 6,
	"C053": 7, "C056": 7, "C058": 12, "C060": 12,
	"C069": 13, "C070": 13, "C071": 13, "C072": 13, "C073": 13, "C076": 13, "C077": 13,
	"C079": 13, "C080": 13, "C086": 13, "C087": 13, "C088": 13, "C089": 13,
	"C092": 6, // a link secured with Data Integrity, and a digest of other bytes of it
}

func TestAttackChains(t *testing.T) {
	a := readChainAttacks(t)
	questions := make([]object, len(a.Cases))
	for i := range a.Cases {
		questions[i] = a.question(t, &a.Cases[i])
	}
	for i, answer := range ask(t, questions...) {
		c := &a.Cases[i]
		require.Equal(t, c.Expect, answer["verdict"], "%s %s: %v", c.ID, c.Title, answer)
		if c.Expect == reject {
			require.EqualValues(t, brokenBy[c.ID], answer["rule"], "%s %s: %v", c.ID, c.Title, answer)
			continue
		}
		require.Equal(t, a.signers[c.Holder].DID().String(), answer["leaf"])
		require.EqualValues(t, len(c.Present), answer["depth"])
	}
}

// question translates a case.
func (a *chainAttacks) question(t *testing.T, c *neutralChain) object {
	t.Helper()
	links := make(map[string]string)
	digests := make(map[string]string)
	for i := range c.Links {
		l := &c.Links[i]
		links[l.Name], digests[l.Name] = a.link(t, c, l, digests)
	}
	present := make([]any, 0, len(c.Present))
	for _, name := range c.Present {
		present = append(present, presentable(links[name]))
	}
	switch c.ID { // what the file leaves to whoever translates it
	case "C049", "C050":
		present = slices.Repeat(present[:1], 10_000)
	}
	q := object{
		"id": c.ID, "kind": "chain", "chain": present, "at": a.Now, "lists": a.lists(t, c),
		"audience": c.VP.ExpectedAud, "request": object{"action": action(c.Request.Action), "resource": c.Request.Resource},
	}
	roots := []string{}
	for _, name := range c.Roots {
		roots = append(roots, a.signers[name].DID().String())
	}
	q["roots"] = roots
	if c.Holder != "" {
		leaf := ""
		if len(c.Present) > 0 {
			leaf = digests[c.Present[len(c.Present)-1]]
		}
		q["invocation"] = a.invocation(t, c, leaf)
		if c.VP.Nonce != c.VP.ExpectedNonce && c.VP.Nonce != "" { // what a nonce keeps out
			q["seen"] = []any{q["invocation"]}
		}
	}
	return q
}

// presentable is a link as it stands in the array.
func presentable(link string) any {
	if strings.HasPrefix(link, "{") {
		return raw(link)
	}
	return link
}

func action(neutral string) string { return strings.ReplaceAll(neutral, ":", "/") }

// link writes a link as a task credential and signs it, right or wrong.
func (a *chainAttacks) link(t *testing.T, c *neutralChain, l *neutralLink, digests map[string]string) (link, linkDigest string) {
	t.Helper()
	issuer := a.signers[l.Issuer]
	signer := issuer
	if l.SignedBy != "" {
		signer = a.signers[l.SignedBy]
	}
	issuerText := issuer.DID().String()
	if l.Extra != "" { // the issuer is a DID URL
		issuerText = issuer.Method()
	}
	from := a.Now.Add(-2 * time.Minute)
	if l.Starts != nil {
		from = a.Now.Add(time.Duration(*l.Starts) * time.Second)
	}
	actions, resources := []string{}, []string{}
	for _, s := range l.Actions {
		actions = append(actions, action(s))
	}
	for _, s := range l.Resources {
		resources = append(resources, s+"**")
	}
	task := l.Task
	if task == "" {
		task = "urn:task:other"
	}
	subject := object{
		"id": a.signers[l.Subject].DID(), "type": "Agent", "task": object{"id": task},
		"authority": object{
			"grants": []object{{"actions": actions, "resources": resources}}, "audience": []string{c.VP.ExpectedAud}, "depth": l.Depth,
		},
	}
	if l.Parent != "" {
		parent := object{"id": "urn:example:" + l.Parent, "digestMultibase": spoil(l.Digest, digests[l.Parent], "urn:example:"+l.Parent)}
		if subject["parent"] = parent; c.ID == "C051" {
			subject["parent"] = []any{parent, parent}
		}
	}
	payload := object{
		"@context": []string{vc.ContextV2, "https://w3id.org/taper/v1"}, "id": "urn:example:" + l.Name,
		"type": []string{"VerifiableCredential", "AgentTaskCredential"}, "issuer": issuerText,
		"validFrom": stamp(from), "validUntil": stamp(a.Now.Add(time.Duration(l.Expires) * time.Second)), "credentialSubject": subject,
	}
	if l.Status != "" {
		list, index, _ := strings.Cut(l.Status, "#")
		payload["credentialStatus"] = object{
			"type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": index,
			"statusListCredential": "https://status.example/" + list,
		}
	}
	if l.Format == "di" {
		signed, err := vc.AddProof(encoded(payload), signer, vc.SignOptions{Format: vc.EdDSAJCS})
		require.NoError(t, err)
		return string(signed), digest(signed)
	}
	link = signJWS(t, signer, object{"alg": "EdDSA", "typ": "vc+jwt", "kid": issuer.Method()}, encoded(payload))
	return link, digest([]byte(link))
}

// spoil makes a parent's digest wrong in the way that a case wants.
func spoil(how, right, id string) string {
	multihash := func(code byte, sum []byte) string {
		return "u" + base64.RawURLEncoding.EncodeToString(append([]byte{code, byte(len(sum))}, sum...))
	}
	switch how {
	case "":
		return right
	case "zero":
		return multihash(0x12, make([]byte, 32))
	case "truncated":
		return right[:len(right)-8]
	case "id_only":
		sum := sha256.Sum256([]byte(id))
		return multihash(0x12, sum[:])
	case "empty":
		return ""
	case "sha1":
		sum := sha1.Sum([]byte(id))
		return multihash(0x11, sum[:])
	case "uppercase_hex":
		return strings.ToUpper(hex.EncodeToString([]byte(right)))
	}
	return digest([]byte(how)) // of other bytes
}

// signJWS signs any payload under any header.
func signJWS(t testing.TB, signer *did.Signer, header object, payload []byte) string {
	t.Helper()
	input := base64.RawURLEncoding.EncodeToString(encoded(header)) + "." + base64.RawURLEncoding.EncodeToString(payload)
	sig, err := signer.Sign([]byte(input))
	require.NoError(t, err)
	return input + "." + base64.RawURLEncoding.EncodeToString(sig)
}

// invocation translates the presentation that proves who holds the chain.
func (a *chainAttacks) invocation(t *testing.T, c *neutralChain, leaf string) string {
	t.Helper()
	holder := a.signers[c.Holder]
	issued := a.Now
	expires := issued.Add(time.Minute)
	if c.VP.Expires != nil {
		expires = a.Now.Add(time.Duration(*c.VP.Expires) * time.Second)
		issued = min2(issued, expires.Add(-time.Minute))
	}
	issuer := holder
	if c.VP.Holder != "" {
		issuer = a.signers[c.VP.Holder]
	}
	salt := make([]byte, 16)
	sum := sha256.Sum256(append(slices.Clone(salt), "{}"...))
	claims := object{
		"iss": issuer.DID(), "iat": issued.Unix(), "exp": expires.Unix(), "cap": leaf, "act": action(c.Request.Action), "res": c.Request.Resource,
		"salt": base64.RawURLEncoding.EncodeToString(salt),
		"args": "u" + base64.RawURLEncoding.EncodeToString(append([]byte{0x12, 0x20}, sum[:]...)),
	}
	maps.Copy(claims, given(object{"aud": c.VP.Aud, "jti": c.VP.Nonce}))
	if c.VP.Nonce != "" {
		claims["jti"] = fmt.Sprintf("%s-0123456789abcdef", c.VP.Nonce)
	}
	typ := either(c.VP.Typ, "agent-invocation+jwt")
	return signJWS(t, holder, object{"alg": "EdDSA", "typ": typ, "kid": issuer.Method()}, encoded(claims))
}

func min2(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// given drops the members that are empty.
func given(o object) object {
	maps.DeleteFunc(o, func(_ string, v any) bool { return v == "" })
	return o
}

// lists are the status lists of a case.
func (a *chainAttacks) lists(t *testing.T, c *neutralChain) object {
	t.Helper()
	out := object{}
	for _, name := range []string{"list1", "list2", "list3"} {
		d := draft{url: "https://status.example/" + name, signer: a.signers["root"], at: a.Now}
		for _, entry := range c.Revoked {
			var index uint64
			if list, text, _ := strings.Cut(entry, "#"); list == name {
				_, err := fmt.Sscan(text, &index)
				require.NoError(t, err)
				d.set = append(d.set, index)
			}
		}
		out[d.url] = d.sign(t)
	}
	return out
}
