// Package cases makes chains with what is asked beside an invocation, valid and
// invalid in one place each, for tests and for whoever writes vectors of rules 16
// and 17. Its bytes are the same every time.
package cases

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/delegation/attest"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
)

// Noon is when every case is judged.
var Noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// Service is the name of the verifier of every case.
const Service = "https://bank.example.com"

// Case is a question to a verifier and the answer.
type Case struct {
	ID         string
	Rule       delegation.Rule // that refuses; 0: allowed
	Chain      json.RawMessage
	Invocation string
	Shown      delegation.Shown
	Request    delegation.Request
}

// Root is the principal that the verifier of every case trusts, without a ceiling.
func Root() did.DID { return personas.New("alice").DID() }

// Attester is whose statements about manifests the verifier believes.
func Attester() did.DID { return personas.New("attester").DID() }

// Config is the verifier of a case. Every case has one of its own, with an empty
// replay store and an empty ledger.
func Config() delegation.Config {
	statements, err := attest.NewStatements([]did.DID{Attester()}, nil)
	must(err)
	return delegation.Config{
		Names: []string{Service}, Anchors: []delegation.Anchor{{DID: Root(), Unlimited: true, AllowUnrevocable: true}},
		MaxStaleness: 5 * time.Minute, Skew: -1, InvocationSkew: -1, Now: func() time.Time { return Noon },
		Replay: delegation.NewVolatileReplay(Noon.Add(-time.Hour), 0), Ledger: delegation.NewVolatileLedger(),
		Attestors: []delegation.Attestor{statements},
	}
}

// JSON is the case as a line of the batch of examples/inspect, but that the
// attester is named in "attesters".
func (c Case) JSON() map[string]any {
	request := map[string]any{
		"action": c.Request.Action, "resource": c.Request.Resource, "arguments": json.RawMessage(c.Request.Arguments),
	}
	if c.Request.Amounts != nil {
		request["amounts"] = c.Request.Amounts
	}
	line := map[string]any{
		"id": c.ID, "kind": "chain", "chain": c.Chain, "roots": []string{Root().String()}, "at": Noon.Format(time.RFC3339),
		"allowUnrevocableRoots": true, "invocation": c.Invocation, "audience": Service, "request": request,
	}
	if c.Shown.Approvals != nil {
		line["approvals"] = c.Shown.Approvals
	}
	if c.Shown.Evidence != nil {
		line["evidence"], line["attesters"] = c.Shown.Evidence, []string{Attester().String()}
	}
	return line
}

// Payment is the request of every case unless it says otherwise.
func Payment() delegation.Request {
	return delegation.Request{
		Action: "payments/send", Resource: Service + "/accounts/7", Audience: Service,
		Arguments: []byte(`{"cents":1250,"to":"DE02"}`), Amounts: map[string]int64{"EUR/100": 1250},
	}
}

// Terms allow the payment, and one link more.
func Terms() delegation.Terms {
	return delegation.Terms{
		Grants:   []delegation.Grant{{Actions: []string{"payments/**"}, Resources: []string{Service + "/**"}}},
		Audience: []string{Service},
	}
}

// Agent is the holder of a chain of one link for each of terms, from Root to the
// personas bob, carol, dave, with ids and times that are always the same.
func Agent(terms ...delegation.Terms) *delegation.Holder {
	holders := []*did.Signer{personas.New("alice"), personas.New("bob"), personas.New("carol"), personas.New("dave")}
	var chain delegation.Chain
	for i, t := range terms {
		t.Depth = len(terms) - 1 - i
		authority, err := delegation.NewAuthority(t)
		must(err)
		is := delegation.Issue{
			ID: fmt.Sprintf("urn:example:link:%d", i), Task: delegation.Task{ID: "urn:example:task"},
			ValidFrom: Noon.Add(-time.Minute), ValidUntil: Noon.Add(time.Hour),
		}
		if i == 0 {
			chain, err = delegation.Root(holders[0], holders[1].DID(), authority, is)
		} else {
			chain, err = chain.Extend(holders[i], holders[i+1].DID(), authority, is)
		}
		must(err)
	}
	h, err := delegation.NewHolder(holders[len(terms)], chain)
	must(err)
	return h
}

// Invoke are the options of the invocation of a case: its id names what is fixed.
func Invoke(id string) delegation.Invoke {
	h := sha256.Sum256([]byte(id))
	return delegation.Invoke{ID: fmt.Sprintf("%x", h[:16]), Salt: h[16:], Now: Noon}
}

// Make makes a case: h invokes req, and show makes what it shows beside.
func Make(id string, rule delegation.Rule, h *delegation.Holder, req delegation.Request, show func(*delegation.Shown)) Case {
	asked := req
	asked.Amounts = nil
	token, err := h.Invoke(asked, Invoke(id))
	must(err)
	c := Case{ID: id, Rule: rule, Chain: h.ChainJSON(), Invocation: token, Request: req}
	if show != nil {
		show(&c.Shown)
	}
	return c
}

// Approve makes an approval of the payment as h invokes it in the case of that id,
// by a persona, with one thing changed.
func Approve(id string, h *delegation.Holder, by string, change func(*delegation.ApprovalRequest)) string {
	req, in := Payment(), Invoke(id)
	asked := delegation.ApprovalRequest{
		Agent: h.DID(), Leaf: h.Chain().Digest(), Audience: req.Audience, Action: req.Action, Resource: req.Resource,
		Arguments: req.Arguments, Amounts: req.Amounts, Invocation: in.ID, Salt: in.Salt,
	}
	if change != nil {
		change(&asked)
	}
	token, err := delegation.Approve(personas.New(by), asked, delegation.Approving{ID: in.ID, Now: Noon})
	must(err)
	return token
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
