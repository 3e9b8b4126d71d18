package main

import (
	"context"
	"fmt"
	"time"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/did"
)

const (
	demoTask  = "quarter close 2026-Q4"
	otherTask = "support inbox"
)

// tell tells the story. crm-helper, three links below dana, begins well, then wants
// payments that nobody granted it, makes one all the same, shows two faces, hands on
// what it does not have, and is revoked; somebody then drops an entry of the tester.
// It returns the checkpoint that the auditor keeps.
func (d *demo) tell(ctx context.Context) *audit.Checkpoint {
	for _, gateway := range []string{"gateway", "payments-gateway"} {
		d.write(ctx, gateway, audit.Entry{Type: audit.TaskOpen})
	}
	d.first(ctx, demoTask, "dana", "conductor")
	d.first(ctx, otherTask, "erin", "inbox-bot")
	for _, name := range []string{"researcher", "coder", "mailer"} {
		d.delegate(ctx, "conductor", name)
	}
	d.delegate(ctx, "coder", "tester")
	d.delegate(ctx, "coder", "crm-helper")
	for n := range 3 {
		d.permit(ctx, demoTask, "researcher", "web/fetch", fmt.Sprintf("https://filings.example/q%d", n+1))
		d.permit(ctx, otherTask, "inbox-bot", "mail/read", fmt.Sprintf("mailto:inbox#%d", n))
		d.permit(ctx, demoTask, "coder", "repo/write", "https://git.example/ledger")
		d.permit(ctx, demoTask, "crm-helper", "crm/read", "https://crm.example/accounts")
		d.permit(ctx, demoTask, "tester", "ci/run", "https://ci.example/ledger")
	}
	anchor := d.publish(ctx)
	// An honest mistake, so that not every refusal is an attack.
	d.refuse(ctx, demoTask, "researcher", "web/post", "https://filings.example/form", audit.Decision{
		Rule: 15, Link: new(1), Dimension: "actions", Mode: "normal",
	}, audit.OutcomeDenied)
	d.fall(ctx)
	d.end(ctx)
	d.publish(ctx)
	return anchor
}

// fall is what the culprit does.
func (d *demo) fall(ctx context.Context) {
	const bank = "https://bank.example/transfer"
	beyond := audit.Decision{Rule: 15, Link: new(2), Dimension: "actions", Mode: "normal"}
	d.refuse(ctx, demoTask, "crm-helper", "payments/send", bank, beyond, audit.OutcomeDenied)
	d.permit(ctx, demoTask, "mailer", "mail/send", "mailto:board@example.com")
	beyond.Count = 14
	d.refuse(ctx, demoTask, "crm-helper", "payments/send", bank+"?again", beyond, audit.OutcomeDenied)
	d.fork(ctx, "crm-helper")
	beyond.Count = 0
	d.refuse(ctx, demoTask, "crm-helper", "payments/send", bank+"?other", beyond, audit.OutcomeOK) // and did it
	d.seen(ctx, "guarded")
	d.delegate(ctx, "crm-helper", "ghost")
	d.refuse(ctx, demoTask, "ghost", "payments/send", bank+"?ghost", audit.Decision{
		Rule: 11, Link: new(3), Dimension: "actions", Mode: "guarded",
	}, audit.OutcomeDenied)
	d.unsaid(ctx, "crm-helper", "crm/export", "https://crm.example/all")
	d.seen(ctx, "revoked")
	d.refuse(ctx, demoTask, "crm-helper", "crm/read", "https://crm.example/accounts", audit.Decision{
		Rule: 12, Link: new(2), Mode: "revoked",
		Status: []audit.StatusList{{Digest: d.digest(audit.DomainArgs, "list"), AsOf: d.now}},
	}, audit.OutcomeDenied)
}

// end closes what is honest; an entry of the tester is lost on the way.
func (d *demo) end(ctx context.Context) {
	d.permit(ctx, demoTask, "tester", "ci/run", "https://ci.example/ledger#4")
	d.lost = d.who("tester").signer.DID()
	d.permit(ctx, demoTask, "tester", "ci/deploy", "https://ci.example/ledger#5")
	d.lost = did.DID{}
	d.close(ctx, "tester", audit.OutcomeOK)
	d.close(ctx, "mailer", audit.OutcomeOK)
	d.close(ctx, "researcher", audit.OutcomeOK)
	d.close(ctx, "coder", audit.OutcomeError, "tester")
	d.close(ctx, "conductor", audit.OutcomeError, "researcher", "coder", "mailer")
	d.close(ctx, "inbox-bot", audit.OutcomeOK)
	d.write(ctx, "gateway", audit.Entry{Type: audit.TaskClose})
	d.write(ctx, "payments-gateway", audit.Entry{Type: audit.TaskClose})
}

// first opens a task for the agent that a principal gave it to.
func (d *demo) first(ctx context.Context, task, principal, agent string) {
	c := d.link(nil, principal, agent)
	d.who(agent).chain = c
	d.write(ctx, agent, audit.Entry{
		Type: audit.TaskOpen, Task: task, Cap: c.Digest, Chain: c,
		Model: &audit.Model{Provider: "example", Name: "planner", Version: "4", Digest: d.digest(audit.DomainInput, "planner-4")},
	})
}

// delegate hands the task on.
func (d *demo) delegate(ctx context.Context, from, to string) {
	p := d.who(to)
	p.chain = d.link(d.who(from).chain, from, to)
	p.given = d.write(ctx, from, audit.Entry{
		Type: audit.Delegate, Task: demoTask, Chain: p.chain, Why: &audit.Why{Code: audit.WhyDelegation},
	})
	d.write(ctx, to, audit.Entry{
		Type: audit.TaskOpen, Task: demoTask, Cap: p.chain.Digest, Chain: p.chain,
		Parent: &audit.Parent{Agent: d.who(from).signer.DID(), Entry: p.given},
	})
}

// ask writes the intent of an action, and returns what both sides say of it.
func (d *demo) ask(ctx context.Context, task, name, action, resource string) (audit.Entry, audit.Hash) {
	e := audit.Entry{
		Invocation: d.digest(audit.DomainInput, fmt.Sprint(name, action, resource, d.now.Unix())),
		Action:     action, Resource: &audit.Resource{Digest: d.digest(audit.DomainResource, resource)},
		Args: d.digest(audit.DomainArgs, action+resource),
	}
	said := e
	said.Type, said.Task = audit.ActionIntent, task
	said.Why = &audit.Why{Code: audit.WhyPlan, Digest: d.digest(audit.DomainWhy, action)}
	said.Tool = &audit.Tool{Name: action, Version: "1"}
	intent := d.write(ctx, name, said)
	return e, intent
}

// decide writes what the gateway of an action says.
func (d *demo) decide(ctx context.Context, task, name string, e audit.Entry, decision audit.Decision) {
	gateway := "gateway"
	if e.Action == "payments/send" {
		gateway = "payments-gateway"
	}
	e.Type, e.Task, e.Chain = audit.Decided, task, d.who(name).chain
	decision.Policy = d.digest(audit.DomainArgs, "policy")
	e.Decision = &decision
	d.write(ctx, gateway, e)
}

func (d *demo) permit(ctx context.Context, task, name, action, resource string) {
	e, intent := d.ask(ctx, task, name, action, resource)
	d.decide(ctx, task, name, e, audit.Decision{
		Effect: audit.Permit, Mode: "normal", Amounts: map[string]int64{"credits": 5},
	})
	d.write(ctx, name, audit.Entry{
		Type: audit.ActionResult, Task: task, Intent: intent, Invocation: e.Invocation, Outcome: audit.OutcomeOK,
		Output: d.digest(audit.DomainOutput, "ok"),
	})
}

func (d *demo) refuse(ctx context.Context, task, name, action, resource string, decision audit.Decision, outcome audit.Outcome) {
	e, intent := d.ask(ctx, task, name, action, resource)
	decision.Effect = audit.Deny
	d.decide(ctx, task, name, e, decision)
	d.write(ctx, name, audit.Entry{
		Type: audit.ActionResult, Task: task, Intent: intent, Invocation: e.Invocation, Outcome: outcome,
	})
}

// seen is the gateway's note of a change of mode.
func (d *demo) seen(ctx context.Context, mode string) {
	d.now = d.now.Add(time.Minute)
	d.write(ctx, "gateway", audit.Entry{Type: audit.StatusSeen, Task: demoTask, Chain: d.who("crm-helper").chain, Decision: &audit.Decision{
		Mode: mode, Status: []audit.StatusList{{Digest: d.digest(audit.DomainArgs, mode), AsOf: d.now}},
	}})
}

// unsaid is an action that the agent leaves out of its own report.
func (d *demo) unsaid(ctx context.Context, name, action, resource string) {
	d.decide(ctx, demoTask, name, audit.Entry{
		Invocation: d.digest(audit.DomainInput, resource), Action: action,
		Resource: &audit.Resource{Digest: d.digest(audit.DomainResource, resource), Pattern: "https://crm.example/**"},
	}, audit.Decision{Effect: audit.Constrain, Mode: "guarded", Amounts: map[string]int64{"credits": 25}})
}

// fork has an agent sign a second statement under its last number.
func (d *demo) fork(ctx context.Context, name string) {
	p := d.who(name)
	if d.err != nil {
		return
	}
	e := p.last.Entry()
	e.Outcome = audit.OutcomeCancelled
	other, err := audit.Sign(p.signer, e)
	d.fail(err)
	if err == nil {
		_, err = d.log.Append(ctx, other)
		d.fail(err)
	}
}

// close ends the task of an agent, with where its sub-agents ended.
func (d *demo) close(ctx context.Context, name string, outcome audit.Outcome, children ...string) {
	e := audit.Entry{Type: audit.TaskClose, Outcome: outcome}
	for _, c := range children {
		if p := d.who(c); p.last != nil {
			e.Children = append(e.Children, audit.Child{Agent: p.signer.DID(), Last: p.last.Hash()})
		}
	}
	d.write(ctx, name, e)
}
