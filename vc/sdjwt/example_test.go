package sdjwt_test

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/vc"
	"github.com/taperid/taper/vc/sdjwt"
)

// An agent shows a tool which mailbox it may read, and not what it is paid.
func Example() {
	issuer, _ := did.GenerateKey(did.Ed25519)
	agent, _ := did.GenerateKey(did.Ed25519)
	credential, err := sdjwt.Issue([]byte(`{"vct":"https://example.com/task","mailbox":"carol","budget":{"usd":10}}`),
		issuer, sdjwt.IssueOptions{Disclosable: []string{"/mailbox", "/budget"}, Holder: agent.Key()})
	if err != nil {
		panic(err)
	}
	paths, _ := sdjwt.Paths(credential)
	fmt.Println("may leave out:", paths)

	// The tool says who it is and sends a nonce.
	shown, err := sdjwt.Present(credential, []string{"/mailbox"}, agent,
		sdjwt.Binding{Audience: "https://mail.example.com", Nonce: "af0ifjsldkj", IssuedAt: time.Now()})
	if err != nil {
		panic(err)
	}
	verified, err := sdjwt.Verify(context.Background(), []byte(shown), sdjwt.VerifyOptions{
		VerifyOptions: vc.VerifyOptions{Issuers: []did.DID{issuer.DID()}},
		Types:         []string{"https://example.com/task"},
		Audience:      "https://mail.example.com", Nonce: "af0ifjsldkj",
	})
	if err != nil {
		panic(err)
	}
	var claims struct {
		Mailbox string
		Budget  *struct{ USD int }
	}
	_ = json.Unmarshal(verified.Claims(), &claims)
	fmt.Println("mailbox:", claims.Mailbox, "budget:", claims.Budget)
	// Output:
	// may leave out: [/budget /mailbox]
	// mailbox: carol budget: <nil>
}
