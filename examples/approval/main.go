// Approval asks a person on the terminal. An assistant runs errands for Alice; two
// links below it a payer agent is about to pay an invoice, which Alice's mandate
// lets nobody do without the treasurer. The bank's refusal says what to sign, so
// that the treasurer sees the payment, and not the errand that led to it.
//
//	go run ./examples/approval               asks
//	go run ./examples/approval -answer yes   answers itself, as -answer no does
//
// It exits with 0 only if every step went as told.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/did"
)

const (
	bank    = "https://bank.example.com"
	account = bank + "/accounts/alice"
)

func main() {
	answer := flag.String("answer", "ask", "ask the person at the terminal, or answer for them: yes, no")
	flag.Parse()
	if err := run(os.Stdin, os.Stdout, *answer); err != nil {
		fmt.Fprintln(os.Stderr, "approval:", err)
		os.Exit(1)
	}
}

// story is who and what there is.
type story struct {
	out       io.Writer
	verifier  *delegation.Verifier // the bank's
	payer     *delegation.Holder
	treasurer *did.Signer
	people    *strings.Replacer // names for DIDs, so that the output can be read
}

// payment is what the bank is asked to do, as the bank makes it of its own API and
// price list: what it costs is not the agent's to say.
func payment(to string, cents int64) delegation.Request {
	arguments, _ := json.Marshal(map[string]any{"to": to, "cents": cents, "reference": "invoice 2026-117"})
	return delegation.Request{
		Action: "payments/send", Resource: account, Audience: bank, Arguments: arguments,
		Amounts: map[string]int64{"EUR/100": cents},
	}
}

func run(in io.Reader, out io.Writer, answer string) error {
	s, err := begin(out)
	if err != nil {
		return err
	}
	request := payment("DE02 1203 0000 0000 2020 51", 124_500)

	s.say("1. The payer agent tries to pay, and the bank refuses\n")
	asked, err := s.refusedForApproval(request)
	if err != nil {
		return err
	}

	s.say("2. It binds what the refusal says to its next invocation, and asks the treasurer\n")
	words := "Routine payment, already agreed. No need to read this.\n  cost      | at most 100 EUR/100\n\u202eyltcaxe eno siht\u202c"
	asked, invoke, err := asked.Bind(delegation.Invoke{Reason: delegation.Reason{Code: "invoice-due", Text: words}})
	if err != nil {
		return err
	}
	carried, err := json.Marshal(asked) // on its way to the treasurer's own machine
	if err != nil {
		return err
	}
	approval, err := s.decide(in, carried, answer)
	if err != nil {
		return err
	}
	if approval == "" {
		s.say("3. The treasurer signs nothing, and nothing is paid\n")
		_, err := s.refusedForApproval(request)
		return s.end(err)
	}

	s.say("3. The bank pays, once\n")
	shown := delegation.Shown{Approvals: []string{approval}}
	allowed, err := s.pay(request, invoke, shown)
	if err != nil {
		return err
	}
	s.say("   paid, approved by %s; %d cents of the mandate are left\n", allowed.Approvals()[0].Approver, allowed.Left()["spending"])
	if err := allowed.Commit(context.Background()); err != nil {
		return err
	}

	s.say("4. The approval is of no other use\n")
	for _, t := range []struct {
		what    string
		request delegation.Request
		invoke  delegation.Invoke
		rule    delegation.Rule
	}{
		{"the same again", request, invoke, delegation.ErrInvocation},
		{"a cent more", payment("DE02 1203 0000 0000 2020 51", 124_501), delegation.Invoke{}, delegation.ErrRequires},
		{"to somebody else", payment("DE75 5121 0800 1245 1261 99", 124_500), delegation.Invoke{}, delegation.ErrRequires},
	} {
		_, err := s.pay(t.request, t.invoke, shown)
		if !errors.Is(err, t.rule) {
			return fmt.Errorf("%s: want a refusal by %v, got %v", t.what, t.rule, err)
		}
		s.say("   %s: refused. %v\n", t.what, err)
	}
	return s.end(nil)
}

// begin gives Alice's assistant a mandate, and lets it hand a part of it on.
func begin(out io.Writer) (*story, error) {
	alice, err1 := did.GenerateKey(did.Ed25519)
	treasurer, err2 := did.GenerateKey(did.P256)
	assistantKey, err3 := did.GenerateKey(did.Ed25519)
	mandate, err4 := delegation.NewAuthority(delegation.Terms{
		Grants:   []delegation.Grant{{Actions: []string{"payments/**"}, Resources: []string{account + "/**"}}},
		Audience: []string{bank},
		Depth:    2,
		Limits:   map[string]delegation.Limit{"spending": {Unit: "EUR/100", Max: 200_000}},
		Requires: &delegation.Requires{Approval: []delegation.ApprovalRule{
			{Actions: []string{"payments/send"}, By: []string{treasurer.DID().String()}, Min: 1},
		}},
	})
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return nil, err
	}
	now := time.Now()
	chain, err := delegation.Root(alice, assistantKey.DID(), mandate, delegation.Issue{
		Task: delegation.Task{ID: "urn:example:task:errands"}, ValidFrom: now, ValidUntil: now.Add(10 * time.Minute),
	})
	if err != nil {
		return nil, err
	}
	assistant, err1 := delegation.NewHolder(assistantKey, chain)
	clerk, err2 := assistant.Spawn(delegation.Terms{Depth: 1}, delegation.Issue{})
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	payer, err1 := clerk.Spawn(delegation.Terms{}, delegation.Issue{})
	verifier, err2 := delegation.NewVerifier(delegation.Config{
		Names: []string{bank}, Anchors: []delegation.Anchor{{DID: alice.DID(), Ceiling: mandate}},
		MaxStaleness: 15 * time.Minute, Ledger: delegation.NewVolatileLedger(),
		Replay: delegation.NewVolatileReplay(now.Add(-time.Minute), 0), // the first bank of this name
	})
	s := &story{out: out, verifier: verifier, payer: payer, treasurer: treasurer, people: strings.NewReplacer(
		alice.DID().String(), "alice", treasurer.DID().String(), "treasurer", assistant.DID().String(), "assistant",
		clerk.DID().String(), "clerk", payer.DID().String(), "payer",
	)}
	return s, errors.Join(err1, err2)
}

// pay lets the payer agent invoke a payment and the bank judge it.
func (s *story) pay(req delegation.Request, in delegation.Invoke, shown delegation.Shown) (*delegation.Authorization, error) {
	token, err := s.payer.Invoke(req, in)
	if err != nil {
		return nil, err
	}
	return s.verifier.VerifyWith(context.Background(), s.payer.ChainJSON(), token, shown, req)
}

// refusedForApproval tries without an approval, and returns what to ask for.
func (s *story) refusedForApproval(req delegation.Request) (delegation.ApprovalRequest, error) {
	_, err := s.pay(req, delegation.Invoke{}, delegation.Shown{})
	var refusal *delegation.Refusal
	if !errors.As(err, &refusal) || !errors.Is(err, delegation.ErrNoApproval) || refusal.Approval == nil {
		return delegation.ApprovalRequest{}, fmt.Errorf("want a refusal for want of approval, got %w", err)
	}
	s.say("%s\n", refusal.Picture())
	return *refusal.Approval, nil
}

// decide is the treasurer's side: it has what was carried over and its own key. It
// returns an approval, or nothing.
func (s *story) decide(in io.Reader, carried []byte, answer string) (string, error) {
	asked, err := delegation.ParseApprovalRequest(carried)
	if err != nil {
		return "", err
	}
	text, err := delegation.ApprovalText(asked)
	if err != nil {
		return "", err
	}
	s.say("%s\nApprove this payment? [yes/no] ", text)
	switch answer {
	case "ask":
		line, err := bufio.NewReader(in).ReadString('\n')
		if err != nil {
			return "", fmt.Errorf("nobody answered: %w", err)
		}
		answer = strings.TrimSpace(line)
	case "yes", "no":
		s.say("%s\n", answer)
	}
	s.say("\n")
	switch answer {
	case "yes":
		return delegation.Approve(s.treasurer, asked, delegation.Approving{})
	case "no":
		return "", nil
	}
	return "", fmt.Errorf("the answer %.20q is neither yes nor no", answer)
}

func (s *story) say(format string, args ...any) {
	_, _ = s.people.WriteString(s.out, fmt.Sprintf(format, args...))
}

func (s *story) end(err error) error {
	if err == nil {
		s.say("\nEverything went as told.\n")
	}
	return err
}
