package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
)

const statusContext = "https://w3id.org/vc/status-list/2021/v1"

// issueStatus makes a credential whose status is not set, beside the list that says
// so, and what must not pass for one. The libraries that read lists read Data
// Integrity proofs, so the lists are signed as such.
func issueStatus(f revocation.Format, proof vc.Format) ([]example, error) {
	ctx, s, mallory := context.Background(), signer(did.Ed25519, "issuer"), signer(did.Ed25519, "mallory")
	issuer, err := revocation.NewIssuer(s, "https://status.example.org/lists", revocation.IssuerOptions{Format: f})
	if err != nil {
		return nil, err
	}
	// One that is set and one that is not, in the same list.
	entries, err := issuer.Allocate(ctx, until, revocation.Revocation)
	if err != nil {
		return nil, err
	}
	set, err := issuer.Allocate(ctx, until, revocation.Revocation)
	if err != nil {
		return nil, err
	}
	// The lists that say so, and that say nothing.
	before, err := publish(ctx, issuer, proof, s, f)
	if err != nil {
		return nil, err
	}
	if err := issuer.Set(ctx, 1, set...); err != nil {
		return nil, err
	}
	lists, err := publish(ctx, issuer, proof, s, f)
	if err != nil {
		return nil, err
	}
	stolen, err := publish(ctx, issuer, proof, mallory, f)
	if err != nil {
		return nil, err
	}
	good, err := withStatus(f, proof, s, entries)
	if err != nil {
		return nil, err
	}
	revoked, err := withStatus(f, proof, s, set)
	if err != nil {
		return nil, err
	}
	base := example{Maker: "taper", Kind: "status", Format: string(f), Key: string(did.Ed25519), Issuer: s.DID().String()}
	var out []example
	add := func(altered, body string, lists map[string]json.RawMessage) {
		e := base
		e.Altered, e.Body, e.Lists, e.Name = altered, body, lists, "status "+string(f)+" "+altered
		out = append(out, e)
	}
	add("", good, lists)
	add("set", revoked, lists)
	add("list of another", good, stolen)
	add("no list", good, map[string]json.RawMessage{})
	for url := range lists {
		add("list's bits", revoked, map[string]json.RawMessage{url: swapBits(lists[url], before[url])})
	}
	return out, nil
}

// publish returns the lists by URL, each signed by s with an embedded proof.
func publish(ctx context.Context, i *revocation.Issuer, proof vc.Format, s *did.Signer, f revocation.Format) (map[string]json.RawMessage, error) {
	bundle, err := i.Publish(ctx, nextSecond())
	if err != nil {
		return nil, err
	}
	out := make(map[string]json.RawMessage)
	for url, text := range bundle.All() {
		v, err := vc.Verify(ctx, text, vc.VerifyOptions{AnyIssuer: true, IgnoreTime: true})
		if err != nil {
			return nil, err
		}
		c := v.Credential()
		c.Issuer, c.ValidUntil = s.DID(), until
		if f == revocation.StatusList2021 {
			c.Context = []string{vc.ContextV1, statusContext}
		}
		signed, err := vc.Sign(c, s, vc.SignOptions{Format: proof, Created: from})
		if err != nil {
			return nil, err
		}
		out[url] = json.RawMessage(signed)
	}
	return out, nil
}

// nextSecond makes every list a second newer than the one before, all of them in
// the past.
var nextSecond = func() func() time.Time {
	at := time.Now().Add(-time.Hour)
	return func() time.Time {
		at = at.Add(time.Second)
		return at
	}
}()

func withStatus(f revocation.Format, proof vc.Format, s *did.Signer, entries []vc.StatusEntry) (string, error) {
	c := credential(row{format: proof, v1: f == revocation.StatusList2021}, until)
	c.Status = entries
	if f == revocation.StatusList2021 {
		c.Context = append(c.Context, statusContext)
		// Data Model 1.1 wants an id, which an Issuer leaves to whoever writes such a
		// credential.
		for i, e := range entries {
			c.Status[i].ID = e.List + "#" + e.Index
		}
	}
	return vc.Sign(c, s, vc.SignOptions{Format: proof, Created: from})
}

// swapBits puts the bits of another list into one, and leaves the proof.
func swapBits(list, other json.RawMessage) json.RawMessage {
	bits := func(text json.RawMessage) string {
		_, rest, _ := strings.Cut(string(text), `"encodedList":"`)
		value, _, _ := strings.Cut(rest, `"`)
		return value
	}
	return json.RawMessage(strings.Replace(string(list), bits(list), bits(other), 1))
}

// verifyStatus verifies a credential whose lists are at hand.
func verifyStatus(ctx context.Context, e example, opts vc.VerifyOptions) error {
	bundle := revocation.NewBundle()
	for url, text := range e.Lists {
		if err := bundle.Add(url, text); err != nil {
			return err
		}
	}
	checker, err := revocation.NewChecker(bundle, revocation.Policy{MaxStaleness: 24 * time.Hour})
	if err != nil {
		return err
	}
	opts.Status = checker
	v, err := vc.Verify(ctx, []byte(e.Body), opts)
	if err == nil && v.Status().Mode != vc.Normal {
		err = fmt.Errorf("mode %s", v.Status().Mode)
	}
	return err
}
