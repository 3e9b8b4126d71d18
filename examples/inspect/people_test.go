package main

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
)

// The people of these tests: alice is the principal; bob, carol and dave are agents,
// each held by the one before; oscar operates the status lists; mallory is nobody's.
var (
	alice, bob, carol    = personas.New("alice"), personas.New("bob"), personas.New("carol")
	dave, oscar, mallory = personas.New("dave"), personas.New("oscar"), personas.New("mallory")
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func atNoon() time.Time { return noon }

const (
	noonText = "2026-11-23T12:00:00Z"
	service  = "https://db.example.com"
	listURL  = "https://status.example.com/alice/1"
	guardURL = "https://status.example.com/alice/2"
)

// draft is a status list credential to be.
type draft struct {
	url, purpose string
	signer       *did.Signer
	set          []uint64
	at           time.Time // zero: noon
	age          time.Duration
	format       revocation.Format
}

func (d draft) sign(tb testing.TB) string {
	tb.Helper()
	if d.format == "" {
		d.format = revocation.Bitstring
	}
	bits, err := revocation.MakeBits(revocation.MinEntries, 1)
	require.NoError(tb, err)
	for _, i := range d.set {
		require.NoError(tb, bits.Set(i, 1))
	}
	encoded, err := bits.Encode(d.format)
	require.NoError(tb, err)
	subject, err := json.Marshal(map[string]string{"type": string(d.format), "statusPurpose": either(d.purpose, "revocation"), "encodedList": encoded})
	require.NoError(tb, err)
	at := d.at
	if at.IsZero() {
		at = noon
	}
	signer := d.signer
	if signer == nil {
		signer = oscar
	}
	token, err := vc.Sign(vc.Credential{
		ID: either(d.url, listURL), Type: []string{"VerifiableCredential", string(d.format) + "Credential"},
		ValidFrom: at.Add(-d.age), Subject: []vc.Subject{{Claims: subject}},
	}, signer, vc.SignOptions{})
	require.NoError(tb, err)
	return token
}

func entry(url, purpose string, index int) vc.StatusEntry {
	return vc.StatusEntry{Type: "BitstringStatusListEntry", Purpose: purpose, Index: fmt.Sprint(index), List: url}
}

// status is what the root of the story has.
var status = []vc.StatusEntry{entry(listURL, "revocation", 10), entry(guardURL, "guarded", 11)}

func goodLists(tb testing.TB) object {
	return object{listURL: draft{}.sign(tb), guardURL: draft{url: guardURL, purpose: "guarded"}.sign(tb)}
}

// rootTerms are what alice grants bob.
func rootTerms() delegation.Terms {
	return delegation.Terms{
		Grants: []delegation.Grant{
			{
				Actions: []string{"db/**"}, Resources: []string{service + "/sales/**"}, Except: []string{service + "/sales/pii/**"},
				Args: map[string]delegation.Constraint{"limit": delegation.Range(1, 100)},
			},
			{Actions: []string{"fs/write"}, Resources: []string{service + "/reports/**"}},
		},
		Audience: []string{service}, Depth: 3, Guarded: &delegation.Overlay{Actions: []string{"db/read"}},
	}
}

func authority(tb testing.TB, t delegation.Terms) delegation.Authority {
	tb.Helper()
	a, err := delegation.NewAuthority(t)
	require.NoError(tb, err)
	return a
}

// root issues alice's link to bob.
func root(tb testing.TB, change func(*delegation.Terms, *delegation.Issue)) delegation.Chain {
	tb.Helper()
	t := rootTerms()
	is := delegation.Issue{
		ID: "urn:example:link:0", Agent: delegation.Agent{Kind: "orchestrator"},
		Task:      delegation.Task{ID: "urn:example:task:7", Purpose: "quarterly report"},
		ValidFrom: noon.Add(-time.Minute), ValidUntil: noon.Add(time.Hour), Status: status,
	}
	if change != nil {
		change(&t, &is)
	}
	chain, err := delegation.Root(alice, bob.DID(), authority(tb, t), is)
	require.NoError(tb, err)
	return chain
}

// story is alice -> bob -> carol -> dave.
func story(tb testing.TB) delegation.Chain {
	tb.Helper()
	chain := root(tb, nil)
	for i, step := range []struct{ from, to *did.Signer }{{bob, carol}, {carol, dave}} {
		t := rootTerms()
		t.Grants, t.Depth = t.Grants[:1], 2-i
		var err error
		chain, err = chain.Extend(step.from, step.to.DID(), authority(tb, t), delegation.Issue{
			ID: fmt.Sprintf("urn:example:link:%d", i+1), Agent: delegation.Agent{Kind: "reader"},
			Task: delegation.Task{Step: "collect"}, ValidUntil: noon.Add(time.Duration(40-10*i) * time.Minute),
		})
		require.NoError(tb, err)
	}
	return chain
}

// forge adds a link that allows everything to a chain, by hand, and signs it with
// the key of its holder.
func forge(tb testing.TB, chain delegation.Chain, holder *did.Signer, change func(subject object)) raw {
	tb.Helper()
	links := chain.Links()
	parent := links[len(links)-1]
	subject := object{
		"id": mallory.DID().String(), "type": "Agent", "task": object{"id": parent.Task.ID},
		"parent":    object{"id": parent.ID, "digestMultibase": parent.Digest},
		"authority": object{"grants": []object{{"actions": []string{"**"}, "resources": []string{"**"}}}, "audience": []string{service}},
	}
	if change != nil {
		change(subject)
	}
	token, err := vc.Sign(vc.Credential{
		Context: []string{vc.ContextV2, "https://w3id.org/taper/v1"}, ID: "urn:example:forged",
		Type:      []string{"VerifiableCredential", "AgentTaskCredential"},
		ValidFrom: parent.ValidFrom, ValidUntil: parent.ValidUntil, Subject: []vc.Subject{{Claims: encoded(subject)}},
	}, holder, vc.SignOptions{})
	require.NoError(tb, err)
	var all []string
	require.NoError(tb, json.Unmarshal(encoded(chain), &all))
	return encoded(append(all, token))
}

// question of kind chain about a chain of alice's.
func aboutChain(tb testing.TB, chain any, more object) object {
	tb.Helper()
	q := object{
		"kind": "chain", "chain": chain, "at": noonText, "lists": goodLists(tb),
		"roots": object{alice.DID().String(): object{"listSigners": []string{oscar.DID().String()}}},
	}
	for name, value := range more {
		if q[name] = value; value == nil {
			delete(q, name)
		}
	}
	return q
}

var readSales = delegation.Request{
	Action: "db/read", Resource: service + "/sales/2026", Arguments: []byte(`{"limit":10}`), Audience: service,
}

// invoke signs a request as dave.
func invoke(tb testing.TB, chain delegation.Chain, req delegation.Request, in delegation.Invoke) string {
	tb.Helper()
	holder, err := delegation.NewHolder(dave, chain)
	require.NoError(tb, err)
	if in.Now.IsZero() {
		in.Now = noon
	}
	if in.ID == "" {
		in.ID = "abcdefghijklmnop"
	}
	in.Salt = []byte("0123456789abcdef")
	token, err := holder.Invoke(req, in)
	require.NoError(tb, err)
	return token
}

// asked is the request of a case of kind chain.
func asked(req delegation.Request) object {
	return object{"action": req.Action, "resource": req.Resource, "arguments": raw(req.Arguments)}
}
