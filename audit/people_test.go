package audit_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/multikey"
)

const (
	origin = "audit.example/agents"
	task   = "urn:uuid:11111111-1111-4111-8111-111111111111"
)

var (
	start = time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)
	salt  = []byte("sixteen bytes!!!")
)

// clock returns a clock that goes on a second each time it is read.
func clock() func() time.Time {
	now := start.Add(-time.Second)
	return func() time.Time {
		now = now.Add(time.Second)
		return now
	}
}

func digest(text string) string { return multikey.Digest([]byte(text)) }

func salted(tb testing.TB, domain audit.Domain, text string) string {
	tb.Helper()
	d, err := audit.Salted(salt, domain, []byte(text))
	require.NoError(tb, err)
	return d
}

// chain returns the chain that goes through these people, the principal first.
func chain(people ...*did.Signer) *audit.Chain {
	c := &audit.Chain{}
	name := "root"
	for i := range people[1:] {
		from, to := people[i].DID(), people[i+1].DID()
		name += ">" + to.String()
		c.Digest = digest(name)
		c.Links = append(c.Links, audit.Link{ID: "urn:link:" + c.Digest[4:12], Digest: c.Digest, Issuer: from, Subject: to})
	}
	return c
}

func open(people ...*did.Signer) audit.Entry {
	c := chain(people...)
	return audit.Entry{Type: audit.TaskOpen, Task: task, Cap: c.Digest, Chain: c}
}

// intent and the others are entries about one action, told apart by its name.
func intent(tb testing.TB, action string) audit.Entry {
	return audit.Entry{
		Type: audit.ActionIntent, Invocation: digest(action), Action: action,
		Resource: &audit.Resource{Digest: salted(tb, audit.DomainResource, "https://db.example.com/"+action)},
		Args:     salted(tb, audit.DomainArgs, `{"table":"orders"}`),
		Why:      &audit.Why{Code: audit.WhyPlan, Digest: salted(tb, audit.DomainWhy, "step two")},
	}
}

func permit(tb testing.TB, action string, people ...*did.Signer) audit.Entry {
	e := intent(tb, action)
	e.Type, e.Why, e.Task, e.Chain = audit.Decided, nil, task, chain(people...)
	e.Resource.Pattern = "https://db.example.com/**"
	e.Decision = &audit.Decision{
		Effect: audit.Permit, Mode: "normal", Policy: digest("policy"),
		Status: []audit.StatusList{{Digest: digest("list"), AsOf: start}},
	}
	return e
}

func deny(tb testing.TB, action string, people ...*did.Signer) audit.Entry {
	e := permit(tb, action, people...)
	e.Resource.Pattern = ""
	e.Decision = &audit.Decision{Effect: audit.Deny, Rule: 15, Link: new(0), Dimension: "actions", Mode: "normal"}
	return e
}

func result(tb testing.TB, action string, of audit.Hash) audit.Entry {
	return audit.Entry{
		Type: audit.ActionResult, Intent: of, Invocation: digest(action), Outcome: audit.OutcomeOK,
		Output: salted(tb, audit.DomainOutput, "42"),
	}
}
